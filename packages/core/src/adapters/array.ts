/** Images and tensors as what most libraries know: elements with a shape and strides. */
import { BYTES_PER_ELEMENT, isPlanar, type SampleDataType } from "../enums.js";
import type { Image } from "../image/image.js";
import { Tensor } from "../image/tensor.js";

export interface ArrayView {
  readonly dtype: SampleDataType;
  readonly shape: readonly number[];
  /** Bytes from an element to the next along each axis. */
  readonly strides: readonly number[];
  /** From the first element to behind the last; a view. */
  readonly bytes: Uint8Array;
}

/** An image as (height, width, channels), or (channels, height, width) when planar; a tensor in its layout. */
export function arrayOf(value: Image | Tensor): ArrayView {
  const { dtype, shape, bytes } = value;
  const size = BYTES_PER_ELEMENT[dtype];
  if (value instanceof Tensor) {
    const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, side) => product * side, size));
    return { dtype, shape, strides, bytes };
  }
  const { rowStride, planeStride, channels, sampleFormat } = value;
  return {
    dtype,
    shape,
    strides: isPlanar(sampleFormat) ? [planeStride, rowStride, size] : [rowStride, size * channels, size],
    bytes,
  };
}
