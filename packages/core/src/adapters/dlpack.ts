/**
 * DLPack's description of an array (dlpack.h, version 1: DLTensor), as plain JavaScript. There is no such exchange
 * between JavaScript libraries yet, so the host's memory is an ArrayBuffer and not an address. Images on a device go to native
 * code as a capsule.
 */
import { BYTES_PER_ELEMENT, type SampleDataType } from "../enums.js";
import { ArgumentTypeError, PolycodecError } from "../errors.js";
import { axesOf } from "../image/cuda-array.js";
import { Image } from "../image/image.js";
import { internals } from "../image/internals.js";
import type { TypedArray } from "../image/read-layout.js";
import type { Tensor } from "../image/tensor.js";
import { asObject } from "../params/options.js";
import { runtime } from "../runtime/load-addon.js";
import { arrayOf } from "./array.js";

export interface DlpackArray {
  readonly data: ArrayBuffer;
  /** Of the first element, in `data`. */
  readonly byteOffset: number;
  /** `kDLCPU` is 1. */
  readonly device: { readonly deviceType: 1; readonly deviceId: 0 };
  readonly ndim: number;
  /** `code`: 0 signed integers, 1 unsigned integers, 2 floating point. */
  readonly dtype: { readonly code: 0 | 1 | 2; readonly bits: number; readonly lanes: 1 };
  readonly shape: readonly number[];
  /** In elements. */
  readonly strides: readonly number[];
}

/** More than so many along the last axis are columns, not channels. */
const MAX_CHANNELS = 4;
const CODES = { int: 0, uint: 1, float: 2 } as const;
const codeOf = (dtype: SampleDataType) => CODES[dtype.replace(/\d+/, "") as keyof typeof CODES];

/**
 * An image on a CUDA device, for native code in this process: an external (napi_external) whose value points to a
 * `DLManagedTensorVersioned*`, with `kDLCUDA` and the address of the pixels. The memory lives as long as the capsule, also after
 * `image.release()`. Who takes the tensor over writes NULL to that pointer, and calls the tensor's deleter when done.
 *
 * @throws TypeError for an image in the host's memory, ERR_POLYCODEC_IMAGE_RELEASED
 */
export function toDlpackCapsule(image: Image): object {
  const memory = image instanceof Image ? internals.deviceMemory(image) : undefined;
  if (!memory) throw new ArgumentTypeError("image: expected an Image on a CUDA device; await image.cuda() makes one");
  const { shape, strides } = axesOf(image.info);
  const size = BYTES_PER_ELEMENT[image.dtype];
  if (memory.isReleased)
    throw new PolycodecError("ERR_POLYCODEC_IMAGE_RELEASED", "the image's memory has been released");
  const elements = strides.map((stride) => stride / size);
  return runtime().dlpackCapsule(memory.handle, shape, elements, codeOf(image.dtype), 8 * size);
}

/** Describes an image or a tensor; the memory is shared, and goes when it is released. */
export function toDlpack(value: Image | Tensor): DlpackArray {
  const { dtype, shape, strides, bytes } = arrayOf(value);
  const size = BYTES_PER_ELEMENT[dtype];
  return {
    data: bytes.buffer as ArrayBuffer,
    byteOffset: bytes.byteOffset,
    device: { deviceType: 1, deviceId: 0 },
    ndim: shape.length,
    dtype: { code: codeOf(dtype), bits: 8 * size, lanes: 1 },
    shape,
    strides: strides.map((stride) => stride / size),
  };
}

/**
 * An image over such an array: (height, width), (height, width, channels), or (1 to 4 channels, height, width) where the
 * last axis is longer than that. The memory is shared.
 *
 * @throws TypeError for what is not on the CPU, no image, or has gaps between pixels
 */
export function fromDlpack(array: DlpackArray): Image {
  const { data, byteOffset, device, dtype, shape, strides } = asObject(array, "array") as unknown as DlpackArray;
  if (device.deviceType !== 1)
    throw new ArgumentTypeError(`array.device: expected the CPU (1), got ${device.deviceType}`);
  const name = `${["int", "uint", "float"][dtype.code]}${dtype.bits}` as SampleDataType;
  const size = BYTES_PER_ELEMENT[name];
  if (size === undefined || dtype.lanes !== 1)
    throw new ArgumentTypeError(`array.dtype: ${name} is no type of samples`);
  const [height, width, channels] = shape.length === 2 ? [...shape, 1] : shape;
  const [row, pixel, element] = strides.length === 2 ? [...strides, 1] : strides;
  if (shape.length < 2 || shape.length > 3 || strides.length !== shape.length)
    throw new ArgumentTypeError(`array.shape: (${shape.join(", ")}) is no image`);
  const bytes = new Uint8Array(data, byteOffset);
  const isPlanar = shape.length === 3 && channels! > MAX_CHANNELS && height! <= MAX_CHANNELS;
  if (isPlanar && element === 1 && row === pixel! * shape[1]!) return planar(bytes, name, shape, pixel! * size);
  if (!isPlanar && element === 1 && pixel === channels) {
    return Image.from(bytes, {
      width: width!,
      height: height!,
      channels: channels!,
      dtype: name,
      rowStride: row! * size,
    });
  }
  throw new ArgumentTypeError(
    `array.strides: (${strides.join(", ")}) of (${shape.join(", ")}) leave gaps between pixels`,
  );
}

function planar(
  bytes: Uint8Array,
  dtype: SampleDataType,
  [channels, height, width]: readonly number[],
  rowStride: number,
): Image {
  const sampleFormat = (["P_Y", "P_YA", "P_RGB", "P_RGBA"] as const)[channels! - 1]!;
  return Image.from(bytes as TypedArray, { width: width!, height: height!, dtype, sampleFormat, rowStride });
}
