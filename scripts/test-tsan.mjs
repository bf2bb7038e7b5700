/**
 * Builds the C++ tests of executor and slabs with -fsanitize=thread and runs them: `npm run test:tsan`. Needs g++ (or
 * $CXX) with the thread sanitizer's library. A data race is a failure; nothing is skipped.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root, run, SetupError } from "./step.mjs";

const native = join(root, "packages/core/native");
const folder = mkdtempSync(join(tmpdir(), "polycodec-tsan-"));
/** What each test is linked with. */
const parts = { executor: ["executor", "executor_spread", "executor_threads"], slabs: ["slabs"] };
let failed = 0;
try {
  for (const [name, sources] of Object.entries(parts)) {
    const program = join(folder, name);
    run(process.env.CXX ?? "g++", [
      "-std=c++20",
      "-g",
      "-O1",
      "-fsanitize=thread",
      "-fno-exceptions",
      "-Wall",
      "-Wextra",
      "-Werror",
      "-pthread",
      "-o",
      program,
      ...sources.map((source) => join(native, `${source}.cpp`)),
      join(native, "test", `${name}_test.cpp`),
    ]);
    const { status, signal } = spawnSync(program, {
      stdio: "inherit",
      timeout: 300_000,
      env: { ...process.env, TSAN_OPTIONS: "halt_on_error=1 second_deadlock_stack=1" },
    });
    if (status === 0) continue;
    failed++;
    console.error(`${name}_test: ${signal ? `killed by ${signal}` : `exit status ${status}`}`);
  }
} catch (error) {
  console.error(error instanceof SetupError ? error.message : error);
  failed++;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(failed === 0 ? "thread sanitizer: no data race" : `thread sanitizer: ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
