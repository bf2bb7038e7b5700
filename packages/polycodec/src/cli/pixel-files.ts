/** Files of plain pixels: what `decode` writes and `encode` reads. */
import {
  BYTES_PER_ELEMENT,
  CodecError,
  CodeStream,
  Decoder,
  type Encoder,
  fromNpy,
  Image,
  isNpy,
  npyHeader,
  registry,
  type SampleDataType,
} from "@polycodec/core";
import { BadFile } from "./bad-file.js";

/** `raw` is the samples alone; who reads it must know the size. `png` holds the same samples, compressed. */
export const PIXEL_FORMATS = ["npy", "png", "ppm", "pam", "raw"] as const;
export type PixelFormat = (typeof PIXEL_FORMATS)[number];

/** How to read a raw file. */
export interface RawLayout {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly dtype: SampleDataType;
}

/** The file's content, in pieces to be written one after the other. */
export async function pixelFile(encoder: Encoder, image: Image, format: PixelFormat): Promise<Uint8Array[]> {
  switch (format) {
    case "raw":
      return [image.packed()];
    case "npy":
      return [npyHeader(image), image.packed()];
    case "png":
      return [await encoder.encode(image, { codec: "png" })];
    default:
      // One channel is what a PGM holds, whatever the file is called.
      return [await encoder.encode(image, { codec: "pnm", pnm: { format: isGray(image, format) ? "pgm" : format } })];
  }
}

function isGray({ channels }: Image, format: PixelFormat): boolean {
  return format === "ppm" && channels === 1;
}

/** Reads npy and Netpbm's formats by what the bytes say; anything else is raw if a layout is given. */
export async function readPixelFile(bytes: Uint8Array, raw?: RawLayout): Promise<Image> {
  if (isNpy(bytes)) return readNpy(bytes);
  if (registry.parserFor(bytes)?.codec === "pnm") return readPnm(bytes);
  if (raw) return readRaw(bytes, raw);
  throw new BadFile("not a npy, pbm, pgm, ppm, pam or pfm file; for raw pixels give --size");
}

/** In the file's depth if that is more than 8 bits, else in 8. */
async function readPnm(bytes: Uint8Array): Promise<Image> {
  const { precision } = (await CodeStream.from(bytes).open()).info;
  using decoder = new Decoder();
  return await decoder.decode(bytes, { colorSpec: "UNCHANGED", allowAnyDepth: precision > 8 });
}

function readNpy(bytes: Uint8Array): Image {
  try {
    return fromNpy(bytes);
  } catch (error) {
    if (error instanceof CodecError) throw new BadFile(error.message);
    throw error;
  }
}

function readRaw(bytes: Uint8Array, layout: RawLayout): Image {
  const { width, height, channels, dtype } = layout;
  const needed = width * height * channels * BYTES_PER_ELEMENT[dtype];
  if (bytes.length !== needed) throw new BadFile(`raw: ${bytes.length} bytes, but --size and --dtype make ${needed}`);
  return Image.from(bytes, layout);
}
