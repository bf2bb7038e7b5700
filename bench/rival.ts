/** A rival's process, and what a measurement of it says. */
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";

export interface Measurement {
  /** Pictures per second. */
  readonly rate: number;
  /** Cores that other processes kept busy meanwhile, on average. Above a fifth, distrust the rate. */
  readonly foreign: number;
}

/** How to start a rival, once for each cell that it takes part in. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export class Rival {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  #complaint = "";
  /** Encoders that say so: the bytes of all results. */
  codedBytes: number | undefined;

  private constructor(
    readonly id: string,
    { program, args, env }: Command,
    cores: readonly number[],
  ) {
    this.#child = spawn("taskset", ["-c", cores.join(","), program, ...args], {
      stdio: ["pipe", "pipe", "pipe"],
      env: { ...process.env, ...env },
    });
    this.#child.stderr!.on("data", (data) => {
      this.#complaint = (this.#complaint + String(data)).slice(-2000);
    });
    this.#child.stdin!.on("error", () => {}); // A child that died is found by its missing answer.
    this.#lines = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]();
  }

  /** Starts the process, pinned to `cores`, and waits until it has warmed up. Rejects with what it complained of. */
  static async start(id: string, command: Command, cores: readonly number[]): Promise<Rival> {
    const rival = new Rival(id, command, cores);
    rival.codedBytes = Number((await rival.#answer("ready")).split(" ")[1]) || undefined;
    return rival;
  }

  /** Lets it work for `seconds` or a little longer. */
  async measure(seconds: number): Promise<Measurement> {
    const busy = busyTicks();
    const own = this.#ownTicks();
    this.#child.stdin!.write(`run ${seconds}\n`);
    const [, pictures, elapsed] = (await this.#answer("done")).split(" ").map(Number);
    const foreign = (busyTicks() - busy - (this.#ownTicks() - own)) / ticksPerSecond / elapsed!;
    return { rate: pictures! / elapsed!, foreign: Math.max(0, foreign) };
  }

  /** The most memory it has had resident so far, bytes. */
  peakResident(): number {
    return Number(/VmHWM:\s*(\d+)/.exec(readFileSync(`/proc/${this.#child.pid}/status`, "utf8"))?.[1] ?? 0) * 1024;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.stdin!.end();
    const deadline = setTimeout(() => this.#child.kill("SIGKILL"), 5000);
    await exited;
    clearTimeout(deadline);
  }

  /** The next line that begins with `word`; libraries print lines of their own. */
  async #answer(word: string): Promise<string> {
    for (;;) {
      const { value, done } = await this.#lines.next();
      if (done) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        throw new Error(`${this.id} ended early: ${this.#complaint.trim().split("\n    at ")[0] || "without a word"}`);
      }
      if (value.startsWith(word)) return value;
    }
  }

  #ownTicks(): number {
    return ticks(this.#child.pid!); // taskset becomes the program that it starts.
  }
}

/** Of `USER_HZ`, in which /proc counts; 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;

/** How many cores of the machine are busy, on average over the next `ms` milliseconds. */
export async function busyCores(ms: number): Promise<number> {
  const busy = busyTicks();
  const start = performance.now();
  await sleep(ms);
  return ((busyTicks() - busy) / ticksPerSecond) * (1000 / (performance.now() - start));
}

/** All processors' busy time, time stolen by the hypervisor included. */
function busyTicks(): number {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = readFileSync("/proc/stat", "utf8")
    .split("\n", 1)[0]!
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return user + nice + system + irq + softirq + steal;
}

function ticks(pid: number): number {
  try {
    // The second field is the program's name in brackets and may hold spaces.
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    return Number(fields[11]) + Number(fields[12]);
  } catch {
    return 0;
  }
}
