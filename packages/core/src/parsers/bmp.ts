/**
 * BMP headers: those of Windows (BITMAPINFOHEADER to BITMAPV5HEADER) and OS/2 (BITMAPCOREHEADER, OS22XBITMAPHEADER in
 * any length), as learn.microsoft.com/windows/win32/gdi and fileformat.info describe them.
 */
import { type ByteReader, startsWith } from "../bytes.js";
import { CodecError } from "../errors.js";
import type { CodeStreamInfo, Metadata, Parser } from "../plugin.js";

const FILE_HEADER = 14;
const CORE_HEADER = 12;
const INFO_HEADER = 40;
const V2_HEADER = 52;
const V3_HEADER = 56;
const OS2_HEADER = 64;
const V4_HEADER = 108;
const V5_HEADER = 124;

const WINDOWS_CODINGS = ["NONE", "RLE8", "RLE4", "BITFIELDS", "JPEG", "PNG", "BITFIELDS"] as const;
const OS2_CODINGS = ["NONE", "RLE8", "RLE4", "HUFFMAN", "RLE24"] as const;
type Coding = (typeof WINDOWS_CODINGS | typeof OS2_CODINGS)[number];

/** Bits a pixel that a coding can have; those of embedded files say nothing. */
const BITS: Readonly<Partial<Record<Coding, readonly number[]>>> = {
  NONE: [1, 2, 4, 8, 16, 24, 32],
  RLE8: [8],
  RLE4: [4],
  RLE24: [24],
  BITFIELDS: [16, 32],
};

/** "MBED" in bV5CSType: the profile is in the file. */
const PROFILE_EMBEDDED = 0x4d424544;

export const bmp: Parser = {
  codec: "bmp",
  extensions: [".bmp", ".dib"],
  canParse: (head) => startsWith(head, "BM") && isKnownHeader(head[14]! | (head[15]! << 8) | (head[16]! << 16)),
  parse,
  metadata(reader, imageIdx, kind) {
    refuseFurther(imageIdx);
    return kind === undefined || kind === "ICC_PROFILE" ? profile(reader) : [];
  },
};

function isKnownHeader(size: number): boolean {
  return size === CORE_HEADER || (size >= 16 && size <= OS2_HEADER) || size === V4_HEADER || size === V5_HEADER;
}

function parse(reader: ByteReader, imageIdx: number): CodeStreamInfo {
  refuseFurther(imageIdx);
  const offset = reader.seek(10).u32le();
  const headerSize = reader.u32le();
  if (!isKnownHeader(headerSize)) throw new CodecError("IMAGE_CORRUPTED", `a header of ${headerSize} bytes`);
  if (reader.size < FILE_HEADER + headerSize)
    throw new CodecError("IMAGE_TRUNCATED", `ends at offset ${reader.size}, within the headers`);
  const isCore = headerSize === CORE_HEADER;
  const size = isCore ? [reader.u16le(), reader.u16le()] : [reader.u32le() | 0, reader.u32le() | 0];
  const [width, signedHeight] = size as [number, number];
  const height = Math.abs(signedHeight);
  if (width <= 0 || height === 0) throw new CodecError("IMAGE_CORRUPTED", `${width} x ${signedHeight} pixels`);
  const bits = reader.skip(2).u16le();
  const compression = headerSize >= 20 ? reader.u32le() : 0;
  const coding = codingOf(headerSize, compression);
  const known = BITS[coding];
  if (known && !known.includes(bits))
    throw new CodecError("IMAGE_CORRUPTED", `${bits} bits a pixel, ${known.join(", ")} expected with coding ${coding}`);

  const isIndexed = known !== undefined && bits <= 8;
  const channels =
    isIndexed && isGray(reader, { offset, headerSize, bits })
      ? 1
      : coding === "BITFIELDS" && hasAlpha(reader, headerSize, compression)
        ? 4
        : 3;
  return {
    codec: "bmp",
    numImages: 1,
    width,
    height,
    channels,
    dtype: "uint8",
    precision: 8,
    sampleFormat: channels === 1 ? "I_Y" : channels === 4 ? "I_RGBA" : "I_RGB",
    colorSpec: channels === 1 ? "GRAY" : "SRGB",
    chromaSubsampling: channels === 1 ? "CSS_GRAY" : "CSS_NONE",
    orientation: 1,
    detail: { headerSize, bitsPerPixel: bits, coding, topDown: signedHeight < 0 },
  };
}

function refuseFurther(imageIdx: number): void {
  if (imageIdx !== 0) throw new CodecError("NUM_IMAGES_UNSUPPORTED", `image ${imageIdx}: a BMP holds one image`);
}

function codingOf(headerSize: number, compression: number): Coding {
  const isWindows = [INFO_HEADER, V2_HEADER, V3_HEADER, V4_HEADER, V5_HEADER].includes(headerSize);
  const coding = (isWindows ? WINDOWS_CODINGS : OS2_CODINGS)[compression];
  if (coding === undefined) throw new CodecError("IMAGE_CORRUPTED", `compression ${compression}`);
  return coding;
}

interface PaletteFacts {
  readonly offset: number;
  readonly headerSize: number;
  readonly bits: number;
}

/** Are red, green and blue equal in all of the palette? Then the picture is gray, whatever order it has. */
function isGray(reader: ByteReader, { offset, headerSize, bits }: PaletteFacts): boolean {
  const entryBytes = headerSize === CORE_HEADER ? 3 : 4;
  const start = FILE_HEADER + headerSize;
  const most = 1 << bits;
  const used = headerSize >= 36 ? reader.seek(46).u32le() : 0;
  let count = used === 0 || used > most ? most : used;
  // Palettes that are shorter than they should be end where the pixels begin.
  if (offset > start) count = Math.min(count, Math.floor((offset - start) / entryBytes));
  reader.seek(start);
  for (let i = 0; i < count; i++) {
    const entry = reader.take(entryBytes);
    if (entry[0] !== entry[1] || entry[1] !== entry[2]) return false;
  }
  return true;
}

/** The alpha mask stands behind the three others, if it has a place at all. */
function hasAlpha(reader: ByteReader, headerSize: number, compression: number): boolean {
  const hasPlace = headerSize >= V3_HEADER || (headerSize === INFO_HEADER && compression === 6);
  return hasPlace && reader.seek(FILE_HEADER + V2_HEADER).u32le() !== 0;
}

/** The ICC profile that a BITMAPV5HEADER may lead to, counted from the header's first byte. */
function profile(reader: ByteReader): readonly Metadata[] {
  if (reader.seek(FILE_HEADER).u32le() !== V5_HEADER) return [];
  if (reader.seek(FILE_HEADER + V3_HEADER).u32le() !== PROFILE_EMBEDDED) return [];
  const start = reader.seek(FILE_HEADER + 112).u32le();
  const length = reader.u32le();
  const bytes = reader
    .seek(FILE_HEADER + start)
    .take(length)
    .slice();
  return length === 0 ? [] : [{ kind: "ICC_PROFILE", format: "RAW", id: 0, bytes }];
}
