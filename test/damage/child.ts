/**
 * A child process of run.ts: decodes the damaged cases of the files it is told. Says before each case what it is about
 * to do, so that the parent knows what killed it, and after each file how the cases came out.
 */
import { readFileSync } from "node:fs";
import { Decoder, PolycodecError } from "polycodec";
import { damaged } from "./cases.js";

/** What the parent sends: a file and the cases of it. */
export interface Order {
  readonly path: string;
  /** Its name in the manifest. */
  readonly format: string;
  readonly cases: readonly number[];
}
export interface Started {
  readonly kind: "started";
  readonly index: number;
}
export interface Finished {
  readonly kind: "finished";
  /** By outcome: how many. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** What is wrong in itself: an error without a code, or one that took too long. */
  readonly faults: readonly string[];
  readonly slowestMs: number;
}

/**
 * Of processor time, which on a machine of its own is at least the time that passes: on a shared one a case may stand
 * still for seconds. The parent has a deadline on the clock, for what hangs without working.
 */
const LIMIT_MS = 5000;
const decoder = new Decoder();

process.on("message", (order: Order) => {
  void work(order).then((finished) => process.send!(finished));
});

async function work({ path, format, cases }: Order): Promise<Finished> {
  const file = new Uint8Array(readFileSync(path));
  const outcomes: Record<string, number> = {};
  const faults: string[] = [];
  let slowestMs = 0;
  for (const index of cases) {
    process.send!({ kind: "started", index } satisfies Started);
    const { bytes, options, what } = damaged(file, index, format);
    const begun = process.cpuUsage();
    const outcome = await settle(bytes, options).catch((error: unknown) => {
      faults.push(`${what}: ${error instanceof Error ? error.stack : error}`);
      return "no PolycodecError";
    });
    const { user, system } = process.cpuUsage(begun);
    const ms = (user + system) / 1000;
    slowestMs = Math.max(slowestMs, ms);
    if (ms > LIMIT_MS) faults.push(`${what}: took ${Math.round(ms)} ms of processor time`);
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  }
  return { kind: "finished", outcomes, faults, slowestMs };
}

async function settle(...[bytes, options]: [Uint8Array, Parameters<Decoder["decode"]>[1]]): Promise<string> {
  try {
    using image = await decoder.decode(bytes, options);
    // Reading the last sample proves that the memory is all there.
    void image.data[image.data.length - 1];
    return image.warnings.length > 0 ? "a picture with warnings" : "a picture";
  } catch (error) {
    if (error instanceof PolycodecError && error.code.startsWith("ERR_POLYCODEC_")) return error.code;
    throw error;
  }
}
