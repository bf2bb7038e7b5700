/** Running one step of the set-up: quiet while it goes well, a line with its time, its whole output when it fails. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The project's root folder, without a trailing slash. */
export const root = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");

/** A fault that the user can mend: shown as its message alone. */
export class SetupError extends Error {}

/** Does the work and tells of it in one line: what it made, and how long it took. */
export function step(name, work) {
  const start = performance.now();
  const result = work() ?? "ready";
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${name.padEnd(18)} ${result.padEnd(44)} ${seconds.padStart(6)} s`);
}

/** Runs a program and waits. Its output is kept back, and is part of the error if it fails. */
export function run(command, args, { cwd = root, env = {}, hint = "" } = {}) {
  const { status, signal, error, stdout, stderr } = spawnSync(command, args, {
    cwd,
    encoding: "utf8",
    env: { ...process.env, ...env },
    maxBuffer: 64 << 20,
    stdio: ["ignore", "pipe", "pipe"],
  });
  if (status === 0) return stdout;
  const why = error ? error.message : signal ? `killed by ${signal}` : `exit status ${status}`;
  const output = `${stdout ?? ""}${stderr ?? ""}`.trimEnd();
  throw new SetupError(`${output}\n\n${command} ${args.join(" ")}: ${why}${hint ? `\n${hint}` : ""}`.trimStart());
}
