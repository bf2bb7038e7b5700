/** The decode parameters as options, the same for every command that decodes. */
import {
  COLOR_SPECS,
  type ColorSpec,
  type DecodeOptions,
  type Limits,
  SAMPLE_FORMATS,
  type SampleFormat,
} from "@polycodec/core";
import type { Command } from "commander";
import { imageIndex, integer, limits, oneOf, region } from "./parse-arguments.js";

export interface DecodeFlags {
  readonly anyDepth?: boolean;
  readonly colorSpec?: ColorSpec;
  readonly sampleFormat?: SampleFormat;
  readonly region?: { start: [number, number]; end: [number, number] };
  readonly scale?: 1 | 2 | 4 | 8;
  readonly imageIndex?: number | "all";
  readonly orientation: boolean;
  readonly onTruncated?: "error" | "partial";
  readonly limits?: Partial<Limits>;
}

const DECODED_COLORS = COLOR_SPECS.filter((name) => ["SRGB", "GRAY", "SYCC", "UNCHANGED"].includes(name));

/** Options that choose which pixels are decoded; any command can have them. */
export function addPixelOptions(command: Command): Command {
  return command
    .option(
      "--region <y0,x0,y1,x1>",
      "a part of the displayed picture, in full-resolution pixels; ends are excluded",
      region,
    )
    .option("--scale <n>", "decode at 1/n: 1, 2, 4 or 8", (text) => Number(oneOf(["1", "2", "4", "8"])(text)))
    .option("--no-orientation", "leave the pixels as stored, whatever the EXIF orientation says")
    .option(
      "--on-truncated <what>",
      "error, or partial: keep what there is of a picture cut short",
      oneOf(["error", "partial"]),
    )
    .option("--limits <name=n,...>", "what a file may cost: maxPixels=1e9,maxDecodedBytes=4e9", limits);
}

/** All options of a decode. */
export function addDecodeOptions(command: Command): Command {
  return addPixelOptions(command)
    .option("--any-depth", "keep samples of more than 8 bits as they are")
    .option(
      "--color-spec <name>",
      `colour of the result: ${DECODED_COLORS.join(", ")} (default SRGB)`,
      oneOf(DECODED_COLORS),
    )
    .option("--sample-format <name>", `channel order: ${SAMPLE_FORMATS.join(", ")}`, oneOf(SAMPLE_FORMATS))
    .option("--image-index <n|all>", "which image of a file that has several, from 0", imageIndex);
}

/** What core is asked for. `imageIndex: "all"` is the caller's business. */
export function decodeOptions(flags: DecodeFlags, signal?: AbortSignal): DecodeOptions {
  return {
    applyExifOrientation: flags.orientation,
    ...(flags.anyDepth && { allowAnyDepth: true }),
    ...(flags.colorSpec && { colorSpec: flags.colorSpec }),
    ...(flags.sampleFormat && { sampleFormat: flags.sampleFormat }),
    ...(flags.region && { region: flags.region }),
    ...(flags.scale && { scale: flags.scale }),
    ...(typeof flags.imageIndex === "number" && { imageIdx: flags.imageIndex }),
    ...(flags.onTruncated && { onTruncated: flags.onTruncated }),
    ...(flags.limits && { limits: flags.limits }),
    ...(signal && { signal }),
  };
}

/** Number of threads, for the whole process; read by core when it starts its threads. */
export function addThreadsOption(command: Command): Command {
  return command.option("--threads <n>", "threads to decode and encode on (default: one per core)", integer(1, 1024));
}
