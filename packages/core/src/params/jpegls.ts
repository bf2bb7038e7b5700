/** What a JPEG-LS encoder can be told. */
import { integer, oneOf, readOptions, withDefault } from "./options.js";

export const JPEGLS_INTERLEAVES = ["none", "line", "sample"] as const;
export const JPEGLS_COLOR_TRANSFORMS = ["none", "hp1", "hp2", "hp3"] as const;

export interface JpeglsEncodeOptions {
  /** How far a decoded sample may be from the original, 0 to 255, and below half of the samples' range. Default 0: lossless. */
  readonly nearLossless?: number;
  /** How the channels follow each other: a scan each, a row each, a sample each. Default `"line"`; one channel has none. */
  readonly interleave?: (typeof JPEGLS_INTERLEAVES)[number];
  /** A reversible colour transform of HP's, which not all decoders know; three channels of 8 or 16 bits. Default `"none"`. */
  readonly colorTransform?: (typeof JPEGLS_COLOR_TRANSFORMS)[number];
}

const checks = {
  nearLossless: withDefault(integer(0, 255), 0),
  interleave: withDefault(oneOf(JPEGLS_INTERLEAVES), "line"),
  colorTransform: withDefault(oneOf(JPEGLS_COLOR_TRANSFORMS), "none"),
};

export const readJpeglsEncodeOptions = (raw: unknown) => readOptions("EncodeOptions.jpegls", raw, checks);
