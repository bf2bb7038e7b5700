/** Metadata of a JPEG: application segments and comments before its first scan, joined where they were split. */
import { type ByteReader, startsWith } from "../bytes.js";
import type { MetadataKind } from "../enums.js";
import { CodecError } from "../errors.js";
import { MetadataBudget } from "../metadata/metadata.js";
import type { Metadata } from "../plugin.js";
import { JpegSegments, Marker } from "./jpeg-segments.js";

const EXIF = "Exif\0";
const XMP = "http://ns.adobe.com/xap/1.0/\0";
const EXTENDED_XMP = "http://ns.adobe.com/xmp/extension/\0";
const ICC = "ICC_PROFILE\0";
const PHOTOSHOP = "Photoshop 3.0\0";

/** Image resource of Photoshop that holds an IPTC-IIM record. */
const IPTC_RESOURCE = 0x0404;
/** Who may have written an image resource; anything else is not one. */
const RESOURCE_OWNERS = ["8BIM", "MeSa", "AgHg", "PHUT", "DCSR"];

/** A part of an ICC profile, or of extended XMP. */
interface Chunk {
  /** Place in the sequence: 1-based chunk number of ICC, byte offset of XMP. */
  readonly at: number;
  /** What all chunks must agree upon: their number (ICC), the full length in bytes (XMP). */
  readonly total: number;
  readonly bytes: Uint8Array;
}

/**
 * The metadata of a JPEG, each piece a copy without its segment's signature: EXIF as the TIFF structure; the ICC
 * profile joined from its chunks; the XMP packet, and extended XMP (XMP part 3, 1.1.3.1) joined as a second XMP piece;
 * the IPTC-IIM records of Photoshop's resources; comments. What needs no joining comes first, in the file's order.
 *
 * Throws `CodecError("IMAGE_CORRUPTED")` when a chunk of what was asked for is missing or contradicts the others, and
 * `"LIMIT_EXCEEDED"` above 64 MiB; ask by `kind` to get the others nevertheless.
 */
export function jpegMetadata(reader: ByteReader, imageIdx: number, kind?: MetadataKind): readonly Metadata[] {
  if (imageIdx !== 0) throw new CodecError("NUM_IMAGES_UNSUPPORTED", `image ${imageIdx}: a JPEG holds one image`);
  const wants = (one: MetadataKind) => kind === undefined || kind === one;
  const found: Metadata[] = [];
  const iccChunks: Chunk[] = [];
  const xmpChunks = new Map<string, Chunk[]>();
  const resources: Uint8Array[] = [];
  const budget = new MetadataBudget();
  const segments = new JpegSegments(reader);

  for (let marker = segments.next(); marker !== Marker.SOS && marker !== Marker.EOI; marker = segments.next()) {
    if (!mayHold(marker, wants)) continue;
    const payload = reader.seek(segments.start).take(segments.end - segments.start);
    budget.spend(payload.length);
    if (marker === Marker.COM) {
      found.push(piece("COMMENT", payload));
    } else if (marker === Marker.APP1 && startsWith(payload, EXIF)) {
      // A sixth byte pads the signature: 0, in a few files something else.
      if (wants("EXIF") && payload.length > 6) found.push(piece("EXIF", payload.subarray(6)));
    } else if (marker === Marker.APP1 && startsWith(payload, XMP)) {
      if (wants("XMP")) found.push(piece("XMP", payload.subarray(XMP.length)));
    } else if (marker === Marker.APP1 && startsWith(payload, EXTENDED_XMP)) {
      if (wants("XMP")) addExtendedXmp(payload, xmpChunks, segments);
    } else if (marker === Marker.APP2 && startsWith(payload, ICC)) {
      if (payload.length < ICC.length + 2) throw segments.corrupted("ICC chunk without its number");
      const [at, total] = [payload[ICC.length]!, payload[ICC.length + 1]!];
      iccChunks.push({ at, total, bytes: payload.subarray(ICC.length + 2) });
    } else if (marker === Marker.APP13 && startsWith(payload, PHOTOSHOP)) {
      resources.push(payload.subarray(PHOTOSHOP.length));
    }
  }

  const profile = joinIcc(iccChunks);
  if (profile) found.push(profile);
  for (const record of iptcRecords(resources)) found.push(piece("IPTC", record));
  const packet = found.find((one) => one.kind === "XMP");
  const extended = joinExtendedXmp(xmpChunks, packet);
  if (extended) found.push(extended);
  return found;
}

/** Can a segment with this marker hold anything that is wanted? If not, its bytes are not touched. */
function mayHold(marker: number, wants: (kind: MetadataKind) => boolean): boolean {
  switch (marker) {
    case Marker.APP1:
      return wants("EXIF") || wants("XMP");
    case Marker.APP2:
      return wants("ICC_PROFILE");
    case Marker.APP13:
      return wants("IPTC");
    case Marker.COM:
      return wants("COMMENT");
    default:
      return false;
  }
}

/** A copy: a piece of metadata must not keep a file of 30 MB alive, nor change with the caller's buffer. */
function piece(kind: MetadataKind, bytes: Uint8Array): Metadata {
  return { kind, format: kind === "XMP" ? "XMP" : "RAW", id: 0, bytes: Uint8Array.from(bytes) };
}

