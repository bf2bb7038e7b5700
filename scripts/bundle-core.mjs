/**
 * Makes of the compiled modules of `@polycodec/core` few: an entry each, and one with what they share. A process that imports
 * the hundred and more as they are takes 9 MB and a fifth of a second more.
 *
 * Node takes the modules themselves under the condition `polycodec-modules`: so do the tests, which look inside.
 */
import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { root } from "./step.mjs";

const dist = join(root, "packages/core/dist");
const outdir = join(dist, "bundle");
const ENTRIES = ["index.js", "plugin.js", "testing/index.js"];

export function bundleCore() {
  if (isCurrent()) return "up to date";
  // Not before now: setup.mjs installs it.
  const { buildSync } = createRequire(import.meta.url)("esbuild");
  rmSync(outdir, { recursive: true, force: true });
  buildSync({
    absWorkingDir: dist,
    entryPoints: ENTRIES,
    outdir,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    packages: "external",
    sourcemap: true,
    sourcesContent: false,
    logLevel: "warning",
  });
  return "bundled";
}

function isCurrent() {
  const made = join(outdir, ENTRIES[0]);
  if (!existsSync(made)) return false;
  const since = statSync(made).mtimeMs;
  return readdirSync(dist, { recursive: true })
    .filter((file) => file.endsWith(".js") && !file.startsWith("bundle"))
    .every((file) => statSync(join(dist, file)).mtimeMs <= since);
}
