/** Builds one of a package's native/test programs with the system's compiler and runs it. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ExecutionContext } from "ava";
import { root } from "./corpus.js";
import { coreInclude } from "./fake-cuda/build.js";

/**
 * Compiles native/test/`name`.cpp of the package in packages/`folder` with those sources of its native/ that `sources` matches.
 * It must succeed; what it has printed is returned. `flags` stand behind the sources: libraries, sanitizers.
 */
export function runNativeTest(
  t: ExecutionContext,
  folder: string,
  name: string,
  sources: RegExp,
  ...flags: readonly string[]
): string {
  t.timeout(180_000);
  const native = join(root, "packages", folder, "native");
  const temporary = mkdtempSync(join(tmpdir(), `polycodec-${name}-`));
  try {
    const program = join(temporary, name);
    const files = readdirSync(native).filter((file) => sources.test(file));
    // No -march: the baseline that the prebuilt library has, so that the choice at run time is what is tested.
    const common = ["-std=c++20", "-O2", "-pthread", "-Wall", "-Wextra", "-Werror", "-I", coreInclude];
    const paths = [...files.map((file) => join(native, file)), join(native, "test", `${name}.cpp`)];
    execFileSync(process.env.CXX ?? "g++", [...common, "-o", program, ...paths, ...flags], {
      stdio: ["ignore", "pipe", "pipe"],
      encoding: "utf8",
    });
    const { signal, status, stdout, stderr } = spawnSync(program, { encoding: "utf8", timeout: 120_000 });
    t.log(stdout);
    t.is(signal, null);
    t.is(status, 0, stdout + stderr);
    return stdout;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}
