/** What a PNG encoder can be told. */
import { ArgumentRangeError } from "../errors.js";
import { boolean, type Check, number, oneOf, readOptions, text, withDefault } from "./options.js";

/** How much time is spent to make the file small. */
export const PNG_PRESETS = ["fast", "default", "best"] as const;
export type PngPreset = (typeof PNG_PRESETS)[number];

export interface PngEncodeOptions {
  /** `"fast"`: for passing on at once; `"default"`; `"best"`: for files that stay. Default `"default"`. */
  readonly preset?: PngPreset;
  /** Write a palette, or gray of 1, 2 or 4 bits, where that changes no pixel. Default true. */
  readonly reduce?: boolean;
  /** Gamma of the encoding for the gAMA chunk, 0 to 1000, such as 0.45455. Default 0: no such chunk. */
  readonly gamma?: number;
  /**
   * Coding-independent code points for the cICP chunk (ITU-T H.273): primaries, transfer function, matrix (0: RGB) and
   * full range (0 or 1), each 0 to 255: `"9/16/0/1"` is BT.2100 PQ. Default `""`: no such chunk.
   */
  readonly cicp?: string;
}

const codePoints: Check<string> = (value, name) => {
  const given = text(value, name);
  const isValid = given === "" || (/^\d{1,3}(\/\d{1,3}){3}$/.test(given) && given.split("/").every((n) => +n <= 255));
  if (!isValid) throw new ArgumentRangeError(`${name}: expected four numbers of 0 to 255, "9/16/0/1", got ${given}`);
  return given;
};

const checks = {
  preset: withDefault(oneOf(PNG_PRESETS), "default"),
  reduce: withDefault(boolean, true),
  gamma: withDefault(number(0, 1000), 0),
  cicp: withDefault(codePoints, ""),
};

export function readPngEncodeOptions(raw: unknown) {
  return readOptions("EncodeOptions.png", raw, checks);
}
