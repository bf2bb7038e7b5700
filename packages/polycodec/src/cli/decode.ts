/** `polycodec decode`: pictures to files of plain pixels. */
import { CodeStream, Decoder, Encoder, type Image } from "@polycodec/core";
import type { Command } from "commander";
import { addDecodeOptions, addThreadsOption, type DecodeFlags, decodeOptions } from "./decode-options.js";
import { UsageError } from "./exit-status.js";
import { InFlight } from "./in-flight.js";
import { findInputs, type Input, type Inputs, STDIO, sourceOf } from "./inputs.js";
import { makeFolders, planOutputs, writeOutput } from "./output-files.js";
import { oneOf } from "./parse-arguments.js";
import { PIXEL_FORMATS, type PixelFormat, pixelFile } from "./pixel-files.js";
import { Progress } from "./progress.js";
import { failure, type Item, Report } from "./report.js";
import { formatTime } from "./table.js";

interface Flags extends DecodeFlags {
  readonly out: string;
  readonly format: PixelFormat;
  readonly force?: boolean;
  readonly recursive?: boolean;
  readonly json?: boolean;
}

interface DecodeItem extends Item {
  readonly output?: string;
  readonly width?: number;
  readonly height?: number;
  readonly channels?: number;
  readonly dtype?: string;
  readonly sampleFormat?: string;
  readonly colorSpec?: string;
  readonly warnings?: readonly string[];
}

/** One picture to decode: a file, or one image of it. */
interface Job extends Input {
  readonly stream: CodeStream;
}

/** Files written at a time while the decoder goes on. */
const WRITERS = 4;

export function addDecode(program: Command, signal: AbortSignal): void {
  const command = program
    .command("decode")
    .description("decode pictures to files of plain pixels")
    .argument("<files...>", "files, folders, or - for standard input")
    .requiredOption("-o, --out <folder>", "where the results go; - writes the only one to standard output")
    .option("-f, --format <name>", `${PIXEL_FORMATS.join(", ")}`, oneOf(PIXEL_FORMATS), "npy");
  addThreadsOption(addDecodeOptions(command))
    .option("-r, --recursive", "enter subfolders of folders")
    .option("--force", "overwrite files that exist")
    .option("--json", "one line of JSON per picture")
    .action((paths: string[], flags: Flags) => decode(paths, flags, signal));
}

async function decode(paths: string[], flags: Flags, signal: AbortSignal): Promise<void> {
  const start = performance.now();
  const { out, format, json = false, force = false } = flags;
  const params = decodeOptions(flags, signal);
  const jobs = await selectImages(await findInputs(paths, flags), flags);
  if (out === STDIO && (jobs.length !== 1 || json)) {
    throw new UsageError(
      json ? "--json and --out - would both write to standard output" : `--out - holds one picture, not ${jobs.length}`,
    );
  }
  const outputs = out === STDIO ? [STDIO] : planOutputs(jobs, { folder: out, extension: `.${format}`, force });
  if (out !== STDIO) await makeFolders(outputs);

  const progress = new Progress(jobs.length, "decoding");
  const report = new Report<DecodeItem>(json, progress);
  const writing = new InFlight(WRITERS);
  using decoder = new Decoder();
  using encoder = new Encoder();
  try {
    for await (const { index, result } of decoder.decodeStream(
      jobs.map(({ stream }) => stream),
      params,
    )) {
      const { path: file } = jobs[index]!;
      if (result.status === "rejected") {
        report.add({ file, ok: false, error: failure(result.reason) });
        continue;
      }
      await writing.add(async () => {
        const pieces = () => pixelFile(encoder, result.value, format);
        report.add(await write(result.value, pieces, file, outputs[index]!, { force, signal }));
        result.value.release();
      });
    }
    await writing.finish();
  } finally {
    await writing.settle();
    progress.clear();
  }
  if (!json && out !== STDIO) {
    const seconds = formatTime((performance.now() - start) / 1000);
    console.log(`${report.items.length - report.failed} of ${jobs.length} pictures decoded into ${out} in ${seconds}`);
  }
  process.exitCode = report.exitStatus;
}

/** With `--image-index all`, every image of a file is a job of its own and its number part of the name. */
async function selectImages({ files }: Inputs, { imageIndex }: DecodeFlags): Promise<Job[]> {
  const jobs: Job[] = [];
  for (const input of files) {
    const stream = CodeStream.from(await sourceOf(input));
    const images = imageIndex === "all" ? await countImages(stream) : 1;
    if (images === 1) jobs.push({ ...input, stream });
    else
      for (let i = 0; i < images; i++)
        jobs.push({ path: input.path, name: numbered(input.name, i), stream: stream.subCodeStream({ imageIdx: i }) });
  }
  return jobs;
}

/** 1 for a file that cannot be read: the decoder will say why. */
async function countImages(stream: CodeStream): Promise<number> {
  try {
    return (await stream.open()).numImages;
  } catch {
    return 1;
  }
}

function numbered(name: string, i: number): string {
  return name.replace(/(\.[^./]*)?$/, (extension) => `_${i}${extension}`);
}

async function write(
  image: Image,
  pixels: () => Promise<readonly Uint8Array[]>,
  file: string,
  output: string,
  options: { force: boolean; signal: AbortSignal },
): Promise<DecodeItem> {
  const { width, height, channels, dtype, sampleFormat, colorSpec, warnings } = image;
  const facts = { width, height, channels, dtype, sampleFormat, colorSpec, ...(warnings.length > 0 && { warnings }) };
  try {
    const pieces = await pixels();
    if (output === STDIO) await writeStdout(pieces);
    else await writeOutput(output, pieces, options);
    return { file, ok: true, output, ...facts };
  } catch (error) {
    if (options.signal.aborted) throw error;
    return { file, ok: false, error: failure(error), ...facts };
  }
}

/** Waits until the reader has taken all of it: the memory is given back afterwards. */
export async function writeStdout(pieces: readonly Uint8Array[]): Promise<void> {
  for (const piece of pieces) {
    await new Promise<void>((resolve, reject) =>
      process.stdout.write(piece, (error) => (error ? reject(error) : resolve())),
    );
  }
}
