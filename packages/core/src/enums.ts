/**
 * The closed sets of the contract: string unions, each with a constant object of the same name
 * (`BackendKind.CPU_ONLY === "CPU_ONLY"`). A member's place in its list is its number in `polycodec.h`.
 */

/** Builds the constant object of a closed set from the list of its members. */
function members<const T extends string>(list: readonly T[]): { readonly [K in T]: K } {
  return Object.freeze(Object.fromEntries(list.map((name) => [name, name]))) as { readonly [K in T]: K };
}

/** What a backend runs on. The scheduler divides work between kinds. */
export const BACKEND_KINDS = ["CPU_ONLY", "GPU_ONLY", "HYBRID_CPU_GPU", "HW_GPU_ONLY"] as const;
export type BackendKind = (typeof BACKEND_KINDS)[number];
export const BackendKind = members(BACKEND_KINDS);

/** How a batch is divided among the kinds of backends: see docs/backends.md. */
export const LOAD_HINT_POLICIES = ["IGNORE", "FIXED", "ADAPTIVE_MINIMIZE_IDLE_TIME"] as const;
export type LoadHintPolicy = (typeof LOAD_HINT_POLICIES)[number];
export const LoadHintPolicy = members(LOAD_HINT_POLICIES);

/** Where an image's rows lie, `rowStride` apart: in the host's memory, or in a CUDA device's. */
export const BUFFER_KINDS = ["STRIDED_HOST", "STRIDED_DEVICE"] as const;
export type BufferKind = (typeof BUFFER_KINDS)[number];
export const BufferKind = members(BUFFER_KINDS);

/** Element types. There is no Float16Array in Node 20: `float16` images are `Uint16Array`s. */
export const SAMPLE_DATA_TYPES = [
  "uint8",
  "int8",
  "uint16",
  "int16",
  "uint32",
  "int32",
  "float16",
  "float32",
  "float64",
] as const;
export type SampleDataType = (typeof SAMPLE_DATA_TYPES)[number];
export const SampleDataType = members(SAMPLE_DATA_TYPES);

/** Channel order and planarity: `I_` interleaved (row, column, channel), `P_` planar (channel, row, column). */
export const SAMPLE_FORMATS = [
  "I_UNCHANGED",
  "P_UNCHANGED",
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
  "I_YUV",
  "P_YUV",
] as const;
export type SampleFormat = (typeof SAMPLE_FORMATS)[number];
export const SampleFormat = members(SAMPLE_FORMATS);

/** How pixels are weighed when a picture is resized, as Pillow does it; `"area"` is Pillow's BOX. */
export const RESIZE_FILTERS = ["nearest", "area", "bilinear", "bicubic", "lanczos3"] as const;
export type ResizeFilter = (typeof RESIZE_FILTERS)[number];
export const ResizeFilter = members(RESIZE_FILTERS);

/** The order of a tensor's axes: N samples, C channels, H rows, W columns. */
export const TENSOR_LAYOUTS = ["NCHW", "NHWC"] as const;
export type TensorLayout = (typeof TENSOR_LAYOUTS)[number];
export const TensorLayout = members(TENSOR_LAYOUTS);

/** What the channels mean. */
export const COLOR_SPECS = ["UNKNOWN", "UNCHANGED", "SRGB", "GRAY", "SYCC", "CMYK", "YCCK"] as const;
export type ColorSpec = (typeof COLOR_SPECS)[number];
export const ColorSpec = members(COLOR_SPECS);

/** How much less resolution chroma has than luma. `CSS_NONE`: the codec has no such thing. */
export const CHROMA_SUBSAMPLINGS = [
  "CSS_NONE",
  "CSS_444",
  "CSS_422",
  "CSS_420",
  "CSS_440",
  "CSS_411",
  "CSS_410",
  "CSS_GRAY",
  "CSS_410V",
] as const;
export type ChromaSubsampling = (typeof CHROMA_SUBSAMPLINGS)[number];
export const ChromaSubsampling = members(CHROMA_SUBSAMPLINGS);

/** Kinds of metadata. */
export const METADATA_KINDS = [
  "UNKNOWN",
  "EXIF",
  "ICC_PROFILE",
  "XMP",
  "IPTC",
  "COMMENT",
  "TIFF_TAG",
  "TIFF_TAG_LIST",
  "GEO",
  "MED_APERIO",
  "MED_PHILIPS",
  "MED_VENTANA",
  "MED_LEICA",
  "MED_TRESTLE",
] as const;
export type MetadataKind = (typeof METADATA_KINDS)[number];
export const MetadataKind = members(METADATA_KINDS);

/** How the bytes of a piece of metadata are written. */
export const METADATA_FORMATS = ["RAW", "JSON", "XML", "XMP"] as const;
export type MetadataFormat = (typeof METADATA_FORMATS)[number];
export const MetadataFormat = members(METADATA_FORMATS);

/** How an encoder reads `qualityValue`. */
export const QUALITY_TYPES = ["DEFAULT", "LOSSLESS", "QUALITY", "QUANTIZATION_STEP", "PSNR", "SIZE_RATIO"] as const;
export type QualityType = (typeof QUALITY_TYPES)[number];
export const QualityType = members(QUALITY_TYPES);

/** How a truncated picture settles: as an error, or as a picture with a warning and its missing rows filled. */
export const TRUNCATION_POLICIES = ["error", "partial"] as const;
export type TruncationPolicy = (typeof TRUNCATION_POLICIES)[number];

/** Bytes of one element. */
export const BYTES_PER_ELEMENT: Readonly<Record<SampleDataType, number>> = Object.freeze({
  uint8: 1,
  int8: 1,
  uint16: 2,
  int16: 2,
  uint32: 4,
  int32: 4,
  float16: 2,
  float32: 4,
  float64: 8,
});

/** Channels of a sample format; `undefined` where the format takes whatever the code stream has. */
export function channelsOf(format: SampleFormat): number | undefined {
  switch (format.slice(2)) {
    case "Y":
      return 1;
    case "YA":
      return 2;
    case "RGB":
    case "BGR":
    case "YUV":
      return 3;
    case "RGBA":
      return 4;
    default:
      return undefined;
  }
}

/** Is each channel a plane of its own? */
export function isPlanar(format: SampleFormat): boolean {
  return format.startsWith("P_");
}
