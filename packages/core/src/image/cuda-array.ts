/** The CUDA Array Interface, version 3: how libraries of Python describe an array in a device's memory, as plain JavaScript. */
import { BYTES_PER_ELEMENT, isPlanar, type SampleDataType } from "../enums.js";
import { ArgumentTypeError } from "../errors.js";
import { defaultColor, defaultFormat } from "../parsers/default-channels.js";
import type { ImageInfo } from "../plugin.js";
import { isTight } from "./layout.js";

export interface CudaArrayInterface {
  /** Elements along each axis. */
  readonly shape: readonly number[];
  /** Byte order, kind and bytes of an element: `"|u1"`, `"<f4"`. */
  readonly typestr: string;
  /** The address, and whether it must not be written to. */
  readonly data: readonly [address: bigint, readOnly: boolean];
  /** Bytes from an element to the next along each axis; `null`: no gaps. */
  readonly strides: readonly number[] | null;
  /** The stream that the array's users must wait for; `null`: none. */
  readonly stream: bigint | null;
  readonly version: 3;
}

const KINDS = { int: "i", uint: "u", float: "f" } as const;

/** `"|u1"`, `"<u2"`. */
function typestrOf(dtype: SampleDataType): string {
  const size = BYTES_PER_ELEMENT[dtype];
  return `${size === 1 ? "|" : "<"}${KINDS[dtype.replace(/\d+/, "") as keyof typeof KINDS]}${size}`;
}

/** The dtype of a type string; `undefined`: none of ours. */
export function dtypeOf(typestr: string): SampleDataType | undefined {
  const [, kind, size] = /^[<|=]([iuf])([1248])$/.exec(typestr) ?? [];
  const name = `${{ i: "int", u: "uint", f: "float" }[kind ?? ""]}${8 * Number(size)}`;
  return name in BYTES_PER_ELEMENT ? (name as SampleDataType) : undefined;
}

/** (height, width, channels), or (channels, height, width) when planar, with bytes between elements. */
export function axesOf(info: ImageInfo): { readonly shape: readonly number[]; readonly strides: readonly number[] } {
  const { width, height, channels, dtype, sampleFormat, rowStride, planeStride } = info;
  const size = BYTES_PER_ELEMENT[dtype];
  return isPlanar(sampleFormat)
    ? { shape: [channels, height, width], strides: [planeStride, rowStride, size] }
    : { shape: [height, width, channels], strides: [rowStride, size * channels, size] };
}

/** The image at an address, as others read it. */
export function cudaArrayOf(info: ImageInfo, address: bigint): CudaArrayInterface {
  const { shape, strides } = axesOf(info);
  return {
    shape,
    typestr: typestrOf(info.dtype),
    data: [address, false],
    strides: isTight(info) ? null : strides,
    stream: null,
    version: 3,
  };
}

/** The layout of an image of somebody else's. @throws TypeError for what has no rows, or gaps between pixels */
export function layoutOfCudaArray({ shape, strides, typestr, data }: CudaArrayInterface, planar: boolean): ImageInfo {
  const dtype = dtypeOf(String(typestr));
  if (dtype === undefined) throw new ArgumentTypeError(`array.typestr: ${typestr} is no type of samples`);
  if (!Array.isArray(data) || typeof data[0] !== "bigint")
    throw new ArgumentTypeError("array.data: expected [address, readOnly] with the address as a bigint");
  if (!Array.isArray(shape) || (shape.length !== 2 && shape.length !== 3) || shape.some((side) => !(side >= 1)))
    throw new ArgumentTypeError(`array.shape: (${shape}) is no image`);
  const size = BYTES_PER_ELEMENT[dtype];
  const [channels, height, width] = (
    shape.length === 2 ? [1, ...shape] : planar ? shape : [shape[2]!, shape[0]!, shape[1]!]
  ) as [number, number, number];
  const row = width * size * (planar ? 1 : channels);
  const axes = strides ?? (planar ? [row * height, row, size] : [row, size * channels, size]).slice(0, shape.length);
  const [rowStride, pixel] = planar && shape.length === 3 ? [axes[1]!, axes[2]!] : [axes[0]!, axes[1]!];
  const isDense = planar ? pixel === size : pixel === size * channels && (shape.length === 2 || axes[2] === size);
  if (axes.length !== shape.length || !isDense || !(rowStride >= row))
    throw new ArgumentTypeError(
      `array.strides: (${axes.join(", ")}) of (${shape.join(", ")}) leave gaps between pixels`,
    );
  const interleaved = defaultFormat(channels);
  const sampleFormat = planar ? (`P_${interleaved.slice(2)}` as ImageInfo["sampleFormat"]) : interleaved;
  const planeStride = !planar ? 0 : shape.length === 3 ? axes[0]! : rowStride * height;
  return Object.freeze({
    width,
    height,
    channels,
    dtype,
    precision: 8 * size,
    sampleFormat,
    colorSpec: defaultColor(channels),
    rowStride,
    planeStride,
  });
}
