/** Metadata of a WebP: the chunks ICCP, EXIF and XMP (RFC 9649, 2.7.1.4 and 2.7.1.5). */
import type { ByteReader } from "../bytes.js";
import type { MetadataKind } from "../enums.js";
import { MetadataBudget } from "../metadata/metadata.js";
import type { Metadata } from "../plugin.js";
import { chunksOf, exifStart } from "./webp-chunks.js";

const KINDS: Readonly<Record<string, MetadataKind>> = { ICCP: "ICC_PROFILE", EXIF: "EXIF", "XMP ": "XMP" };

/**
 * The metadata of a WebP, in the file's order; it is the same for all of its images. A chunk that the file's end cuts
 * short is `CodecError("IMAGE_TRUNCATED")`; more than 64 MiB are `"LIMIT_EXCEEDED"`.
 */
export function webpMetadata(reader: ByteReader, _imageIdx: number, wanted?: MetadataKind): readonly Metadata[] {
  const found: Metadata[] = [];
  const budget = new MetadataBudget();
  for (const chunk of chunksOf(reader)) {
    const kind = KINDS[chunk.name];
    if (kind === undefined || (wanted !== undefined && wanted !== kind)) continue;
    const start = kind === "EXIF" ? exifStart(reader, chunk) : chunk.start;
    if (chunk.end <= start) continue;
    budget.spend(chunk.end - start);
    const bytes = Uint8Array.from(reader.seek(start).take(chunk.end - start));
    found.push({ kind, format: kind === "XMP" ? "XMP" : "RAW", id: 0, bytes });
  }
  return found;
}
