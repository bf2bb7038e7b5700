/**
 * JPEG headers (ITU-T T.81 | ISO/IEC 10918-1), with the markers that say what the samples mean: JFIF (T.871),
 * Adobe's APP14 (T.872, 6.5.3), EXIF (CIPA DC-008), MPF (CIPA DC-007).
 */
import type { ByteReader } from "../bytes.js";
import type { ChromaSubsampling, ColorSpec, SampleFormat } from "../enums.js";
import { CodecError } from "../errors.js";
import { firstIfdNumber } from "../metadata/tiff-values.js";
import type { CodeStreamInfo, Parser } from "../plugin.js";
import { jpegMetadata } from "./jpeg-metadata.js";
import { JpegSegments, Marker } from "./jpeg-segments.js";
import { jpegls } from "./jpegls.js";

/** By SOF marker, from FFC0 (T.81, table B.1). The gaps are DHT, JPG and DAC. */
const ENCODINGS = [
  "BASELINE_DCT",
  "EXTENDED_SEQUENTIAL_DCT_HUFFMAN",
  "PROGRESSIVE_DCT_HUFFMAN",
  "LOSSLESS_HUFFMAN",
  undefined,
  "DIFFERENTIAL_SEQUENTIAL_DCT_HUFFMAN",
  "DIFFERENTIAL_PROGRESSIVE_DCT_HUFFMAN",
  "DIFFERENTIAL_LOSSLESS_HUFFMAN",
  undefined,
  "EXTENDED_SEQUENTIAL_DCT_ARITHMETIC",
  "PROGRESSIVE_DCT_ARITHMETIC",
  "LOSSLESS_ARITHMETIC",
  undefined,
  "DIFFERENTIAL_SEQUENTIAL_DCT_ARITHMETIC",
  "DIFFERENTIAL_PROGRESSIVE_DCT_ARITHMETIC",
  "DIFFERENTIAL_LOSSLESS_ARITHMETIC",
] as const;

/** Process numbers of lossless frames: SOF3, 7, 11 and 15 have both low bits set. */
const LOSSLESS = 3;

const EXIF_ORIENTATION = 0x0112;
const MPF_NUMBER_OF_IMAGES = 0xb001;
/** "Exif", "MPF\0", "JFIF" and "Adob" as big-endian numbers. */
const EXIF_SIGNATURE = 0x45786966;
const MPF_SIGNATURE = 0x4d504600;
const JFIF_SIGNATURE = 0x4a464946;
const ADOBE_SIGNATURE = 0x41646f62;

/** No Adobe marker seen; its transform flag is a byte. */
const NO_ADOBE_MARKER = -1;

/** Reads JPEG headers up to the first scan. JPEG-LS begins alike but is another codec: it is handed to its parser. */
export const jpeg: Parser = {
  codec: "jpeg",
  extensions: [".jpg", ".jpeg", ".jpe", ".jfif", ".jif"],
  canParse: (head) => head[0] === 0xff && head[1] === 0xd8 && head[2] === 0xff,
  parse,
  metadata: jpegMetadata,
};

/** What the segments up to the first scan said. */
interface Headers {
  /** SOF marker less FFC0; -1 before the frame header. */
  sof: number;
  frameStart: number;
  frameEnd: number;
  /** MCUs; 0: none. */
  restartInterval: number;
  isJfif: boolean;
  adobeTransform: number;
  hasExif: boolean;
  orientation: number;
  /** Pictures that the MPF index counts, this one among them; 0 without one. */
  multiPictureImages: number;
}

