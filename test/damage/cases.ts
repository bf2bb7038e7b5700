/** The damaged files: each corpus file cut short at 40 places, and with random bytes changed in 200 ways. */

import type { DecodeOptions } from "@polycodec/core";
import { seededRandom } from "@polycodec/core/testing";

export const CUTS = 40;
export const FLIPS = 200;
export const CASES = CUTS + FLIPS;
/** What `npm test` runs: a tenth of the cases of each JPEG, three of each other file; not the same ones in each. */
export const TENTH = 10;
export const FEW = 80;

export interface Case {
  readonly bytes: Uint8Array;
  readonly options: DecodeOptions;
  /** How to make it again. */
  readonly what: string;
}

/** Case `i` of a file. The same for everybody: it depends on the file's bytes, its format and `i` alone. */
export function damaged(file: Uint8Array, i: number, format: string): Case {
  const options = format === "jpeg" ? jpegOptions(i) : otherOptions(i, format);
  const how = Object.keys(options).length === 0 ? "" : ` with ${JSON.stringify(options)}`;
  if (i < CUTS) {
    const length = Math.floor((file.length * i) / CUTS);
    return { bytes: file.subarray(0, length), options, what: `case ${i}: cut to ${length} bytes${how}` };
  }
  const random = seededRandom(file.length * CASES + i);
  const bytes = file.slice();
  const changed: string[] = [];
  // One to four bytes; half of the cases spare the coded data, where most bytes are and little can go wrong.
  const reach = i % 2 === 0 ? bytes.length : Math.min(bytes.length, 1024);
  for (let k = 1 + Math.floor(random() * 4); k > 0; k--) {
    const at = Math.floor(random() * reach);
    bytes[at] = Math.floor(random() * 256);
    changed.push(`${at}=${bytes[at]}`);
  }
  return { bytes, options, what: `case ${i}: bytes ${changed.join(" ")}${how}` };
}

/** Most cases are decoded as by default; some by the roads that have code of their own. */
function jpegOptions(i: number): DecodeOptions {
  switch (i % 8) {
    case 3:
      return { onTruncated: "partial" };
    case 5:
      return { onTruncated: "partial", region: { start: [7, 11], end: [61, 83] } };
    case 6:
      return { scale: 4, colorSpec: "UNCHANGED" };
    case 7:
      return { onTruncated: "partial", scale: 8, sampleFormat: "P_YUV" };
    default:
      return {};
  }
}

const SCALABLE = new Set(["webp", "jpeg2000"]);
const WITH_MANY_IMAGES = new Set(["gif", "png", "tiff", "webp"]);

function otherOptions(i: number, format: string): DecodeOptions {
  switch (i % 8) {
    case 2:
      return { colorSpec: "UNCHANGED", allowAnyDepth: true };
    case 3:
      return { onTruncated: "partial" };
    case 4:
      return WITH_MANY_IMAGES.has(format) ? { imageIdx: 1 } : {};
    case 5:
      return { onTruncated: "partial", region: { start: [7, 11], end: [61, 83] } };
    case 6:
      return { onTruncated: "partial", colorSpec: "UNCHANGED", ...(SCALABLE.has(format) ? { scale: 4 } : {}) };
    case 7:
      return { onTruncated: "partial", sampleFormat: "P_RGB", ...(SCALABLE.has(format) ? { scale: 8 } : {}) };
    default:
      return {};
  }
}

/** Which cases of file number `n` run: all, or its share. */
export function chosen(n: number, all: boolean, format: string): number[] {
  const step = format === "jpeg" ? TENTH : FEW;
  return Array.from({ length: CASES }, (_, i) => i).filter((i) => all || i % step === n % step);
}
