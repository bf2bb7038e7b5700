/** JPEG 2000 decoding on the GPU; native/decode_plan.cpp plans the same. */
import { type DecodeBackend, type DecodeTask, nativeDecoder, type ProcessingStatus } from "@polycodec/core/plugin";
import { library } from "../library.js";
import { SESSION_OPTIONS } from "./session-options.js";

/** What the library counts bytes of a picture in is not documented; signed 32 bits hold in every case. */
export const MAX_PICTURE_BYTES = 0x7fffffff;

const DTYPES: ReadonlySet<string> = new Set(["uint8", "uint16", "int16"]);
/** Chroma that the library makes RGB of. `"CSS_NONE"`: two or four channels. */
const SUBSAMPLINGS: ReadonlySet<string> = new Set(["CSS_NONE", "CSS_GRAY", "CSS_444", "CSS_422", "CSS_420"]);

export const nvjpeg2kDecoder: DecodeBackend = nativeDecoder({
  id: "nvjpeg2k",
  codec: "jpeg2k",
  kind: "GPU_ONLY",
  priority: 200,
  options: {
    ...SESSION_OPTIONS,
    /** Allocations of the library are multiples of so many bytes; 0: its own choice. */
    deviceMemoryPadding: 0,
    hostMemoryPadding: 0,
    /** How many pictures the GPU may work on at a time. */
    numCudaStreams: 4,
    /** How many tiles of all these pictures it may work on at a time. */
    numParallelTiles: 16,
  },
  library,
  accepts,
});

/** The least demanding question comes last: core answers a refusal about the request with a plainer one. */
function accepts({ info, imageIdx, output, orientation, scale }: DecodeTask): ProcessingStatus {
  const { channels, colorSpec, detail, dtype, precision } = info;
  if (imageIdx !== 0) return "NUM_IMAGES_UNSUPPORTED";
  if (channels > 4) return "NUM_CHANNELS_UNSUPPORTED";
  if (!DTYPES.has(dtype) || detail?.palette) return "CODESTREAM_UNSUPPORTED";
  if (!SUBSAMPLINGS.has(info.chromaSubsampling)) return "SAMPLING_UNSUPPORTED";
  // Without boxes nobody tells the library that it is YCbCr.
  if (colorSpec === "SYCC" && (detail?.container === "J2K" || dtype !== "uint8" || precision !== 8))
    return "CODESTREAM_UNSUPPORTED";
  if (info.width * info.height * channels * (dtype === "uint8" ? 1 : 2) > MAX_PICTURE_BYTES)
    return "RESOLUTION_UNSUPPORTED";
  if (orientation !== 1) return "ORIENTATION_UNSUPPORTED";
  if (scale !== 1 && !hasResolution(info, scale)) return "SCALE_UNSUPPORTED";
  if (output.dtype !== dtype || output.precision !== precision) return "SAMPLE_TYPE_UNSUPPORTED";
  return hasFormat(info, output) ? "SUCCESS" : "SAMPLE_FORMAT_UNSUPPORTED";
}

/** Is the picture of this scale one of the coded resolutions, and do its tiles begin on whole samples? */
function hasResolution({ detail, chromaSubsampling, tile }: DecodeTask["info"], scale: number): boolean {
  if (Number(detail?.resolutions) <= Math.log2(scale) || /42/.test(chromaSubsampling)) return false;
  return detail?.tiles === 1 || (!!tile && tile.width % scale === 0 && tile.height % scale === 0);
}

function hasFormat(
  { channels, colorSpec, chromaSubsampling }: DecodeTask["info"],
  output: DecodeTask["output"],
): boolean {
  const isFull = !/42/.test(chromaSubsampling);
  switch (output.sampleFormat.slice(2)) {
    case "Y":
      return channels === 1;
    case "YA":
      return channels === 2 && colorSpec === "GRAY";
    case "RGB":
    case "BGR":
      return channels === 3 && (colorSpec === "SRGB" || colorSpec === "SYCC");
    case "RGBA":
      return channels === 4 && colorSpec === "SRGB";
    case "YUV":
      return channels === 3 && colorSpec === "SYCC" && isFull;
    case "UNCHANGED":
      return output.channels === channels && isFull;
    default:
      return false;
  }
}
