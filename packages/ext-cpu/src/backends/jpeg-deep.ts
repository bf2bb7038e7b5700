/** The JPEGs that libjpeg-turbo 2.1 leaves out, lossless and of 12 bits: what native/jpeg_deep_*.cpp take. */
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
import { acceptsJpegOutput } from "./jpeg-output.js";

/** SOF3 of ITU-T T.81, Annex H: 2 to 16 bits a sample, Huffman-coded. */
export const jpegLosslessDecoder: DecodeBackend = nativeDecoder({
  id: "jpeg-lossless",
  codec: "jpeg",
  kind: "CPU_ONLY",
  priority: 300,
  library,
  accepts: (task) => (task.info.detail?.encoding === "LOSSLESS_HUFFMAN" ? accepts(task) : "ENCODING_UNSUPPORTED"),
});

const DCT_ENCODINGS: ReadonlySet<unknown> = new Set([
  "BASELINE_DCT", // which has 8 bits by the standard; writers of 12 exist
  "EXTENDED_SEQUENTIAL_DCT_HUFFMAN",
  "PROGRESSIVE_DCT_HUFFMAN",
]);

/** Sequential and progressive DCT of 12 bits a sample, Huffman-coded. */
export const jpegTwelveBitDecoder: DecodeBackend = nativeDecoder({
  id: "jpeg-12bit",
  codec: "jpeg",
  kind: "CPU_ONLY",
  priority: 300,
  library,
  accepts: (task) =>
    DCT_ENCODINGS.has(task.info.detail?.encoding) && task.info.precision === 12
      ? accepts(task)
      : "ENCODING_UNSUPPORTED",
});

/** Depth, orientation and scale are core's: samples come out with the bits that they have. */
function accepts({ info, imageIdx, output, orientation, scale }: DecodeTask): ProcessingStatus {
  if (info.channels > 4) return "NUM_CHANNELS_UNSUPPORTED";
  if (imageIdx !== 0) return "NUM_IMAGES_UNSUPPORTED";
  if (orientation !== 1) return "ORIENTATION_UNSUPPORTED";
  if (scale !== 1) return "SCALE_UNSUPPORTED";
  if (output.dtype !== info.dtype || output.precision !== info.precision) return "SAMPLE_TYPE_UNSUPPORTED";
  return acceptsJpegOutput(info, output);
}

/** One scan of differences, coded with a table made for the picture; for `qualityType: "LOSSLESS"` alone. */
export const jpegLosslessEncoder: EncodeBackend = nativeEncoder({
  id: "jpeg-lossless",
  codec: "jpeg",
  kind: "CPU_ONLY",
  priority: 300,
  library,
  accepts: acceptsEncode,
});

/** The colours that channels of this order are, which is what the code stream will hold: converting would lose. */
const COLORS: Readonly<Record<string, string>> = { Y: "GRAY", RGB: "SRGB", BGR: "SRGB", YUV: "SYCC" };
const UNCHANGED_COLORS = ["GRAY", "UNKNOWN", "SRGB", "CMYK"];
/** JPEG's sides stand in 16 bits. */
const MAX_DIMENSION = 65_535;

function acceptsEncode({ input, params }: EncodeTask): ProcessingStatus {
  if (params.qualityType !== "LOSSLESS") return "QUALITY_TYPE_UNSUPPORTED";
  if (params.codecParams.progressive) return "ENCODING_UNSUPPORTED";
  if (input.dtype !== "uint8" && input.dtype !== "uint16") return "SAMPLE_TYPE_UNSUPPORTED";
  if (input.precision < 2 || input.precision > (input.dtype === "uint8" ? 8 : 16)) return "SAMPLE_TYPE_UNSUPPORTED";
  if (input.width > MAX_DIMENSION || input.height > MAX_DIMENSION) return "RESOLUTION_UNSUPPORTED";
  if (input.channels > 4) return "NUM_CHANNELS_UNSUPPORTED";
  const order = input.sampleFormat.slice(2);
  const colors =
    order === "UNCHANGED" ? UNCHANGED_COLORS[input.channels - 1] : order === "YA" ? "UNKNOWN" : COLORS[order];
  // A lossless JPEG has no place for alpha that readers would know.
  if (colors === undefined) return "SAMPLE_FORMAT_UNSUPPORTED";
  const asked = params.colorSpec;
  if (asked !== colors && asked !== "UNCHANGED" && asked !== "UNKNOWN") return "COLOR_SPEC_UNSUPPORTED";
  const isWhole = params.chromaSubsampling === "CSS_444" || params.chromaSubsampling === "CSS_NONE";
  return isWhole || input.channels === 1 ? "SUCCESS" : "SAMPLING_UNSUPPORTED";
}
