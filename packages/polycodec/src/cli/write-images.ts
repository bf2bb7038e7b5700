/** Encoding a few images into files; what `encode` and `transcode` have in common. */
import type { Encoder, Image, Metadata } from "@polycodec/core";
import { type EncodeFlags, encodeOptions } from "./encode-options.js";

export interface WriteJob {
  readonly image: Image;
  readonly output: string;
  readonly metadata?: readonly Metadata[];
}

/** One result per job, in order. Images of one channel go separately, because their parameters differ. */
export async function writeImages(
  encoder: Encoder,
  jobs: readonly WriteJob[],
  flags: EncodeFlags,
  { force, signal }: { readonly force: boolean; readonly signal: AbortSignal },
): Promise<PromiseSettledResult<string>[]> {
  const results = new Array<PromiseSettledResult<string>>(jobs.length);
  const isGray = ({ image }: WriteJob) => image.channels === 1;
  await Promise.all(
    [true, false].map(async (gray) => {
      const places = jobs.flatMap((job, i) => (isGray(job) === gray ? [i] : []));
      if (places.length === 0) return;
      const group = places.map((i) => jobs[i]!);
      const settled = await encoder.write(
        group.map(({ output }) => output),
        group.map(({ image }) => image),
        { ...encodeOptions(flags, gray), metadata: group.map(({ metadata }) => metadata), overwrite: force, signal },
      );
      places.forEach((place, i) => {
        results[place] = settled[i]!;
      });
    }),
  );
  return results;
}
