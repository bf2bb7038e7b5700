/** Pictures of every kind, and whether a lossless codec gives them back. */
import { type EncodeOptions, Image, type ImageLayoutOptions } from "@polycodec/core";
import { seededRandom } from "@polycodec/core/testing";
import type { ExecutionContext } from "ava";
import { openDecoder, openEncoder } from "./subject.js";

export type Kind = Omit<ImageLayoutOptions, "width" | "height" | "rowStride"> & { readonly channels: number };

/** Noise in runs, so that every way of coding is used; integers within `precision`, floats around [0, 1]. */
export function noisy(width: number, height: number, kind: Kind, seed = 1): Image {
  const random = seededRandom(seed);
  const { channels, dtype = "uint8" } = kind;
  const count = width * height * channels;
  const data =
    dtype === "float32" ? new Float32Array(count) : dtype === "uint16" ? new Uint16Array(count) : new Uint8Array(count);
  const most = dtype === "float32" ? 0 : 2 ** (kind.precision ?? (dtype === "uint16" ? 16 : 8)) - 1;
  for (let i = 0; i < count; i++) {
    const repeats = i >= channels && random() < 0.7;
    const value = random();
    data[i] = repeats ? data[i - channels]! : most === 0 ? value * 1.5 - 0.2 : Math.round(value * most);
  }
  return Image.from(data, { ...kind, width, height });
}

/** Sizes with one pixel a side, odd ones, and rows that end within a byte or word. */
const SIZES = [
  [1, 1],
  [1, 17],
  [13, 1],
  [31, 9],
  [64, 5],
] as const;

/** Encodes pictures of this kind in several sizes, and wants the same samples and the same description back. */
export async function givesBack(
  t: ExecutionContext,
  kind: Kind,
  options: EncodeOptions & { readonly codec: string },
): Promise<void> {
  using encoder = openEncoder();
  using decoder = openDecoder();
  for (const [width, height] of SIZES) {
    const what = `${width}x${height} ${JSON.stringify({ ...kind, ...options })}`;
    const image = noisy(width, height, kind, width);
    const bytes = await encoder.encode(image, options);
    const back = await decoder.decode(bytes, { colorSpec: "UNCHANGED", allowAnyDepth: true });
    t.deepEqual(
      [back.width, back.height, back.channels, back.dtype, back.precision],
      [width, height, kind.channels, image.dtype, image.precision],
      what,
    );
    t.deepEqual(new Uint8Array(back.packed()), new Uint8Array(inUsualOrder(image).packed()), what);
  }
}

/** As a decoder gives it: interleaved, red first. */
function inUsualOrder(image: Image): Image {
  const { width, height, channels, dtype, precision, sampleFormat, data } = image;
  const isPlanar = sampleFormat.startsWith("P_");
  const isBgr = sampleFormat.endsWith("BGR");
  const plane = width * height;
  const copy = data.slice();
  for (let i = 0; i < plane; i++) {
    for (let c = 0; c < channels; c++) {
      const from = isBgr ? 2 - c : c;
      copy[i * channels + c] = isPlanar ? data[from * plane + i]! : data[i * channels + from]!;
    }
  }
  return Image.from(copy, { width, height, channels, dtype, precision });
}
