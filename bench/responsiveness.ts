/**
 * The responsiveness bench: `node dist-test/bench/responsiveness.js`. What else a program does must not notice that a
 * batch is running: the event loop stays free, libuv's pool stays free, and one thread means one thread. The exit
 * status is 1 when a bar is missed.
 */
import { execFileSync } from "node:child_process";
import { promises as fs } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Decoder } from "@polycodec/core";
import "@polycodec/ext-cpu";
import { makeClass } from "./make-class.js";
import { percentile } from "./statistics.js";

interface Figures {
  /** Milliseconds. */
  readonly statP99: number;
  readonly delayMax: number;
  /** (user + system time) / wall time of the batch. */
  readonly cpuPerWall: number;
}

/**
 * Batches before the one that is measured, released each. V8 compiles core's loops on threads of its own, which is done
 * after some thousand pictures and takes a tenth of a second in all: that of a program that starts, not of a batch.
 */
const WARM_UP_BATCHES = 4;

/** Decodes 2,000 files in one batch, and meanwhile, if `watched`, stats a file again and again. */
async function batch(watched: boolean): Promise<Figures> {
  const { pictures } = await makeClass("inet");
  const paths = Array.from({ length: 2000 }, (_, i) => pictures[i % pictures.length]!.path);
  const decoder = new Decoder();
  for (let i = 0; i < WARM_UP_BATCHES; i++)
    for (const result of await decoder.decode(paths)) if (result.status === "fulfilled") result.value.release();
  await sleep(100);

  const histogram = monitorEventLoopDelay({ resolution: 1 });
  const stats: number[] = [];
  const start = performance.now();
  const cpu = process.cpuUsage();
  if (watched) histogram.enable();
  let running = true;
  const whole = decoder.decode(paths).then((results) => {
    running = false;
    return results;
  });
  while (watched && running) {
    const before = performance.now();
    await fs.stat(paths[0]!);
    stats.push(performance.now() - before);
    await sleep(1);
  }
  const results = await whole;
  const wall = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  histogram.disable();
  const failed = results.find((result) => result.status === "rejected");
  if (failed) throw failed.reason;
  return {
    statP99: watched ? percentile(stats, 0.99) : 0,
    delayMax: histogram.max / 1e6,
    cpuPerWall: (user + system) / 1000 / wall,
  };
}

function inItsOwnProcess(part: string, env: Record<string, string>): Figures {
  const text = execFileSync(process.execPath, [fileURLToPath(import.meta.url), part], {
    encoding: "utf8",
    env: { ...process.env, ...env },
  });
  return JSON.parse(text) as Figures;
}

interface Line {
  readonly what: string;
  readonly figure: (figures: Figures) => number;
  readonly bar: number;
  readonly unit: string;
}

const watchedLines: readonly Line[] = [
  {
    what: "fs.promises.stat during a batch of 2,000 files, 99th percentile",
    figure: (f) => f.statP99,
    bar: 5,
    unit: " ms",
  },
  { what: "delay of the event loop during that batch, longest", figure: (f) => f.delayMax, bar: 30, unit: " ms" },
];
const aloneLines: readonly Line[] = [
  {
    what: "the same batch with POLYCODEC_THREADS=1: (user + system) / wall",
    figure: (f) => f.cpuPerWall,
    bar: 1.15,
    unit: "",
  },
];

/** Runs a part, a second time if it misses a bar; the better figure counts, for other programs disturb these most. */
function judge(part: string, env: Record<string, string>, lines: readonly Line[]): void {
  const tries = [inItsOwnProcess(part, env)];
  const best = ({ figure }: Line) => Math.min(...tries.map(figure));
  if (lines.some((line) => best(line) > line.bar)) tries.push(inItsOwnProcess(part, env));
  for (const line of lines) {
    const met = best(line) <= line.bar;
    if (!met) process.exitCode = 1;
    const all = tries.map((figures) => line.figure(figures).toFixed(2)).join(", then ");
    console.log(`${met ? "met   " : "MISSED"} ${all}${line.unit}, at most ${line.bar}${line.unit}: ${line.what}`);
  }
}

async function main(): Promise<void> {
  const part = process.argv[2];
  if (part !== undefined) {
    process.stdout.write(JSON.stringify(await batch(part === "watched")));
    return;
  }
  await makeClass("inet");
  judge("watched", {}, watchedLines);
  judge("alone", { POLYCODEC_THREADS: "1" }, aloneLines);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 2;
});
