/** A folder, a list or a file as batches of images. */
import { Decoder, type Image, type ResizeOptions, type TensorOptions } from "@polycodec/core";
import { Batch, type NhwcTensor } from "./batch.js";
import { BatchError, type FileFailure } from "./batch-error.js";
import { findImages } from "./find-images.js";
import { bySize, commonSize, type Member, readHeads, type Size, unread } from "./grouping.js";
import { boolean, callback, checkOptions, integer, invalid, object, oneOf, textOrTexts, texts } from "./options.js";
import { type Perf, ranged } from "./perf.js";
import { type Memory, releasedByLast } from "./shared-memory.js";

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

/**
 * Small batches are decoded so many images at a time, since a call has its price: twice the speed for batches of 1 to 4.
 * Not more of them than make up half of what is read ahead, and so many bytes: for larger ones the price is nothing.
 */
const IMAGES_TOGETHER = 32;
const BYTES_TOGETHER = 2 ** 24;

const FORMATS = { RGB: "I_RGB", BGR: "I_BGR", Y: "I_Y" } as const;

/** What becomes of all pictures of a tensor. */
type Geometry = { readonly resize: ResizeOptions } | { readonly crop: Size };

/**
 * Decodes files in batches, a few batches ahead of whoever asks for them. Every batch carries its files' names, and its
 * images in one piece of memory if they have one size.
 */
export class ImageBatchDecoder implements AsyncIterable<Batch> {
  /** What will be decoded, in order. */
  readonly files: readonly string[];
  readonly #options: ImageBatchDecoderOptions;
  readonly #decoder: Decoder;
  readonly #readAhead: number;
  /** Batches that are decoded in one call, if they are small. */
  readonly #together: number;
  /** Batches of one size, if these are wanted; otherwise they are files as they come, from `#nextFile` on. */
  readonly #groups: AsyncGenerator<Member[], void, void> | undefined;
  #nextFile = 0;
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
    this.#readAhead = options.readAhead ?? Math.max(2, Math.ceil(64 / batchSize));
    const isGrouped = options.uniform === "group" && !options.resize;
    this.#groups = isGrouped ? bySize(this.files, batchSize, this.#heads()) : undefined;
    this.#together = isGrouped
      ? 1
      : Math.max(1, Math.min(Math.floor((this.#readAhead + 1) / 2), Math.floor(IMAGES_TOGETHER / batchSize)));
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
    while (this.#ahead.length + this.#together <= this.#readAhead + 1)
      for (const batch of this.#begin()) {
        batch.catch(() => undefined); // whoever asks for it will see
        this.#ahead.push(batch);
      }
  }

  /** Batches that nobody will ask for. */
  async #drop(): Promise<void> {
    this.#nextFile = this.files.length;
    await this.#groups?.return();
    for (const batch of await Promise.allSettled(this.#ahead.splice(0)))
      if (batch.status === "fulfilled") batch.value?.release();
  }

  #heads() {
    const { applyExifOrientation: turned = true, limits } = this.#options.decode ?? {};
    return { turned, limits };
  }

  /** The next batches that are decoded together, on their way; `null` when there are no more. */
  #begin(): Promise<Batch | null>[] {
    if (this.#groups)
      return [this.#groups.next().then(({ value }) => (value ? this.#decode(this.#batches++, value) : null))];
    const { batchSize } = this.#options;
    const groups: string[][] = [];
    for (; groups.length < this.#together && this.#nextFile < this.files.length; this.#nextFile += batchSize)
      groups.push(this.files.slice(this.#nextFile, this.#nextFile + batchSize));
    if (groups.length === 0) return [Promise.resolve(null)];
    const batches = this.#decodeGroups(this.#batches, groups);
    this.#batches += groups.length;
    return groups.map((_, i) => batches.then((all) => all[i]!()));
  }

  /** Of each group, how to come to its batch. */
  async #decodeGroups(
    batchIdx: number,
    groups: readonly (readonly string[])[],
  ): Promise<(() => Batch | Promise<Batch>)[]> {
    const { resize } = this.#options;
    const files = groups.flat();
    const members = resize ? files.map(unread) : await readHeads(files, this.#heads());
    let start = 0;
    const split = groups.map(({ length }) => members.slice(start, (start += length)));
    const size = resize ? undefined : commonSize(members);
    const geometry = resize ? { resize } : size && { crop: size };
    if (geometry && bytesOf(geometry) * files.length <= BYTES_TOGETHER)
      return this.#tensorBatches(batchIdx, split, geometry);
    const batches = split.map((group, i) => this.#decode(batchIdx + i, group));
    for (const batch of batches) batch.catch(() => undefined); // it is awaited in its turn
    return batches.map((batch) => () => batch);
  }

  /** A batch of its own. */
  async #decode(batchIdx: number, members: readonly Member[]): Promise<Batch> {
    const { uniform = "allow", resize } = this.#options;
    const size = resize ? undefined : commonSize(members);
    if (!resize && !size) {
      if (uniform === "require" && members.some((member) => member.size)) throw differingSizes(members);
      return this.#listBatch(batchIdx, members);
    }
    const [batch] = await this.#tensorBatches(batchIdx, [members], resize ? { resize } : { crop: size! });
    return batch!();
  }

  /** Images of one size, in one piece of memory, which goes back when all of the batches have been released. */
  async #tensorBatches(
    batchIdx: number,
    groups: readonly (readonly Member[])[],
    geometry: Geometry,
  ): Promise<(() => Batch)[]> {
    const { decode, channels = "RGB" } = this.#options;
    const tensor = await this.#decoder.decodeTensor(
      groups.flatMap((group) => group.map(({ stream }) => stream)),
      { ...decode, ...geometry, channels, layout: "NHWC", dtype: "uint8" },
    );
    const [, height, width, depth] = tensor.shape;
    const bytes = height * width * depth;
    const data = tensor.data as Uint8Array;
    const memory = releasedByLast(tensor, groups.length);
    let start = 0;
    return groups.map((members, i) => {
      const from = start;
      start += members.length;
      return () => {
        const results = tensor.results.slice(from, from + members.length);
        const own = data.subarray(from * bytes, (from + members.length) * bytes);
        const images = results.map(({ status }, k) => (status === "fulfilled" ? tensor.image(from + k) : null));
        const errors = results.map((result) => (result.status === "rejected" ? result.reason : null));
        const nhwc = { data: own, shape: [members.length, height, width, depth] as const };
        return this.#settled(batchIdx + i, members, images, errors, nhwc, memory[i]);
      };
    });
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
    memory: Memory | undefined,
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

/** At most so many bytes a picture; unknown before the headers have been read if only one side is given. */
function bytesOf(geometry: Geometry): number {
  const box = "crop" in geometry ? geometry.crop : geometry.resize;
  return "width" in box ? box.width * box.height * 3 : Number.POSITIVE_INFINITY;
}

function differingSizes(members: readonly Member[]): Error {
  const shown = members.flatMap(({ file, size }) => (size ? [{ file, size: `${size.width}x${size.height}` }] : []));
  const [first] = shown;
  const other = shown.find(({ size }) => size !== first!.size)!;
  return invalid(`uniform: "require": ${first!.file} is ${first!.size}, ${other.file} is ${other.size}`);
}
