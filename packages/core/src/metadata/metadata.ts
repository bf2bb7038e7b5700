/** Choosing among the pieces of metadata that a parser found, and reading those that are text. */
import { CodecError } from "../errors.js";
import type { Metadata, MetadataKind } from "../plugin.js";

/** The most metadata one image may bring along, in bytes: beyond this a file is hostile. */
export const MAX_METADATA_BYTES = 64 * 2 ** 20;

/** The pieces of one kind, in the order of the file; all of them without a kind. */
export function selectMetadata(metadata: readonly Metadata[], kind?: MetadataKind): readonly Metadata[] {
  return kind === undefined ? metadata : metadata.filter((piece) => piece.kind === kind);
}

/** The first piece of a kind: the one that counts where a file has several. */
export function firstOfKind(metadata: readonly Metadata[], kind: MetadataKind): Metadata | undefined {
  return metadata.find((piece) => piece.kind === kind);
}

/** Adds up what is collected; throws `CodecError("LIMIT_EXCEEDED")` above `MAX_METADATA_BYTES`. */
export class MetadataBudget {
  #left = MAX_METADATA_BYTES;

  spend(bytes: number): void {
    this.#left -= bytes;
    if (this.#left < 0) throw new CodecError("LIMIT_EXCEEDED", `more than ${MAX_METADATA_BYTES} bytes of metadata`);
  }
}

/**
 * The text of an XMP packet or a comment. XMP may be UTF-8 or UTF-16 with a byte order mark (XMP part 1, 7.1); comments
 * have no declared encoding and are read as UTF-8, or as Latin-1 where they are not that. Trailing NULs are dropped.
 */
export function decodeText(metadata: Metadata): string {
  const { bytes } = metadata;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return decode(text).replace(/\0+$/, "");
}

function decode(text: Buffer): string {
  if (text[0] === 0xfe && text[1] === 0xff) return new TextDecoder("utf-16be").decode(text);
  if (text[0] === 0xff && text[1] === 0xfe) return new TextDecoder("utf-16le").decode(text);
  const utf8 = text.toString("utf8");
  if (utf8.includes("\ufffd")) return text.toString("latin1");
  return utf8.startsWith("\ufeff") ? utf8.slice(1) : utf8;
}
