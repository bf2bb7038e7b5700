/** A folder, a list or a file as batches of images. */
import { Decoder, Image, type ResizeOptions, type TensorOptions } from "@polycodec/core";
import { Batch, type NhwcTensor } from "./batch.js";
import { BatchError, type FileFailure } from "./batch-error.js";
import { findImages } from "./find-images.js";
import { bySize, commonSize, type Member, readHeads, type Size, unread } from "./grouping.js";
import { boolean, callback, checkOptions, integer, invalid, object, oneOf, textOrTexts, texts } from "./options.js";
import { type Perf, ranged } from "./perf.js";

/** Options of ImageBatchDecoder. */
export interface ImageBatchDecoderOptions {
  /** A folder, a file, or a list of files. */
  readonly inputPath: string | readonly string[];
  /** Images a batch; the last one may have fewer. */
  readonly batchSize: number;
  /** Enter subfolders? Default false. */
  readonly recursive?: boolean;
  /** Which files of a folder, with their periods. Default: what the registered codecs can decode. */
  readonly extensions?: readonly string[];
  /** Files of a folder by the bytes of their paths (`"name"`, default), or as the system lists them. */
  readonly order?: "name" | "directory";
  /** Does a single file stand for a batch of it, `batchSize` times? Default true, as in the reference. */
  readonly repeatSingleFile?: boolean;
  /**
   * Batches are files as they come, whatever their sizes (`"allow"`, default); or of one size each, in the order in which
   * they become full (`"group"`); or it is an error when sizes differ (`"require"`).
   */
  readonly uniform?: "allow" | "group" | "require";
  /** Resize all images to one size. Default no. */
  readonly resize?: ResizeOptions;
  /** `"RGB"` (default), `"BGR"` or `"Y"`. */
  readonly channels?: "RGB" | "BGR" | "Y";
  /** How to decode, besides. */
  readonly decode?: Pick<
    TensorOptions,
    "applyExifOrientation" | "onTruncated" | "strict" | "background" | "limits" | "signal" | "shrinkOnLoad"
  >;
  /**
   * A file that cannot be decoded is `null` in its batch, with the reason in `errors` (`"null"`, default); or left out of
   * it and told of by `join` (`"skip"`); or `next` rejects with its reason (`"throw"`).
   */
  readonly onError?: "null" | "skip" | "throw";
  /** Batches that are decoded before they are asked for. Default 2, or as many as hold 64 images. */
  readonly readAhead?: number;
  /** Default: one for this alone. */
  readonly decoder?: Decoder;
  readonly perf?: Perf;
}

const CHECKS = {
  inputPath: textOrTexts,
  batchSize: integer(1),
  recursive: boolean,
  extensions: texts,
  order: oneOf("name", "directory"),
  repeatSingleFile: boolean,
  uniform: oneOf("allow", "group", "require"),
  resize: object,
  channels: oneOf("RGB", "BGR", "Y"),
  decode: object,
  onError: oneOf("null", "skip", "throw"),
  readAhead: integer(0),
  decoder: object,
  perf: (value: unknown) => object(value) && callback(value),
};

const FORMATS = { RGB: "I_RGB", BGR: "I_BGR", Y: "I_Y" } as const;

/**
 * Decodes files in batches, a few batches ahead of whoever asks for them. Every batch carries its files' names, and its
 * images in one piece of memory if they have one size.
 */
export class ImageBatchDecoder implements AsyncIterable<Batch> {
  /** What will be decoded, in order. */
  readonly files: readonly string[];
  readonly #options: ImageBatchDecoderOptions;
  readonly #decoder: Decoder;
  readonly #groups: AsyncIterator<Member[], void, void>;
  /** Batches on their way, in order. */
  readonly #ahead: Promise<Batch | null>[] = [];
  readonly #skipped: FileFailure[] = [];
  #batches = 0;

  /** @throws PolycodecError for options, and for a path that is not there */
  constructor(options: ImageBatchDecoderOptions) {
    checkOptions("ImageBatchDecoderOptions", options, CHECKS);
    const { inputPath, batchSize, recursive = false, extensions, order = "name", repeatSingleFile = true } = options;
    if (inputPath === undefined) throw invalid("ImageBatchDecoderOptions.inputPath: expected a path");
    if (batchSize === undefined) throw invalid("ImageBatchDecoderOptions.batchSize: expected a whole number");
    this.#options = options;
    this.#decoder = options.decoder ?? new Decoder();
    const { files, isSingleFile } = findImages(inputPath, { recursive, extensions, order });
    this.files = isSingleFile && repeatSingleFile ? Array<string>(batchSize).fill(files[0]!) : files;
    this.#groups = this.#grouped();
  }

  /** Number of files. */
  get length(): number {
    return this.files.length;
  }

  /** Begins to decode; without it the first `next` does. */
  async start(): Promise<void> {
    this.#fill();
  }

  /** The next batch; `null` when all have been given. @throws DecodeError with `onError: "throw"`, the signal's reason */
  next(): Promise<Batch | null> {
    return ranged(this.#options.perf, "decoder.polycodec", async () => {
      this.#fill();
      const batch = await this.#ahead.shift()!;
      if (batch) this.#fill();
      return batch;
    });
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Batch, void, void> {
    try {
      for (let batch = await this.next(); batch; batch = await this.next()) yield batch;
    } finally {
      await this.#drop();
    }
  }