function parse(reader: ByteReader, imageIdx: number): CodeStreamInfo {
  if (imageIdx !== 0) throw new CodecError("NUM_IMAGES_UNSUPPORTED", `image ${imageIdx}: a JPEG holds one image`);
  const segments = new JpegSegments(reader);
  const found: Headers = {
    sof: -1,
    frameStart: 0,
    frameEnd: 0,
    restartInterval: 0,
    isJfif: false,
    adobeTransform: NO_ADOBE_MARKER,
    hasExif: false,
    orientation: 1,
    multiPictureImages: 0,
  };
  for (;;) {
    const marker = segments.next();
    const { start, end } = segments;
    if (isFrameHeader(marker)) {
      if (found.sof >= 0) throw segments.corrupted("a second frame header before the first scan");
      found.sof = marker - Marker.SOF0;
      found.frameStart = start;
      found.frameEnd = end;
      continue;
    }
    switch (marker) {
      case Marker.DRI:
        if (end - start !== 2) throw segments.corrupted(`${end - start} bytes of restart interval, 2 expected`);
        found.restartInterval = reader.u16be();
        break;
      case Marker.APP0:
        // Like libjpeg: a JFIF segment too short for its fixed fields is not believed.
        if (end - start >= 14 && reader.u32be() === JFIF_SIGNATURE && reader.u8() === 0) found.isJfif = true;
        break;
      case Marker.APP1:
        if (!found.hasExif && end - start >= 14 && reader.u32be() === EXIF_SIGNATURE && reader.u8() === 0) {
          found.hasExif = true;
          const value = firstIfdNumber(reader, start + 6, end, EXIF_ORIENTATION);
          if (value !== undefined && value >= 1 && value <= 8) found.orientation = value;
        }
        break;
      case Marker.APP2:
        if (found.multiPictureImages === 0 && end - start >= 12 && reader.u32be() === MPF_SIGNATURE) {
          found.multiPictureImages = firstIfdNumber(reader, start + 4, end, MPF_NUMBER_OF_IMAGES) ?? 0;
        }
        break;
      case Marker.APP14:
        if (end - start >= 12 && reader.u32be() === ADOBE_SIGNATURE && reader.u8() === 0x65) {
          found.adobeTransform = reader.seek(start + 11).u8();
        }
        break;
      case Marker.SOS: {
        if (found.sof < 0) throw segments.corrupted("a scan before any frame header");
        const scanComponents = end > start ? reader.u8() : 0;
        if (scanComponents < 1 || scanComponents > 4 || end - start !== 4 + 2 * scanComponents) {
          throw segments.corrupted(`${end - start} bytes of scan header do not fit ${scanComponents} components`);
        }
        return describe(reader, found);
      }
      case Marker.EOI:
        throw segments.corrupted(`the end before any ${found.sof < 0 ? "frame" : "scan"}`);
      case Marker.SOF55:
      case Marker.LSE:
        return jpegls.parse(reader, imageIdx);
      case Marker.DHP:
        throw new CodecError("CODESTREAM_UNSUPPORTED", "a hierarchical JPEG (DHP marker)");
      case Marker.JPG:
        throw new CodecError("CODESTREAM_UNSUPPORTED", "a frame of the type reserved for extensions (JPG marker)");
    }
  }
}

function isFrameHeader(marker: number): boolean {
  return marker >= Marker.SOF0 && marker <= Marker.SOF15 && ENCODINGS[marker - Marker.SOF0] !== undefined;
}

/** Reads the frame header (T.81 B.2.2), last: what its samples mean is known only when all markers have been seen. */
function describe(reader: ByteReader, found: Headers): CodeStreamInfo {
  const { sof, frameStart: start, restartInterval, adobeTransform, multiPictureImages } = found;
  const length = found.frameEnd - start;
  if (length < 6) throw frameError(start, `${length} bytes, at least 6 expected`);
  const precision = reader.seek(start).u8();
  const height = reader.u16be();
  const width = reader.u16be();
  const channels = reader.u8();
  if (channels === 0 || length !== 6 + 3 * channels) {
    throw frameError(start, `${length} bytes do not fit ${channels} components`);
  }
  if (width === 0) throw frameError(start, "width 0");
  if (height === 0) {
    throw new CodecError("CODESTREAM_UNSUPPORTED", "height 0: it stands in a DNL marker after the first scan");
  }
  if (precision < 2 || precision > 16) throw frameError(start, `precision ${precision}, 2 to 16 expected`);

  const sampling = samplingOf(reader, start, channels);
  const colorSpec = colorSpecOf(reader, channels, found);
  const encoding = ENCODINGS[sof]!;
  return {
    codec: "jpeg",
    numImages: 1,
    width,
    height,
    channels,
    dtype: precision <= 8 ? "uint8" : "uint16",
    precision,
    sampleFormat: sampleFormatOf(colorSpec),
    colorSpec,
    chromaSubsampling: subsamplingOf(reader, start + 6, channels),
    orientation: found.orientation,
    inverted: channels === 4 && adobeTransform !== NO_ADOBE_MARKER,
    detail:
      multiPictureImages > 0
        ? { encoding, restartInterval, sampling, multiPictureImages }
        : { encoding, restartInterval, sampling },
  };
}

