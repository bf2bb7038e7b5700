/** `polycodec encode`: files of plain pixels to pictures. */
import { readFile, stat } from "node:fs/promises";
import { Encoder, type Image, type SampleDataType } from "@polycodec/core";
import type { Command } from "commander";
import { writeStdout } from "./decode.js";
import { addThreadsOption } from "./decode-options.js";
import { addEncodeOptions, type EncodeFlags, encodeOptions, extensionOf } from "./encode-options.js";
import { UsageError } from "./exit-status.js";
import { findInputs, type Input, readStdin, STDIO } from "./inputs.js";
import { makeFolders, planOutputs } from "./output-files.js";
import { oneOf, size } from "./parse-arguments.js";
import { type RawLayout, readPixelFile } from "./pixel-files.js";
import { Progress } from "./progress.js";
import { failure, type Item, Report } from "./report.js";
import { formatBytes, formatTime } from "./table.js";

interface Flags extends EncodeFlags {
  readonly out: string;
  readonly size?: { width: number; height: number; channels: number };
  readonly dtype: SampleDataType;
  readonly force?: boolean;
  readonly json?: boolean;
}

interface EncodeItem extends Item {
  readonly output?: string;
  readonly bytes?: number;
}

/** Files read at a time; their pixels are in memory together. */
const WINDOW = 16;

export function addEncode(program: Command, signal: AbortSignal): void {
  const command = program
    .command("encode")
    .description("encode files of plain pixels: npy, pbm, pgm, ppm, pam, pfm, or raw with --size")
    .argument("<files...>", "files, or - for standard input")
    .requiredOption("-o, --out <folder>", "where the results go; - writes the only one to standard output");
  addThreadsOption(addEncodeOptions(command))
    .option("--size <WxHxC>", "the files are raw: width, height, channels (default 3)", size)
    .option("--dtype <name>", "element type of raw files: uint8 or uint16", oneOf(["uint8", "uint16"]), "uint8")
    .option("--force", "overwrite files that exist")
    .option("--json", "one line of JSON per file")
    .action((paths: string[], flags: Flags) => encode(paths, flags, signal));
}

async function encode(paths: string[], flags: Flags, signal: AbortSignal): Promise<void> {
  const start = performance.now();
  const { out, json = false, force = false } = flags;
  const raw = flags.size && { ...flags.size, dtype: flags.dtype };
  // A folder would stand for the pictures in it, which are not what is encoded here.
  for (const path of paths)
    if (path !== STDIO && (await isFolder(path))) throw new UsageError(`${path} is a folder; name its files`);
  const { files } = await findInputs(paths);
  if (out === STDIO) return toStdout(files, flags, raw, signal);

  const outputs = planOutputs(files, { folder: out, extension: extensionOf(flags.to), force });
  await makeFolders(outputs);
  const progress = new Progress(files.length, "encoding");
  const report = new Report<EncodeItem>(json, progress);
  using encoder = new Encoder();
  try {
    for (let first = 0; first < files.length; first += WINDOW) {
      const jobs = await readWindow(files, outputs, first, raw, report);
      const options = { ...encodeOptions(flags), overwrite: force, signal };
      const results = await encoder.write(
        jobs.map(({ output }) => output),
        jobs.map(({ image }) => image),
        options,
      );
      for (const [i, result] of results.entries()) {
        const { file, output } = jobs[i]!;
        if (result.status === "rejected") report.add({ file, ok: false, error: failure(result.reason) });
        else report.add({ file, ok: true, output, bytes: (await stat(output)).size });
      }
    }
  } finally {
    progress.clear();
  }
  if (!json) {
    const bytes = formatBytes(report.items.reduce((sum, item) => sum + (item.bytes ?? 0), 0));
    const seconds = formatTime((performance.now() - start) / 1000);
    console.log(
      `${files.length - report.failed} of ${files.length} files encoded into ${out}, ${bytes}, in ${seconds}`,
    );
  }
  process.exitCode = report.exitStatus;
}

/** Reads a few files; those that cannot be read are reported and left out. */
async function readWindow(
  files: readonly Input[],
  outputs: readonly string[],
  first: number,
  raw: RawLayout | undefined,
  report: Report<EncodeItem>,
) {
  const jobs: { file: string; output: string; image: Image }[] = [];
  for (let i = first; i < Math.min(first + WINDOW, files.length); i++) {
    const file = files[i]!.path;
    try {
      jobs.push({ file, output: outputs[i]!, image: await readImage(file, raw) });
    } catch (error) {
      report.add({ file, ok: false, error: failure(error) });
    }
  }
  return jobs;
}

async function toStdout(
  files: readonly Input[],
  flags: Flags,
  raw: RawLayout | undefined,
  signal: AbortSignal,
): Promise<void> {
  if (flags.json) throw new UsageError("--json and --out - would both write to standard output");
  if (files.length !== 1) throw new UsageError(`--out - holds one picture, not ${files.length}`);
  const { path: file } = files[0]!;
  const report = new Report<EncodeItem>(false);
  using encoder = new Encoder();
  try {
    const image = await readImage(file, raw);
    const bytes = await encoder.encode(image, { ...encodeOptions(flags), signal });
    await writeStdout([bytes]);
  } catch (error) {
    if (signal.aborted) throw error;
    report.add({ file, ok: false, error: failure(error) });
  }
  process.exitCode = report.exitStatus;
}

async function readImage(file: string, raw: RawLayout | undefined): Promise<Image> {
  return readPixelFile(file === STDIO ? await readStdin() : await readFile(file), raw);
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}
