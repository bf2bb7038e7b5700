/** The encode options that only one codec knows: one member and one check a codec. */
import { type JpegEncodeOptions, readJpegEncodeOptions } from "./jpeg.js";
import { type PngEncodeOptions, readPngEncodeOptions } from "./png.js";

/** Options of encoders by codec. */
export interface CodecOptions {
  readonly jpeg?: JpegEncodeOptions;
  readonly png?: PngEncodeOptions;
}

/** Each reads `undefined` as all defaults, and gives the complete, flat parameters that a backend gets. */
export const codecOptionChecks = {
  jpeg: (value: unknown) => readJpegEncodeOptions(value),
  png: (value: unknown) => readPngEncodeOptions(value),
};
