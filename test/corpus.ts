/**
 * The corpus: real files that others wrote, with a manifest of what they are. It is no part of the project; it lies in
 * `$POLYCODEC_CORPUS`, or else in `../shared/corpus` beside the project. Where there is none the lists are empty.
 */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The project's root folder; this file runs from `dist-test/test`. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
export const folder = process.env.POLYCODEC_CORPUS ?? resolve(root, "../shared/corpus");

/** What another decoder made of a file, or of a page of it. */
export interface Picture {
  readonly shape: readonly number[];
  readonly dtype: string;
  /** By channel. */
  readonly mean: readonly number[];
  /** Of the samples, row by row, little-endian. */
  readonly sha256?: string;
  /** As 8-bit RGBA, and the means as RGB: a form that palettes and bits can be brought to. */
  readonly rgba8_sha256?: string;
  readonly rgb8_mean?: readonly number[];
}

export interface Oracle extends Picture {
  readonly name: string;
  /** Is the decoding defined bit for bit? */
  readonly exact: boolean;
  readonly sha256: string;
  readonly pages?: readonly Picture[];
}

export interface CorpusFile {
  readonly path: string;
  readonly source: { readonly repo: string; readonly path: string };
  readonly bytes: number;
  readonly format: string;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly bit_depth: number;
  readonly images: number;
  readonly tags: readonly string[];
  readonly expect: "ok" | "error";
  readonly strict: boolean;
  /** Of `ok` files. */
  readonly oracle?: Oracle;
  /** What further decoders made of it, by name. */
  readonly others?: Readonly<Record<string, Partial<Picture> | undefined>>;
  /** Paths of pictures published with the file. */
  readonly reference?: readonly string[];
}

const manifest = join(folder, "manifest.json");
export const files: readonly CorpusFile[] = existsSync(manifest)
  ? JSON.parse(readFileSync(manifest, "utf8")).entries
  : [];
export const pathOf = (file: CorpusFile): string => join(folder, file.path);
export const read = (file: CorpusFile): Uint8Array => new Uint8Array(readFileSync(pathOf(file)));

/** The JPEGs that can be decoded by somebody: 204 files. */
export const jpegs = files.filter(({ path, format }) => format === "jpeg" && /^(jpeg|photos)\//.test(path));
/** Those of 8 bits a sample: what libjpeg-turbo of Debian 12 can decode. */
export const jpegs8 = jpegs.filter(({ bit_depth }) => bit_depth === 8);

/** Small samples for tests that only need some real files: below 300 kB, every kind of coding among them. */
export function someJpegs(count: number): readonly CorpusFile[] {
  const good = jpegs8.filter(({ strict, bytes }) => strict && bytes < 300_000);
  const step = good.length / count;
  return Array.from({ length: Math.min(count, good.length) }, (_, i) => good[Math.floor(i * step)]!);
}
