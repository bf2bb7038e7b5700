/** `polycodec sheet`: a contact sheet of the files. */
import { extname, resolve } from "node:path";
import { Encoder } from "@polycodec/core";
import type { Command } from "commander";
import { contactSheet, type SheetEntry } from "./contact-sheet.js";
import { addThreadsOption } from "./decode-options.js";
import { findInputs, sourceOf } from "./inputs.js";
import { makeFolders, refuseExisting, writeOutput } from "./output-files.js";
import { integer } from "./parse-arguments.js";
import { failure, type Item, Report } from "./report.js";

interface Flags {
  readonly out: string;
  readonly size: number;
  readonly columns?: number;
  readonly title?: string;
  readonly recursive?: boolean;
  readonly force?: boolean;
  readonly json?: boolean;
}

export function addSheet(program: Command, signal: AbortSignal): void {
  const command = program
    .command("sheet")
    .description("show many pictures on one: a JPEG or PNG, and an HTML page that holds everything it shows")
    .argument("<files...>", "files, folders, or - for standard input")
    .option("-o, --out <name>", "name.jpg, name.png or name.html; without extension a JPEG and a page", "contact-sheet")
    .option("--size <pixels>", "longest side of a thumbnail", integer(16, 2048), 240)
    .option("--columns <n>", "thumbnails side by side in the picture", integer(1, 1000))
    .option("--title <text>", "title of the page")
    .option("-r, --recursive", "enter subfolders of folders")
    .option("--force", "overwrite files that exist")
    .option("--json", "one line of JSON per file");
  addThreadsOption(command).action((paths: string[], flags: Flags) => sheet(paths, flags, signal));
}

async function sheet(paths: string[], flags: Flags, signal: AbortSignal): Promise<void> {
  const { force = false, json = false } = flags;
  const { files } = await findInputs(paths, flags);
  const outputs = sheetNames(flags.out);
  refuseExisting(outputs, force);
  const entries = await Promise.all(
    files.map(async (input): Promise<SheetEntry> => ({ source: await sourceOf(input), title: input.name })),
  );
  const report = new Report<Item>(json);
  const failures = await writeSheet(outputs, entries, {
    ...flags,
    title: flags.title ?? `${paths.join(", ")}`,
    signal,
    force,
  });
  files.forEach(({ path: file }, i) => {
    const error = failures.get(i);
    report.add(error ? { file, ok: false, error: failure(error) } : { file, ok: true });
  });
  if (!json) console.log(outputs.join("\n"));
  process.exitCode = report.exitStatus;
}

/** A JPEG and a page, or the one whose extension was given. */
export function sheetNames(out: string): string[] {
  const extension = extname(out).toLowerCase();
  return [".jpg", ".jpeg", ".png", ".html", ".htm"].includes(extension) ? [out] : [`${out}.jpg`, `${out}.html`];
}

interface WriteOptions {
  readonly title: string;
  readonly size: number;
  readonly columns?: number | undefined;
  readonly signal: AbortSignal;
  readonly force: boolean;
}

/** Draws the sheet and writes it under these names. Returns the entries that could not be shown, and why. */
export async function writeSheet(
  outputs: readonly string[],
  entries: readonly SheetEntry[],
  options: WriteOptions,
): Promise<ReadonlyMap<number, Error>> {
  const { picture, html, failures } = await contactSheet(entries, options);
  await makeFolders(outputs.map((path) => resolve(path)));
  using encoder = new Encoder();
  const bytesOf = (path: string) => {
    if (/\.html?$/i.test(path)) return Buffer.from(html);
    if (/\.png$/i.test(path)) return encoder.encode(picture, { codec: "png" });
    return encoder.encode(picture, { codec: "jpeg", quality: 88, jpeg: { optimizedHuffman: true } });
  };
  for (const path of outputs) await writeOutput(path, [await bytesOf(path)], options);
  return failures;
}
