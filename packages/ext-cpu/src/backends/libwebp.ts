/** WebP on libwebp 1.2: what native/webp_decode.cpp and native/webp_encode.cpp take. */
import {
  type DecodeBackend,
  type DecodeTask,
  nativeDecoder,
  type ProcessingStatus,
  type SampleFormat,
} from "@polycodec/core/plugin";
import { library } from "../library.js";

export const webpDecoder: DecodeBackend = nativeDecoder({
  id: "libwebp",
  codec: "webp",
  kind: "CPU_ONLY",
  library,
  accepts: acceptsDecode,
});

const DECODED_FORMATS: ReadonlySet<SampleFormat> = new Set(["I_RGB", "I_BGR", "I_RGBA"]);

function acceptsDecode({ info, output, orientation, region, scale }: DecodeTask): ProcessingStatus {
  if (orientation !== 1) return "ORIENTATION_UNSUPPORTED";
  if (!DECODED_FORMATS.has(output.sampleFormat)) return "SAMPLE_FORMAT_UNSUPPORTED";
  if (output.dtype !== "uint8" || output.precision !== 8) return "SAMPLE_TYPE_UNSUPPORTED";
  // libwebp scales what it has cropped, which is not the same as a part of the scaled picture.
  return region && scale !== 1 && !info.detail?.animated ? "ROI_UNSUPPORTED" : "SUCCESS";
}
