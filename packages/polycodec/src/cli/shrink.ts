/** Small pictures from larger ones. */
import { Image } from "@polycodec/core";

/** The sides of a picture that fits into a square of `box` pixels without being enlarged. */
export function fitInto(width: number, height: number, box: number): { width: number; height: number } {
  const ratio = Math.min(1, box / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * ratio)), height: Math.max(1, Math.round(height * ratio)) };
}

/** The largest denominator at which a decode is still no smaller than what `box` needs. */
export function decodeScale(width: number, height: number, box: number): 1 | 2 | 4 | 8 {
  const longest = Math.max(width, height);
  return ([8, 4, 2] as const).find((scale) => longest / scale >= box) ?? 1;
}

/**
 * An interleaved RGB picture, made to fit by averaging: each new pixel is the mean of the area it covers, rows first and
 * then columns. The result is memory of its own.
 */
export function shrink(image: Image, box: number): Image {
  const { width, height } = fitInto(image.width, image.height, box);
  const samples = image.packed();
  if (width === image.width && height === image.height)
    return Image.from(samples.slice(), { width, height, channels: 3 });
  const columns = coverage(image.width, width);
  const rows = coverage(image.height, height);

  const narrow = new Float32Array(width * image.height * 3);
  for (let y = 0; y < image.height; y++) {
    for (let x = 0; x < width; x++) {
      const { first, weights } = columns[x]!;
      for (let c = 0; c < 3; c++) {
        let sum = 0;
        for (let i = 0; i < weights.length; i++) sum += samples[(y * image.width + first + i) * 3 + c]! * weights[i]!;
        narrow[(y * width + x) * 3 + c] = sum;
      }
    }
  }
  const small = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const { first, weights } = rows[y]!;
    for (let i = 0; i < width * 3; i++) {
      let sum = 0.5;
      for (let j = 0; j < weights.length; j++) sum += narrow[(first + j) * width * 3 + i]! * weights[j]!;
      small[y * width * 3 + i] = sum;
    }
  }
  return Image.from(small, { width, height, channels: 3 });
}

/** For each of `to` places, which of `from` places it covers, and how much of its value each is. */
function coverage(from: number, to: number): { first: number; weights: Float32Array }[] {
  const step = from / to;
  return Array.from({ length: to }, (_, i) => {
    const start = i * step;
    const end = Math.min(from, (i + 1) * step);
    const first = Math.floor(start);
    const last = Math.min(from, Math.ceil(end - 1e-9));
    const weights = new Float32Array(last - first);
    for (let j = first; j < last; j++) weights[j - first] = (Math.min(end, j + 1) - Math.max(start, j)) / (end - start);
    return { first, weights };
  });
}
