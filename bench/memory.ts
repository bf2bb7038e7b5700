/**
 * The memory bench: `node dist-test/bench/memory.js`. Each line of the table is a process of its own; RSS is read
 * from /proc/self/status. The exit status is 1 when a bar is missed.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { setImmediate as turnOfTheLoop } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type DecodeResult, Decoder, type Image } from "@polycodec/core";
import "@polycodec/ext-cpu";
import { makeClass } from "./make-class.js";

const MB = 1e6;

interface Finding {
  readonly what: string;
  /** Bytes. */
  readonly figure: number;
  readonly bar: number;
}

/** 10,000 decodes of mixed sizes, each batch released: what the process grows by after the first 1,000. */
async function growth(): Promise<Finding> {
  const decoder = new Decoder();
  const files: Uint8Array[] = [];
  for (const name of ["inet", "1080p", "progressive"] as const) {
    const { pictures } = await makeClass(name);
    files.push(...pictures.map(({ path }) => readFileSync(path)));
  }
  const scales = [1, 2, 4, 8] as const;
  let after1000 = 0;
  for (let done = 0, batch = 0; done < 10_000; batch++) {
    // Sizes change from batch to batch as well as inside one: lengths 1 to 40, all scales, another start each time.
    const length = 1 + ((batch * 17) % 40);
    const sources = Array.from({ length }, (_, i) => files[(batch * 7 + i * 5) % files.length]!);
    release(await decoder.decode(sources, { scale: scales[batch % 4]! }));
    if (done < 1000 && done + length >= 1000) after1000 = await resident();
    done += length;
  }
  return {
    what: "10,000 decodes of mixed sizes, released: growth of RSS after the first 1,000",
    figure: (await resident()) - after1000,
    bar: 64 * MB,
  };
}

async function large(): Promise<{ decoder: Decoder; sources: Uint8Array[]; outputs: number }> {
  const made = await makeClass("12mp");
  const sources = made.pictures.map(({ path }) => readFileSync(path));
  return { decoder: new Decoder(), sources, outputs: made.count * made.width * made.height * 3 };
}

async function reused(): Promise<Finding> {
  const { decoder, sources } = await large();
  const images: Image[] = (await decoder.decode(sources)).map(imageOf);
  for (let i = 0; i < 5; i++) (await decoder.decode(sources, { images })).map(imageOf);
  return { what: "six 12 MP pictures, outputs reused five times: peak RSS", figure: peakResident(), bar: 300 * MB };
}

async function fresh(): Promise<Finding> {
  const { decoder, sources, outputs } = await large();
  for (let i = 0; i < 2; i++) release(await decoder.decode(sources));
  return {
    what: "six 12 MP pictures, fresh outputs, two batches each released: peak RSS less the outputs",
    figure: peakResident() - outputs,
    bar: 150 * MB,
  };
}

/** The same for longer: what is given back must be what is taken next. */
async function freshForLong(): Promise<Finding> {
  const { decoder, sources, outputs } = await large();
  for (let i = 0; i < 20; i++) release(await decoder.decode(sources));
  return {
    what: "the same, twenty batches: RSS at the end less the outputs",
    figure: (await resident()) - outputs,
    bar: 150 * MB,
  };
}

function release(results: readonly DecodeResult[]): void {
  for (const result of results) imageOf(result).release();
}

function imageOf(result: DecodeResult): Image {
  if (result.status === "rejected") throw result.reason;
  return result.value;
}

async function resident(): Promise<number> {
  await turnOfTheLoop(); // Finalizers give slabs back in the next turn.
  return status("VmRSS");
}
const peakResident = () => status("VmHWM");

function status(field: string): number {
  return Number(new RegExp(`${field}:\\s*(\\d+)`).exec(readFileSync("/proc/self/status", "utf8"))![1]) * 1024;
}

const parts: Readonly<Record<string, () => Promise<Finding>>> = { growth, reused, fresh, freshForLong };

async function main(): Promise<void> {
  const part = process.argv[2];
  if (part !== undefined) {
    process.stdout.write(JSON.stringify(await parts[part]!()));
    return;
  }
  await Promise.all((["inet", "1080p", "progressive", "12mp"] as const).map(makeClass));
  for (const name of Object.keys(parts)) {
    const text = execFileSync(process.execPath, [fileURLToPath(import.meta.url), name], { encoding: "utf8" });
    const { what, figure, bar } = JSON.parse(text) as Finding;
    const met = figure <= bar;
    if (!met) process.exitCode = 1;
    console.log(`${met ? "met   " : "MISSED"} ${(figure / MB).toFixed(1)} MB, at most ${bar / MB} MB: ${what}`);
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 2;
});
