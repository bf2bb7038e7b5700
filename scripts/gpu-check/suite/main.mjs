/**
 * Runs the GPU suite and benchmark, and prints one report. Every part runs in a process of its own: a library that takes its
 * process down costs that part alone, and the report says so. Exit status: 0 all that could be checked is right, 1 something
 * is not, 3 there is no GPU to check.
 */
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { bundledLibraries, facts } from "./machine.mjs";
import { PARTS } from "./parts.mjs";
import { heading, render } from "./report.mjs";

const HELP = `polycodec-gpu-check [options]

  --parts a,b      of ${Object.keys(PARTS).join(", ")}. Default all
  --pictures N     that each codec's decoders are compared on. Default 200
  --growth N       pictures over which memory must not grow. Default 10000
  --seconds S      of each measurement. Default 2
  --rounds N       of measurements, alternated; medians are told. Default 5
  --batch N        pictures of 1920x1080 in a measured batch. Default 128
  --timeout S      of each part. Default 600
  --python PATH    a Python with nvImageCodec, whose GPU mode is measured beside
  --json FILE      the report as JSON as well`;

const { values } = parseArgs({
  options: {
    parts: { type: "string", default: Object.keys(PARTS).join() },
    pictures: { type: "string", default: "200" },
    growth: { type: "string", default: "10000" },
    seconds: { type: "string", default: "2" },
    rounds: { type: "string", default: "5" },
    batch: { type: "string", default: "128" },
    timeout: { type: "string", default: "600" },
    python: { type: "string" },
    json: { type: "string" },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  console.log(HELP);
  process.exit(0);
}

process.env.POLYCODEC_CUDA_PATH = [process.env.POLYCODEC_CUDA_PATH, ...bundledLibraries()].filter(Boolean).join(":");
const settings = {
  pictures: amount("pictures"),
  growth: amount("growth"),
  seconds: amount("seconds"),
  rounds: amount("rounds"),
  batch: amount("batch"),
  python: values.python,
};
const machine = await facts();
console.log(heading(machine));

const lines = [];
for (const name of values.parts.split(",")) {
  if (!(name in PARTS)) fail(`--parts: ${name} is none of ${Object.keys(PARTS).join(", ")}`);
  console.log(`\n## ${PARTS[name].title}\n`);
  for await (const line of partOf(name)) {
    lines.push({ part: name, ...line, ...(machine.isFake ? { fake: true } : {}) });
    console.log(render(line, machine));
  }
}

const count = (state) => lines.filter((line) => line.state === state).length;
console.log(
  `\n${machine.isFake ? "FAKE: " : ""}${count("right")} right, ${count("WRONG")} wrong, ${count("skipped")} skipped`,
);
if (values.json) writeFileSync(values.json, `${JSON.stringify({ machine, settings, lines }, null, 2)}\n`);
process.exitCode = count("WRONG") > 0 ? 1 : machine.devices.length === 0 ? 3 : 0;

/** The lines of a part as they come, and one more if its process ends as it should not. */
async function* partOf(name) {
  const program = fileURLToPath(new URL("part.mjs", import.meta.url));
  const child = spawn(process.execPath, [program, name, JSON.stringify(settings)], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...PARTS[name].environment },
  });
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text) => (errors = (errors + text).slice(-2000)));
  const limit = setTimeout(() => child.kill("SIGKILL"), amount("timeout") * 1000);
  const ended = new Promise((resolve) => child.on("close", (status, signal) => resolve({ status, signal })));
  for await (const text of createInterface({ input: child.stdout })) yield JSON.parse(text);
  clearTimeout(limit);
  const { status, signal } = await ended;
  if (status === 0) return;
  const why = child.killed ? `it ran past ${values.timeout} s` : (signal ?? `exit status ${status}`);
  yield {
    state: "WRONG",
    what: `the part ended early: ${why}`,
    figure: errors.trim().split("\n").slice(0, 8).join(" | "),
  };
}

function amount(name) {
  const number = Number(values[name]);
  if (!(number > 0)) fail(`--${name}: expected a number above 0, got ${values[name]}`);
  return number;
}

function fail(message) {
  console.error(message);
  process.exit(2);
}
