/** The C++ tests of executor and slabs, under the thread sanitizer. */
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import test from "ava";
import { core } from "./noop-backend.js";

test("executor and slab pool hold under load, without a data race", (t) => {
  t.timeout(300_000);
  const script = join(dirname(dirname(core)), "scripts/test-tsan.mjs");
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [script], {
    encoding: "utf8",
    timeout: 290_000,
  });
  t.log(stdout.trim());
  t.deepEqual([status, signal], [0, null], stdout + stderr);
  t.regex(stdout, /executor: ok[\s\S]*slabs: ok[\s\S]*no data race/);
});
