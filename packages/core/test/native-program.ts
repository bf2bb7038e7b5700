/** Builds one of native/test's programs with the system's compiler and runs it. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { ExecutionContext } from "ava";

// The compiled test lies elsewhere than the sources: core's package.json is the landmark.
const core = dirname(createRequire(import.meta.url).resolve("@polycodec/core/package.json"));
const native = join(core, "native");

/** Compiles native/test/`name`.cpp with those sources of native/ that `sources` matches; it must say that all passed. */
export function runNativeTest(t: ExecutionContext, name: string, sources: RegExp): void {
  t.timeout(180_000);
  const folder = mkdtempSync(join(tmpdir(), `polycodec-${name}-`));
  try {
    const program = join(folder, name);
    const files = readdirSync(native).filter((file) => sources.test(file));
    // No -march: the baseline that the prebuilt addon has, so that the choice at run time is what is tested.
    const flags = ["-std=c++20", "-O2", "-pthread", "-Wall", "-Wextra", "-Werror", "-I", join(core, "include")];
    execFileSync(
      process.env.CXX ?? "g++",
      [...flags, "-o", program, ...files.map((file) => join(native, file)), join(native, "test", `${name}.cpp`)],
      { stdio: ["ignore", "pipe", "pipe"], encoding: "utf8" },
    );
    const run = spawnSync(program, { encoding: "utf8", timeout: 120_000 });
    t.log(run.stdout);
    t.is(run.signal, null);
    t.is(run.status, 0, run.stdout + run.stderr);
    t.regex(run.stdout, /^[1-9][0-9]* passed, 0 failed$/m);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
