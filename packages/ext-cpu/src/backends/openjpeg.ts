/** JPEG 2000 on OpenJPEG 2.5: what native/openjpeg_decode.cpp and native/openjpeg_encode.cpp take. */
import { type DecodeBackend, type DecodeTask, nativeDecoder, type ProcessingStatus } from "@polycodec/core/plugin";
import { library } from "../library.js";
import { acceptsJpeg2kOutput } from "./jpeg2k-output.js";

/** opj_image_comp_t holds 32-bit numbers; OpenJPEG decodes at most 31 bits a sample. */
const MAX_PRECISION = 31;

export const openJpegDecoder: DecodeBackend = nativeDecoder({
  id: "openjpeg",
  codec: "jpeg2k",
  kind: "CPU_ONLY",
  priority: 300,
  library,
  accepts: acceptsDecode,
});

function acceptsDecode(task: DecodeTask): ProcessingStatus {
  if (task.info.precision > MAX_PRECISION) return "CODESTREAM_UNSUPPORTED";
  return acceptsJpeg2kOutput(task);
}
