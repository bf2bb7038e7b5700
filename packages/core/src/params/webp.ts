/** What a WebP encoder can be told. */
import { boolean, integer, readOptions, withDefault } from "./options.js";

export interface WebpEncodeOptions {
  /** Effort, 0 (fastest) to 6 (smallest). Default 4. */
  readonly method?: number;
  /**
   * How far a `"LOSSLESS"` encode may change pixels to make them smaller: 0 (most) to 99; 100: not at all. Alpha stays
   * as it is. Default 100.
   */
  readonly nearLossless?: number;
  /** Quality of the alpha channel beside lossy colour: 0 to 99; 100: lossless. Default 100. */
  readonly alphaQuality?: number;
  /** Keep the colour of pixels that are wholly transparent; false: make it what is smallest. Default true. */
  readonly exact?: boolean;
}

const checks = {
  method: withDefault(integer(0, 6), 4),
  nearLossless: withDefault(integer(0, 100), 100),
  alphaQuality: withDefault(integer(0, 100), 100),
  exact: withDefault(boolean, true),
};

export const readWebpEncodeOptions = (raw: unknown) => readOptions("EncodeOptions.webp", raw, checks);
