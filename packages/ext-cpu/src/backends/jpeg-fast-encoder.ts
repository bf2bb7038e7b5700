/** Baseline JPEG without libjpeg, byte for byte what libjpeg-turbo makes: what native/jpeg_fast_encode takes. */
import {
  type EncodeBackend,
  type EncodeTask,
  nativeEncoder,
  type ProcessingStatus,
  type SampleFormat,
} from "@polycodec/core/plugin";
import { library } from "../library.js";

/** As libjpeg-turbo's, so that both take the same images. */
const MAX_DIMENSION = 65_500;

const CHANNELS: Partial<Record<SampleFormat, "gray" | "color">> = {
  I_Y: "gray",
  P_Y: "gray",
  I_RGB: "color",
  P_RGB: "color",
  I_BGR: "color",
  P_BGR: "color",
  I_RGBA: "color",
  P_RGBA: "color",
  I_YUV: "color",
  P_YUV: "color",
};

export const jpegFastEncoder: EncodeBackend = nativeEncoder({
  id: "jpeg-fast",
  codec: "jpeg",
  kind: "CPU_ONLY",
  priority: 290,
  library,
  accepts,
});

function accepts({ input, params }: EncodeTask): ProcessingStatus {
  if (input.dtype !== "uint8") return "SAMPLE_TYPE_UNSUPPORTED";
  const channels = channelsOf(input);
  if (!channels) return "SAMPLE_FORMAT_UNSUPPORTED";
  if (input.width > MAX_DIMENSION || input.height > MAX_DIMENSION) return "RESOLUTION_UNSUPPORTED";
  if (params.codecParams.progressive) return "ENCODING_UNSUPPORTED";
  switch (params.chromaSubsampling) {
    case "CSS_NONE":
    case "CSS_444":
    case "CSS_422":
    case "CSS_420":
    case "CSS_GRAY":
      break;
    default:
      return "SAMPLING_UNSUPPORTED";
  }
  switch (params.colorSpec) {
    case "UNCHANGED":
    case "UNKNOWN":
    case "GRAY":
      break;
    case "SYCC":
      if (channels === "gray") return "COLOR_SPEC_UNSUPPORTED";
      break;
    default:
      return "COLOR_SPEC_UNSUPPORTED";
  }
  switch (params.qualityType) {
    case "DEFAULT":
      return "SUCCESS";
    case "QUALITY":
      return params.qualityValue >= 1 && params.qualityValue <= 100 ? "SUCCESS" : "QUALITY_VALUE_UNSUPPORTED";
    default:
      return "QUALITY_TYPE_UNSUPPORTED";
  }
}

function channelsOf({ sampleFormat, channels }: EncodeTask["input"]): "gray" | "color" | undefined {
  if (!sampleFormat.endsWith("UNCHANGED")) return CHANNELS[sampleFormat];
  return channels === 1 ? "gray" : channels === 3 ? "color" : undefined;
}
