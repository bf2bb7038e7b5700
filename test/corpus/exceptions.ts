/** Strict files that we do not treat as the manifest wants, each with the reason. The aim is an empty list. */
import type { CorpusFile } from "../corpus.js";

export interface Exception {
  readonly holds: (file: CorpusFile) => boolean;
  readonly reason: string;
}

/** GIFs whose first frame leaves a part of the screen uncovered, without a transparent colour. */
const UNCOVERED = new Set([
  "gif/image--issue_1455_undersized.gif",
  "gif/wuffs--background-color.gif",
  "gif/wuffs--metadata-empty.gif",
  "gif/wuffs--multiple-loop-counts.gif",
]);

export const exceptions: readonly Exception[] = [
  {
    holds: ({ path }) => UNCOVERED.has(path),
    reason:
      "what no frame covers is transparent, as libvips, browsers and the reference have it; Pillow shows colour 0",
  },
  {
    holds: ({ path }) => path === "bmp/twelvemonkeys--blauesglas_4.rle",
    reason: "the oracle is wrong: Pillow does not cut literals off at the end of a row, and moves what follows",
  },
  {
    holds: ({ path }) => path === "jpeg2000/openjpeg-data--file8.jp2",
    reason: "the oracle has applied the ICC profile, which makes three channels of one; ours are Pillow's pixels",
  },
  {
    holds: ({ path }) => path === "bmp/image--rgba16-1924.bmp",
    reason: "the oracle is wrong in 9 bits of green; we agree with the picture published with it, bit for bit",
  },
  {
    holds: ({ path }) => path === "jpeg2000/openjpeg-data--p0_06.j2k",
    reason: "the oracle is wrong: Pillow reads coarser rows of odd length one sample short; ours are opj_decompress's",
  },
];

export const exceptionOf = (file: CorpusFile): Exception | undefined => exceptions.find(({ holds }) => holds(file));
