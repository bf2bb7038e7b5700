/** Sets every pixel of an image to the same value: what lies outside of a region's picture. */
import { BYTES_PER_ELEMENT, isPlanar } from "../enums.js";
import type { ImageInfo } from "../plugin.js";

/** Values are rounded and clamped to the dtype; one value stands for all channels, missing ones are 0. Row padding is left alone. */
export function fill(info: ImageInfo, memory: Uint8Array, samples: readonly number[]): void {
  const view = new DataView(memory.buffer, memory.byteOffset, memory.byteLength);
  const size = BYTES_PER_ELEMENT[info.dtype];
  const planar = isPlanar(info.sampleFormat);
  for (let c = 0; c < info.channels; c++) {
    const value = samples.length === 1 ? samples[0]! : (samples[c] ?? 0);
    const plane = planar ? c * info.planeStride : c * size;
    const step = planar ? size : size * info.channels;
    for (let y = 0; y < info.height; y++) {
      for (let x = 0; x < info.width; x++) set(view, plane + y * info.rowStride + x * step, info, value);
    }
  }
}

function set(view: DataView, at: number, { dtype }: ImageInfo, value: number): void {
  switch (dtype) {
    case "uint8":
      view.setUint8(at, clamp(value, 0, 0xff));
      break;
    case "int8":
      view.setInt8(at, clamp(value, -0x80, 0x7f));
      break;
    case "uint16":
      view.setUint16(at, clamp(value, 0, 0xffff), true);
      break;
    case "int16":
      view.setInt16(at, clamp(value, -0x8000, 0x7fff), true);
      break;
    case "uint32":
      view.setUint32(at, clamp(value, 0, 0xffff_ffff), true);
      break;
    case "int32":
      view.setInt32(at, clamp(value, -0x8000_0000, 0x7fff_ffff), true);
      break;
    case "float32":
      view.setFloat32(at, value, true);
      break;
    case "float64":
      view.setFloat64(at, value, true);
      break;
    case "float16":
      view.setUint16(at, toFloat16(value), true);
      break;
  }
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(max, Math.max(min, Math.round(value)));
}

/** IEEE 754 binary16, rounded to nearest; what is too large is infinite, what is too small is zero. */
export function toFloat16(value: number): number {
  const bits = new DataView(new ArrayBuffer(4));
  bits.setFloat32(0, value);
  const word = bits.getUint32(0);
  const sign = (word >>> 16) & 0x8000;
  const exponent = ((word >>> 23) & 0xff) - 112;
  const mantissa = word & 0x7f_ffff;
  if (exponent >= 31) return sign | 0x7c00 | (Number.isNaN(value) ? 0x200 : 0);
  if (exponent > 0) return sign + (exponent << 10) + (mantissa >>> 13) + ((mantissa >>> 12) & 1);
  if (exponent < -10) return sign;
  return sign + Math.round((mantissa | 0x80_0000) / 2 ** (14 - exponent));
}
