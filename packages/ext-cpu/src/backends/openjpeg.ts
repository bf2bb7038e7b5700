/** JPEG 2000 on OpenJPEG 2.5: what native/openjpeg_decode.cpp and native/openjpeg_encode.cpp take. */
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
import { acceptsJpeg2kInput } from "./jpeg2k-input.js";
import { acceptsJpeg2kOutput } from "./jpeg2k-output.js";

/** opj_image_comp_t holds 32-bit numbers; OpenJPEG decodes at most 31 bits a sample. */
const MAX_PRECISION = 31;
/** Its encoder keeps six bits of fraction besides (T1_NMSEDEC_FRACBITS); decorrelated colours have a bit more. */
const MAX_ENCODED_PRECISION = 24;
const MAX_MCT_PRECISION = 22;

export const openJpegDecoder: DecodeBackend = nativeDecoder({
  id: "openjpeg",
  codec: "jpeg2k",
  kind: "CPU_ONLY",
  priority: 300,
  library,
  accepts: acceptsDecode,
});

export const openJpegEncoder: EncodeBackend = nativeEncoder({
  id: "openjpeg",
  codec: "jpeg2k",
  kind: "CPU_ONLY",
  priority: 300,
  library,
  accepts: acceptsEncode,
});

function acceptsDecode(task: DecodeTask): ProcessingStatus {
  if (task.info.precision > MAX_PRECISION) return "CODESTREAM_UNSUPPORTED";
  return acceptsJpeg2kOutput(task);
}

function acceptsEncode(task: EncodeTask): ProcessingStatus {
  const { ht, mctMode } = task.params.codecParams;
  if (ht) return "ENCODING_UNSUPPORTED";
  if (task.input.precision > (mctMode === 1 ? MAX_MCT_PRECISION : MAX_ENCODED_PRECISION))
    return "SAMPLE_TYPE_UNSUPPORTED";
  return acceptsJpeg2kInput(task);
}
