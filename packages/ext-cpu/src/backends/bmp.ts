/** BMP, both ways: native/bmp_decode.cpp and native/bmp_encode.cpp. */
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

export const bmpDecoder: DecodeBackend = nativeDecoder({
  id: "bmp",
  codec: "bmp",
  kind: "CPU_ONLY",
  library,
  accepts: acceptsDecode,
});

export const bmpEncoder: EncodeBackend = nativeEncoder({
  id: "bmp",
  codec: "bmp",
  kind: "CPU_ONLY",
  library,
  accepts: acceptsEncode,
});

function acceptsDecode(task: DecodeTask): ProcessingStatus {
  const { detail, sampleFormat, dtype, precision } = task.info;
  switch (detail?.coding) {
    case "HUFFMAN":
      return "ENCODING_UNSUPPORTED";
    case "PNG":
      if (task.output.sampleFormat.endsWith("_YUV")) return "SAMPLE_FORMAT_UNSUPPORTED";
      break;
    case "JPEG":
      // libjpeg-turbo makes no alpha beside gray.
      if (task.output.sampleFormat.endsWith("_YA")) return "SAMPLE_FORMAT_UNSUPPORTED";
      break;
  }
  return acceptsOutput(task, { channels: sampleFormat.slice(2) as Rows["channels"], dtype, precision });
}

const ENCODED: ReadonlySet<string> = new Set(["Y", "YA", "RGB", "BGR", "RGBA"]);
/** Sides and offsets are signed 32-bit numbers; 2 GiB are what most readers take. */
const MAX_BYTES = 2 ** 31 - 1;

function acceptsEncode(task: EncodeTask): ProcessingStatus {
  const { width, height, dtype, precision } = task.input;
  if (dtype !== "uint8" || precision !== 8) return "SAMPLE_TYPE_UNSUPPORTED";
  if (!ENCODED.has(channelNames(task.input))) return "SAMPLE_FORMAT_UNSUPPORTED";
  if ((width + 1) * 4 * height > MAX_BYTES) return "RESOLUTION_UNSUPPORTED";
  return acceptsLosslessParams(task);
}
