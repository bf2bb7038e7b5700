/** The encode options that only one codec knows: one member and one check a codec. */
import { type BmpEncodeOptions, readBmpEncodeOptions } from "./bmp.js";
import { type JpegEncodeOptions, readJpegEncodeOptions } from "./jpeg.js";
import { type Jpeg2kEncodeOptions, readJpeg2kEncodeOptions } from "./jpeg2k.js";
import { type JpeglsEncodeOptions, readJpeglsEncodeOptions } from "./jpegls.js";
import { type PngEncodeOptions, readPngEncodeOptions } from "./png.js";
import { type PnmEncodeOptions, readPnmEncodeOptions } from "./pnm.js";
import { readWebpEncodeOptions, type WebpEncodeOptions } from "./webp.js";

/** Options of encoders by codec. */
export interface CodecOptions {
  readonly bmp?: BmpEncodeOptions;
  readonly jpeg?: JpegEncodeOptions;
  readonly jpeg2k?: Jpeg2kEncodeOptions;
  readonly jpegls?: JpeglsEncodeOptions;
  readonly png?: PngEncodeOptions;
  readonly pnm?: PnmEncodeOptions;
  readonly webp?: WebpEncodeOptions;
}

/** Each reads `undefined` as all defaults, and gives the complete, flat parameters that a backend gets. */
export const codecOptionChecks = {
  bmp: (value: unknown) => readBmpEncodeOptions(value),
  jpeg: (value: unknown) => readJpegEncodeOptions(value),
  jpeg2k: (value: unknown) => readJpeg2kEncodeOptions(value),
  jpegls: (value: unknown) => readJpeglsEncodeOptions(value),
  png: (value: unknown) => readPngEncodeOptions(value),
  pnm: (value: unknown) => readPnmEncodeOptions(value),
  webp: (value: unknown) => readWebpEncodeOptions(value),
};

/** Codecs with one subsampling for each way of coding: the default is "CSS_NONE", which leaves it to them. */
export const choosesSubsampling: ReadonlySet<string> = new Set(["webp"]);
