/**
 * JPEG 2000 headers: the code stream's main header (ITU-T T.800 | ISO/IEC 15444-1, annex A; high throughput: T.814) and
 * what the boxes around it say of the samples (annex I).
 */
import { type ByteReader, startsWith } from "../bytes.js";
import type { ChromaSubsampling, ColorSpec, SampleDataType, SampleFormat } from "../enums.js";
import { CodecError } from "../errors.js";
import type { CodeStreamInfo, Parser } from "../plugin.js";
import { Box, boxError, boxes, type Jp2Header, readJp2Header } from "./jpeg2k-boxes.js";
import { type MainHeader, readMainHeader } from "./jpeg2k-codestream.js";
import { jpeg2kMetadata } from "./jpeg2k-metadata.js";

/** "JP2 signature" box: length 12, type "jP  ", content 0D0A870A. */
const SIGNATURE = "\0\0\0\x0cjP  \r\n\x87\n";

export const jpeg2k: Parser = {
  codec: "jpeg2k",
  extensions: [".jp2", ".j2k", ".j2c", ".jpc", ".jph", ".jhc", ".jpx", ".jpf"],
  canParse: (head) => startsWith(head, SIGNATURE) || startsWith(head, "\xff\x4f\xff\x51"),
  parse,
  metadata: jpeg2kMetadata,
};

function parse(reader: ByteReader, imageIdx: number): CodeStreamInfo {
  if (imageIdx !== 0) throw new CodecError("NUM_IMAGES_UNSUPPORTED", `image ${imageIdx}: one image is read of a file`);
  if (reader.peek() === 0xff) return describe(readMainHeader(reader, 0, reader.size), undefined, "J2K");
  let brand = 0;
  let header: Jp2Header | undefined;
  for (const box of boxes(reader, 12, reader.size)) {
    switch (box.type) {
      case Box.fileType:
        if (box.end - box.start < 8) throw boxError(box.start - 8, "a file type without a brand");
        brand = reader.seek(box.start).u32be();
        break;
      case Box.header:
        header ??= readJp2Header(reader, box);
        break;
      case Box.codeStream:
        if (brand === 0) throw boxError(box.start - 8, "a code stream before the file type");
        if (!header) throw boxError(box.start - 8, "a code stream before the JP2 header");
        return describe(readMainHeader(reader, box.start, box.end), header, CONTAINERS[brand] ?? "JP2");
    }
  }
  throw new CodecError("IMAGE_CORRUPTED", "boxes without a code stream");
}

/** By brand: "jp2 ", "jpx ", "jph ". */
const CONTAINERS: Readonly<Record<number, string>> = { 1785737760: "JP2", 1785755680: "JPX", 1785751584: "JPH" };

function describe(main: MainHeader, boxed: Jp2Header | undefined, container: string): CodeStreamInfo {
  const { components } = main;
  const palette = boxed?.palette;
  const channels = palette?.channels ?? components.length;
  const precision = palette?.precision ?? Math.max(...components.map((component) => component.precision));
  const signed = palette ? palette.signed : components.every((component) => component.signed);
  const chromaSubsampling = palette ? "CSS_NONE" : subsamplingOf(components);
  const colorSpec = colorSpecOf(channels, !palette && hasCoarseChroma(components), boxed);
  const width = main.x1 - main.x0;
  const height = main.y1 - main.y0;
  return {
    codec: "jpeg2k",
    numImages: 1,
    width,
    height,
    channels,
    dtype: dtypeOf(precision, signed),
    precision,
    sampleFormat: sampleFormatOf(channels, colorSpec),
    colorSpec,
    chromaSubsampling,
    orientation: 1,
    tile: { width: Math.min(main.tileWidth, width), height: Math.min(main.tileHeight, height) },
    detail: {
      container,
      ht: main.ht,
      tiles: main.tilesAcross * main.tilesDown,
      reversible: main.reversible,
      resolutions: main.resolutions,
      layers: main.layers,
      progression: main.progression,
      mct: main.mct,
      codeBlockWidth: main.codeBlockWidth,
      codeBlockHeight: main.codeBlockHeight,
      palette: palette !== undefined,
      alpha: boxed?.hasAlpha ?? false,
    },
  };
}

