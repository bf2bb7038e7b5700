/** sharp's raw pixels, in and out: `sharp(...toSharp(image))`, and `fromSharp` of what its `raw()` gives. */
import { isPlanar } from "../enums.js";
import { ArgumentTypeError } from "../errors.js";
import { Image } from "../image/image.js";
import type { TypedArray } from "../image/read-layout.js";
import { asObject } from "../params/options.js";

export type SharpArguments = readonly [
  data: Exclude<TypedArray, Uint8ClampedArray>,
  options: { readonly raw: { readonly width: number; readonly height: number; readonly channels: 1 | 2 | 3 | 4 } },
];

/**
 * Arguments of `sharp()` for an interleaved image of 1 to 4 channels. The memory is shared unless rows are padded.
 * sharp knows the type by the array's class, and takes three channels as RGB.
 *
 * @throws TypeError for planar images, BGR, float16 and more channels
 */
export function toSharp(image: Image): SharpArguments {
  const { width, height, channels, dtype, sampleFormat } = image;
  if (isPlanar(sampleFormat) && channels > 1) throw new ArgumentTypeError("image: sharp takes interleaved samples");
  if (sampleFormat.endsWith("BGR")) throw new ArgumentTypeError("image: sharp takes RGB, not BGR");
  if (channels > 4 || dtype === "float16")
    throw new ArgumentTypeError(`image: sharp does not take ${channels} channels of ${dtype}`);
  const packed = image.packed();
  const data =
    packed.length === image.bytes.length ? image.data : Image.from(packed, { width, height, channels, dtype }).data;
  return [data, { raw: { width, height, channels: channels as 1 | 2 | 3 | 4 } }];
}

/** What sharp's `raw().toBuffer({ resolveWithObject: true })` gives. */
export interface SharpRaw {
  readonly data: Uint8Array;
  readonly info: {
    readonly width: number;
    readonly height: number;
    readonly channels: number;
    readonly depth?: string;
  };
}

const DTYPES: Readonly<Record<string, Image["dtype"]>> = {
  uchar: "uint8",
  char: "int8",
  ushort: "uint16",
  short: "int16",
  uint: "uint32",
  int: "int32",
  float: "float32",
  double: "float64",
};

/** An image over the same memory. `depth` is libvips' name of the type; default `"uchar"`. @throws TypeError, RangeError */
export function fromSharp(raw: SharpRaw): Image {
  const { data, info } = asObject(raw, "raw") as unknown as SharpRaw;
  const dtype = DTYPES[info.depth ?? "uchar"];
  if (!dtype) throw new ArgumentTypeError(`raw.info.depth: ${info.depth} is no type of samples`);
  // sharp's Buffers may lie anywhere in a pool: elements of several bytes need their alignment.
  const bytes = data.byteOffset % 8 === 0 ? data : new Uint8Array(data);
  return Image.from(bytes, { width: info.width, height: info.height, channels: info.channels, dtype });
}
