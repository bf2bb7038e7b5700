import { type ByteReader, NeedBytes } from "../bytes.js";

const LEAST_BYTES = 64 * 1024;

/**
 * For parsers that walk through a whole file in small steps: what a read asks for is made as long as the way so far, so
 * that a file of n bytes takes about log2(n) fetches instead of one a step.
 */
export function readingAhead<T>(reader: ByteReader, walk: () => T): T {
  try {
    return walk();
  } catch (error) {
    if (!(error instanceof NeedBytes)) throw error;
    const { offset, length } = error;
    throw new NeedBytes(offset, Math.min(reader.size - offset, Math.max(length, offset, LEAST_BYTES)));
  }
}
