/**
 * Builds the native code of every package that has some, when a source is newer than the result. Alone:
 * `node scripts/build-native.mjs [--force]`; `scripts/setup.mjs` calls it too.
 */
import { existsSync, readdirSync, readFileSync, realpathSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { root, run, SetupError, step } from "./step.mjs";

export function buildNative({ force = false } = {}) {
  for (const folder of nativePackages()) {
    const { name } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    step(`native ${name.replace("@polycodec/", "")}`, () => {
      if (!force && !isStale(folder)) return "up to date";
      build(folder);
      return "built";
    });
  }
}

/** Core first: the others compile against its header. */
export function nativePackages() {
  const names = readdirSync(join(root, "packages")).filter((name) =>
    existsSync(join(root, "packages", name, "binding.gyp")),
  );
  return names.sort((a, b) => Number(b === "core") - Number(a === "core")).map((name) => join(root, "packages", name));
}

function isStale(folder) {
  const release = join(folder, "build/Release");
  const results = existsSync(release) ? readdirSync(release).filter((name) => name.endsWith(".node")) : [];
  if (results.length === 0) return true;
  const built = Math.min(...results.map((name) => statSync(join(release, name)).mtimeMs));
  return newest([join(folder, "binding.gyp"), join(folder, "native"), join(root, "packages/core/include")]) > built;
}

/** When the latest of these files, or of the files in these folders, changed; a folder changes with its list of names. */
export function newest(paths) {
  let time = 0;
  for (const path of paths.filter(existsSync)) {
    const stat = statSync(path);
    time = Math.max(time, stat.mtimeMs);
    if (stat.isDirectory()) time = Math.max(time, newest(sourcesIn(path)));
  }
  return time;
}

/** Tests of native code are built by themselves. */
function sourcesIn(folder) {
  return readdirSync(folder).flatMap((name) => (name === "test" ? [] : [join(folder, name)]));
}

function build(folder) {
  // Configured anew each time, because binding.gyp lists the sources it finds; make then compiles what has changed.
  const args = ["configure", "build", "--jobs=max", "--loglevel=error"];
  const headers = nodeHeaders();
  if (headers) args.push(`--nodedir=${headers}`);
  run(join(root, "node_modules/.bin/node-gyp"), args, { cwd: folder });
  if (isStale(folder)) {
    // Make found nothing to do, for instance after a change of an unused header: build afresh rather than at every start.
    rmSync(join(folder, "build"), { recursive: true, force: true });
    run(join(root, "node_modules/.bin/node-gyp"), args, { cwd: folder });
  }
}

/**
 * Where the running Node keeps its headers, if it came with them, as all but Debian's own split package do. Without, node-gyp fetches
 * them from nodejs.org.
 */
export function nodeHeaders() {
  const prefix = process.env.npm_config_nodedir || join(dirname(realpathSync(process.execPath)), "..");
  return existsSync(join(prefix, "include/node/node_api.h")) ? prefix : undefined;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    buildNative({ force: process.argv.includes("--force") });
  } catch (error) {
    console.error(error instanceof SetupError ? error.message : error);
    process.exit(1);
  }
}
