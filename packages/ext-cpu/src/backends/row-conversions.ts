/**
 * What backends take that make or want rows of one kind and have the host convert them: `convert` of polycodec.h, as
 * native/output_rows.cpp and native/input_rows.cpp use it.
 */
import type { DecodeTask, EncodeTask, ImageInfo, ProcessingStatus, SampleDataType } from "@polycodec/core/plugin";

/** Interleaved rows: the letters of their sample format, `"UNCHANGED"` for channels without names. */
export interface Rows {
  readonly channels: "Y" | "YA" | "RGB" | "RGBA" | "UNCHANGED";
  readonly dtype: SampleDataType;
  readonly precision: number;
}

const UNSIGNED: ReadonlySet<SampleDataType> = new Set(["uint8", "uint16", "uint32"]);
const GRAY: ReadonlySet<string> = new Set(["Y", "YA"]);
const COLOR: ReadonlySet<string> = new Set(["RGB", "BGR", "RGBA"]);

/** `"SUCCESS"` if the rows can be made to what the task wants, else the first thing that cannot. */
export function acceptsOutput({ output, orientation, scale, info }: DecodeTask, rows: Rows): ProcessingStatus {
  if (scale !== 1) return "SCALE_UNSUPPORTED";
  if (orientation !== 1) return "ORIENTATION_UNSUPPORTED";
  if (output.dtype !== rows.dtype && !(UNSIGNED.has(output.dtype) && UNSIGNED.has(rows.dtype)))
    return "SAMPLE_TYPE_UNSUPPORTED";
  const wanted = output.sampleFormat.slice(2);
  if (wanted === "UNCHANGED") return output.channels === info.channels ? "SUCCESS" : "NUM_CHANNELS_UNSUPPORTED";
  if (rows.channels === "UNCHANGED") return "COLOR_SPEC_UNSUPPORTED";
  if (wanted === "YUV") return is8Bit(output) && is8Bit(rows) ? "SUCCESS" : "SAMPLE_FORMAT_UNSUPPORTED";
  if (!GRAY.has(wanted) && !COLOR.has(wanted)) return "SAMPLE_FORMAT_UNSUPPORTED";
  // Full alpha and luma have a value only where full scale is known.
  const makesAlpha = wanted.endsWith("A") && !rows.channels.endsWith("A");
  const makesLuma = GRAY.has(wanted) && !GRAY.has(rows.channels);
  return (makesAlpha || makesLuma) && !UNSIGNED.has(rows.dtype) ? "SAMPLE_FORMAT_UNSUPPORTED" : "SUCCESS";
}

/** What an image's channels are called: those without names by their number, as the native side does. */
export function channelNames({ sampleFormat, channels }: ImageInfo): string {
  const name = sampleFormat.slice(2);
  return name === "UNCHANGED" ? (["", "Y", "YA", "RGB", "RGBA"][channels] ?? name) : name;
}

/** What an encoder of a lossless format without parameters of colour cannot do. */
export function acceptsLosslessParams({ input, params }: EncodeTask): ProcessingStatus {
  const { qualityType, colorSpec, chromaSubsampling } = params;
  if (qualityType !== "DEFAULT" && qualityType !== "LOSSLESS") return "QUALITY_TYPE_UNSUPPORTED";
  if (colorSpec !== "UNCHANGED" && colorSpec !== input.colorSpec) return "COLOR_SPEC_UNSUPPORTED";
  const whole = ["CSS_NONE", "CSS_444", "CSS_GRAY"].includes(chromaSubsampling);
  return whole ? "SUCCESS" : "SAMPLING_UNSUPPORTED";
}

function is8Bit({ dtype, precision }: { readonly dtype: SampleDataType; readonly precision: number }): boolean {
  return dtype === "uint8" && precision === 8;
}
