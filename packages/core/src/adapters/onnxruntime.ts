/** Arguments of onnxruntime's `Tensor`: `new ort.Tensor(...toOrt(tensor))`. */
import { SAMPLE_DATA_TYPES, type SampleDataType } from "../enums.js";
import { ArgumentTypeError } from "../errors.js";
import { Image } from "../image/image.js";
import type { TypedArray } from "../image/read-layout.js";
import type { Tensor } from "../image/tensor.js";
import { asObject } from "../params/options.js";

export type OrtArguments = readonly [
  type: SampleDataType,
  data: Exclude<TypedArray, Uint8ClampedArray>,
  dims: readonly number[],
];

/**
 * Element type, elements and dimensions. A tensor in its layout; an image as a batch of one, (1, height, width, channels)
 * or (1, channels, height, width). The memory is shared: release it after the last run. An image with padded rows is
 * copied.
 */
export function toOrt(value: Image | Tensor): OrtArguments {
  if (value instanceof Image && value.packed().length !== value.bytes.length) return toOrt(withoutPadding(value));
  return [value.dtype, value.data, dims(value)];
}

function dims(value: Image | Tensor): readonly number[] {
  return value instanceof Image ? [1, ...value.shape] : value.shape;
}

function withoutPadding(image: Image): Image {
  const { width, height, channels, dtype, precision, sampleFormat, colorSpec } = image;
  return Image.from(image.packed(), { width, height, channels, dtype, precision, sampleFormat, colorSpec });
}

/** What is read of onnxruntime's `Tensor`. */
export interface OrtTensorLike {
  readonly type: string;
  readonly data: unknown;
  readonly dims: readonly number[];
}

/**
 * An image over a model's output of (1, channels, height, width) with 1 to 4 channels: a segmentation or an enhanced
 * picture. The memory is shared.
 *
 * @throws TypeError for other shapes and types
 */
export function fromOrt(tensor: OrtTensorLike): Image {
  const { type, data, dims } = asObject(tensor, "tensor") as unknown as OrtTensorLike;
  const dtype = SAMPLE_DATA_TYPES.find((name) => name === type);
  const [batch, channels, height, width] = dims;
  const sampleFormat = (["P_Y", "P_YA", "P_RGB", "P_RGBA"] as const)[(channels ?? 0) - 1];
  if (!dtype || !ArrayBuffer.isView(data))
    throw new ArgumentTypeError(`tensor: elements of type ${type} are no samples`);
  if (dims.length !== 4 || batch !== 1 || !sampleFormat)
    throw new ArgumentTypeError(`tensor: (${dims.join(", ")}) is not (1, 1 to 4 channels, height, width)`);
  return Image.from(data as TypedArray, { width: width!, height: height!, dtype, sampleFormat });
}
