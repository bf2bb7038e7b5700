/** Files of plain pixels: what `decode` writes and `encode` reads. */
import { BYTES_PER_ELEMENT, CodecError, fromNpy, Image, isNpy, npyHeader, type SampleDataType } from "@polycodec/core";
import { BadFile } from "./bad-file.js";
import { bigEndian, isNetpbm, netpbmHeader, netpbmObstacle, readNetpbm } from "./netpbm.js";

/** `raw` is the samples alone; who reads it must know the size. */
export const PIXEL_FORMATS = ["npy", "ppm", "pam", "raw"] as const;
export type PixelFormat = (typeof PIXEL_FORMATS)[number];

/** How to read a raw file. */
export interface RawLayout {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly dtype: SampleDataType;
}

/** The file's content, in pieces to be written one after the other. */
export function pixelFile(image: Image, format: PixelFormat): Uint8Array[] {
  const pixels = image.packed();
  if (format === "raw") return [pixels];
  if (format === "npy") return [npyHeader(image), pixels];
  const obstacle = netpbmObstacle(image, format);
  if (obstacle) throw new BadFile(obstacle);
  return [netpbmHeader(image, format), image.dtype === "uint16" ? bigEndian(pixels) : pixels];
}

/** Reads npy, ppm, pgm and pam by what the bytes say; anything else is raw if a layout is given. */
export function readPixelFile(bytes: Uint8Array, raw?: RawLayout): Image {
  if (isNpy(bytes)) return readNpy(bytes);
  if (isNetpbm(bytes)) return readNetpbm(bytes);
  if (raw) return readRaw(bytes, raw);
  throw new BadFile("not a npy, ppm, pgm or pam file; for raw pixels give --size");
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
