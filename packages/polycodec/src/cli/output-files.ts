/**
 * Where results go. Names are settled before work starts, so that a collision costs nothing; files appear under their name only when
 * they are complete; nobody's file is replaced unless `--force` says so.
 */
import { existsSync } from "node:fs";
import { link, mkdir, open, rename, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { PolycodecError } from "@polycodec/core";
import { UsageError } from "./exit-status.js";
import type { Input } from "./inputs.js";

export interface OutputOptions {
  readonly folder: string;
  /** With its period. */
  readonly extension: string;
  readonly force: boolean;
  /** Inputs that differ in their extension alone keep it: `a.png` becomes `a.png.jpg`. Default: that is an error. */
  readonly keepExtensions?: boolean;
}

/** The output's path for every input. Creates no file. @throws UsageError when two are the same, or one exists */
export function planOutputs(inputs: readonly Input[], options: OutputOptions): string[] {
  let names = inputs.map(({ name }) => replaceExtension(name, options.extension));
  if (options.keepExtensions) {
    const uses = countUses(names);
    names = names.map((name, i) => (uses.get(name)! > 1 ? inputs[i]!.name + options.extension : name));
  }
  const first = new Map<string, Input>();
  const collisions: string[] = [];
  names.forEach((name, i) => {
    const other = first.get(name);
    if (other) collisions.push(`${other.path} and ${inputs[i]!.path} would both become ${join(options.folder, name)}`);
    else first.set(name, inputs[i]!);
  });
  if (collisions.length > 0) throw new UsageError(collisions.join("\n"));
  const paths = names.map((name) => join(options.folder, name));
  refuseExisting(paths, options.force);
  return paths;
}

/** @throws UsageError naming the files that exist, unless they may be overwritten */
export function refuseExisting(paths: readonly string[], force: boolean): void {
  const existing = force ? [] : paths.filter((path) => existsSync(path));
  if (existing.length === 0) return;
  const more = existing.length > 5 ? `\nand ${existing.length - 5} more` : "";
  throw new UsageError(`${existing.slice(0, 5).join("\n")}${more}\nexists already; --force overwrites`);
}

/** Creates the folders that the outputs will lie in. */
export async function makeFolders(paths: readonly string[]): Promise<void> {
  for (const folder of new Set(paths.map(dirname))) await mkdir(folder, { recursive: true });
}

/** Writes the pieces under a temporary name beside the file and then gives it its own. An abort leaves nothing behind. */
export async function writeOutput(
  path: string,
  pieces: readonly Uint8Array[],
  { force, signal }: { readonly force: boolean; readonly signal: AbortSignal },
): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.part`);
  signal.throwIfAborted();
  try {
    const file = await open(temporary, "wx");
    try {
      for (const piece of pieces) await file.writeFile(piece, { signal });
    } finally {
      await file.close();
    }
    signal.throwIfAborted();
    await settle(temporary, path, force);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
}

/** A link, unlike a rename, fails when the name has been taken since we looked. */
async function settle(temporary: string, path: string, force: boolean): Promise<void> {
  if (force) return rename(temporary, path);
  try {
    await link(temporary, path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") throw new PolycodecError("ERR_POLYCODEC_FILE_EXISTS", `${path} exists already`);
    if (existsSync(path)) throw error;
    return rename(temporary, path); // A file system without links.
  }
  await unlink(temporary);
}

function replaceExtension(name: string, extension: string): string {
  const file = basename(name);
  const period = file.lastIndexOf(".");
  return join(dirname(name), (period > 0 ? file.slice(0, period) : file) + extension);
}

function countUses(names: readonly string[]): Map<string, number> {
  const uses = new Map<string, number>();
  for (const name of names) uses.set(name, (uses.get(name) ?? 0) + 1);
  return uses;
}
