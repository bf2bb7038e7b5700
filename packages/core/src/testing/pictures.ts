/** Pictures for tests: drawn from a seed, with smooth parts, edges and noise, so that no codec finds them trivial. */
import { channelsOf, type SampleDataType, type SampleFormat } from "../enums.js";
import { Image } from "../image/image.js";

/** Uniform numbers in [0, 1) from a seed: mulberry32. The same seed gives the same numbers everywhere. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A picture of interleaved samples, `noise` (0 to 1) of the range in strength. Default format by channels, uint8. */
export function drawPicture(
  width: number,
  height: number,
  {
    seed = 1,
    sampleFormat = "I_RGB" as SampleFormat,
    dtype = "uint8" as SampleDataType & ("uint8" | "uint16"),
    noise = 0.05,
  } = {},
): Image {
  const channels = channelsOf(sampleFormat) ?? 3;
  const random = seededRandom(seed);
  const max = dtype === "uint16" ? 65_535 : 255;
  const data =
    dtype === "uint16" ? new Uint16Array(width * height * channels) : new Uint8Array(width * height * channels);
  const phase = Array.from({ length: channels }, () => random() * 6);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const edge = Math.sin(x * 0.11 + y * 0.07) > 0.8 ? 0.3 : 0;
      for (let c = 0; c < channels; c++) {
        const smooth = 0.5 + 0.3 * Math.sin(x / 37 + phase[c]!) * Math.cos(y / 29 + phase[c]!);
        data[i++] = Math.min(max, Math.max(0, Math.round((smooth + edge + noise * (random() - 0.5)) * max)));
      }
    }
  }
  return Image.from(data, { width, height, channels, sampleFormat, dtype });
}

/** Peak signal-to-noise ratio in decibels of two equally long runs of samples; Infinity when they are equal. */
export function psnr(a: ArrayLike<number>, b: ArrayLike<number>, max = 255): number {
  if (a.length !== b.length) return -Infinity;
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i]! - b[i]!) ** 2;
  return sum === 0 ? Infinity : 10 * Math.log10((max * max * a.length) / sum);
}
