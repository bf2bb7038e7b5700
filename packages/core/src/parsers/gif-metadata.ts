/** Metadata of a GIF: comments, and what applications put into their extensions: XMP and ICC profiles. */
import type { ByteReader } from "../bytes.js";
import type { MetadataKind } from "../enums.js";
import { CodecError } from "../errors.js";
import { MAX_METADATA_BYTES, MetadataBudget } from "../metadata/metadata.js";
import type { Metadata } from "../plugin.js";
import { APPLICATION, applicationOf, blocksOf, COMMENT, joinSubBlocks, screenOf } from "./gif-blocks.js";

const XMP = "XMP DataXMP";
const ICC = "ICCRGBG1012";

/**
 * XMP is not in sub-blocks: the packet stands there as it is, and then 258 bytes that lead a reader of sub-blocks to the
 * end from wherever it comes in (XMP part 3, 1.1.2): 1, 255, 254, … 0, 0.
 */
const XMP_TRAILER_BYTES = 258;

/** The metadata of a GIF, in the file's order; it is the same for all of its images. */
export function gifMetadata(reader: ByteReader, _imageIdx: number, wanted?: MetadataKind): readonly Metadata[] {
  const found: Metadata[] = [];
  const budget = new MetadataBudget();
  const add = (kind: MetadataKind, bytes: Uint8Array) => {
    if (bytes.length === 0) return;
    budget.spend(bytes.length);
    found.push({ kind, format: kind === "XMP" ? "XMP" : "RAW", id: 0, bytes });
  };
  const wants = (kind: MetadataKind) => wanted === undefined || wanted === kind;
  screenOf(reader);
  for (const block of blocksOf(reader)) {
    if (!("extension" in block)) continue;
    const { label, start } = block.extension;
    const end = reader.offset;
    if (label === COMMENT && wants("COMMENT")) {
      add("COMMENT", joinSubBlocks(reader, start, MAX_METADATA_BYTES));
    } else if (label === APPLICATION) {
      const application = applicationOf(reader, start);
      const data = reader.offset;
      if (application === XMP && wants("XMP")) add("XMP", packet(reader, data, end));
      if (application === ICC && wants("ICC_PROFILE")) {
        add("ICC_PROFILE", joinSubBlocks(reader, data, MAX_METADATA_BYTES));
      }
    }
  }
  return found;
}

function packet(reader: ByteReader, start: number, end: number): Uint8Array {
  const size = end - start - XMP_TRAILER_BYTES;
  if (size < 0) throw new CodecError("IMAGE_CORRUPTED", `XMP of ${end - start} bytes, without the trailer's 258`);
  return Uint8Array.from(reader.seek(start).take(size));
}
