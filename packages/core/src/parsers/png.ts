/** PNG headers (W3C PNG, third edition), those of animations (APNG, now part of it) included. */
import { type ByteReader, startsWith } from "../bytes.js";
import type { ColorSpec, SampleFormat } from "../enums.js";
import { CodecError } from "../errors.js";
import { firstIfdNumber } from "../metadata/tiff-values.js";
import type { CodeStreamInfo, Parser } from "../plugin.js";
import { PNG_SIGNATURE, PngChunks } from "./png-chunks.js";
import { pngMetadata } from "./png-metadata.js";

const EXIF_ORIENTATION = 0x0112;

/** By colour type (table 11.1): the channels that are coded, and the depths allowed. */
const COLOR_TYPES: Readonly<Record<number, { name: string; channels: number; depths: readonly number[] }>> = {
  0: { name: "gray", channels: 1, depths: [1, 2, 4, 8, 16] },
  2: { name: "rgb", channels: 3, depths: [8, 16] },
  3: { name: "palette", channels: 3, depths: [1, 2, 4, 8] },
  4: { name: "gray-alpha", channels: 2, depths: [8, 16] },
  6: { name: "rgba", channels: 4, depths: [8, 16] },
};

const FORMATS: readonly [SampleFormat, ColorSpec][] = [
  ["I_Y", "GRAY"],
  ["I_YA", "GRAY"],
  ["I_RGB", "SRGB"],
  ["I_RGBA", "SRGB"],
];

/** What the chunks before the image data said. */
interface Headers {
  width: number;
  height: number;
  depth: number;
  colorType: number;
  interlaced: boolean;
  paletteEntries: number;
  transparent: boolean;
  orientation: number;
  /** Frames that the animation says it has; 0 without one. */
  frames: number;
  plays: number;
  /** Does an fcTL stand before the image data, so that the still image is the first frame? */
  stillIsFrame: boolean;
  facts: Record<string, string | number | boolean>;
}

/**
 * Reads PNG headers up to the image data. Palettes count as RGB, transparency (tRNS) as a channel, and samples of less
 * than 8 bits as 8: the decoder scales them, exactly. Image 0 is the still image. The frames of an animation follow it
 * (or begin with it, if it is one of them) as whole RGBA pictures.
 */
export const png: Parser = {
  codec: "png",
  extensions: [".png", ".apng"],
  canParse: (head) => startsWith(head, PNG_SIGNATURE),
  parse,
  metadata: pngMetadata,
};

function parse(reader: ByteReader, imageIdx: number): CodeStreamInfo {
  const chunks = new PngChunks(reader);
  if (chunks.next() !== "IHDR") throw new CodecError("IMAGE_CORRUPTED", `${chunks.type} chunk before IHDR`);
  const found = readHeader(chunks, reader);
  while (chunks.next() !== "IDAT") {
    if (chunks.type === "IEND") throw new CodecError("IMAGE_CORRUPTED", "ends without image data");
    readChunk(chunks, reader, found);
  }
  if (found.colorType === 3 && found.paletteEntries === 0) {
    throw new CodecError("IMAGE_CORRUPTED", "image data before the palette");
  }
  return describe(found, imageIdx);
}

/** IHDR, section 11.2.1. */
function readHeader(chunks: PngChunks, reader: ByteReader): Headers {
  if (chunks.length !== 13) throw chunks.corrupted(`${chunks.length} bytes, 13 expected`);
  const width = reader.u32be();
  const height = reader.u32be();
  const [depth, colorType, compression, filter, interlace] = [...reader.take(5)] as [number, ...number[]];
  if (width === 0 || height === 0 || width > 0x7fff_ffff || height > 0x7fff_ffff) {
    throw chunks.corrupted(`${width}x${height} pixels`);
  }
  if (!COLOR_TYPES[colorType!]?.depths.includes(depth)) {
    throw chunks.corrupted(`colour type ${colorType} with ${depth} bits a sample`);
  }
  if (compression !== 0 || filter !== 0 || interlace! > 1) {
    throw chunks.corrupted(`compression ${compression}, filter ${filter}, interlace ${interlace}`);
  }
  return {
    width,
    height,
    depth,
    colorType: colorType!,
    interlaced: interlace === 1,
    paletteEntries: 0,
    transparent: false,
    orientation: 1,
    frames: 0,
    plays: 0,
    stillIsFrame: false,
    facts: {},
  };
}

