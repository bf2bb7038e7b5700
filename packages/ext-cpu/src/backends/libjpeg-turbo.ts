/** JPEG on libjpeg-turbo 2.1: what native/jpeg_decode.cpp and native/jpeg_encode.cpp take, and their options. */
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
import { acceptsJpegOutput } from "./jpeg-output.js";

/** libjpeg's JPEG_MAX_DIMENSION; the format itself goes to 65,535. */
const MAX_DIMENSION = 65_500;

/** What libjpeg decodes, at 8 bits a sample. Lossless and differential frames are not among it. */
const ENCODINGS: ReadonlySet<unknown> = new Set([
  "BASELINE_DCT",
  "EXTENDED_SEQUENTIAL_DCT_HUFFMAN",
  "PROGRESSIVE_DCT_HUFFMAN",
  "EXTENDED_SEQUENTIAL_DCT_ARITHMETIC",
  "PROGRESSIVE_DCT_ARITHMETIC",
]);

export const jpegDecoder: DecodeBackend = nativeDecoder({
  id: "libjpeg-turbo",
  codec: "jpeg",
  kind: "CPU_ONLY",
  priority: 300,
  options: {
    /** Interpolate chroma between its samples. False repeats them: 4 to 11 % faster, seen at edges of colour. */
    fancyUpsampling: true,
    /** A coarser inverse transform, up to 7 % faster: errors of up to 16 of 255. */
    fastIdct: false,
  },
  library,
  accepts: acceptsDecode,
});

export const jpegEncoder: EncodeBackend = nativeEncoder({
  id: "libjpeg-turbo",
  codec: "jpeg",
  kind: "CPU_ONLY",
  priority: 300,
  library,
  accepts: acceptsEncode,
});

function acceptsDecode({ info, imageIdx, output, orientation }: DecodeTask): ProcessingStatus {
  if (!ENCODINGS.has(info.detail?.encoding)) return "ENCODING_UNSUPPORTED";
  if (info.dtype !== "uint8" || info.precision !== 8) return "ENCODING_UNSUPPORTED";
  if (info.width > MAX_DIMENSION || info.height > MAX_DIMENSION) return "RESOLUTION_UNSUPPORTED";
  if (imageIdx !== 0) return "NUM_IMAGES_UNSUPPORTED";
  if (orientation !== 1) return "ORIENTATION_UNSUPPORTED";
  if (output.dtype !== "uint8" || output.precision !== 8) return "SAMPLE_TYPE_UNSUPPORTED";
  return acceptsJpegOutput(info, output);
}

const ENCODED_FORMATS: ReadonlySet<SampleFormat> = new Set([
  "I_Y",
  "P_Y",
  "I_RGB",
  "P_RGB",
  "I_BGR",
  "P_BGR",
  "I_RGBA",
  "P_RGBA",
  "I_YUV",
  "P_YUV",
  "I_UNCHANGED",
  "P_UNCHANGED",
]);

function acceptsEncode({ input, params }: EncodeTask): ProcessingStatus {
  if (input.dtype !== "uint8") return "SAMPLE_TYPE_UNSUPPORTED";
  if (!ENCODED_FORMATS.has(input.sampleFormat)) return "SAMPLE_FORMAT_UNSUPPORTED";
  if (input.sampleFormat.endsWith("UNCHANGED") && ![1, 3, 4].includes(input.channels))
    return "NUM_CHANNELS_UNSUPPORTED";
  if (input.width > MAX_DIMENSION || input.height > MAX_DIMENSION) return "RESOLUTION_UNSUPPORTED";
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
