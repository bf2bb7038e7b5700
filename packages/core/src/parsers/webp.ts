/**
 * WebP headers: the container (RFC 9649, section 2), the VP8 frame header (RFC 6386, 9.1) and that of VP8L (RFC 9649,
 * section 3.4). Each frame of an animation is an image: the canvas as it is when that frame is shown.
 */
import { type ByteReader, startsWith } from "../bytes.js";
import { CodecError } from "../errors.js";
import { firstIfdNumber } from "../metadata/tiff-values.js";
import type { CodeStreamInfo, Parser } from "../plugin.js";
import { readingAhead } from "./read-ahead.js";
import { type Chunk, chunksOf, exifStart } from "./webp-chunks.js";
import { webpMetadata } from "./webp-metadata.js";

const EXIF_ORIENTATION = 0x0112;

/** Flags of the VP8X chunk. */
const HAS_ANIMATION = 0x02;
const HAS_EXIF = 0x08;
const HAS_ALPHA = 0x10;

/** Sizes of headers, in bytes: VP8X and ANMF payloads, and the first bytes of VP8 and VP8L that say the size. */
const VP8X_BYTES = 10;
const ANIM_BYTES = 6;
const ANMF_BYTES = 16;

export const webp: Parser = {
  codec: "webp",
  extensions: [".webp"],
  canParse: (head) => startsWith(head, "RIFF") && startsWith(head, "WEBP", 8),
  parse,
  metadata: webpMetadata,
};

/** What the bitstream of a still picture says. */
interface Bitstream {
  readonly width: number;
  readonly height: number;
  readonly hasAlpha: boolean;
  readonly isLossless: boolean;
}

interface Canvas {
  readonly width: number;
  readonly height: number;
  readonly flags: number;
}

function parse(reader: ByteReader, imageIdx: number): CodeStreamInfo {
  const chunks = chunksOf(reader);
  const first = chunks.next().value;
  if (!first) throw new CodecError("IMAGE_TRUNCATED", "ends before its first chunk");
  if (first.name !== "VP8X") {
    refuseSecond(imageIdx);
    return describe(bitstreamOf(reader, first), 1, {});
  }
  const canvas = canvasOf(reader, first);
  return (canvas.flags & HAS_ANIMATION) === 0
    ? still(reader, canvas, chunks, imageIdx)
    : readingAhead(reader, () => animation(reader, canvas, chunks, imageIdx));
}

function refuseSecond(imageIdx: number): void {
  if (imageIdx !== 0) throw new CodecError("NUM_IMAGES_UNSUPPORTED", `image ${imageIdx} of a file of one`);
}

function canvasOf(reader: ByteReader, { start, end }: Chunk): Canvas {
  if (end - start < VP8X_BYTES) {
    throw new CodecError("IMAGE_CORRUPTED", `VP8X of ${end - start} bytes, ${VP8X_BYTES} expected`);
  }
  const flags = reader.seek(start).u8();
  reader.skip(3);
  return { flags, width: u24le(reader) + 1, height: u24le(reader) + 1 };
}

/** The picture's own chunks stand between VP8X and the metadata. */
function still(reader: ByteReader, canvas: Canvas, chunks: Generator<Chunk>, imageIdx: number): CodeStreamInfo {
  refuseSecond(imageIdx);
  let bitstream: Bitstream | undefined;
  let hasAlphaChunk = false;
  let orientation = 1;
  for (const chunk of chunks) {
    if (chunk.name === "ALPH") hasAlphaChunk = true;
    else if (chunk.name === "VP8 " || chunk.name === "VP8L") bitstream ??= bitstreamOf(reader, chunk);
    else if (chunk.name === "EXIF") orientation = orientationIn(reader, chunk);
    if (bitstream && (canvas.flags & HAS_EXIF) === 0) break;
    if (chunk.name === "EXIF") break;
  }
  if (!bitstream) throw new CodecError("IMAGE_TRUNCATED", "ends before its VP8 or VP8L chunk");
  const { width, height } = bitstream;
  if (width !== canvas.width || height !== canvas.height) {
    const fact = `a picture of ${width}x${height} on a canvas of ${canvas.width}x${canvas.height}`;
    throw new CodecError("IMAGE_CORRUPTED", fact);
  }
  const hasAlpha = bitstream.isLossless ? bitstream.hasAlpha : hasAlphaChunk || (canvas.flags & HAS_ALPHA) !== 0;
  return describe({ ...bitstream, hasAlpha: hasAlpha || hasAlphaChunk }, orientation, {});
}

