/** QOI, both ways: native/qoi_decode.cpp and native/qoi_encode.cpp. */
import {
  type DecodeBackend,
  type EncodeBackend,
  type EncodeTask,
  nativeDecoder,
  nativeEncoder,
  type ProcessingStatus,
} from "@polycodec/core/plugin";
import { library } from "../library.js";
import { acceptsLosslessParams, acceptsOutput, channelNames } from "./row-conversions.js";

export const qoiDecoder: DecodeBackend = nativeDecoder({
  id: "qoi",
  codec: "qoi",
  kind: "CPU_ONLY",
  library,
  accepts: (task) => acceptsOutput(task, { channels: "RGBA", dtype: "uint8", precision: 8 }),
});

export const qoiEncoder: EncodeBackend = nativeEncoder({
  id: "qoi",
  codec: "qoi",
  kind: "CPU_ONLY",
  library,
  accepts: acceptsEncode,
});

/** Gray is written as colour, which comes back as the same gray. */
const ENCODED: ReadonlySet<string> = new Set(["Y", "YA", "RGB", "BGR", "RGBA"]);

function acceptsEncode(task: EncodeTask): ProcessingStatus {
  const { dtype, precision } = task.input;
  if (dtype !== "uint8" || precision !== 8) return "SAMPLE_TYPE_UNSUPPORTED";
  if (!ENCODED.has(channelNames(task.input))) return "SAMPLE_FORMAT_UNSUPPORTED";
  return acceptsLosslessParams(task);
}
