/**
 * Runs the tests with ava, shows what it says, and ends with the line `N passed, N failed` (`, N skipped` when some
 * were). Counts from ava's TAP output, in which a test file that crashes is a failure like any other. Arguments go to ava:
 * `node scripts/test.mjs dist-test/test/cli.test.js --match '*exit*'`.
 */
import { spawn } from "node:child_process";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { root } from "./step.mjs";

removeOrphans();
const ava = spawn(
  process.execPath,
  [join(root, "node_modules/ava/entrypoints/cli.mjs"), "--tap", ...process.argv.slice(2)],
  {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
    // The tests look inside: core's modules as they are, not bundled.
    env: { ...process.env, NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ""} --conditions=polycodec-modules`.trim() },
  },
);
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => ava.kill(signal));

const counts = { passed: 0, failed: 0, skipped: 0 };
const failures = [];
/** The failed test whose details follow, indented. They are shown at the end. */
let current;
let complete = false;

for await (const line of createInterface({ input: ava.stdout })) {
  const [, not, title, directive] = /^(not )?ok \d+ - (.*?)(?: # (SKIP|TODO)\b.*)?$/.exec(line) ?? [];
  if (title !== undefined) {
    current = undefined;
    if (directive) show("-", title, "skipped");
    else if (!not) show("✔", title, "passed");
    else {
      show("✘", title, "failed");
      failures.push((current = [title]));
    }
  } else if (/^(TAP version|1\.\.|# pass|# skip|# todo)/.test(line)) {
    current = undefined;
  } else if (/^# tests/.test(line)) {
    complete = true;
  } else if (current && line.startsWith("  ")) {
    if (!/^ {2}(---|\.\.\.)$/.test(line)) current.push(line);
  } else if (line.trim() !== "" && !line.startsWith("# fail")) {
    console.log(line);
  }
}

const [code, signal] = await new Promise((resolve) => {
  if (ava.exitCode !== null || ava.signalCode !== null) resolve([ava.exitCode, ava.signalCode]);
  else ava.once("exit", (...how) => resolve(how));
});
if ((code !== 0 && counts.failed === 0) || !complete) {
  counts.failed++;
  failures.push([`ava ${signal ? `was killed by ${signal}` : `ended with exit status ${code}`}`]);
}
if (failures.length > 0) console.log(`\nFailed:\n${failures.map((lines) => `✘ ${lines.join("\n")}`).join("\n\n")}\n`);
const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : "";
console.log(`${counts.passed} passed, ${counts.failed} failed${skipped}`);
process.exitCode = counts.failed > 0 ? 1 : 0;

function show(mark, title, kind) {
  counts[kind]++;
  console.log(`  ${mark} ${title}`);
}

/** Compiled tests whose source is gone would run for ever. */
function removeOrphans() {
  const compiled = join(root, "dist-test");
  if (!existsSync(compiled)) return;
  for (const file of readdirSync(compiled, { recursive: true })) {
    if (file.endsWith(".test.js") && !existsSync(join(root, file.replace(/js$/, "ts")))) rmSync(join(compiled, file));
  }
}
