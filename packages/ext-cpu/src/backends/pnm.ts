/** PBM, PGM, PPM, PAM and PFM, both ways: native/pnm_decode.cpp and native/pnm_encode.cpp. */
import {
  type DecodeBackend,
  type DecodeTask,
  type EncodeBackend,
  type EncodeTask,
  nativeDecoder,
  nativeEncoder,
  type ProcessingStatus,
} from "@polycodec/core/plugin";
import { library } from "../library.js";
import { acceptsLosslessParams, acceptsOutput, channelNames, type Rows } from "./row-conversions.js";

export const pnmDecoder: DecodeBackend = nativeDecoder({
  id: "pnm",
  codec: "pnm",
  kind: "CPU_ONLY",
  library,
  accepts: acceptsDecode,
});

export const pnmEncoder: EncodeBackend = nativeEncoder({
  id: "pnm",
  codec: "pnm",
  kind: "CPU_ONLY",
  library,
  accepts: acceptsEncode,
});

function acceptsDecode(task: DecodeTask): ProcessingStatus {
  const { info, output } = task;
  const channels = info.sampleFormat.slice(2) as Rows["channels"];
  // Floating point in [0, 1] becomes 8 bits before anything else happens to it.
  const isNarrowed = info.dtype === "float32" && output.dtype !== "float32";
  const { dtype, precision } = isNarrowed ? ({ dtype: "uint8", precision: 8 } as const) : info;
  return acceptsOutput(task, { channels, dtype, precision });
}

/** `native/pnm_encode.cpp` decides alike. */
function acceptsEncode(task: EncodeTask): ProcessingStatus {
  const { channels, dtype, precision } = task.input;
  const { ascii, format: wanted } = task.params.codecParams;
  if (dtype !== "uint8" && dtype !== "uint16" && dtype !== "float32") return "SAMPLE_TYPE_UNSUPPORTED";
  if (channelNames(task.input) === "YUV") return "SAMPLE_FORMAT_UNSUPPORTED";
  const isFloat = dtype === "float32";
  const format = wanted === "auto" ? formatFor(channels, isFloat, precision) : wanted;
  if (isFloat !== (format === "pfm")) return "SAMPLE_TYPE_UNSUPPORTED";
  if (format === "pbm" && precision !== 1) return "SAMPLE_TYPE_UNSUPPORTED";
  if ((format === "pbm" || format === "pgm") && channels !== 1) return "NUM_CHANNELS_UNSUPPORTED";
  if (format === "ppm" && channels !== 3) return "NUM_CHANNELS_UNSUPPORTED";
  if (format === "pfm" && channels !== 1 && channels !== 3) return "NUM_CHANNELS_UNSUPPORTED";
  if (ascii && (format === "pam" || format === "pfm")) return "ENCODING_UNSUPPORTED";
  return acceptsLosslessParams(task);
}

function formatFor(channels: number, isFloat: boolean, precision: number): string {
  if (isFloat) return "pfm";
  if (channels === 1) return precision === 1 ? "pbm" : "pgm";
  return channels === 3 ? "ppm" : "pam";
}
