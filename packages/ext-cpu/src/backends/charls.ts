/** JPEG-LS on CharLS 2.4: native/jpegls_decode.cpp and native/jpegls_encode.cpp. */
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

export const charlsDecoder: DecodeBackend = nativeDecoder({
  id: "charls",
  codec: "jpegls",
  kind: "CPU_ONLY",
  library,
  accepts: acceptsDecode,
});

export const charlsEncoder: EncodeBackend = nativeEncoder({
  id: "charls",
  codec: "jpegls",
  kind: "CPU_ONLY",
  library,
  accepts: acceptsEncode,
});

function acceptsDecode(task: DecodeTask): ProcessingStatus {
  const { sampleFormat, dtype, precision } = task.info;
  return acceptsOutput(task, { channels: sampleFormat.slice(2) as Rows["channels"], dtype, precision });
}

const MAX_SIDE = 65_535;
const MAX_CHANNELS = 255;

function acceptsEncode(task: EncodeTask): ProcessingStatus {
  const { width, height, channels, dtype, precision } = task.input;
  const { nearLossless, colorTransform } = task.params.codecParams;
  if ((dtype !== "uint8" && dtype !== "uint16") || precision < 2 || precision > 16) return "SAMPLE_TYPE_UNSUPPORTED";
  if (channelNames(task.input) === "YUV") return "SAMPLE_FORMAT_UNSUPPORTED";
  if (channels > MAX_CHANNELS) return "NUM_CHANNELS_UNSUPPORTED";
  if (width > MAX_SIDE || height > MAX_SIDE) return "RESOLUTION_UNSUPPORTED";
  const isNear = Number(nearLossless) > 0;
  if (Number(nearLossless) > Math.floor((2 ** precision - 1) / 2)) return "QUALITY_VALUE_UNSUPPORTED";
  if (isNear && task.params.qualityType === "LOSSLESS") return "QUALITY_VALUE_UNSUPPORTED";
  if (colorTransform !== "none") {
    if (channels !== 3) return "NUM_CHANNELS_UNSUPPORTED";
    if (precision !== 8 && precision !== 16) return "SAMPLE_TYPE_UNSUPPORTED";
    if (task.params.codecParams.interleave === "none") return "ENCODING_UNSUPPORTED";
  }
  return acceptsLosslessParams(task);
}
