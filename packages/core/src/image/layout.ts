/** Layouts: how pixels lie in memory, computed and checked. */
import { BYTES_PER_ELEMENT, type ColorSpec, isPlanar, type SampleDataType, type SampleFormat } from "../enums.js";
import type { ImageInfo } from "../plugin.js";

/** A layout without padding: rows follow each other at once, and so do planes. */
export function tightLayout(
  width: number,
  height: number,
  channels: number,
  dtype: SampleDataType,
  precision: number,
  sampleFormat: SampleFormat,
  colorSpec: ColorSpec,
): ImageInfo {
  const planar = isPlanar(sampleFormat);
  const rowStride = width * BYTES_PER_ELEMENT[dtype] * (planar ? 1 : channels);
  return {
    width,
    height,
    channels,
    dtype,
    precision,
    sampleFormat,
    colorSpec,
    rowStride,
    planeStride: planar ? rowStride * height : 0,
  };
}

/** Bytes of one row's pixels, without padding. */
export function rowBytes({ width, channels, dtype, sampleFormat }: ImageInfo): number {
  return width * BYTES_PER_ELEMENT[dtype] * (isPlanar(sampleFormat) ? 1 : channels);
}

/** Bytes from the first pixel to behind the last. */
export function byteLength(info: ImageInfo): number {
  if (info.width === 0 || info.height === 0) return 0;
  const plane = info.rowStride * (info.height - 1) + rowBytes(info);
  return isPlanar(info.sampleFormat) ? info.planeStride * (info.channels - 1) + plane : plane;
}

/** Do rows and planes follow each other without padding? */
export function isTight(info: ImageInfo): boolean {
  const row = rowBytes(info);
  return info.rowStride === row && (!isPlanar(info.sampleFormat) || info.planeStride === row * info.height);
}

/** A copy of the pixels without padding. */
export function packRows(info: ImageInfo, from: Uint8Array): Uint8Array {
  const { height, rowStride, planeStride, channels, sampleFormat } = info;
  const row = rowBytes(info);
  const planes = isPlanar(sampleFormat) ? channels : 1;
  const to = new Uint8Array(row * height * planes);
  for (let p = 0; p < planes; p++) {
    for (let y = 0; y < height; y++) {
      const start = p * planeStride + y * rowStride;
      to.set(from.subarray(start, start + row), (p * height + y) * row);
    }
  }
  return to;
}
