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
import { makeClass } from "./classes.js";
import { median, percentile } from "./statistics.js";

interface Figures {
  /** Milliseconds. */
  readonly statP50: number;
  readonly statP99: number;
  readonly delayMax: number;
  readonly wall: number;
  /** (user + system time) / wall time of the batch. */
  readonly cpuPerWall: number;
}

/** Decodes 2,000 files in one batch, and meanwhile, if `watched`, stats a file again and again. */
async function batch(watched: boolean): Promise<Figures> {
  const { pictures } = await makeClass("inet");
  const paths = Array.from({ length: 2000 }, (_, i) => pictures[i % pictures.length]!.path);
  const decoder = new Decoder();
  for (const result of await decoder.decode(paths.slice(0, 100)))
    if (result.status === "fulfilled") result.value.release();
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
    statP50: watched ? median(stats) : 0,
    statP99: watched ? percentile(stats, 0.99) : 0,
    delayMax: histogram.max / 1e6,
    wall,
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

function judge(what: string, figure: number, bar: number, unit: string): void {
  const met = figure <= bar;
  if (!met) process.exitCode = 1;
  console.log(`${met ? "met   " : "MISSED"} ${figure.toFixed(2)}${unit}, at most ${bar}${unit}: ${what}`);
}

async function main(): Promise<void> {
  const part = process.argv[2];
  if (part !== undefined) {
    process.stdout.write(JSON.stringify(await batch(part === "watched")));
    return;
  }
  await makeClass("inet");
  const all = inItsOwnProcess("watched", {});
  console.log(
    `a batch of 2,000 files took ${all.wall.toFixed(0)} ms; fs.promises.stat took ${all.statP50.toFixed(2)} ms in the middle`,
  );
  judge("fs.promises.stat during the batch, 99th percentile", all.statP99, 5, " ms");
  judge("delay of the event loop during the batch, longest", all.delayMax, 30, " ms");
  const one = inItsOwnProcess("alone", { POLYCODEC_THREADS: "1" });
  judge("POLYCODEC_THREADS=1: (user + system) / wall", one.cpuPerWall, 1.15, "");
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 2;
});
