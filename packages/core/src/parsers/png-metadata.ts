/** Metadata of a PNG: colour profile, EXIF, XMP and texts (W3C PNG, third edition, 11.3). */
import { createRequire } from "node:module";
import { type ByteReader, startsWith } from "../bytes.js";
import type { MetadataKind } from "../enums.js";
import { CodecError } from "../errors.js";
import { MAX_METADATA_BYTES, MetadataBudget } from "../metadata/metadata.js";
import type { Metadata } from "../plugin.js";
import { PngChunks } from "./png-chunks.js";

const XMP_KEYWORD = "XML:com.adobe.xmp";

/** Chunks behind the image data are looked for in files up to this size, in pieces of this size. */
const MAX_SEARCHED = 32 * 2 ** 20;
const SEARCH_STEP = 2 ** 20;

/** What kind of metadata a chunk may hold. */
const KINDS: Readonly<Record<string, readonly MetadataKind[]>> = {
  iCCP: ["ICC_PROFILE"],
  eXIf: ["EXIF"],
  tEXt: ["EXIF", "IPTC", "XMP", "COMMENT"],
  zTXt: ["EXIF", "IPTC", "XMP", "COMMENT"],
  iTXt: ["XMP", "COMMENT"],
};

/** ImageMagick's way to keep metadata in a text: its kind by the keyword. */
const RAW_PROFILES: Readonly<Record<string, MetadataKind>> = {
  "Raw profile type exif": "EXIF",
  "Raw profile type APP1": "EXIF",
  "Raw profile type iptc": "IPTC",
  "Raw profile type xmp": "XMP",
};

interface Found {
  readonly type: string;
  readonly bytes: Uint8Array;
}

/**
 * The metadata of a PNG, in the file's order, each piece a copy: the ICC profile inflated; EXIF as the TIFF structure;
 * the XMP packet; every other text as a comment, `Keyword: text` in UTF-8 (without the keyword if that is Comment).
 * Profiles that ImageMagick wrote as hexadecimal text are given as what they are. In files of more than 32 MiB what
 * stands behind the image data is not found.
 *
 * Throws `CodecError("IMAGE_CORRUPTED")` for a profile or text that does not inflate, and `"LIMIT_EXCEEDED"` above
 * 64 MiB; ask by `kind` to get the others nevertheless.
 */
export function pngMetadata(reader: ByteReader, _imageIdx: number, kind?: MetadataKind): readonly Metadata[] {
  // All that may have to be fetched comes first: the rest is done once.
  const found = collect(reader, kind);
  const budget = new MetadataBudget();
  const pieces: Metadata[] = [];
  for (const chunk of found) {
    const piece = pieceOf(chunk);
    if (!piece || (kind !== undefined && piece.kind !== kind)) continue;
    budget.spend(piece.bytes.length);
    pieces.push(piece);
  }
  return pieces;
}

function collect(reader: ByteReader, kind: MetadataKind | undefined): readonly Found[] {
  const chunks = new PngChunks(reader, SEARCH_STEP);
  const found: Found[] = [];
  const budget = new MetadataBudget();
  for (let hasImage = false; ; ) {
    let type: string;
    try {
      type = chunks.next();
    } catch (error) {
      // The picture is told that the file is damaged or ends here; what was found before is sound.
      if (error instanceof CodecError && found.length + Number(hasImage) > 0) return found;
      throw error;
    }
    if (type === "IEND") return found;
    if (type === "IDAT" && !hasImage) {
      hasImage = true;
      if (reader.size - chunks.start > MAX_SEARCHED) return found;
    }
    const kinds = KINDS[type];
    if (!kinds || !chunks.isWhole || (kind !== undefined && !kinds.includes(kind))) continue;
    budget.spend(chunks.length);
    found.push({ type, bytes: chunks.data() });
  }
}

