/** What channels are that have no names: by their number. */
import type { ColorSpec, SampleFormat } from "../enums.js";

/** The sample format by number of channels, as the reference system has it: 1 Y, 2 YA, 3 RGB, 4 RGBA, else unchanged. */
export function defaultFormat(channels: number): SampleFormat {
  return (["I_UNCHANGED", "I_Y", "I_YA", "I_RGB", "I_RGBA"] as const)[channels] ?? "I_UNCHANGED";
}

/** The colour that goes with it. */
export function defaultColor(channels: number): ColorSpec {
  return (["UNKNOWN", "GRAY", "GRAY", "SRGB", "SRGB"] as const)[channels] ?? "UNKNOWN";
}
