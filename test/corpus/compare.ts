/** Does a decoded picture agree with what the manifest says another decoder made of it? */
import { createHash } from "node:crypto";
import type { Image } from "@polycodec/core";
import type { CorpusFile, Picture } from "../corpus.js";
import { readings, rgba8, type Samples } from "./readings.js";

/** How far the mean of a channel may be off, in the oracle's units, where the decoding is not defined bit for bit. */
const TOLERANCE = 1;

export interface Comparison {
  readonly agrees: boolean;
  /** If not: what was found, and what was expected. */
  readonly detail: string;
}

/** Compares page `page` of a file. */
export function compare(image: Image, file: CorpusFile, page: number): Comparison {
  const wanted = pictures(file, page);
  const mustEqual = file.oracle!.exact;
  // Of 257 components the manifest has no mean each, and equal is near as well.
  if (wanted.some((picture) => hasHash(image, file, picture))) return { agrees: true, detail: "" };
  const mean = mustEqual ? undefined : wanted.flatMap((picture) => closestMeans(image, file, picture))[0];
  if (mean && mean.distance <= TOLERANCE) return { agrees: true, detail: "" };
  const { shape, dtype } = wanted[0]!;
  const found = `${image.shape.join("x")} ${image.dtype} of ${image.precision} bits`;
  const sought = `${file.oracle!.name} has ${shape.join("x")} ${dtype}`;
  const where = page > 0 ? `page ${page}: ` : "";
  const how = mustEqual ? ", not the same pixels" : mean ? `, a mean differs by ${mean.distance.toFixed(2)}` : "";
  return { agrees: false, detail: `${where}${found}, ${sought}${how}` };
}

/** What the page should be, in each form that the manifest knows. */
function pictures({ oracle, others, tags }: CorpusFile, page: number): readonly Picture[] {
  const first = oracle!.pages?.[page] ?? oracle!;
  if (page > 0) return [first];
  const isComplete = (other: Partial<Picture> | undefined): other is Picture => other?.mean !== undefined;
  // Pillow inverts CMYK; imagecodecs gives it as stored, which is what `UNCHANGED` means.
  const isCmyk = tags.some((tag) => tag === "oracles-inverted" || tag === "cmyk" || tag === "ycck");
  if (isCmyk && !oracle!.name.startsWith("imagecodecs")) {
    const stored = Object.entries(others ?? {}).filter(([name]) => name.startsWith("imagecodecs"));
    return [...stored.map(([, other]) => other).filter(isComplete), first];
  }
  const pillow = others?.pillow;
  return isComplete(pillow) && pillow.rgba8_sha256 ? [first, { ...first, rgba8_sha256: pillow.rgba8_sha256 }] : [first];
}

function hasHash(image: Image, { bit_depth, tags }: CorpusFile, picture: Picture): boolean {
  const { shape, dtype, sha256, rgba8_sha256 } = picture;
  if (sha256) {
    for (const samples of readings(image, shape, dtype, bit_depth, tags)) if (hash(samples) === sha256) return true;
  }
  if (rgba8_sha256) for (const samples of rgba8(image, bit_depth)) if (hash(samples) === rgba8_sha256) return true;
  return false;
}

function hash({ data }: Samples): string {
  return createHash("sha256")
    .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    .digest("hex");
}

/** The greatest difference of a channel's mean, in the reading where it is least; empty: no reading has the shape. */
function closestMeans(image: Image, { bit_depth, tags }: CorpusFile, picture: Picture): { distance: number }[] {
  const distances: number[] = [];
  const add = (samples: Samples, wanted: readonly number[]) => {
    const found = means(samples).slice(0, wanted.length);
    distances.push(Math.max(...found.map((mean, c) => Math.abs(mean - wanted[c]!))));
  };
  const { shape, dtype, mean, rgb8_mean } = picture;
  if (rgb8_mean) for (const samples of rgba8(image, bit_depth)) add(samples, rgb8_mean);
  else for (const samples of readings(image, shape, dtype, bit_depth, tags)) add(samples, mean);
  return distances.length > 0 ? [{ distance: Math.min(...distances) }] : [];
}

function means({ data, channels }: Samples): number[] {
  const sums = new Array<number>(channels).fill(0);
  for (let i = 0; i < data.length; i += channels) for (let c = 0; c < channels; c++) sums[c]! += data[i + c]!;
  return sums.map((sum) => (sum * channels) / data.length);
}
