/** The encode options that only one codec knows: one member and one check a codec. */
import { type JpegEncodeOptions, readJpegEncodeOptions } from "./jpeg.js";
import { readWebpEncodeOptions, type WebpEncodeOptions } from "./webp.js";

/** Options of encoders by codec. */
export interface CodecOptions {
  readonly jpeg?: JpegEncodeOptions;
  readonly webp?: WebpEncodeOptions;
}

/** Each reads `undefined` as all defaults, and gives the complete, flat parameters that a backend gets. */
export const codecOptionChecks = {
  jpeg: (value: unknown) => readJpegEncodeOptions(value),
  webp: (value: unknown) => readWebpEncodeOptions(value),
};

/** Codecs with one subsampling for each way of coding: the default is "CSS_NONE", which leaves it to them. */
export const choosesSubsampling: ReadonlySet<string> = new Set(["webp"]);
