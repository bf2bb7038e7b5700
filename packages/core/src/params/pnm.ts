/** What a PNM encoder can be told. */
import { boolean, oneOf, readOptions, withDefault } from "./options.js";

export const PNM_FORMATS = ["auto", "pbm", "pgm", "ppm", "pam", "pfm"] as const;

export interface PnmEncodeOptions {
  /**
   * Which of the family. Default `"auto"`: PBM for gray of 1 bit, PGM for other gray, PPM for three channels, PFM for
   * `float32`, PAM for all else.
   */
  readonly format?: (typeof PNM_FORMATS)[number];
  /** Samples as decimal numbers (P1, P2, P3): only PBM, PGM and PPM have that. Default false. */
  readonly ascii?: boolean;
}

const checks = {
  format: withDefault(oneOf(PNM_FORMATS), "auto"),
  ascii: withDefault(boolean, false),
};

export const readPnmEncodeOptions = (raw: unknown) => readOptions("EncodeOptions.pnm", raw, checks);
