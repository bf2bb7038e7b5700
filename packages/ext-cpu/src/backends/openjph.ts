/** High-throughput JPEG 2000 on OpenJPH: what native/openjph_decode.cpp and native/openjph_encode.cpp take. */
import {
  CodecError,
  type DecodeBackend,
  type DecodeTask,
  type EncodeBackend,
  type EncodeTask,
  nativeDecoder,
  nativeEncoder,
  type ProcessingStatus,
} from "@polycodec/core/plugin";
import { library } from "../library.js";
import { acceptsJpeg2kInput } from "./jpeg2k-input.js";
import { acceptsJpeg2kOutput } from "./jpeg2k-output.js";

/** OpenJPH computes in 32 bits; see native/openjph_decode.cpp. */
const MAX_PRECISION = 26;
/** So that the gain of the transforms fits as well. */
const MAX_ENCODED_PRECISION = 24;

const decoder = nativeDecoder({
  id: "openjph",
  codec: "jpeg2k",
  kind: "CPU_ONLY",
  priority: 250,
  options: {
    /** `false`: high-throughput files are left to OpenJPEG. */
    enabled: true,
  },
  library,
  accepts: acceptsDecode,
});

/** OpenJPEG decodes such files too. */
export const openJphDecoder: DecodeBackend = {
  ...decoder,
  create(context) {
    if (!context.options.enabled)
      throw new CodecError("BACKEND_UNSUPPORTED", "switched off by options: { openjph: { enabled: false } }");
    return decoder.create(context);
  },
};

export const openJphEncoder: EncodeBackend = nativeEncoder({
  id: "openjph",
  codec: "jpeg2k",
  kind: "CPU_ONLY",
  priority: 250,
  library,
  accepts: acceptsEncode,
});

function acceptsDecode(task: DecodeTask): ProcessingStatus {
  const { detail, precision } = task.info;
  return detail?.ht === true && precision <= MAX_PRECISION ? acceptsJpeg2kOutput(task) : "CODESTREAM_UNSUPPORTED";
}

function acceptsEncode(task: EncodeTask): ProcessingStatus {
  if (!task.params.codecParams.ht) return "ENCODING_UNSUPPORTED";
  if (task.input.precision > MAX_ENCODED_PRECISION) return "SAMPLE_TYPE_UNSUPPORTED";
  // Lossless alone: OpenJPH 0.9 writes lossy pictures with one guard bit, and ends the process (an assertion) where noise
  // makes a coefficient that needs more.
  const { qualityType } = task.params;
  if (qualityType !== "DEFAULT" && qualityType !== "LOSSLESS") return "QUALITY_TYPE_UNSUPPORTED";
  return acceptsJpeg2kInput(task);
}
