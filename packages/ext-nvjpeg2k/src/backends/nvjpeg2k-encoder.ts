/** JPEG 2000 encoding on the GPU, plain and high-throughput; native/encode_plan.cpp plans the same. */
import { type EncodeBackend, type EncodeTask, nativeEncoder, type ProcessingStatus } from "@polycodec/core/plugin";
import { library } from "../library.js";
import { MAX_PICTURE_BYTES } from "./nvjpeg2k.js";
import { SESSION_OPTIONS } from "./session-options.js";

const DTYPES: ReadonlySet<string> = new Set(["uint8", "uint16", "int16"]);
/** T.800, A.5.1: a tile's number has 16 bits. */
const MAX_TILES = 65_535;

export const nvjpeg2kEncoder: EncodeBackend = nativeEncoder({
  id: "nvjpeg2k-encoder",
  codec: "jpeg2k",
  kind: "GPU_ONLY",
  priority: 200,
  options: SESSION_OPTIONS,
  library,
  accepts,
});

/** By channels: colours are coded as they are. */
const COLORS: Readonly<Record<string, string>> = {
  Y: "GRAY",
  YA: "GRAY",
  RGB: "SRGB",
  BGR: "SRGB",
  RGBA: "SRGB",
  YUV: "SYCC",
};

function accepts({ input, params }: EncodeTask): ProcessingStatus {
  if (!DTYPES.has(input.dtype)) return "SAMPLE_TYPE_UNSUPPORTED";
  const color = COLORS[input.sampleFormat.slice(2)];
  if (!color) return "SAMPLE_FORMAT_UNSUPPORTED";
  const { width, height, channels } = input;
  if (width * height * channels * (input.dtype === "uint8" ? 1 : 2) > MAX_PICTURE_BYTES)
    return "RESOLUTION_UNSUPPORTED";
  if (!["UNCHANGED", "UNKNOWN", color].includes(params.colorSpec)) return "COLOR_SPEC_UNSUPPORTED";
  const subsamplings = ["CSS_NONE", "CSS_444", ...(color === "GRAY" ? ["CSS_GRAY"] : [])];
  if (!subsamplings.includes(params.chromaSubsampling)) return "SAMPLING_UNSUPPORTED";
  const { tileWidth, tileHeight, mctMode } = params.codecParams;
  if (
    Number(tileWidth) > 0 &&
    Math.ceil(width / Number(tileWidth)) * Math.ceil(height / Number(tileHeight)) > MAX_TILES
  )
    return "TILING_UNSUPPORTED";
  if (mctMode === 1 && channels >= 3 && color !== "SRGB") return "COLOR_SPEC_UNSUPPORTED";
  return acceptsBlocks(params) ? acceptsQuality(color, params) : "ENCODING_UNSUPPORTED";
}

/** 128 samples wide: from nvJPEG2000 0.11 on, which the native part checks. */
function acceptsBlocks({ codecParams: { codeBlockWidth, codeBlockHeight, ht } }: EncodeTask["params"]): boolean {
  const isUsual = (side: unknown) => side === 32 || side === 64;
  return (
    isUsual(codeBlockHeight) &&
    (isUsual(codeBlockWidth) || (ht === true && codeBlockWidth === 128 && codeBlockHeight === 32))
  );
}

function acceptsQuality(
  color: string,
  { qualityType, qualityValue, codecParams }: EncodeTask["params"],
): ProcessingStatus {
  switch (qualityType) {
    case "DEFAULT":
    case "LOSSLESS":
      return "SUCCESS";
    case "QUALITY":
      // The library's own condition.
      if (color === "SRGB" && codecParams.mctMode !== 1) return "QUALITY_TYPE_UNSUPPORTED";
      return qualityValue >= 1 && qualityValue <= 100 ? "SUCCESS" : "QUALITY_VALUE_UNSUPPORTED";
    case "PSNR":
      return codecParams.ht ? "QUALITY_TYPE_UNSUPPORTED" : "SUCCESS";
    case "QUANTIZATION_STEP":
      return "SUCCESS";
    default:
      return "QUALITY_TYPE_UNSUPPORTED";
  }
}
