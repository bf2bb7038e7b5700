/**
 * The ways to read a decoded picture as the oracle holds it. Oracles differ in what they call the same pixels: gray as
 * one channel or as three alike, opaque alpha or none, bits as booleans, few bits as they are or spread over 8. Each
 * reading loses nothing, so whichever of them has the oracle's hash proves the pixels right.
 */
import type { Image } from "@polycodec/core";

/** Tightly packed samples, channels interleaved. */
export interface Samples {
  readonly shape: readonly number[];
  readonly channels: number;
  readonly data: Numbers;
}

type Numbers =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array;

const ARRAYS: Readonly<Record<string, new (length: number) => Numbers>> = {
  bool: Uint8Array,
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  uint32: Uint32Array,
  int32: Int32Array,
  float16: Uint16Array, // bit patterns, as in an Image
  float32: Float32Array,
  float64: Float64Array,
};

/** The picture in each way that has the wanted shape and element type; the plainest first, none if there is none. */
export function* readings(
  image: Image,
  shape: readonly number[],
  dtype: string,
  bitDepth: number,
  tags: readonly string[],
): Generator<Samples> {
  const array = ARRAYS[dtype];
  const [height, width, channels = 1] = shape;
  if (!array || shape.length > 3 || image.height !== height || image.width !== width) return;
  const pick = channelsFor(image, channels);
  if (!pick) return;
  const from = image.data;
  for (const scale of scalings(image, dtype, bitDepth, tags)) {
    const data = new array(width * height * channels);
    const opaque = scale(maximum(image));
    for (let i = 0, at = 0; at < data.length; i += image.channels) {
      for (let c = 0; c < channels; c++) data[at++] = pick[c]! < 0 ? opaque : scale(from[i + pick[c]!]!);
    }
    yield { shape, channels, data };
  }
}

/** As 8-bit RGBA: Pillow's normal form. */
export function* rgba8(image: Image, bitDepth: number): Generator<Samples> {
  yield* readings(image, [image.height, image.width, 4], "uint8", bitDepth, []);
}

/** The greatest value of an integer sample; 1 of others. */
function maximum({ dtype, precision }: Image): number {
  return dtype.startsWith("float") ? 1 : 2 ** (dtype.startsWith("int") ? precision - 1 : precision) - 1;
}

/** For each wanted channel the one of ours that it is; -1: opaque alpha. `undefined`: there is no such reading. */
function channelsFor(image: Image, wanted: number): readonly number[] | undefined {
  const own = image.channels;
  if (own === wanted) return Array.from({ length: own }, (_, c) => c);
  switch (`${own} as ${wanted}`) {
    case "1 as 2":
      return [0, -1];
    case "1 as 3":
      return [0, 0, 0];
    case "1 as 4":
      return [0, 0, 0, -1];
    case "2 as 1":
      return isOpaque(image) ? [0] : undefined;
    case "2 as 3":
      return isOpaque(image) ? [0, 0, 0] : undefined;
    case "2 as 4":
      return [0, 0, 0, 1];
    case "3 as 1":
      return isGray(image) ? [0] : undefined;
    case "3 as 4":
      return [0, 1, 2, -1];
    case "4 as 1":
      return isGray(image) && isOpaque(image) ? [0] : undefined;
    case "4 as 2":
      return isGray(image) ? [0, 3] : undefined;
    case "4 as 3":
      return isOpaque(image) ? [0, 1, 2] : undefined;
    default:
      return undefined;
  }
}

function isOpaque(image: Image): boolean {
  const { data, channels } = image;
  const opaque = maximum(image);
  for (let i = channels - 1; i < data.length; i += channels) if (data[i] !== opaque) return false;
  return true;
}

function isGray({ data, channels }: Image): boolean {
  for (let i = 0; i < data.length; i += channels) {
    if (data[i] !== data[i + 1] || data[i] !== data[i + 2]) return false;
  }
  return true;
}

type Scaling = (value: number) => number;

/** What may have been done to the values: nothing; fewer bits spread over the element's; those taken together again. */
function* scalings(image: Image, dtype: string, bitDepth: number, tags: readonly string[]): Generator<Scaling> {
  const own = maximum(image);
  if (dtype === "bool") {
    const isSet: Scaling = (value) => Number(2 * value > own);
    yield isSet;
    if (tags.includes("photo-miniswhite")) yield (value) => 1 - isSet(value);
    return;
  }
  const wanted: Scaling[] = [(value) => value];
  // In Pillow's int32 ("I") are 16 bits.
  if (image.dtype.startsWith("uint") && (dtype.startsWith("uint") || dtype === "int32")) {
    for (const bits of new Set([8 * (dtype === "uint8" ? 1 : 2), bitDepth])) {
      const most = 2 ** bits - 1;
      if (most !== own) wanted.push((value) => Math.round((value * most) / own));
    }
  }
  for (const scale of wanted) {
    yield scale;
    if (tags.includes("photo-miniswhite")) yield (value) => scale(own - value);
  }
}
