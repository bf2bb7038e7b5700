/** Strict files that we do not treat as the manifest wants, each with the reason. The aim is an empty list. */
import type { CorpusFile } from "../corpus.js";

export interface Exception {
  readonly holds: (file: CorpusFile) => boolean;
  readonly reason: string;
}

export const exceptions: readonly Exception[] = [];

export const exceptionOf = (file: CorpusFile): Exception | undefined => exceptions.find(({ holds }) => holds(file));
