/** WebP on libwebp 1.2: what native/webp_decode.cpp and native/webp_encode.cpp take. */
import {
  type DecodeBackend,
  type DecodeTask,
  type EncodeBackend,
  type EncodeTask,
  nativeDecoder,
  nativeEncoder,
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

export const webpEncoder: EncodeBackend = nativeEncoder({
  id: "libwebp",
  codec: "webp",
  kind: "CPU_ONLY",
  library,
  accepts: acceptsEncode,
});

const DECODED_FORMATS: ReadonlySet<SampleFormat> = new Set(["I_RGB", "I_BGR", "I_RGBA"]);

function acceptsDecode({ info, output, orientation, region, scale }: DecodeTask): ProcessingStatus {
  if (orientation !== 1) return "ORIENTATION_UNSUPPORTED";
  if (!DECODED_FORMATS.has(output.sampleFormat)) return "SAMPLE_FORMAT_UNSUPPORTED";
  if (output.dtype !== "uint8" || output.precision !== 8) return "SAMPLE_TYPE_UNSUPPORTED";
  // libwebp scales what it has cropped, which is not the same as a part of the scaled picture.
  return region && scale !== 1 && !info.detail?.animated ? "ROI_UNSUPPORTED" : "SUCCESS";
}

/** WEBP_MAX_DIMENSION. */
const MAX_DIMENSION = 16_383;

const ENCODED_FORMATS: ReadonlySet<SampleFormat> = new Set([
  "I_Y",
  "P_Y",
  "I_YA",
  "P_YA",
  "I_RGB",
  "P_RGB",
  "I_BGR",
  "P_BGR",
  "I_RGBA",
  "P_RGBA",
]);

function acceptsEncode({ input, params }: EncodeTask): ProcessingStatus {
  if (input.dtype !== "uint8") return "SAMPLE_TYPE_UNSUPPORTED";
  if (!ENCODED_FORMATS.has(input.sampleFormat)) return "SAMPLE_FORMAT_UNSUPPORTED";
  if (input.width > MAX_DIMENSION || input.height > MAX_DIMENSION) return "RESOLUTION_UNSUPPORTED";
  if (params.colorSpec !== "UNCHANGED" && params.colorSpec !== "SRGB") return "COLOR_SPEC_UNSUPPORTED";
  const isLossless = params.qualityType === "LOSSLESS";
  const subsampling = params.chromaSubsampling;
  if (subsampling !== "CSS_NONE" && subsampling !== (isLossless ? "CSS_444" : "CSS_420")) return "SAMPLING_UNSUPPORTED";
  // Near-lossless is a way of coding losslessly.
  if (!isLossless && params.codecParams.nearLossless !== 100) return "QUALITY_TYPE_UNSUPPORTED";
  return params.qualityType === "QUANTIZATION_STEP" ? "QUALITY_TYPE_UNSUPPORTED" : "SUCCESS";
}
