/** Builds the native tests of PNG with the system's compiler and runs them: what SIMD computes against definitions. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import test, { type ExecutionContext } from "ava";

const folder = dirname(createRequire(import.meta.url).resolve("@polycodec/ext-cpu/package.json"));
const native = join(folder, "native");

/** No -march: the baseline that the prebuilt library has, so that the choice at run time is what is tested. */
function run(t: ExecutionContext, name: string, sources: readonly string[]): string {
  t.timeout(180_000);
  const temporary = mkdtempSync(join(tmpdir(), "polycodec-png-"));
  try {
    const program = join(temporary, name);
    const flags = ["-std=c++20", "-O2", "-Wall", "-Wextra", "-Werror"];
    execFileSync(
      process.env.CXX ?? "g++",
      [...flags, "-o", program, ...[...sources, `test/${name}`].map((source) => join(native, `${source}.cpp`))],
      { stdio: ["ignore", "pipe", "pipe"], encoding: "utf8" },
    );
    const { status, stdout, stderr } = spawnSync(program, { encoding: "utf8", timeout: 120_000 });
    t.is(status, 0, stdout + stderr);
    return stdout;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

test("filters with SIMD give the bytes of their definitions, and touch no others", (t) => {
  const sources = ["png_filter", "png_filter_simd", "png_unfilter", "png_unfilter_simd"];
  t.regex(run(t, "png_filters_test", sources), /filters: ok/);
});

test("codes with SIMD are the bits of their definition, and no byte behind the picture's is read", (t) => {
  t.regex(run(t, "png_codes_test", ["png_codes", "png_codes_avx512", "png_huffman"]), /codes: ok, 3000 blocks/);
});