function dtypeOf(precision: number, signed: boolean): SampleDataType {
  if (precision <= 8) return signed ? "int8" : "uint8";
  if (precision <= 16) return signed ? "int16" : "uint16";
  if (precision <= 32) return signed ? "int32" : "uint32";
  throw new CodecError("CODESTREAM_UNSUPPORTED", `${precision} bits a sample, at most 32 can be held`);
}

/** Enumerated colour spaces (T.800, table I.10; T.801, table M.25) that say what the channels are. */
const ENUMERATED: Readonly<Record<number, ColorSpec>> = {
  0: "GRAY", // bi-level
  1: "SYCC", // YCbCr(1): Rec. 709
  3: "SYCC", // YCbCr(2): Rec. 601
  4: "SYCC", // YCbCr(3): Rec. 601, 525 lines
  12: "CMYK",
  15: "GRAY", // bi-level, inverted meaning
  16: "SRGB",
  17: "GRAY",
  18: "SYCC",
  20: "SRGB", // e-sRGB
  21: "SRGB", // ROMM-RGB: samples as stored
  24: "SYCC", // e-sYCC
};
const COLOUR_CHANNELS: Readonly<Partial<Record<ColorSpec, number>>> = { GRAY: 1, SRGB: 3, SYCC: 3, CMYK: 4 };

/**
 * What the channels mean. Without a word of the boxes that fits them: by their number, and by their resolution, as
 * OpenJPEG's own programs have it.
 */
function colorSpecOf(channels: number, coarseChroma: boolean, boxed: Jp2Header | undefined): ColorSpec {
  const named = boxed?.enumerated === undefined ? undefined : ENUMERATED[boxed.enumerated];
  if (named && channels >= COLOUR_CHANNELS[named]!) return named === "SRGB" && coarseChroma ? "SYCC" : named;
  if (boxed?.enumerated !== undefined && !named && channels > 2) return "UNKNOWN";
  if (channels <= 2) return "GRAY";
  if (channels > 4) return "UNKNOWN";
  return coarseChroma ? "SYCC" : "SRGB";
}

/** Three or four components of which the second or third is coarser than the first: nobody does that to RGB. */
function hasCoarseChroma(components: MainHeader["components"]): boolean {
  const [luma, ...chroma] = components.slice(0, 3);
  return (
    (components.length === 3 || components.length === 4) &&
    luma?.dx === 1 &&
    luma.dy === 1 &&
    chroma.some(({ dx, dy }) => dx !== 1 || dy !== 1)
  );
}

function sampleFormatOf(channels: number, colorSpec: ColorSpec): SampleFormat {
  if (channels === 1) return "I_Y";
  if (channels === 2) return "I_YA";
  if (colorSpec === "SRGB" || colorSpec === "SYCC") {
    return channels === 3 ? "I_RGB" : channels === 4 ? "I_RGBA" : "I_UNCHANGED";
  }
  return "I_UNCHANGED";
}

/** How much coarser the second and third components are than the first. */
function subsamplingOf(components: MainHeader["components"]): ChromaSubsampling {
  if (components.length === 1) return "CSS_GRAY";
  const [luma, cb, cr] = components;
  if (components.length !== 3 || !luma || !cb || !cr || cb.dx !== cr.dx || cb.dy !== cr.dy) return "CSS_NONE";
  switch (`${cb.dx / luma.dx}x${cb.dy / luma.dy}`) {
    case "1x1":
      return "CSS_444";
    case "2x1":
      return "CSS_422";
    case "2x2":
      return "CSS_420";
    case "1x2":
      return "CSS_440";
    case "4x1":
      return "CSS_411";
    case "4x2":
      return "CSS_410";
    case "2x4":
      return "CSS_410V";
    default:
      return "CSS_NONE";
  }
}