/** Any chunk between IHDR and IDAT. What is of no use to the decoder is forgiven; it stands in nobody's way. */
function readChunk(chunks: PngChunks, reader: ByteReader, found: Headers): void {
  const { type, length, start } = chunks;
  switch (type) {
    case "PLTE":
      if (found.colorType !== 3) return;
      if (found.paletteEntries > 0) throw chunks.corrupted("a second one");
      if (length === 0 || length % 3 !== 0 || length > 768) throw chunks.corrupted(`${length} bytes`);
      found.paletteEntries = Math.min(length / 3, 2 ** found.depth);
      return;
    case "tRNS":
      // One that does not fit the image does not count: libpng's rule, and the decoder's.
      if (found.colorType === 3) found.transparent ||= length > 0 && length <= found.paletteEntries;
      else found.transparent ||= length === { 0: 2, 2: 6 }[found.colorType];
      return;
    case "eXIf": {
      // Some writers keep the signature that EXIF has in a JPEG.
      const skipped = length >= 6 && startsWith(reader.take(6), "Exif\0\0") ? 6 : 0;
      const value = firstIfdNumber(reader, start + skipped, start + length, EXIF_ORIENTATION);
      if (value !== undefined && value >= 1 && value <= 8) found.orientation = value;
      return;
    }
    case "acTL":
      if (length !== 8) return;
      found.frames = reader.u32be();
      found.plays = reader.u32be();
      return;
    case "fcTL":
      found.stillIsFrame = true;
      return;
    case "gAMA":
      if (length === 4) found.facts.gamma = reader.u32be() / 100_000;
      return;
    case "sRGB":
      if (length === 1) found.facts.renderingIntent = reader.u8();
      return;
    case "cICP":
      if (length === 4) found.facts.cicp = [...reader.take(4)].join("/");
      return;
    case "cHRM":
      if (length === 32) {
        found.facts.chromaticities = Array.from({ length: 8 }, () => reader.u32be() / 100_000).join(" ");
      }
      return;
    case "pHYs":
      if (length === 9) {
        const [x, y] = [reader.u32be(), reader.u32be()];
        found.facts[reader.u8() === 1 ? "pixelsPerMeter" : "pixelAspect"] = `${x} ${y}`;
      }
      return;
    default:
      // The first letter's case tells the chunks without which the picture cannot be understood (5.4).
      if (type[0]! <= "Z") throw new CodecError("CODESTREAM_UNSUPPORTED", `unknown critical chunk ${type}`);
  }
}

function describe(found: Headers, imageIdx: number): CodeStreamInfo {
  const { width, height, depth, transparent, frames, stillIsFrame } = found;
  const { name, channels: coded } = COLOR_TYPES[found.colorType]!;
  const isAnimation = frames > 0;
  const numImages = isAnimation ? frames + (stillIsFrame ? 0 : 1) : 1;
  if (imageIdx >= numImages) {
    throw new CodecError("NUM_IMAGES_UNSUPPORTED", `image ${imageIdx}: the PNG holds ${numImages}`);
  }
  // Later frames are pictures composed of several, with whatever transparency that leaves.
  const channels = imageIdx > 0 ? 4 : coded + (transparent ? 1 : 0);
  const [sampleFormat, colorSpec] = FORMATS[channels - 1]!;
  return {
    codec: "png",
    numImages,
    width,
    height,
    channels,
    dtype: depth === 16 ? "uint16" : "uint8",
    precision: depth === 16 ? 16 : 8,
    sampleFormat,
    colorSpec,
    chromaSubsampling: channels <= 2 ? "CSS_GRAY" : "CSS_NONE",
    orientation: found.orientation,
    detail: {
      colorType: name,
      bitDepth: depth,
      interlaced: found.interlaced,
      ...found.facts,
      ...(isAnimation ? { frames, plays: found.plays, stillIsFrame } : {}),
    },
  };
}