  /** Lets go of what is still ahead. @throws BatchError with all files that were skipped */
  async join(): Promise<void> {
    await this.#drop();
    if (!this.#options.decoder) this.#decoder.close();
    if (this.#skipped.length > 0) throw new BatchError(this.#skipped, this.files.length, "decoded");
  }

  #fill(): void {
    const { batchSize, readAhead = Math.max(2, Math.ceil(64 / batchSize)) } = this.#options;
    while (this.#ahead.length <= readAhead) {
      const batch = this.#make();
      batch.catch(() => undefined); // whoever asks for it will see
      this.#ahead.push(batch);
    }
  }

  /** Batches that nobody will ask for. */
  async #drop(): Promise<void> {
    await this.#groups.return?.();
    for (const batch of await Promise.allSettled(this.#ahead.splice(0)))
      if (batch.status === "fulfilled") batch.value?.release();
  }

  async *#grouped(): AsyncGenerator<Member[], void, void> {
    const { batchSize, uniform = "allow", resize } = this.#options;
    if (uniform === "group" && !resize) yield* bySize(this.files, batchSize, this.#heads());
    else for (let i = 0; i < this.files.length; i += batchSize) yield this.files.slice(i, i + batchSize).map(unread);
  }

  #heads() {
    const { applyExifOrientation: turned = true, limits } = this.#options.decode ?? {};
    return { turned, limits };
  }

  async #make(): Promise<Batch | null> {
    const { value: members } = await this.#groups.next();
    if (!members) return null;
    const batchIdx = this.#batches++;
    const { uniform = "allow", resize } = this.#options;
    if (resize) return this.#tensorBatch(batchIdx, members, { resize });
    const known =
      uniform === "group"
        ? members
        : await readHeads(
            members.map(({ file }) => file),
            this.#heads(),
          );
    const size = commonSize(known);
    if (!size && uniform === "require" && known.some((member) => member.size)) throw differingSizes(known);
    return size ? this.#tensorBatch(batchIdx, known, { crop: size }) : this.#listBatch(batchIdx, known);
  }

  /** Images of one size, in one piece of memory. */
  async #tensorBatch(
    batchIdx: number,
    members: readonly Member[],
    geometry: { readonly resize: ResizeOptions } | { readonly crop: Size },
  ): Promise<Batch> {
    const { decode, channels = "RGB" } = this.#options;
    const tensor = await this.#decoder.decodeTensor(
      members.map(({ stream }) => stream),
      { ...decode, ...geometry, channels, layout: "NHWC", dtype: "uint8" },
    );
    const [, height, width, depth] = tensor.shape;
    const layout = { width, height, channels: depth, sampleFormat: FORMATS[channels] };
    const images = tensor.results.map((result, i) =>
      result.status === "fulfilled" ? Image.from(tensor.slot(i) as Uint8Array, layout) : null,
    );
    const errors = tensor.results.map((result) => (result.status === "rejected" ? result.reason : null));
    const nhwc = { data: tensor.data as Uint8Array, shape: tensor.shape };
    return this.#settled(batchIdx, members, images, errors, nhwc, tensor);
  }

  async #listBatch(batchIdx: number, members: readonly Member[]): Promise<Batch> {
    const { decode: { shrinkOnLoad: _, ...decode } = {}, channels = "RGB" } = this.#options;
    const streams = members.map(({ stream }) => stream);
    const results = await this.#decoder.decode(streams, { ...decode, sampleFormat: FORMATS[channels] });
    const images = results.map((result) => (result.status === "fulfilled" ? result.value : null));
    const errors = results.map((result) => (result.status === "rejected" ? result.reason : null));
    return this.#settled(batchIdx, members, images, errors, undefined, undefined);
  }

  /** The batch, with what has failed treated as the options say. */
  #settled(
    batchIdx: number,
    members: readonly Member[],
    images: readonly (Image | null)[],
    errors: readonly (Error | null)[],
    tensor: NhwcTensor | undefined,
    memory: { release(): void } | undefined,
  ): Batch {
    const { onError = "null" } = this.#options;
    const files = members.map(({ file }) => file);
    const batch = new Batch(batchIdx, images, files, errors, tensor, memory);
    const failed = errors.flatMap((error, i) => (error ? [{ file: files[i]!, error }] : []));
    if (failed.length === 0 || onError === "null") return batch;
    if (onError === "throw") {
      batch.release();
      throw failed[0]!.error;
    }
    this.#skipped.push(...failed);
    const kept = <T>(list: readonly T[]) => list.filter((_, i) => !errors[i]);
    // The tensor has places for all; without some of them it is a tensor no more.
    return new Batch(batchIdx, kept(images), kept(files), kept(errors), undefined, memory);
  }
}

function differingSizes(members: readonly Member[]): Error {
  const shown = members.flatMap(({ file, size }) => (size ? [{ file, size: `${size.width}x${size.height}` }] : []));
  const [first] = shown;
  const other = shown.find(({ size }) => size !== first!.size)!;
  return invalid(`uniform: "require": ${first!.file} is ${first!.size}, ${other.file} is ${other.size}`);
}
