/** `polycodec transcode`: pictures to another codec, or to other parameters of the same, as one batch stream. */
import { basename, join, relative } from "node:path";
import type { Command } from "commander";
import { addPixelOptions, addThreadsOption, type DecodeFlags } from "./decode-options.js";
import { addEncodeOptions, type EncodeFlags, extensionOf } from "./encode-options.js";
import { findInputs, type Inputs } from "./inputs.js";
import { makeFolders, planOutputs, refuseExisting } from "./output-files.js";
import { Progress } from "./progress.js";
import { Report } from "./report.js";
import { sheetNames, writeSheet } from "./sheet.js";
import { type Column, formatBytes, formatTable, formatTime } from "./table.js";
import { type TranscodeItem, transcodeBatch } from "./transcode-batch.js";

interface Flags extends DecodeFlags, EncodeFlags {
  readonly out: string;
  readonly keepMetadata: boolean;
  readonly strip?: boolean;
  readonly sheet?: boolean;
  readonly keepExtensions?: boolean;
  readonly recursive?: boolean;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** Names are those below the folder that was given; the result is named where it is called differently. */
function columns({ files }: Inputs, out: string): readonly Column<TranscodeItem>[] {
  const names = new Map(files.map(({ path, name }) => [path, name]));
  const result = ({ file, error, output }: TranscodeItem) => {
    if (error || !output) return error?.code;
    const name = relative(out, output);
    return name === names.get(file) ? "" : name;
  };
  return [
    { title: "file", cell: ({ file }) => names.get(file) },
    { title: "codec", cell: ({ codec }) => codec },
    {
      title: "pixels",
      cell: ({ width, height, channels }) => width && `${width}x${height}x${channels}`,
      align: "right",
    },
    { title: "before", cell: ({ bytesBefore }) => bytes(bytesBefore), align: "right" },
    { title: "after", cell: ({ bytesAfter }) => bytes(bytesAfter), align: "right" },
    { title: "ratio", cell: ratio, align: "right" },
    { title: "result", cell: result },
  ];
}

export function addTranscode(program: Command, signal: AbortSignal): void {
  const command = program
    .command("transcode")
    .description(
      "convert pictures to another codec or other parameters; pictures of more than 8 bits or of CMYK become 8-bit RGB",
    )
    .argument("<files...>", "files, folders, or - for standard input")
    .requiredOption("-o, --out <folder>", "where the results go");
  addThreadsOption(addEncodeOptions(addPixelOptions(command)))
    .option("--keep-metadata", "take EXIF, ICC profile and XMP along", true)
    .option("--strip", "leave all metadata behind")
    .option("--sheet", "draw a contact sheet of the results into the folder")
    .option("--keep-extensions", "two files that differ in their extension alone keep it: a.png.jpg")
    .option("-r, --recursive", "enter subfolders of folders")
    .option("--force", "overwrite files that exist")
    .option("--json", "one line of JSON per file")
    .action((paths: string[], flags: Flags) => transcode(paths, flags, signal));
}

async function transcode(paths: string[], flags: Flags, signal: AbortSignal): Promise<void> {
  const start = performance.now();
  const { out, json = false, force = false } = flags;
  const inputs = await findInputs(paths, flags);
  const { files } = inputs;
  const outputs = planOutputs(files, {
    folder: out,
    extension: extensionOf(flags.to),
    force,
    keepExtensions: flags.keepExtensions ?? false,
  });
  const sheet = flags.sheet ? sheetNames(join(out, "contact-sheet")) : [];
  refuseExisting(sheet, force);
  await makeFolders([...outputs, ...sheet]);

  const progress = new Progress(files.length, "transcoding");
  const report = new Report<TranscodeItem>(json, progress);
  const settings = { decode: flags, encode: flags, keepMetadata: !flags.strip, force, signal };
  try {
    await transcodeBatch(files, outputs, settings, (item) => report.add(item));
  } finally {
    progress.clear();
  }
  const seconds = (performance.now() - start) / 1000;
  const items = inOrder(report.items, inputs);
  if (sheet.length > 0) await drawSheet(sheet, items, { title: `${paths.join(", ")} as ${flags.to}`, signal, force });
  if (!json) summarize(items, inputs, seconds, out, sheet);
  process.exitCode = report.exitStatus;
}

/** Results came as they were ready. */
function inOrder(items: readonly TranscodeItem[], { files }: Inputs): TranscodeItem[] {
  const places = new Map(files.map(({ path }, i) => [path, i]));
  return items.toSorted((a, b) => places.get(a.file)! - places.get(b.file)!);
}

/** Made from the files just written, so that it shows what they are. */
async function drawSheet(
  outputs: readonly string[],
  items: readonly TranscodeItem[],
  options: { title: string; signal: AbortSignal; force: boolean },
): Promise<void> {
  const entries = items.map((item) => ({
    source: item.output ?? item.file,
    title: basename(item.output ?? item.file),
    lines: item.ok
      ? [`${item.width}×${item.height}`, `${item.codec} ${bytes(item.bytesBefore)} → ${bytes(item.bytesAfter)}`]
      : [],
    ...(item.error && { error: item.error.message }),
  }));
  const failures = await writeSheet(outputs, entries, { ...options, size: 240 });
  for (const [place, error] of failures)
    process.stderr.write(`${entries[place]!.title}: written, but cannot be shown: ${error.message}\n`);
}

function summarize(
  items: readonly TranscodeItem[],
  inputs: Inputs,
  seconds: number,
  out: string,
  sheet: readonly string[],
): void {
  const { skipped } = inputs;
  console.log(formatTable(columns(inputs, out), items));
  if (skipped.length > 0) {
    console.log(`\nSkipped, no registered codec: ${skipped.length}`);
    for (const { path } of skipped) console.log(`  ${path}`);
  }
  const good = items.filter(({ ok }) => ok);
  const sum = (number: (item: TranscodeItem) => number) => good.reduce((total, item) => total + number(item), 0);
  const megapixels = sum(({ width = 0, height = 0 }) => width * height) / 1e6;
  const failed = items.length - good.length;
  console.log(
    `\n${good.length} ${good.length === 1 ? "picture" : "pictures"}${failed > 0 ? `, ${failed} failed` : ""}: ${megapixels.toFixed(1)} megapixels in ${formatTime(seconds)}` +
      ` (${(good.length / seconds).toFixed(0)} pictures/s, ${(megapixels / seconds).toFixed(0)} megapixels/s),` +
      ` ${formatBytes(sum(({ bytesBefore = 0 }) => bytesBefore))} → ${formatBytes(sum(({ bytesAfter = 0 }) => bytesAfter))}`,
  );
  console.log(`Results: ${out}`);
  for (const path of sheet) console.log(`Contact sheet: ${path}`);
}

function bytes(count: number | undefined): string {
  return count === undefined ? "" : formatBytes(count);
}

function ratio({ bytesBefore, bytesAfter }: TranscodeItem): string {
  return bytesBefore && bytesAfter ? `${Math.round((bytesAfter / bytesBefore) * 100)} %` : "";
}
