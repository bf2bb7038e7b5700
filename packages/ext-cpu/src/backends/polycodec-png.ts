/** PNG with a decoder and encoder of our own on libdeflate: what native/png_*.cpp take, and their options. */
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

export const pngDecoder: DecodeBackend = nativeDecoder({
  id: "polycodec-png",
  codec: "png",
  kind: "CPU_ONLY",
  priority: 300,
  options: {
    /** What a wrong checksum (a chunk's CRC, the image data's Adler-32) means: "error", "warn" or "ignore". */
    crc: "error",
  },
  library,
  accepts: acceptsDecode,
});

export const pngEncoder: EncodeBackend = nativeEncoder({
  id: "polycodec-png",
  codec: "png",
  kind: "CPU_ONLY",
  priority: 300,
  library,
  accepts: acceptsEncode,
});

/** All but YUV, which the runtime makes of RGB; native/png_channels.cpp plans the same. */
const FORMATS: ReadonlySet<SampleFormat> = new Set([
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
  "I_UNCHANGED",
  "P_UNCHANGED",
]);

function acceptsDecode({ info, scale, orientation, output }: DecodeTask): ProcessingStatus {
  if (scale !== 1) return "SCALE_UNSUPPORTED";
  if (orientation !== 1) return "ORIENTATION_UNSUPPORTED";
  const is8Bit = output.dtype === "uint8" && output.precision === 8;
  if (!is8Bit && (output.dtype !== info.dtype || output.precision !== info.precision)) return "SAMPLE_TYPE_UNSUPPORTED";
  if (!FORMATS.has(output.sampleFormat)) return "SAMPLE_FORMAT_UNSUPPORTED";
  const isUnchanged = output.sampleFormat.endsWith("UNCHANGED");
  return isUnchanged && output.channels !== info.channels ? "NUM_CHANNELS_UNSUPPORTED" : "SUCCESS";
}

function acceptsEncode({ input, params }: EncodeTask): ProcessingStatus {
  if (input.dtype !== "uint8" && input.dtype !== "uint16") return "SAMPLE_TYPE_UNSUPPORTED";
  if (!FORMATS.has(input.sampleFormat)) return "SAMPLE_FORMAT_UNSUPPORTED";
  if (input.channels > 4) return "NUM_CHANNELS_UNSUPPORTED";
  // PNG holds gray and RGB, as they are.
  const color = input.channels <= 2 ? "GRAY" : "SRGB";
  if (![color, "UNCHANGED", "UNKNOWN"].includes(input.colorSpec)) return "COLOR_SPEC_UNSUPPORTED";
  if (params.colorSpec !== "UNCHANGED" && params.colorSpec !== color) return "COLOR_SPEC_UNSUPPORTED";
  if (!["CSS_444", "CSS_GRAY", "CSS_NONE"].includes(params.chromaSubsampling)) return "SAMPLING_UNSUPPORTED";
  return params.qualityType === "DEFAULT" || params.qualityType === "LOSSLESS" ? "SUCCESS" : "QUALITY_TYPE_UNSUPPORTED";
}
