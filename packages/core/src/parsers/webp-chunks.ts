/** The chunks of a WebP file: RIFF with a list of named chunks (RFC 9649, 2.3 to 2.5). */
import { type ByteReader, startsWith } from "../bytes.js";
import { CodecError } from "../errors.js";

/** A chunk's payload is [start, end); `end` may lie beyond the end of a file that is cut short. */
export interface Chunk {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** "RIFF", a size, "WEBP". */
const RIFF_BYTES = 12;
const CHUNK_BYTES = 8;

/**
 * Every chunk whose header is there, in order. Throws `CodecError("IMAGE_CORRUPTED")` when the container is none.
 * Moves the reader's cursor only while it looks for the next one.
 */
export function* chunksOf(reader: ByteReader): Generator<Chunk, undefined> {
  if (!startsWith(reader.seek(0).take(4), "RIFF")) throw new CodecError("IMAGE_CORRUPTED", "no RIFF container");
  const size = reader.u32le();
  if (size < RIFF_BYTES) throw new CodecError("IMAGE_CORRUPTED", `a RIFF container of ${size} bytes`);
  const end = Math.min(reader.size, size + 8);
  for (let at = RIFF_BYTES; at + CHUNK_BYTES <= end; ) {
    reader.seek(at);
    const name = Buffer.from(reader.take(4)).toString("latin1");
    const length = reader.u32le();
    const start = at + CHUNK_BYTES;
    yield { name, start, end: start + length };
    at = start + length + (length % 2);
  }
}

/** Where the TIFF structure of an EXIF chunk begins: some writers put JPEG's "Exif\0\0" before it. */
export function exifStart(reader: ByteReader, { start, end }: Chunk): number {
  if (Math.min(end, reader.size) - start < 6) return start;
  return startsWith(reader.seek(start).take(6), "Exif\0\0") ? start + 6 : start;
}
