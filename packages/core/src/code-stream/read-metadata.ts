/** Metadata of a source: read by its parser, which is given what more of the file it asks for. */
import { type ByteReader, NeedBytes } from "../bytes.js";
import type { MetadataKind } from "../enums.js";
import { CodecError } from "../errors.js";
import type { Limits } from "../limits.js";
import type { Metadata } from "../plugin.js";
import { fetchPieces, MAX_ROUNDS, type Source, type Wanted } from "./source.js";

/** Runs a reading function over a source's bytes, fetching what it asks for. */
async function readWith<T>(source: Source, limits: Limits, read: (reader: ByteReader) => T): Promise<T> {
  for (let round = 0; ; round++) {
    try {
      return read(source.reader());
    } catch (error) {
      if (!(error instanceof NeedBytes) || round >= MAX_ROUNDS * 4) throw error;
      const wanted: Wanted = { source, imageIdx: -1 };
      await fetchPieces(
        [wanted],
        [error],
        { ...limits, maxHeaderBytes: limits.maxMetadataBytes + limits.maxHeaderBytes },
        false,
      );
      const failed = source.infos[-1];
      if (failed instanceof Error) {
        delete source.infos[-1];
        throw failed;
      }
    }
  }
}

/** The metadata of image `imageIdx` of a source whose headers have been read, undecoded. Throws `CodecError`. */
export async function readMetadata(
  source: Source,
  imageIdx: number,
  kind: MetadataKind | undefined,
  limits: Limits,
): Promise<readonly Metadata[]> {
  const { parser } = source;
  if (!parser?.metadata) return [];
  const found = await readWith(source, limits, (reader) => parser.metadata!(reader, imageIdx, kind));
  const bytes = found.reduce((sum, one) => sum + one.bytes.length, 0);
  if (bytes > limits.maxMetadataBytes) {
    throw new CodecError(
      "LIMIT_EXCEEDED",
      `${bytes} bytes of metadata, maxMetadataBytes allows ${limits.maxMetadataBytes}`,
    );
  }
  return found;
}
