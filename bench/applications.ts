/**
 * The applications: `node dist-test/bench/applications.js [--python PROGRAM] [--rounds N]`.
 *
 * Shards: the reference's ImageWriterStage (with a Python that has nemo_curator) and ours write the same decoded photographs,
 * in turns, each in its own process on the same two cores. Batches: 10,000 small files through ImageBatchDecoder and
 * ImageBatchEncoder, and through `transcodeStream` alone, in turns, either way first in every other round. The exit status is
 * 1 when a bar is missed.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { ImageBatchDecoder, ImageBatchEncoder } from "@polycodec/batch";
import { Decoder, Encoder, transcodeStream } from "@polycodec/core";
import { drawPicture } from "@polycodec/core/testing";
import "@polycodec/ext-cpu";
import { makeClass } from "./make-class.js";
import type { ShardsJob } from "./peers/shards.js";
import { allowedCores, projectFolder } from "./project.js";
import { type Command, Rival } from "./rival.js";
import { median } from "./statistics.js";

const { values } = parseArgs({ options: { python: { type: "string" }, rounds: { type: "string", default: "7" } } });
const SHARDS_BAR = 2.5;
const BATCHES_BAR = 0.9;
const rounds = Number(values.rounds);
// In memory where that can be had: a disk's moods are larger than what is compared.
const scratch = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "polycodec-applications-"));
try {
  if (values.python) await shards(values.python);
  await batches();
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

async function shards(python: string): Promise<void> {
  const { pictures } = await makeClass("1080p");
  using decoder = new Decoder();
  const raw: string[] = [];
  let shape: readonly [number, number, number] = [0, 0, 0];
  for (const [i, { path }] of pictures.entries()) {
    using image = await decoder.decode(path);
    shape = image.shape;
    raw.push(join(scratch, `${i}.bin`));
    await writeFile(raw.at(-1)!, image.packed());
  }
  const jobOf = (name: string) => JSON.stringify({ raw, shape, outputDir: join(scratch, name) } satisfies ShardsJob);
  const child = fileURLToPath(new URL("child.js", import.meta.url));
  const driver = fileURLToPath(new URL("peers/shards.js", import.meta.url));
  const commands: Readonly<Record<string, Command>> = {
    polycodec: { program: process.execPath, args: [child, driver, jobOf("ours")] },
    curator: {
      program: python,
      args: [join(projectFolder, "bench/peers/curator.py"), jobOf("theirs")],
      env: { LOGURU_LEVEL: "ERROR" },
    },
  };
  const cores = allowedCores().slice(0, 2);
  const rates = new Map<string, number[]>();
  const rivals: Rival[] = [];
  try {
    for (const [id, command] of Object.entries(commands)) rivals.push(await Rival.start(id, command, cores));
    for (let round = 0; round < rounds; round++)
      for (const rival of rivals) {
        const { rate } = await rival.measure(1);
        rates.set(rival.id, [...(rates.get(rival.id) ?? []), rate]);
      }
  } finally {
    for (const rival of rivals) await rival.stop();
  }
  const [ours, theirs] = ["polycodec", "curator"].map((id) => median(rates.get(id)!)) as [number, number];
  console.log(
    `shards of ${raw.length} photographs of ${shape[1]} x ${shape[0]}, ${cores.length} cores, ${rounds} rounds`,
  );
  console.log(`  ImageWriterStage of nemo-curator  ${theirs.toFixed(1)} pictures/s`);
  console.log(
    `  ImageWriterStage of polycodec     ${ours.toFixed(1)} pictures/s, ${(ours / theirs).toFixed(2)} times as many (bar ${SHARDS_BAR})`,
  );
  if (ours < SHARDS_BAR * theirs) process.exitCode = 1;
}

async function batches(): Promise<void> {
  const files = 10_000;
  const input = join(scratch, "small");
  mkdirSync(input);
  {
    using encoder = new Encoder();
    const drawn = Array.from({ length: 20 }, (_, seed) => drawPicture(128, 96, { seed }));
    const items = Array.from({ length: files }, (_, i) => ({ image: drawn[i % 20]!, path: join(input, `${i}.jpg`) }));
    for await (const { result } of encoder.encodeStream(items)) if (result.status === "rejected") throw result.reason;
  }
  const decoder = new ImageBatchDecoder({ inputPath: input, batchSize: 64 });
  const ways: Readonly<Record<string, (out: string) => Promise<void>>> = {
    async transcodeStream(out) {
      const path = (source: unknown) => join(out, `out_${basename(String(source))}`);
      for await (const { result } of transcodeStream(decoder.files, { ordered: false, metadata: "strip", path }))
        if (result.status === "rejected") throw result.reason;
    },
    async "batches of 64"(out) {
      const batches = new ImageBatchDecoder({ inputPath: input, batchSize: 64 });
      const encoder = new ImageBatchEncoder({ outputPath: out });
      await encoder.writeAll(batches);
      await encoder.join();
    },
  };
  const rates = new Map<string, number[]>();
  for (let round = 0; round <= rounds; round++) {
    const order = Object.entries(ways);
    for (const [name, work] of round % 2 === 0 ? order : order.reverse()) {
      const out = join(scratch, "out");
      mkdirSync(out);
      const start = performance.now();
      await work(out);
      const rate = files / ((performance.now() - start) / 1000);
      if (round > 0) rates.set(name, [...(rates.get(name) ?? []), rate]); // the first warms up
      rmSync(out, { recursive: true });
    }
  }
  const [stream, batch] = Object.keys(ways).map((name) => median(rates.get(name)!)) as [number, number];
  console.log(`${files} JPEGs of 128 x 96 into a folder, ${rounds} rounds`);
  console.log(`  transcodeStream  ${stream.toFixed(0)} pictures/s`);
  console.log(
    `  batches of 64    ${batch.toFixed(0)} pictures/s, ${(batch / stream).toFixed(2)} times as many (bar ${BATCHES_BAR})`,
  );
  if (batch < BATCHES_BAR * stream) process.exitCode = 1;
  console.log(`  peak memory of both  ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MiB`);
}
