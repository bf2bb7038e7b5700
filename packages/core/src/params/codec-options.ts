/** The encode options that only one codec knows: one member and one check a codec. */
import { type JpegEncodeOptions, readJpegEncodeOptions } from "./jpeg.js";

/** Options of encoders by codec. */
export interface CodecOptions {
  readonly jpeg?: JpegEncodeOptions;
}

/** Each reads `undefined` as all defaults, and gives the complete, flat parameters that a backend gets. */
export const codecOptionChecks = {
  jpeg: (value: unknown) => readJpegEncodeOptions(value),
};
