/** Metadata of a JPEG 2000 file: its colour, UUID and XML boxes, and the comments of its code stream. */
import type { ByteReader } from "../bytes.js";
import type { MetadataFormat, MetadataKind } from "../enums.js";
import { CodecError } from "../errors.js";
import { MetadataBudget } from "../metadata/metadata.js";
import type { Metadata } from "../plugin.js";
import { Box, type BoxSpan, boxes } from "./jpeg2k-boxes.js";
import { CodeStreamMarker, mainHeaderSegments } from "./jpeg2k-codestream.js";

/** Who else has a name for the same thing: the first two are both EXIF, as two families of writers have it. */
const UUIDS: Readonly<Record<string, MetadataKind>> = {
  "4a706754696666457869662d3e4a5032": "EXIF", // "JpgTiffExif->JP2"
  "0537cdab9d0c4431a72afa561f2a113e": "EXIF",
  be7acfcb97a942e89c71999491e3afac: "XMP",
  "33c7a4d2b81d4723a0baf1a3e097ad38": "IPTC",
  b14bf8bd083d4b43a5ae8cd7d5a6ce03: "GEO", // GeoJP2: a GeoTIFF without pixels
};

/**
 * The metadata in the file's order, each piece a copy without its box's framing: ICC profiles, EXIF (the TIFF
 * structure), XMP, IPTC-IIM, GeoJP2 (`"GEO"`, the bytes of a GeoTIFF), XML boxes (`"UNKNOWN"`, format `"XML"`), and
 * comments of the main header that are text. Throws `CodecError("LIMIT_EXCEEDED")` above 64 MiB.
 */
export function jpeg2kMetadata(reader: ByteReader, imageIdx: number, kind?: MetadataKind): readonly Metadata[] {
  if (imageIdx !== 0) throw new CodecError("NUM_IMAGES_UNSUPPORTED", `image ${imageIdx}: one image is read of a file`);
  const found: Metadata[] = [];
  const budget = new MetadataBudget();
  const add = (one: MetadataKind, start: number, end: number, format: MetadataFormat = "RAW") => {
    if ((kind !== undefined && kind !== one) || end <= start) return;
    budget.spend(end - start);
    found.push({
      kind: one,
      format,
      id: 0,
      bytes: reader
        .seek(start)
        .take(end - start)
        .slice(),
    });
  };
  const comments = (start: number, end: number) => {
    if (kind !== undefined && kind !== "COMMENT") return;
    for (const { marker, start: at, end: segmentEnd } of mainHeaderSegments(reader, start, end)) {
      // Registration 1 is Latin text; 0 is binary (T.800, table A.43).
      if (marker === CodeStreamMarker.COM && segmentEnd - at > 2 && reader.seek(at).u16be() === 1) {
        add("COMMENT", at + 2, segmentEnd);
      }
    }
  };
  const visit = (box: BoxSpan) => {
    const { type, start, end } = box;
    switch (type) {
      case Box.header:
      case Box.association:
        for (const inner of boxes(reader, start, end)) if (inner.type !== Box.association) visit(inner);
        break;
      case Box.colour:
        if (end - start > 3 && (reader.seek(start).u8() & 0xfe) === 2) add("ICC_PROFILE", start + 3, end);
        break;
      case Box.uuid: {
        if (end - start < 16) break;
        const one = UUIDS[Buffer.from(reader.seek(start).take(16)).toString("hex")];
        if (one === "EXIF") add(one, start + 16 + exifPrefix(reader, start + 16, end), end);
        else if (one) add(one, start + 16, end, one === "XMP" ? "XMP" : "RAW");
        break;
      }
      case Box.xml:
        add("UNKNOWN", start, end, "XML");
        break;
      case Box.codeStream:
        comments(start, end);
        break;
    }
  };
  if (reader.seek(0).peek() === 0xff) comments(0, reader.size);
  else for (const box of boxes(reader, 12, reader.size)) visit(box);
  return found;
}

/** Some writers put JPEG's "Exif\0\0" before the TIFF structure. */
function exifPrefix(reader: ByteReader, start: number, end: number): number {
  return end - start > 6 && reader.seek(start).u32be() === 0x45786966 ? 6 : 0;
}
