import type { ByteReader } from "../bytes.js";

const FIRST_BYTES = 64 * 1024;

/**
 * For parsers that walk through a whole file in small steps: makes sure that the bytes from the cursor on are in memory,
 * as many as have been walked through so far, so that a file of n bytes takes about log2(n) fetches instead of one a
 * step. Throws `NeedBytes` as any read does; the cursor stays.
 */
export function readAhead(reader: ByteReader): void {
  const here = reader.offset;
  reader.take(Math.min(reader.remaining, Math.max(FIRST_BYTES, here)));
  reader.seek(here);
}
