/** `polycodec bench`: how fast this machine decodes the user's own files. */
import { readFile } from "node:fs/promises";
import { CodeStream, Decoder, type Image } from "@polycodec/core";
import type { Command } from "commander";
import { addDecodeOptions, addThreadsOption, type DecodeFlags, decodeOptions } from "./decode-options.js";
import { UsageError } from "./exit-status.js";
import { findInputs, sourceOf } from "./inputs.js";
import { refuseExisting, writeOutput } from "./output-files.js";
import { integer } from "./parse-arguments.js";
import { failure, type Item, Report } from "./report.js";
import { type Column, formatBytes, formatTable } from "./table.js";
import { checkTimelineName, drawTimeline, recordChunks } from "./timeline.js";

interface Flags extends DecodeFlags {
  readonly rounds: number;
  readonly recursive?: boolean;
  readonly json?: boolean;
  readonly timeline?: string;
  readonly force?: boolean;
}

interface Subject {
  readonly file: string;
  readonly bytes: Uint8Array;
  readonly codec: string;
  readonly pixels: number;
}

interface Row {
  readonly codec: string;
  readonly files: number;
  readonly megapixels: number;
  readonly bytes: number;
  /** Median of the rounds. */
  readonly seconds: number;
  readonly fastest: number;
  readonly slowest: number;
}

const COLUMNS: readonly Column<Row>[] = [
  { title: "codec", cell: (row) => row.codec },
  { title: "files", cell: (row) => row.files, align: "right" },
  { title: "megapixels", cell: (row) => row.megapixels.toFixed(1), align: "right" },
  { title: "encoded", cell: (row) => formatBytes(row.bytes), align: "right" },
  { title: "ms/round", cell: (row) => (row.seconds * 1000).toFixed(1), align: "right" },
  { title: "pictures/s", cell: (row) => (row.files / row.seconds).toFixed(1), align: "right" },
  { title: "megapixels/s", cell: (row) => (row.megapixels / row.seconds).toFixed(1), align: "right" },
  {
    title: "spread",
    cell: (row) => `${Math.round(((row.slowest - row.fastest) / row.seconds) * 100)} %`,
    align: "right",
  },
];

/** A round shorter than this is too short for the clock: it then decodes its files several times over. */
const MIN_ROUND_SECONDS = 0.1;
/** Files are held in memory, decoded and encoded. */
const MAX_BYTES = 2 ** 30;

export function addBench(program: Command, signal: AbortSignal): void {
  const command = program
    .command("bench")
    .description("measure how fast your files are decoded: from memory, as one batch, into images that are used again")
    .argument("<files...>", "files or folders")
    .option("--rounds <n>", "rounds, of which the median counts", integer(1, 1000), 7)
    .option("-r, --recursive", "enter subfolders of folders")
    .option("--json", "one line of JSON per codec")
    .option(
      "--timeline <file>",
      "draw who did what when in one batch of all files: an SVG, or an HTML page",
      checkTimelineName,
    )
    .option("--force", "overwrite the timeline if it exists");
  addThreadsOption(addDecodeOptions(command)).action((paths: string[], flags: Flags) => bench(paths, flags, signal));
}

async function bench(paths: string[], flags: Flags, signal: AbortSignal): Promise<void> {
  if (flags.imageIndex === "all")
    throw new UsageError("bench decodes one image of each file; --image-index all is for decode");
  if (flags.timeline !== undefined) refuseExisting([flags.timeline], flags.force ?? false);
  const { files } = await findInputs(paths, flags);
  const failures = new Report<Item>(flags.json ?? false);
  const subjects: Subject[] = [];
  for (const input of files) {
    try {
      const source = await sourceOf(input);
      const bytes = typeof source === "string" ? await readFile(source) : source;
      const { codecName: codec, width, height } = await CodeStream.from(bytes).open();
      subjects.push({ file: input.path, bytes, codec, pixels: width * height });
    } catch (error) {
      failures.add({ file: input.path, ok: false, error: failure(error) });
    }
  }
  using decoder = new Decoder();
  const rows: Row[] = [];
  for (const codec of new Set(subjects.map((subject) => subject.codec))) {
    const row = await measure(
      decoder,
      subjects.filter((subject) => subject.codec === codec),
      flags,
      signal,
      failures,
    );
    if (row) rows.push(row);
  }
  if (flags.json) for (const row of rows) console.log(JSON.stringify({ ok: true, ...row }));
  else if (rows.length > 0) console.log(formatTable(COLUMNS, rows));
  if (flags.timeline !== undefined && subjects.length > 0)
    await timeline(flags.timeline, decoder, subjects, flags, signal);
  process.exitCode = failures.exitStatus;
}

/** One batch more, of all files, those that fail included, as its chunks tell of it. */
async function timeline(
  path: string,
  decoder: Decoder,
  subjects: readonly Subject[],
  flags: Flags,
  signal: AbortSignal,
): Promise<void> {
  const messages = await recordChunks(async () => {
    const sources = subjects.map(({ bytes }) => bytes);
    for (const result of await decoder.decode(sources, decodeOptions(flags, signal))) {
      if (result.status === "fulfilled") result.value.release();
    }
  });
  const names = subjects.map(({ file }) => file);
  await writeOutput(path, [Buffer.from(drawTimeline(path, messages, names))], { force: flags.force ?? false, signal });
  if (!flags.json) console.log(`\nTimeline: ${path}`);
}

async function measure(
  decoder: Decoder,
  all: readonly Subject[],
  flags: Flags,
  signal: AbortSignal,
  failures: Report<Item>,
): Promise<Row | undefined> {
  const params = decodeOptions(flags, signal);
  // The first round finds the files that cannot be decoded, and makes the images.
  const first = await decoder.decode(
    all.map(({ bytes }) => bytes),
    params,
  );
  const subjects: Subject[] = [];
  const images: Image[] = [];
  let held = 0;
  first.forEach((result, i) => {
    const subject = all[i]!;
    if (result.status === "rejected") failures.add({ file: subject.file, ok: false, error: failure(result.reason) });
    else {
      subjects.push(subject);
      images.push(result.value);
      held += result.value.bytes.length + subject.bytes.length;
    }
  });
  if (subjects.length === 0) return undefined;
  if (held > MAX_BYTES)
    throw new UsageError(`the pictures take ${formatBytes(held)} of memory; measure fewer at a time`);

  const sources = subjects.map(({ bytes }) => bytes);
  const round = async (repeats: number) => {
    const start = performance.now();
    for (let i = 0; i < repeats; i++) await decoder.decode(sources, { ...params, images });
    return (performance.now() - start) / 1000 / repeats;
  };
  const repeats = Math.max(1, Math.ceil(MIN_ROUND_SECONDS / (await round(1))));
  const times: number[] = [];
  for (let i = 0; i < flags.rounds; i++) times.push(await round(repeats));
  times.sort((a, b) => a - b);
  for (const image of images) image.release();
  const sum = (number: (subject: Subject) => number) => subjects.reduce((total, subject) => total + number(subject), 0);
  return {
    codec: subjects[0]!.codec,
    files: subjects.length,
    megapixels: sum(({ pixels }) => pixels) / 1e6,
    bytes: sum(({ bytes }) => bytes.length),
    seconds: times[Math.floor(times.length / 2)]!,
    fastest: times[0]!,
    slowest: times.at(-1)!,
  };
}
