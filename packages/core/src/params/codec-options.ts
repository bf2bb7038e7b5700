/** The encode options that only one codec knows: one member and one check a codec. */
import { type JpegEncodeOptions, readJpegEncodeOptions } from "./jpeg.js";
import { type Jpeg2kEncodeOptions, readJpeg2kEncodeOptions } from "./jpeg2k.js";

/** Options of encoders by codec. */
export interface CodecOptions {
  readonly jpeg?: JpegEncodeOptions;
  readonly jpeg2k?: Jpeg2kEncodeOptions;
}

/** Each reads `undefined` as all defaults, and gives the complete, flat parameters that a backend gets. */
export const codecOptionChecks = {
  jpeg: (value: unknown) => readJpegEncodeOptions(value),
  jpeg2k: (value: unknown) => readJpeg2kEncodeOptions(value),
};