/** Joins a profile's chunks, which may stand in any order, or twice (ICC.1:2022, B.4). An empty profile is none. */
function joinIcc(chunks: Chunk[]): Metadata | undefined {
  const total = chunks[0]?.total;
  if (total === undefined) return undefined;
  const ordered = new Array<Uint8Array | undefined>(total).fill(undefined);
  for (const chunk of chunks) {
    if (chunk.total !== total || chunk.at < 1 || chunk.at > total) {
      throw new CodecError("IMAGE_CORRUPTED", `ICC chunk ${chunk.at} of ${chunk.total}, where ${total} are expected`);
    }
    const first = ordered[chunk.at - 1];
    if (first && Buffer.compare(first, chunk.bytes) !== 0) {
      throw new CodecError("IMAGE_CORRUPTED", `ICC chunk ${chunk.at} of ${total} occurs twice, with different bytes`);
    }
    ordered[chunk.at - 1] = chunk.bytes;
  }
  const missing = ordered.indexOf(undefined);
  if (missing >= 0) throw new CodecError("IMAGE_CORRUPTED", `ICC chunk ${missing + 1} of ${total} is missing`);
  const bytes = concatenate(ordered as Uint8Array[]);
  return bytes.length === 0 ? undefined : { kind: "ICC_PROFILE", format: "RAW", id: 0, bytes };
}

/** Extended XMP: 32 hexadecimal digits of the packet's MD5, its full length, this chunk's offset, the chunk. */
function addExtendedXmp(payload: Uint8Array, chunks: Map<string, Chunk[]>, segments: JpegSegments): void {
  const head = EXTENDED_XMP.length;
  if (payload.length < head + 40) throw segments.corrupted("extended XMP without its length and offset");
  const guid = Buffer.from(payload.subarray(head, head + 32)).toString("latin1");
  const numbers = new DataView(payload.buffer, payload.byteOffset + head + 32, 8);
  const chunk = { total: numbers.getUint32(0), at: numbers.getUint32(4), bytes: payload.subarray(head + 40) };
  const others = chunks.get(guid);
  if (others) others.push(chunk);
  else chunks.set(guid, [chunk]);
}

/**
 * Joins the extended packet that the standard packet names in `xmpNote:HasExtendedXMP`; without such a name, the only
 * one there is. Others are leftovers of some editing and are not looked at.
 */
function joinExtendedXmp(chunks: Map<string, Chunk[]>, packet: Metadata | undefined): Metadata | undefined {
  if (chunks.size === 0) return undefined;
  const text = packet ? Buffer.from(packet.bytes.buffer).toString("latin1") : "";
  const named = /HasExtendedXMP\s*(?:=\s*["']|>)\s*([0-9A-Fa-f]{32})/.exec(text)?.[1];
  const wanted = named ?? (chunks.size === 1 ? [...chunks.keys()][0] : undefined);
  const parts = wanted === undefined ? undefined : chunks.get(wanted);
  if (!parts) return undefined;
  parts.sort((a, b) => a.at - b.at);
  const total = parts[0]!.total;
  const joined: Uint8Array[] = [];
  let length = 0;
  for (const { at, total: itsTotal, bytes } of parts) {
    if (itsTotal !== total || at !== length) {
      const fact = `extended XMP goes on at ${at} of ${itsTotal}, ${length} of ${total} expected`;
      throw new CodecError("IMAGE_CORRUPTED", fact);
    }
    joined.push(bytes);
    length += bytes.length;
  }
  if (length !== total) throw new CodecError("IMAGE_CORRUPTED", `extended XMP has ${length} of ${total} bytes`);
  return { kind: "XMP", format: "XMP", id: 0, bytes: concatenate(joined) };
}

/**
 * The IPTC records among Photoshop's image resources (Adobe Photoshop File Formats, "Image Resource Blocks"): owner,
 * id, a name padded to even length, the size, data padded to even length. A run of resources may be cut anywhere into
 * segments; a writer that begins anew in each segment may have left out the last padding byte.
 */
function iptcRecords(resources: readonly Uint8Array[]): Uint8Array[] {
  const bytes = concatenate(resources);
  const view = new DataView(bytes.buffer);
  const records: Uint8Array[] = [];
  let at = 0;
  while (at + 12 <= bytes.length && RESOURCE_OWNERS.some((owner) => startsWith(bytes, owner, at))) {
    const id = view.getUint16(at + 4);
    const sizeAt = at + 6 + evenUp(1 + bytes[at + 6]!);
    if (sizeAt + 4 > bytes.length) break;
    const size = view.getUint32(sizeAt);
    const start = sizeAt + 4;
    if (start + size > bytes.length) break;
    const isIptc = id === IPTC_RESOURCE && startsWith(bytes, "8BIM", at);
    if (isIptc && size > 0) records.push(bytes.subarray(start, start + size));
    at = start + size;
    if (size % 2 === 1 && !startsWith(bytes, "8BIM", at)) at += 1;
  }
  return records;
}

function evenUp(n: number): number {
  return n + (n % 2);
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
