/** Which images become JPEG 2000 components, and how; native/jpeg2k_components.cpp does it. */
import type { EncodeTask, ProcessingStatus } from "@polycodec/core/plugin";

const INTEGERS: ReadonlySet<string> = new Set(["uint8", "int8", "uint16", "int16", "uint32", "int32"]);
/** T.800, A.5.1: a tile's number has 16 bits. */
const MAX_TILES = 65_535;
const MAX_COMPONENTS = 16_384;

export function acceptsJpeg2kInput({ input, params }: EncodeTask): ProcessingStatus {
  if (!INTEGERS.has(input.dtype)) return "SAMPLE_TYPE_UNSUPPORTED";
  if (input.channels > MAX_COMPONENTS) return "NUM_CHANNELS_UNSUPPORTED";
  const { tileWidth, tileHeight, mctMode } = params.codecParams;
  if (Number(tileWidth) > 0 && Number(tileHeight) > 0) {
    const tiles = Math.ceil(input.width / Number(tileWidth)) * Math.ceil(input.height / Number(tileHeight));
    if (tiles > MAX_TILES) return "TILING_UNSUPPORTED";
  }
  const coded = codedColor(input, params);
  if (!coded) return "COLOR_SPEC_UNSUPPORTED";
  if (mctMode === 1 && coded !== "SRGB" && coded !== "GRAY") return "COLOR_SPEC_UNSUPPORTED";
  const isCoarse = !["CSS_NONE", "CSS_444", "CSS_GRAY"].includes(params.chromaSubsampling);
  if (isCoarse && coded !== "SYCC") return "SAMPLING_UNSUPPORTED";
  return "SUCCESS";
}

/** What the components mean; `undefined`: there is no way from this image to what is asked for. */
function codedColor(input: EncodeTask["input"], { colorSpec, chromaSubsampling }: EncodeTask["params"]) {
  const isAny = colorSpec === "UNCHANGED" || colorSpec === "UNKNOWN";
  const format = input.sampleFormat.slice(2);
  if (format === "RGB" || format === "BGR" || format === "RGBA" || (format === "UNCHANGED" && input.channels === 3)) {
    const isConverted = input.dtype.startsWith("uint") && input.precision <= 16;
    if (colorSpec === "GRAY" || chromaSubsampling === "CSS_GRAY") return isConverted ? "GRAY" : undefined;
    if (colorSpec === "SYCC") return isConverted ? "SYCC" : undefined;
    return isAny || colorSpec === "SRGB" ? "SRGB" : undefined;
  }
  const own =
    format === "YUV"
      ? "SYCC"
      : format === "UNCHANGED" && input.colorSpec === "CMYK" && input.channels === 4
        ? "CMYK"
        : "GRAY";
  return isAny || colorSpec === own ? own : undefined;
}
