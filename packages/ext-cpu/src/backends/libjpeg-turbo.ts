/** JPEG on libjpeg-turbo: what it accepts. The pixels are made in native/jpeg_*.cpp. */
import {
  type DecodeTask, type EncodeTask, nativeDecoder, nativeEncoder, type ProcessingStatus,
} from "@polycodec/core/plugin";
import { library } from "../library.js";

/** The coding processes that libjpeg-turbo 2.1 reads (ITU-T T.81, table B.1). */
const PROCESSES = new Set<unknown>([
  "BASELINE_DCT", "EXTENDED_SEQUENTIAL_DCT_HUFFMAN", "PROGRESSIVE_DCT_HUFFMAN",
  "EXTENDED_SEQUENTIAL_DCT_ARITHMETIC", "PROGRESSIVE_DCT_ARITHMETIC",
]);

const FORMATS = new Set([
  "I_RGB", "P_RGB", "I_BGR", "P_BGR", "I_RGBA", "P_RGBA", "I_Y", "P_Y", "I_YUV", "P_YUV", "I_UNCHANGED", "P_UNCHANGED",
]);

function acceptsDecode({ info, orientation, output }: DecodeTask): ProcessingStatus {
  if (!PROCESSES.has(info.detail?.encoding)) return "ENCODING_UNSUPPORTED";
  // 12-bit samples cannot be had at all, so a plainer task would not help.
  if (info.precision !== 8) return "CODESTREAM_UNSUPPORTED";
  if (info.width > 65_500 || info.height > 65_500) return "RESOLUTION_UNSUPPORTED";
  if (orientation !== 1) return "ORIENTATION_UNSUPPORTED";
  if (output.dtype !== "uint8") return "SAMPLE_TYPE_UNSUPPORTED";
  if (output.colorSpec === "SYCC" && info.channels > 3) return "COLOR_SPEC_UNSUPPORTED";
  if (info.channels === 2 && output.channels !== 2) return "COLOR_SPEC_UNSUPPORTED";
  return FORMATS.has(output.sampleFormat) ? "SUCCESS" : "SAMPLE_FORMAT_UNSUPPORTED";
}

export const libjpegTurboDecoder = nativeDecoder({
  id: "libjpeg-turbo",
  codec: "jpeg",
  kind: "CPU_ONLY",
  priority: 300,
  library,
  options: {
    /** Interpolate chroma between its samples; off is 4 to 11 % faster and up to 37 levels off at edges of colour. */
    fancyUpsampling: true,
    /** The less exact integer inverse DCT; 1 to 7 % faster and up to 16 levels off. */
    fastIdct: false,
  },
  accepts: acceptsDecode,
});

const INPUTS = new Set(["I_RGB", "P_RGB", "I_BGR", "P_BGR", "I_RGBA", "P_RGBA", "I_Y", "P_Y", "I_YUV", "P_YUV"]);

function acceptsEncode({ input, params }: EncodeTask): ProcessingStatus {
  if (input.dtype !== "uint8") return "SAMPLE_TYPE_UNSUPPORTED";
  if (input.width > 65_500 || input.height > 65_500) return "RESOLUTION_UNSUPPORTED";
  const cmyk = input.sampleFormat === "I_UNCHANGED" && input.channels === 4;
  if (!INPUTS.has(input.sampleFormat) && !cmyk) return input.channels > 4 ? "NUM_CHANNELS_UNSUPPORTED" : "SAMPLE_FORMAT_UNSUPPORTED";
  if (params.qualityType !== "DEFAULT" && params.qualityType !== "QUALITY") return "QUALITY_TYPE_UNSUPPORTED";
  if (params.chromaSubsampling === "CSS_NONE" || params.chromaSubsampling === "CSS_410V") return "SAMPLING_UNSUPPORTED";
  return "SUCCESS";
}

export const libjpegTurboEncoder = nativeEncoder({
  id: "libjpeg-turbo",
  codec: "jpeg",
  kind: "CPU_ONLY",
  priority: 300,
  library,
  accepts: acceptsEncode,
});