function animation(reader: ByteReader, canvas: Canvas, chunks: Generator<Chunk>, imageIdx: number): CodeStreamInfo {
  let loopCount = 0;
  let orientation = 1;
  let numImages = 0;
  let durationMs = 0;
  let isLossless = true;
  for (const chunk of chunks) {
    const { name, start, end } = chunk;
    if (name === "ANIM" && end - start >= ANIM_BYTES) {
      loopCount = reader.seek(start + 4).u16le();
    } else if (name === "EXIF") {
      orientation = orientationIn(reader, chunk);
    } else if (name === "ANMF" && start + ANMF_BYTES <= reader.size) {
      if (numImages === imageIdx) {
        if (end - start < ANMF_BYTES) {
          throw new CodecError("IMAGE_CORRUPTED", `frame ${numImages}: a header of ${end - start} bytes`);
        }
        durationMs = u24le(reader.seek(start + 12));
        const picture = start + ANMF_BYTES;
        isLossless = picture + 4 <= reader.size && startsWith(reader.seek(picture).take(4), "VP8L");
      }
      numImages++;
    }
  }
  if (numImages === 0) throw new CodecError("IMAGE_TRUNCATED", "ends before its first frame");
  if (imageIdx >= numImages) {
    throw new CodecError("NUM_IMAGES_UNSUPPORTED", `image ${imageIdx} of a file of ${numImages}`);
  }
  const picture = { ...canvas, hasAlpha: (canvas.flags & HAS_ALPHA) !== 0, isLossless };
  return describe(picture, orientation, { animated: true, durationMs, loopCount }, numImages);
}

/** Width, height and alpha as the bitstream has them. */
function bitstreamOf(reader: ByteReader, { name, start, end }: Chunk): Bitstream {
  const isLossless = name === "VP8L";
  if (!isLossless && name !== "VP8 ") {
    throw new CodecError("IMAGE_CORRUPTED", `a chunk ${JSON.stringify(name)} where the picture is expected`);
  }
  const length = isLossless ? 5 : 10;
  if (end - start < length) {
    throw new CodecError("IMAGE_CORRUPTED", `${name.trim()} of ${end - start} bytes, at least ${length} expected`);
  }
  reader.seek(start);
  return isLossless ? lossless(reader) : lossy(reader);
}

/** Three bytes of tag, whose lowest bit is clear in key frames; the start code; two sizes of 14 bits and a scale. */
function lossy(reader: ByteReader): Bitstream {
  const tag = u24le(reader);
  if ((tag & 1) !== 0) throw new CodecError("IMAGE_CORRUPTED", "VP8: no key frame");
  const start = reader.take(3);
  if (!startsWith(start, "\x9d\x01\x2a")) throw new CodecError("IMAGE_CORRUPTED", "VP8: no start code");
  return sized({ width: reader.u16le() & 0x3fff, height: reader.u16le() & 0x3fff, hasAlpha: false, isLossless: false });
}

function lossless(reader: ByteReader): Bitstream {
  const signature = reader.u8();
  if (signature !== 0x2f) throw new CodecError("IMAGE_CORRUPTED", `VP8L: signature ${signature}, 47 expected`);
  const bits = reader.u32le();
  const version = bits >>> 29;
  if (version !== 0) throw new CodecError("CODESTREAM_UNSUPPORTED", `VP8L: version ${version}, 0 expected`);
  return {
    width: (bits & 0x3fff) + 1,
    height: ((bits >>> 14) & 0x3fff) + 1,
    hasAlpha: (bits & 0x1000_0000) !== 0,
    isLossless: true,
  };
}

function sized(bitstream: Bitstream): Bitstream {
  const { width, height } = bitstream;
  if (width === 0 || height === 0) throw new CodecError("IMAGE_CORRUPTED", `VP8: ${width}x${height} pixels`);
  return bitstream;
}

function describe(
  { width, height, hasAlpha, isLossless }: Bitstream,
  orientation: number,
  detail: NonNullable<CodeStreamInfo["detail"]>,
  numImages = 1,
): CodeStreamInfo {
  return {
    codec: "webp",
    numImages,
    width,
    height,
    channels: hasAlpha ? 4 : 3,
    dtype: "uint8",
    precision: 8,
    sampleFormat: hasAlpha ? "I_RGBA" : "I_RGB",
    colorSpec: "SRGB",
    chromaSubsampling: isLossless ? "CSS_NONE" : "CSS_420",
    orientation,
    detail: { encoding: isLossless ? "VP8L" : "VP8", ...detail },
  };
}

function orientationIn(reader: ByteReader, chunk: Chunk): number {
  const end = Math.min(chunk.end, reader.size);
  try {
    const value = firstIfdNumber(reader, exifStart(reader, chunk), end, EXIF_ORIENTATION);
    return value !== undefined && value >= 1 && value <= 8 ? value : 1;
  } catch (error) {
    if (error instanceof CodecError) return 1;
    throw error;
  }
}

function u24le(reader: ByteReader): number {
  return reader.u16le() | (reader.u8() << 16);
}