/** By sampling factors: files of a folder mostly share a few of the 4,096 kinds that three components have. */
const samplings = new Map<number, string>();

/** The components' sampling factors: `2x2,1x1,1x1`. */
function samplingOf(reader: ByteReader, start: number, channels: number): string {
  const factors: number[] = new Array(channels);
  let key = channels;
  for (let i = 0; i < channels; i++) {
    const both = reader.seek(start + 7 + 3 * i).u8();
    const h = both >> 4;
    const v = both & 15;
    if (h < 1 || h > 4 || v < 1 || v > 4) {
      throw frameError(start, `component ${i} has sampling factors ${h}x${v}, 1 to 4 expected`);
    }
    factors[i] = both;
    key = key * 256 + both;
  }
  const known = channels <= 3 ? samplings.get(key) : undefined;
  if (known !== undefined) return known;
  const text = factors.map((both) => `${both >> 4}x${both & 15}`).join(",");
  if (channels <= 3) samplings.set(key, text);
  return text;
}

function frameError(start: number, fact: string): CodecError {
  return new CodecError("IMAGE_CORRUPTED", `frame header at offset ${start}: ${fact}`);
}

/**
 * What the components are, by libjpeg's rules (`default_decompress_parms`): JFIF means YCbCr; Adobe's flag decides
 * next; then component ids 'R', 'G', 'B' mean RGB and anything else YCbCr. Lossless files without either marker hold
 * RGB (libjpeg-turbo 3: the colour transform loses bits). An Adobe flag that nobody defined counts as transformed.
 */
function colorSpecOf(
  reader: ByteReader,
  channels: number,
  { sof, frameStart, isJfif, adobeTransform }: Headers,
): ColorSpec {
  switch (channels) {
    case 1:
      return "GRAY";
    case 3: {
      if (isJfif) return "SYCC";
      if (adobeTransform !== NO_ADOBE_MARKER) return adobeTransform === 0 ? "SRGB" : "SYCC";
      if ((sof & LOSSLESS) === LOSSLESS) return "SRGB";
      reader.seek(frameStart + 6);
      const isRgb = reader.u8() === 0x52 && reader.skip(2).u8() === 0x47 && reader.skip(2).u8() === 0x42;
      return isRgb ? "SRGB" : "SYCC";
    }
    case 4:
      return adobeTransform > 0 ? "YCCK" : "CMYK";
    default:
      return "UNKNOWN";
  }
}

/** The sample format of the picture as its users know it: undoing YCbCr is a part of the coding. */
function sampleFormatOf(colorSpec: ColorSpec): SampleFormat {
  if (colorSpec === "GRAY") return "I_Y";
  return colorSpec === "SRGB" || colorSpec === "SYCC" ? "I_RGB" : "I_UNCHANGED";
}

/**
 * How much coarser the second and third components are than the first; a fourth (K) must be as fine as the first.
 * Only the ratio counts: 4x2,2x1,2x1 is 4:2:0 as well as 2x2,1x1,1x1.
 */
function subsamplingOf(reader: ByteReader, components: number, channels: number): ChromaSubsampling {
  if (channels === 1) return "CSS_GRAY";
  if (channels !== 3 && channels !== 4) return "CSS_NONE";
  const luma = reader.seek(components + 1).u8();
  const chroma = reader.skip(2).u8();
  if (reader.skip(2).u8() !== chroma) return "CSS_NONE";
  if (channels === 4 && reader.skip(2).u8() !== luma) return "CSS_NONE";
  switch (16 * ((luma >> 4) / (chroma >> 4)) + (luma & 15) / (chroma & 15)) {
    case 0x11:
      return "CSS_444";
    case 0x21:
      return "CSS_422";
    case 0x22:
      return "CSS_420";
    case 0x12:
      return "CSS_440";
    case 0x41:
      return "CSS_411";
    case 0x42:
      return "CSS_410";
    case 0x24:
      return "CSS_410V";
    default:
      return "CSS_NONE";
  }
}
