/** Which files a batch decoder reads. */
import { readdirSync, statSync } from "node:fs";
import { extname, join } from "node:path";
import { registry } from "@polycodec/core";
import { invalid } from "./options.js";

export interface FindOptions {
  readonly recursive: boolean;
  /** With their periods, whatever their case. Default: of all codecs that are registered with a decoder. */
  readonly extensions: readonly string[] | undefined;
  /** By the bytes of their paths, or as the system lists them. */
  readonly order: "name" | "directory";
}

export interface FoundImages {
  readonly files: readonly string[];
  /** Was one file named, and no folder? */
  readonly isSingleFile: boolean;
}

/** The files of a folder, a file, or a list as it is. @throws PolycodecError (ERR_POLYCODEC_INVALID_ARGUMENT) */
export function findImages(input: string | readonly string[], options: FindOptions): FoundImages {
  if (typeof input !== "string") return { files: input, isSingleFile: false };
  let isFolder: boolean;
  try {
    isFolder = statSync(input).isDirectory();
  } catch (error) {
    throw invalid(`inputPath: ${input}: ${(error as Error).message}`);
  }
  if (!isFolder) return { files: [input], isSingleFile: true };
  const wanted = new Set(options.extensions?.map((extension) => extension.toLowerCase()) ?? knownExtensions());
  const within = beginnings();
  const files = readdirSync(input, { withFileTypes: true, recursive: options.recursive })
    .filter((entry) => !entry.isDirectory() && !entry.name.startsWith("."))
    .filter(({ name }) => wanted.has(extname(name).toLowerCase()))
    .map(({ parentPath, name }) => within(parentPath) + name);
  return { files: options.order === "name" ? byBytes(files) : files, isSingleFile: false };
}

/** How the paths of a folder's files begin: to join the parts of each takes as long as to read its name. */
function beginnings(): (folder: string) => string {
  let known: string | undefined;
  let beginning = "";
  return (folder) => {
    if (folder !== known) beginning = join(folder, "x").slice(0, -1);
    known = folder;
    return beginning;
  };
}

function byBytes(paths: readonly string[]): string[] {
  // The units of UTF-16 come in the order of UTF-8's bytes until surrogates do, which mean what lies behind U+FFFF.
  if (!paths.some((path) => /[\ud800-\uffff]/.test(path))) return [...paths].sort();
  return paths
    .map((path) => ({ path, bytes: Buffer.from(path) }))
    .sort((a, b) => Buffer.compare(a.bytes, b.bytes))
    .map(({ path }) => path);
}

function knownExtensions(): string[] {
  const decodable = new Set(registry.decoders.map(({ codec }) => codec));
  return registry.parsers.filter(({ codec }) => decodable.has(codec)).flatMap(({ extensions }) => extensions);
}
