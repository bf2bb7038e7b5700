/** The pipeline behind `polycodec transcode`: decoding, encoding and writing go on at the same time. */
import { stat } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { CodeStream, Decoder, Encoder, type Image } from "@polycodec/core";
import { type DecodeFlags, decodeOptions } from "./decode-options.js";
import type { EncodeFlags } from "./encode-options.js";
import { InFlight } from "./in-flight.js";
import { type Input, sourceOf } from "./inputs.js";
import { keptMetadata } from "./kept-metadata.js";
import { failure, type Item } from "./report.js";
import { writeImages } from "./write-images.js";

export interface TranscodeItem extends Item {
  readonly output?: string;
  /** Of the original. */
  readonly codec?: string;
  /** Pixels of the result. */
  readonly width?: number;
  readonly height?: number;
  readonly channels?: number;
  readonly bytesBefore?: number;
  readonly bytesAfter?: number;
  readonly warnings?: readonly string[];
}

export interface TranscodeSettings {
  readonly decode: DecodeFlags;
  readonly encode: EncodeFlags;
  readonly keepMetadata: boolean;
  readonly force: boolean;
  readonly signal: AbortSignal;
}

interface Job {
  readonly input: Input;
  readonly output: string;
  readonly stream: CodeStream;
}

/** Files whose headers are read together, before their pixels. */
const WINDOW = 256;
/** Images are handed to the encoder in chunks: enough of them to keep all cores busy, few enough to fit in memory. */
const CHUNK_IMAGES = 32;
const CHUNK_BYTES = 64 << 20;
/** Chunks encoded at a time, while the next fills. A chunk of large pictures holds two or so: it keeps two cores busy. */
const CHUNKS = Math.max(2, Math.ceil(availableParallelism() / 2));

/** Transcodes all inputs and tells of each as soon as it is done, in no particular order. */
export async function transcodeBatch(
  inputs: readonly Input[],
  outputs: readonly string[],
  settings: TranscodeSettings,
  done: (item: TranscodeItem) => void,
): Promise<void> {
  using decoder = new Decoder();
  using encoder = new Encoder();
  const encoding = new InFlight(CHUNKS);
  try {
    for (let first = 0; first < inputs.length; first += WINDOW) {
      const window = inputs.slice(first, first + WINDOW);
      const jobs = await Promise.all(
        window.map(async (input, i) => ({
          input,
          output: outputs[first + i]!,
          stream: CodeStream.from(await sourceOf(input)),
        })),
      );
      for (const group of await byColor(jobs)) {
        await decodeGroup(decoder, group, settings, done, (chunk) =>
          encoding.add(() => encodeChunk(encoder, chunk, settings, done)),
        );
      }
    }
    await encoding.finish();
  } finally {
    await encoding.settle();
  }
}

interface Decoded {
  readonly job: Job;
  readonly image: Image;
}

async function decodeGroup(
  decoder: Decoder,
  { jobs, gray }: Group,
  { decode, signal }: TranscodeSettings,
  done: (item: TranscodeItem) => void,
  encode: (chunk: readonly Decoded[]) => Promise<void>,
): Promise<void> {
  const params = { ...decodeOptions(decode, signal), ...(gray && { colorSpec: "GRAY" as const }) };
  let chunk: Decoded[] = [];
  let bytes = 0;
  for await (const { index, result } of decoder.decodeStream(
    jobs.map(({ stream }) => stream),
    params,
  )) {
    const job = jobs[index]!;
    if (result.status === "rejected") {
      done({ ...facts(job), ok: false, error: failure(result.reason) });
      continue;
    }
    chunk.push({ job, image: result.value });
    bytes += result.value.bytes.length;
    if (chunk.length < CHUNK_IMAGES && bytes < CHUNK_BYTES) continue;
    await encode(chunk);
    chunk = [];
    bytes = 0;
  }
  if (chunk.length > 0) await encode(chunk);
}

async function encodeChunk(
  encoder: Encoder,
  chunk: readonly Decoded[],
  { encode, decode, keepMetadata, force, signal }: TranscodeSettings,
  done: (item: TranscodeItem) => void,
): Promise<void> {
  const jobs = await Promise.all(
    chunk.map(async ({ job, image }) => {
      const changes = { turned: decode.orientation, channels: image.channels };
      return { image, output: job.output, metadata: keepMetadata ? await keptMetadata(job.stream, changes) : [] };
    }),
  );
  const results = await writeImages(encoder, jobs, encode, { force, signal });
  for (const [i, result] of results.entries()) {
    const { job, image } = chunk[i]!;
    const { width, height, channels, warnings } = image;
    const known = { ...facts(job), width, height, channels, ...(warnings.length > 0 && { warnings }) };
    image.release();
    if (result.status === "rejected") done({ ...known, ok: false, error: failure(result.reason) });
    else done({ ...known, ok: true, output: job.output, bytesAfter: (await stat(job.output)).size });
  }
}

/** What is known of an original, even one whose pixels could not be had. */
function facts({ input, stream }: Job) {
  try {
    return { file: input.path, codec: stream.codecName, bytesBefore: stream.size };
  } catch {
    return { file: input.path };
  }
}

interface Group {
  readonly jobs: readonly Job[];
  readonly gray: boolean;
}

/** Gray pictures stay gray; all others become RGB. Parameters hold for a whole stream, so each kind has its own. */
async function byColor(jobs: readonly Job[]): Promise<readonly Group[]> {
  await Promise.allSettled(jobs.map(({ stream }) => stream.open()));
  const groups = [true, false].map((gray) => ({ gray, jobs: jobs.filter(({ stream }) => isGray(stream) === gray) }));
  return groups.filter((group) => group.jobs.length > 0);
}

function isGray(stream: CodeStream): boolean {
  try {
    return stream.numChannels === 1;
  } catch {
    return false; // Unreadable: the decoder will say why.
  }
}
