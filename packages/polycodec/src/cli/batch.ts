/** `polycodec batch`: a folder of pictures to a folder of pictures, in batches, as the reference's sample applications do it. */

import { type Batch, ImageBatchDecoder, ImageBatchEncoder, type WriteResult } from "@polycodec/batch";
import { Decoder, type ResizeOptions } from "@polycodec/core";
import type { Command } from "commander";
import { addThreadsOption } from "./decode-options.js";
import { addEncodeOptions, type EncodeFlags, encodeOptions } from "./encode-options.js";
import { integer, size } from "./parse-arguments.js";
import { Progress } from "./progress.js";
import { failure, type Item, Report } from "./report.js";
import { formatTime } from "./table.js";

interface Flags extends EncodeFlags {
  readonly input: string;
  readonly out: string;
  readonly batchSize: number;
  readonly resize?: ResizeOptions;
  readonly prefix: string;
  readonly recursive?: boolean;
  readonly suffix?: boolean;
  readonly force?: boolean;
  readonly json?: boolean;
}

interface BatchItem extends Item {
  readonly output?: string;
  /** Place of its batch, from 0. */
  readonly batch: number;
}

export function addBatch(program: Command, signal: AbortSignal): void {
  const command = program
    .command("batch")
    .description("decode a folder in batches and encode them into another: a.jpg becomes out_a.jpg")
    .requiredOption("-i, --input <path>", "a folder, or a file, which stands for a batch of it")
    .requiredOption("-o, --out <folder>", "where the results go")
    .option("-b, --batch-size <n>", "pictures a batch", integer(1, 65_536), 4)
    .option("--resize <WxH>", "resize all pictures to one size", box)
    .option("--prefix <text>", "what stands before each name", "out_");
  addThreadsOption(addEncodeOptions(command))
    .option("-r, --recursive", "enter subfolders")
    .option("--suffix", "two pictures that would have one name are numbered")
    .option("--force", "overwrite files that exist")
    .option("--json", "one line of JSON per picture")
    .action((flags: Flags) => batch(flags, signal));
}

async function batch(flags: Flags, signal: AbortSignal): Promise<void> {
  const start = performance.now();
  const { input, out, batchSize, json = false, force = false } = flags;
  using decoding = new Decoder();
  const decoder = new ImageBatchDecoder({
    inputPath: input,
    batchSize,
    recursive: flags.recursive ?? false,
    ...(flags.resize && { resize: flags.resize }),
    decode: { signal },
    decoder: decoding,
  });
  const { codec, ...encode } = encodeOptions(flags);
  const encoder = new ImageBatchEncoder({
    outputPath: out,
    codec: codec!,
    encode: { ...encode, signal },
    prefix: flags.prefix,
    onCollision: flags.suffix ? "suffix" : "throw",
    overwrite: force,
  });
  await encoder.start(decoder.files);

  const progress = new Progress(decoder.length, "batch");
  const report = new Report<BatchItem>(json, progress);
  const sizes: number[] = [];
  try {
    await encoder.writeAll(decoder, (results: readonly WriteResult[], { batchIdx }: Batch) => {
      sizes.push(results.length);
      for (const { file, path, error } of results)
        report.add({
          file,
          ok: !error,
          batch: batchIdx,
          ...(error ? { error: failure(error) } : { output: path! }),
        });
    });
    signal.throwIfAborted();
  } finally {
    progress.clear();
    await decoder.join();
    await encoder.join().catch(() => undefined); // every failure has been reported
  }
  if (!json) summarize(decoder.length, report.failed, sizes, (performance.now() - start) / 1000, out);
  process.exitCode = report.exitStatus;
}

function summarize(files: number, failed: number, sizes: readonly number[], seconds: number, out: string): void {
  const list = sizes.length <= 8 ? ` (${sizes.join(", ")})` : "";
  console.log(
    `${files - failed} of ${files} pictures in ${sizes.length} ${sizes.length === 1 ? "batch" : "batches"}${list},` +
      ` ${formatTime(seconds)}, ${(files / seconds).toFixed(0)} pictures/s`,
  );
  console.log(`Results: ${out}`);
}

/** `224x224`. */
function box(text: string): ResizeOptions {
  const { width, height } = size(text);
  return { width, height };
}
