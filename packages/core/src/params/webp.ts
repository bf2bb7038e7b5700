/** What a WebP encoder can be told. */
import { ArgumentTypeError } from "../errors.js";
import { boolean, integer, optional, readOptions, withDefault } from "./options.js";

export interface WebpEncodeOptions {
  /** Effort, 0 (fastest) to 6 (smallest). Default 4. */
  readonly method?: number;
  /**
   * How far a `"LOSSLESS"` encode may change colours to make the file smaller: 0 (most) to 99; 100: not at all. Alpha
   * stays as it is. Default 100.
   */
  readonly nearLossless?: number;
  /** Quality of the alpha channel beside lossy colour: 0 to 99; 100: lossless. Default 100. */
  readonly alphaQuality?: number;
  /**
   * Keep the colour of pixels that are wholly transparent; false: make it what is smallest. Not with `nearLossless`.
   * Default true, and false with `nearLossless`.
   */
  readonly exact?: boolean;
}

const LOSSLESS = 100;

const checks = {
  method: withDefault(integer(0, 6), 4),
  nearLossless: withDefault(integer(0, LOSSLESS), LOSSLESS),
  alphaQuality: withDefault(integer(0, LOSSLESS), LOSSLESS),
  exact: optional(boolean),
};

export function readWebpEncodeOptions(raw: unknown) {
  const given = readOptions("EncodeOptions.webp", raw, checks);
  const isNear = given.nearLossless < LOSSLESS;
  // libwebp would keep all pixels as they are.
  if (isNear && given.exact)
    throw new ArgumentTypeError("EncodeOptions.webp: exact and nearLossless exclude each other");
  return Object.freeze({ ...given, exact: given.exact ?? !isNear });
}
