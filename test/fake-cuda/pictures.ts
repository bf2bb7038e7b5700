/** Pictures to try a fake codec library with, and what came of them. */
import type { Decoder, Image } from "@polycodec/core";
import { drawPicture } from "@polycodec/core/testing";

export const drawn = (width: number, height: number, seed = width): Image => drawPicture(width, height, { seed });

/** The largest difference of two pictures' samples. */
export function worst(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < b.length; i++) most = Math.max(most, Math.abs(a[i]! - b[i]!));
  return a.length === b.length ? most : Infinity;
}

/** How many samples a backend has had. */
export const samplesOf = (decoder: Decoder, backend: string): number =>
  decoder
    .stats()
    .devices.flatMap(({ lanes }) => lanes)
    .filter((lane) => lane.backend === backend)
    .reduce((sum, { samples }) => sum + samples, 0);

/** How many samples each device has had. */
export const samplesByDevice = (decoder: Decoder): Record<string, number> =>
  Object.fromEntries(
    decoder.stats().devices.map(({ device, lanes }) => [device, lanes.reduce((sum, { samples }) => sum + samples, 0)]),
  );