function pieceOf({ type, bytes }: Found): Metadata | undefined {
  switch (type) {
    case "iCCP": {
      const at = keywordEnd(bytes);
      return at === undefined ? undefined : piece("ICC_PROFILE", inflate(bytes.subarray(at + 2), "the ICC profile"));
    }
    case "eXIf":
      return piece("EXIF", withoutExifSignature(bytes));
    default:
      return textPiece(type, bytes);
  }
}

/** tEXt: keyword, NUL, Latin-1. zTXt: keyword, NUL, method, zlib. iTXt: two flags, language and keyword again, UTF-8. */
function textPiece(type: string, bytes: Uint8Array): Metadata | undefined {
  const at = keywordEnd(bytes);
  if (at === undefined) return undefined;
  const keyword = latin1(bytes.subarray(0, at));
  let text: Uint8Array | undefined = bytes.subarray(at + 1);
  if (type === "zTXt") text = inflate(text.subarray(1), `the text ${keyword}`);
  if (type === "iTXt") text = internationalText(text, keyword);
  if (!text) return undefined;
  if (keyword === XMP_KEYWORD) return piece("XMP", text);
  const profile = RAW_PROFILES[keyword] && type !== "iTXt" ? rawProfile(text) : undefined;
  if (profile) return piece(RAW_PROFILES[keyword]!, withoutExifSignature(profile));
  const utf8 = type === "iTXt" ? text : Buffer.from(latin1(text), "utf8");
  return piece("COMMENT", keyword === "Comment" ? utf8 : Buffer.concat([Buffer.from(`${keyword}: `, "utf8"), utf8]));
}

function internationalText(bytes: Uint8Array, keyword: string): Uint8Array | undefined {
  const language = bytes.indexOf(0, 2);
  const translated = language < 0 ? -1 : bytes.indexOf(0, language + 1);
  if (translated < 0) return undefined;
  const text = bytes.subarray(translated + 1);
  return bytes[0] === 0 ? text : inflate(text, `the text ${keyword}`);
}

/** A newline, the profile's name, its length in decimal, and its bytes in hexadecimal, in lines. */
function rawProfile(text: Uint8Array): Uint8Array | undefined {
  const parts = /^\s*\S+\s+(\d+)\s+([0-9a-fA-F\s]*)$/.exec(latin1(text).replace(/\0+$/, ""));
  if (!parts) return undefined;
  const bytes = Buffer.from(parts[2]!.replace(/\s+/g, ""), "hex");
  return bytes.length >= Number(parts[1]) ? bytes.subarray(0, Number(parts[1])) : undefined;
}

/** The signatures that EXIF and XMP have in a JPEG, where they have been copied from. */
function withoutExifSignature(bytes: Uint8Array): Uint8Array {
  return startsWith(bytes, "Exif\0\0") ? bytes.subarray(6) : bytes;
}

/** Where the NUL behind a keyword of 1 to 79 bytes stands. */
function keywordEnd(bytes: Uint8Array): number | undefined {
  const at = bytes.indexOf(0);
  return at >= 1 && at <= 79 ? at : undefined;
}

/** Loaded when the first profile or text needs it: it takes nearly 1 MB, which most processes never use. */
const zlib = () => createRequire(import.meta.url)("node:zlib") as typeof import("node:zlib");

function inflate(bytes: Uint8Array, what: string): Uint8Array {
  const { inflateSync } = zlib();
  try {
    return inflateSync(bytes, { maxOutputLength: MAX_METADATA_BYTES });
  } catch (cause) {
    if ((cause as { code?: string }).code === "ERR_BUFFER_TOO_LARGE") {
      throw new CodecError("LIMIT_EXCEEDED", `${what} inflates to more than ${MAX_METADATA_BYTES} bytes`, { cause });
    }
    throw new CodecError("IMAGE_CORRUPTED", `${what} does not inflate: ${(cause as Error).message}`, { cause });
  }
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

/** A copy: a piece of metadata must not keep a file alive, nor change with the caller's buffer. */
function piece(kind: MetadataKind, bytes: Uint8Array): Metadata {
  return { kind, format: kind === "XMP" ? "XMP" : "RAW", id: 0, bytes: Uint8Array.from(bytes) };
}
