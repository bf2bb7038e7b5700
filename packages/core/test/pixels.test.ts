/** Builds native/test/pixels_test.cpp with the system's compiler and runs it: the comparison of all pixel paths. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import test from "ava";

// The compiled test lies elsewhere than the sources: core's package.json is the landmark.
const core = dirname(createRequire(import.meta.url).resolve("@polycodec/core/package.json"));
const native = join(core, "native");

test("every way of filling, turning and converting pixels agrees with its definition", (t) => {
  t.timeout(180_000);
  const folder = mkdtempSync(join(tmpdir(), "polycodec-pixels-"));
  try {
    const program = join(folder, "pixels_test");
    const sources = readdirSync(native).filter((name) => /^pixels.*\.cpp$/.test(name));
    const compiler = process.env.CXX ?? "g++";
    // No -march: the baseline that the prebuilt addon has, so that the choice at run time is what is tested.
    execFileSync(
      compiler,
      [
        "-std=c++20",
        "-O2",
        "-Wall",
        "-Wextra",
        "-Werror",
        "-I",
        join(core, "include"),
        "-o",
        program,
        ...sources.map((name) => join(native, name)),
        join(native, "test", "pixels_test.cpp"),
      ],
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
});
