/** JPEG encoding on the GPU: baseline and progressive; native/encode_plan.cpp plans the same. */
import { type EncodeBackend, type EncodeTask, nativeEncoder, type ProcessingStatus } from "@polycodec/core/plugin";
import { library } from "../library.js";
import { MAX_PICTURE_BYTES } from "./dct-jpeg.js";
import { SESSION_OPTIONS } from "./session-options.js";

const MAX_SIDE = 65_535;
const INPUTS = new Set(["Y", "RGB", "BGR", "RGBA", "YUV"]);
const CODED = new Set(["UNCHANGED", "UNKNOWN", "SYCC", "GRAY"]);

export const nvjpegEncoder: EncodeBackend = nativeEncoder({
  id: "nvjpeg-encoder",
  codec: "jpeg",
  kind: "GPU_ONLY",
  priority: 200,
  options: SESSION_OPTIONS,
  library,
  accepts,
});

function accepts({ input, params }: EncodeTask): ProcessingStatus {
  if (input.dtype !== "uint8") return "SAMPLE_TYPE_UNSUPPORTED";
  if (!INPUTS.has(input.sampleFormat.slice(2))) return "SAMPLE_FORMAT_UNSUPPORTED";
  if (input.width > MAX_SIDE || input.height > MAX_SIDE) return "RESOLUTION_UNSUPPORTED";
  if (input.width * input.height * 3 > MAX_PICTURE_BYTES) return "RESOLUTION_UNSUPPORTED";
  if (!CODED.has(params.colorSpec)) return "COLOR_SPEC_UNSUPPORTED";
  if (params.colorSpec === "SYCC" && input.sampleFormat.endsWith("_Y")) return "COLOR_SPEC_UNSUPPORTED";
  if (params.chromaSubsampling === "CSS_410V") return "SAMPLING_UNSUPPORTED";
  switch (params.qualityType) {
    case "DEFAULT":
      return "SUCCESS";
    case "QUALITY":
      return params.qualityValue >= 1 && params.qualityValue <= 100 ? "SUCCESS" : "QUALITY_VALUE_UNSUPPORTED";
    default:
      return "QUALITY_TYPE_UNSUPPORTED";
  }
}
