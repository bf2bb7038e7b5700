/** What the tests of this package share: the extension on a registry of its own, and JPEGs made for the purpose. */
import { Decoder, type DecoderOptions, type EncodeOptions, Encoder, type Image, Registry } from "@polycodec/core";
import type { Extension } from "@polycodec/core/plugin";
import { drawPicture } from "@polycodec/core/testing";
import { extension } from "@polycodec/ext-cpu/extension";

/** Of JPEG only libjpeg-turbo decodes: jpeg-fast would take most pictures before it. */
const OTHER_JPEG = ["jpeg-fast", "jpeg-lossless", "jpeg-12bit"];
export const registry = new Registry().use({
  ...extension,
  decoders: extension.decoders!.filter(({ id }) => !OTHER_JPEG.includes(id)),
});
export const openDecoder = (options: DecoderOptions = {}) => new Decoder({ ...options, registry });
/** The extension with these decoders alone. */
export function withDecoders(...ids: string[]): Extension {
  return { ...extension, decoders: extension.decoders!.filter(({ id }) => ids.includes(id)) };
}
export const openEncoder = () => new Encoder({ registry });

/** A drawn picture as a JPEG. */
export async function jpegOf(picture: Image, options: Omit<EncodeOptions, "codec"> = {}): Promise<Uint8Array> {
  using encoder = openEncoder();
  return await encoder.encode(picture, { ...options, codec: "jpeg" });
}

export const drawn = (width: number, height: number, seed = width) => drawPicture(width, height, { seed });

/** The part [y0, y1) x [x0, x1) of an interleaved image's samples. */
export function slice({ width, channels, data }: Image, y0: number, x0: number, y1: number, x1: number): Uint8Array {
  const part = new Uint8Array((y1 - y0) * (x1 - x0) * channels);
  for (let y = y0; y < y1; y++) {
    part.set(data.subarray((y * width + x0) * channels, (y * width + x1) * channels), (y - y0) * (x1 - x0) * channels);
  }
  return part;
}

/** Where the first marker `code` stands (0xffda: the first scan). Looks only at segments, not at their contents. */
export function markerAt(jpeg: Uint8Array, code: number): number {
  for (let at = 2; at + 4 <= jpeg.length; ) {
    const marker = (jpeg[at]! << 8) | jpeg[at + 1]!;
    if (marker === code) return at;
    if (marker === 0xffda) break;
    at += 2 + ((jpeg[at + 2]! << 8) | jpeg[at + 3]!);
  }
  throw new Error(`no marker ${code.toString(16)}`);
}

/** The JPEG without its segments of this marker. */
export function without(jpeg: Uint8Array, code: number): Uint8Array {
  let rest = Buffer.from(jpeg);
  for (;;) {
    try {
      const at = markerAt(rest, code);
      rest = Buffer.concat([rest.subarray(0, at), rest.subarray(at + 2 + rest.readUInt16BE(at + 2))]);
    } catch {
      return new Uint8Array(rest);
    }
  }
}

/** Offsets of the scans: of every SOS marker. In coded data 0xff never stands before 0xda. */
export function scansOf(jpeg: Uint8Array): number[] {
  const scans: number[] = [];
  for (let at = markerAt(jpeg, 0xffda); at + 1 < jpeg.length; at++)
    if (jpeg[at] === 0xff && jpeg[at + 1] === 0xda) scans.push(at);
  return scans;
}
