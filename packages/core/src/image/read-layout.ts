/** From the user's memory and what is said of it to a complete layout. */
import {
  BYTES_PER_ELEMENT,
  COLOR_SPECS,
  type ColorSpec,
  channelsOf,
  isPlanar,
  SAMPLE_DATA_TYPES,
  SAMPLE_FORMATS,
  type SampleDataType,
  type SampleFormat,
} from "../enums.js";
import { ArgumentRangeError, ArgumentTypeError } from "../errors.js";
import { boolean, expected, integer, oneOf, optional, readOptions, withDefault } from "../params/options.js";
import { defaultColor, defaultFormat } from "../parsers/default-channels.js";
import type { ImageInfo } from "../plugin.js";
import { byteLength } from "./layout.js";

export type TypedArray =
  | Uint8Array
  | Uint8ClampedArray
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array;

/** How to read memory as an image; all but width and height have defaults. */
export interface ImageLayoutOptions {
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /** Default: by `sampleFormat`, else from the length of the data. */
  readonly channels?: number;
  /** Default: by the type of the array. */
  readonly dtype?: SampleDataType;
  /** Significant bits. Default: all of the element's. */
  readonly precision?: number;
  /** Default: by channels: 1 `I_Y`, 2 `I_YA`, 3 `I_RGB`, 4 `I_RGBA`, else `I_UNCHANGED`. */
  readonly sampleFormat?: SampleFormat;
  /** Default: GRAY, SRGB or UNKNOWN by channels; SYCC for YUV formats. */
  readonly colorSpec?: ColorSpec;
  /** Bytes from row to row. Default: no padding. */
  readonly rowStride?: number;
  /** Are CMYK samples inverted (0 is full ink)? Default false. */
  readonly inverted?: boolean;
}

/** The arrays that hold elements of each type. */
export const ARRAYS = {
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  uint32: Uint32Array,
  int32: Int32Array,
  float16: Uint16Array,
  float32: Float32Array,
  float64: Float64Array,
} as const;

const layoutChecks = {
  width: integer(1, 2 ** 31 - 1),
  height: integer(1, 2 ** 31 - 1),
  channels: optional(integer(1, 65_535)),
  dtype: optional(oneOf(SAMPLE_DATA_TYPES)),
  precision: optional(integer(1, 64)),
  sampleFormat: optional(oneOf(SAMPLE_FORMATS)),
  colorSpec: optional(oneOf(COLOR_SPECS)),
  rowStride: optional(integer(1, Number.MAX_SAFE_INTEGER)),
  inverted: withDefault(boolean, false),
};

/** Completes the layout. Throws TypeError or RangeError when the memory is too small or the layout contradicts itself. */
export function readLayout(
  data: TypedArray | ArrayBuffer,
  layout: ImageLayoutOptions,
): { readonly info: ImageInfo; readonly bytes: Uint8Array; readonly inverted: boolean } {
  const bytes =
    data instanceof ArrayBuffer
      ? new Uint8Array(data)
      : ArrayBuffer.isView(data)
        ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
        : undefined;
  if (!bytes) throw expected("data", "a typed array or an ArrayBuffer", data);
  const given = readOptions("ImageLayoutOptions", layout, layoutChecks);
  const dtype = given.dtype ?? dtypeOf(data);
  const size = BYTES_PER_ELEMENT[dtype];
  const { width, height } = given;
  const channels =
    given.channels ??
    (given.sampleFormat && channelsOf(given.sampleFormat)) ??
    channelsFrom(bytes.length, given.rowStride, width, height, size);
  const sampleFormat = given.sampleFormat ?? defaultFormat(channels);
  const needed = channelsOf(sampleFormat);
  if (needed !== undefined && needed !== channels) {
    throw new ArgumentTypeError(`sampleFormat ${sampleFormat} has ${needed} channels, got ${channels}`);
  }
  const planar = isPlanar(sampleFormat);
  const row = width * size * (planar ? 1 : channels);
  const rowStride = given.rowStride ?? row;
  if (rowStride < row) throw new ArgumentRangeError(`rowStride: expected at least ${row} bytes, got ${rowStride}`);
  if (rowStride % size !== 0)
    throw new ArgumentRangeError(`rowStride: expected a multiple of ${size} bytes, a ${dtype}, got ${rowStride}`);
  if (bytes.byteOffset % size !== 0)
    throw new ArgumentRangeError(`data: begins at byte ${bytes.byteOffset} of its buffer, where no ${dtype} can begin`);
  const info: ImageInfo = {
    width,
    height,
    channels,
    dtype,
    precision: given.precision ?? size * 8,
    sampleFormat,
    colorSpec: given.colorSpec ?? (sampleFormat.endsWith("YUV") ? "SYCC" : defaultColor(channels)),
    rowStride,
    planeStride: planar ? rowStride * height : 0,
  };
  if (byteLength(info) > bytes.length) {
    throw new ArgumentRangeError(
      `data: expected at least ${byteLength(info)} bytes for ${width}x${height}x${channels} ${dtype}, got ${bytes.length}`,
    );
  }
  return { info: Object.freeze(info), bytes, inverted: given.inverted };
}

function dtypeOf(data: TypedArray | ArrayBuffer): SampleDataType {
  for (const dtype of SAMPLE_DATA_TYPES) if (dtype !== "float16" && data instanceof ARRAYS[dtype]) return dtype;
  return "uint8";
}

function channelsFrom(
  bytes: number,
  rowStride: number | undefined,
  width: number,
  height: number,
  size: number,
): number {
  const channels = rowStride ? Math.floor(rowStride / (width * size)) : bytes / (width * height * size);
  if (!Number.isInteger(channels) || channels < 1) {
    throw new ArgumentRangeError(
      `data: ${bytes} bytes are no whole number of channels of ${width}x${height}; name channels`,
    );
  }
  return channels;
}
