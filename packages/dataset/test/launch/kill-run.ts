/** A run over a queue whose workers are killed at random, from a fixed seed. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { RunSummary } from "@polycodec/dataset";
import type { Orders } from "./run-shards-process.js";

const MAIN = fileURLToPath(new URL("./run-shards-process.js", import.meta.url));

export class KillRun {
  readonly #random: () => number;
  readonly #child: ChildProcess;
  readonly #output: Promise<string>;
  readonly #exit: Promise<unknown>;

  constructor(
    private readonly orders: Orders,
    environment: Record<string, string>,
    seed: number,
  ) {
    this.#random = random(seed);
    this.#child = spawn(process.execPath, [MAIN, JSON.stringify(orders)], {
      env: { ...process.env, POLYCODEC_THREADS: "1", ...environment },
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.#output = text(this.#child.stdout!);
    this.#exit = once(this.#child, "exit");
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Looks until something is so, or the run has ended. */
  async waitFor(isSo: () => Promise<boolean>): Promise<void> {
    while (this.isRunning && !(await isSo())) await sleep(50);
  }

  /** Kills a worker, a moment after all but one are at work again; which and when, the seed decides. Was there one? */
  async killOne(): Promise<boolean> {
    let workers: number[] = [];
    await this.waitFor(async () => {
      workers = await this.#startedWorkers();
      return workers.length >= this.orders.workers - 1;
    });
    await sleep(this.#random() * 300);
    return this.isRunning && kill(workers[Math.floor(this.#random() * workers.length)]!);
  }

  /** Everything at once: the launching process, and with it the workers. */
  async killAll(): Promise<void> {
    const workers = await children(this.#child.pid!);
    this.#child.kill("SIGKILL");
    for (const worker of workers) kill(worker);
    await this.#exit;
  }

  async summary(): Promise<RunSummary> {
    await this.#exit;
    return JSON.parse(await this.#output) as RunSummary;
  }

  /** Those that have loaded what they need: the others hold no task yet. */
  async #startedWorkers(): Promise<number[]> {
    const all = await children(this.#child.pid!);
    const loaded = await Promise.all(
      all.map((pid) =>
        readFile(`/proc/${pid}/maps`, "utf8").then(
          (maps) => maps.includes("polycodec-ext-cpu"),
          () => false,
        ),
      ),
    );
    return all.filter((_, i) => loaded[i]);
  }
}

async function children(pid: number): Promise<number[]> {
  const list = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8").catch(() => "");
  return list.split(" ").filter(Boolean).map(Number);
}

function kill(pid: number): boolean {
  try {
    return process.kill(pid, "SIGKILL");
  } catch {
    return false;
  }
}

async function text(stream: NodeJS.ReadableStream): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString();
}

/** mulberry32: small, and the same everywhere. */
export function random(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
