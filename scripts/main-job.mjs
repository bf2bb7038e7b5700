/**
 * `npm start`: transcodes a folder of pictures as one batch, with a table and a contact sheet, into a new folder. Without a
 * folder, on sample pictures that it draws. `npm start -- DIR [-r]`, and any option of `polycodec transcode` after it.
 */
import { spawn } from "node:child_process";
import { mkdirSync, rmdirSync } from "node:fs";
import { join, relative } from "node:path";
import { drawSamples, samples } from "./draw-samples.mjs";
import { root } from "./step.mjs";

const args = process.argv.slice(2);
// npm runs scripts in the project's folder; what was typed is relative to where it was typed.
const cwd = process.env.npm_lifecycle_event === "start" && process.env.INIT_CWD ? process.env.INIT_CWD : process.cwd();

const named = args.length > 0 && !args[0].startsWith("-");
if (!named) {
  const drawn = await drawSamples();
  if (drawn > 0) console.log(`${drawn} sample pictures drawn into ${relative(cwd, samples)}`);
  args.unshift(relative(cwd, samples) || ".");
}
const out = newFolder();
console.log();
const cli = join(root, "packages/polycodec/dist/cli/main.js");
// Options that are typed come later, and so prevail.
const options = ["--to", "jpeg", "--quality", "85", "--subsampling", "420", "--sheet", "--keep-extensions"];
const job = spawn(process.execPath, [cli, "transcode", ...options, ...args, "--out", relative(cwd, out)], {
  cwd,
  stdio: "inherit",
});
// An interrupt reaches the whole group of processes: the job cleans up, this one waits for it.
process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => job.kill("SIGTERM"));
job.on("exit", (code) => {
  removeIfEmpty(out);
  process.exitCode = code ?? 1;
});

/** `polycodec-out-001`, or the first number that is free. */
function newFolder() {
  for (let number = 1; ; number++) {
    const folder = join(root, `polycodec-out-${String(number).padStart(3, "0")}`);
    try {
      mkdirSync(folder);
      return folder;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
  }
}

/** After a job that could not begin. */
function removeIfEmpty(folder) {
  try {
    rmdirSync(folder);
  } catch {
    // It has results in it.
  }
}
