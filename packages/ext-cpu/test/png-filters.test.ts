/** Builds native/test/png_filters_test.cpp with the system's compiler and runs it: SIMD filters against definitions. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import test from "ava";

const folder = dirname(createRequire(import.meta.url).resolve("@polycodec/ext-cpu/package.json"));
const native = join(folder, "native");
const SOURCES = ["png_filter", "png_filter_simd", "png_unfilter", "png_unfilter_simd", "test/png_filters_test"];

test("filters with SIMD give the bytes of their definitions, and touch no others", (t) => {
  t.timeout(180_000);
  const temporary = mkdtempSync(join(tmpdir(), "polycodec-png-"));
  try {
    const program = join(temporary, "png_filters_test");
    // No -march: the baseline that the prebuilt library has, so that the choice at run time is what is tested.
    const flags = ["-std=c++20", "-O2", "-Wall", "-Wextra", "-Werror"];
    execFileSync(
      process.env.CXX ?? "g++",
      [...flags, "-o", program, ...SOURCES.map((name) => join(native, `${name}.cpp`))],
      { stdio: ["ignore", "pipe", "pipe"], encoding: "utf8" },
    );
    const { status, stdout, stderr } = spawnSync(program, { encoding: "utf8", timeout: 120_000 });
    t.is(status, 0, stdout + stderr);
    t.regex(stdout, /filters: ok/);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
});
