/** Strict files that we do not treat as the manifest wants, each with the reason. The aim is an empty list. */
import type { CorpusFile } from "../corpus.js";

export interface Exception {
  readonly holds: (file: CorpusFile) => boolean;
  readonly reason: string;
}

export const exceptions: readonly Exception[] = [
  {
    holds: ({ format, bit_depth }) => format === "jpeg-lossless" || (format === "jpeg" && bit_depth === 12),
    reason: "libjpeg-turbo 2.1 decodes neither lossless JPEG nor 12 bits a sample",
  },
];

export const exceptionOf = (file: CorpusFile): Exception | undefined => exceptions.find(({ holds }) => holds(file));
