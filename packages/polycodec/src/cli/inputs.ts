/** What the command line names: files, folders, standard input. */
import { readdir, stat } from "node:fs/promises";
import { basename, extname, join, relative } from "node:path";
import { CodecError, CodeStream, registry } from "@polycodec/core";
import { UsageError } from "./exit-status.js";

/** Standard input and output, by custom. */
export const STDIO = "-";

export interface Input {
  /** Where it is; `"-"` is standard input. */
  readonly path: string;
  /** What its output is called after: the file's name, or its path below the folder that was named. */
  readonly name: string;
}

export interface Inputs {
  readonly files: readonly Input[];
  /** Files of a folder that no registered codec claims. */
  readonly skipped: readonly Input[];
}

/**
 * Finds the files. A file that is named is an input whatever it holds, so that it is reported if it fails; a folder stands
 * for those of its files that a registered codec claims, by extension or by what their headers say, in order of name.
 */
export async function findInputs(paths: readonly string[], { recursive = false } = {}): Promise<Inputs> {
  const files: Input[] = [];
  const skipped: Input[] = [];
  for (const path of paths) {
    if (path === STDIO) files.push({ path, name: "stdin" });
    else if (!(await isFolder(path))) files.push({ path, name: basename(path) });
    else {
      for (const file of await filesOf(path, recursive)) {
        const input = { path: file, name: relative(path, file) };
        ((await isClaimed(file)) ? files : skipped).push(input);
      }
    }
  }
  if (files.filter(({ path }) => path === STDIO).length > 1)
    throw new UsageError("standard input can be read only once");
  if (files.length === 0) {
    const what = skipped.length > 0 ? `none of the ${skipped.length} files has a registered codec` : "no files";
    throw new UsageError(`${paths.join(", ")}: ${what}`);
  }
  return { files, skipped };
}

/** The input as core takes it. */
export async function sourceOf({ path }: Input): Promise<string | Uint8Array> {
  return path === STDIO ? readStdin() : path;
}

export async function readStdin(): Promise<Uint8Array> {
  const pieces: Buffer[] = [];
  for await (const piece of process.stdin) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false; // It will be reported as a file that cannot be read.
  }
}

/** Hidden files and folders are left out, as `ls` leaves them out. */
async function filesOf(folder: string, recursive: boolean): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  const files: string[] = [];
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.name.startsWith(".")) continue;
    // A link to a file is a file; a link to a folder might lead round in circles.
    if (entry.isDirectory()) {
      if (recursive) files.push(...(await filesOf(path, recursive)));
    } else if (entry.isFile() || (entry.isSymbolicLink() && !(await isFolder(path)))) files.push(path);
  }
  return files;
}

async function isClaimed(path: string): Promise<boolean> {
  const extension = extname(path).toLowerCase();
  if (registry.parsers.some((parser) => parser.extensions.includes(extension) && isDecodable(parser.codec)))
    return true;
  try {
    return isDecodable((await CodeStream.from(path).open()).codecName);
  } catch (error) {
    // Whoever recognises a file but finds it damaged has claimed it.
    return error instanceof CodecError && error.code === "ERR_POLYCODEC_CORRUPTED";
  }
}

function isDecodable(codec: string): boolean {
  return registry.decoders.some((backend) => backend.codec === codec);
}
