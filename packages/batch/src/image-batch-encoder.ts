/** Batches of images into files. */
import { access, mkdir, readdir } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { Encoder, Image, PolycodecError, registry, Tensor } from "@polycodec/core";
import type { Batch, BatchData, BatchLike, NhwcTensor } from "./batch.js";
import { BatchError, type FileFailure } from "./batch-error.js";
import { type EncodeJob, EncodeQueue } from "./encode-queue.js";
import { ENCODER_CHECKS, type ImageBatchEncoderOptions } from "./encoder-options.js";
import { checkOptions, invalid } from "./options.js";
import { ranged } from "./perf.js";

/** `writeAll` has so many images on their way, and never less than a batch: enough to keep all threads at work. */
const IMAGES_AT_A_TIME = 64;

/** What became of one image. */
export type WriteResult =
  | { readonly file: string; readonly path: string; readonly error?: undefined }
  | { readonly file: string; readonly path?: string; readonly error: Error };

/** Writes batches of images to a folder, under names made from those of the files they come from. */
export class ImageBatchEncoder {
  /** For the stage interface of pipelines. */
  readonly name = "image_batch_encoder";
  /** The layout of tensors that are taken without conversion, and where they lie: what stages before may ask. */
  readonly inputLayout = "NHWC";
  readonly gpuInput = false;
  readonly #options: ImageBatchEncoderOptions;
  readonly #encoder: Encoder;
  readonly #queue: EncodeQueue;
  readonly #extension: string;
  /** How paths begin, unless `name` makes them. */
  readonly #beginning: string;
  /** Names that have been given, and to which files. */
  readonly #names = new Map<string, string>();
  readonly #failures: FileFailure[] = [];
  readonly #writing = new Set<Promise<unknown>>();
  #started: Promise<void> | undefined;
  #total = 0;

  /** @throws PolycodecError for options */
  constructor(options: ImageBatchEncoderOptions) {
    checkOptions("ImageBatchEncoderOptions", options, ENCODER_CHECKS);
    if (options.outputPath === undefined) throw invalid("ImageBatchEncoderOptions.outputPath: expected a folder");
    this.#options = options;
    this.#encoder = options.encoder ?? new Encoder();
    const { codec = "jpeg", encode, overwrite = false, outputPath, prefix = "out_" } = options;
    this.#beginning = join(outputPath, `${prefix}x`).slice(0, -1);
    this.#queue = new EncodeQueue(this.#encoder, { ...encode, codec, overwrite });
    this.#extension = registry.parsers.find((parser) => parser.codec === codec)?.extensions[0] ?? `.${codec}`;
  }

  /**
   * Makes the folder. With the files that are to come (`decoder.files`), refuses names that would collide, and files that
   * exist, before anything is decoded. Without it the first `write` begins.
   *
   * @throws PolycodecError: ERR_POLYCODEC_INVALID_ARGUMENT, ERR_POLYCODEC_FILE_EXISTS, ERR_POLYCODEC_IO
   */
  async start(files?: readonly string[]): Promise<void> {
    this.#started ??= this.#makeFolder();
    await this.#started;
    if (!Array.isArray(files)) return;
    const batch = { batchIdx: 0, data: [], fileInfo: files };
    const paths = this.#plan(batch, () => true, new Map(this.#names));
    if (this.#options.overwrite) return;
    const found = await existing(paths);
    if (found.length > 0)
      throw new PolycodecError(
        "ERR_POLYCODEC_FILE_EXISTS",
        `${found.slice(0, 5).join(", ")}${found.length > 5 ? ` and ${found.length - 5} more` : ""} exist already`,
      );
  }

  /**
   * Writes the images of a batch; resolves when all are written or have failed, with a result for each. A file appears
   * under its name only when it is whole. The next batch may be written meanwhile.
   *
   * @throws PolycodecError for a batch that makes no sense, and for names that collide: nothing of it is written
   */
  write(batch: BatchLike): Promise<WriteResult[]> {
    const writing = ranged(this.#options.perf, "encoder.polycodec", () => this.#write(batch));
    this.#writing.add(writing);
    const settled = () => this.#writing.delete(writing);
    writing.then(settled, settled);
    return writing;
  }

  /**
   * Writes all batches of a decoder, several at a time, however small they are, and releases each. `done` is told of every batch,
   * in order.
   */
  async writeAll(
    batches: AsyncIterable<Batch>,
    done: (results: readonly WriteResult[], batch: Batch) => void = () => {},
  ): Promise<void> {
    const writing: { readonly batch: Batch; readonly results: Promise<WriteResult[]> }[] = [];
    let images = 0;
    const settle = async () => {
      const { batch, results } = writing.shift()!;
      images -= batch.length;
      try {
        done(await results, batch);
      } finally {
        batch.release();
      }
    };
    try {
      for await (const batch of batches) {
        const results = this.write(batch);
        results.catch(() => undefined); // it is awaited in its turn
        writing.push({ batch, results });
        images += batch.length;
        while (writing.length > 1 && images > IMAGES_AT_A_TIME) await settle();
      }
      while (writing.length > 0) await settle();
    } finally {
      await Promise.allSettled(writing.map(({ results }) => results));
    }
  }

  /** The same as `write`, for pipelines. */
  process(batch: BatchLike): Promise<WriteResult[]> {
    return this.write(batch);
  }

  /** Waits until everything is written. @throws BatchError with all that failed, files that could not be decoded included */
  async join(): Promise<void> {
    while (this.#writing.size > 0) await Promise.allSettled(this.#writing);
    await this.#queue.end();
    if (!this.#options.encoder) this.#encoder.close();
    if (this.#failures.length > 0) throw new BatchError(this.#failures, this.#total, "written");
  }

  async #makeFolder(): Promise<void> {
    const { outputPath, createDir = true } = this.#options;
    try {
      if (createDir)
        await mkdir(outputPath, { recursive: true }).catch(() => mkdir(outputPath)); // which says more
      else await access(outputPath);
    } catch (cause) {
      throw new PolycodecError("ERR_POLYCODEC_IO", `${outputPath}: ${(cause as Error).message}`, { cause });
    }
  }

  async #write(batch: BatchLike): Promise<WriteResult[]> {
    await this.start();
    const images = imagesOf(batch.data);
    const { fileInfo } = batch;
    const errors = batch.errors ?? errorsOf(batch.data);
    if (images.length !== fileInfo.length)
      throw invalid(`batch ${batch.batchIdx}: ${images.length} images and ${fileInfo.length} files`);
    const paths = this.#plan(batch, (i) => Boolean(images[i] && !errors?.[i]), this.#names);
    this.#total += images.length;
    const results = await this.#encode(images, fileInfo, errors, paths);
    for (const { file, path, error } of results) if (error) this.#failures.push({ file, ...(path && { path }), error });
    return results;
  }

  /** Resolves when the last of the images is settled. */
  #encode(
    images: readonly (Image | null)[],
    fileInfo: readonly string[],
    errors: BatchLike["errors"],
    paths: readonly (string | undefined)[],
  ): Promise<WriteResult[]> {
    const results = new Array<WriteResult>(images.length);
    const jobs: EncodeJob[] = [];
    return new Promise((resolve) => {
      let left = 1; // this loop counts, so that nothing resolves before it is through
      const done = () => {
        if (--left === 0) resolve(results);
      };
      images.forEach((image, i) => {
        const file = fileInfo[i]!;
        const path = paths[i];
        if (!image || path === undefined) {
          results[i] = { file, error: errors?.[i] ?? invalid(`${file}: no image`) };
          return;
        }
        const settle = (error?: Error) => {
          results[i] = error ? { file, path, error } : { file, path };
          if (this.#options.releaseImages) image.release();
          done();
        };
        left++;
        if (image.isReleased)
          settle(new PolycodecError("ERR_POLYCODEC_IMAGE_RELEASED", `${file}: its image has been released`));
        else jobs.push({ image, path, settle });
      });
      this.#queue.add(jobs);
      done();
    });
  }

  /** Names for the images that there are, all different from those in `taken`, to which they are added: all or none. */
  #plan(batch: BatchLike, isThere: (i: number) => boolean, taken: Map<string, string>): (string | undefined)[] {
    const { onCollision = "throw" } = this.#options;
    const paths = new Array<string | undefined>(batch.fileInfo.length).fill(undefined);
    try {
      batch.fileInfo.forEach((file, i) => {
        if (!isThere(i)) return;
        const wanted = this.#pathOf(file, i, batch);
        const owner = taken.get(wanted);
        if (owner !== undefined && owner !== file && onCollision === "throw")
          throw invalid(`${owner} and ${file} would both become ${wanted}`);
        let path = wanted;
        if (owner !== undefined) for (let n = 1; taken.has(path); n++) path = numbered(wanted, n);
        taken.set(path, file);
        paths[i] = path;
      });
    } catch (error) {
      for (const path of paths) if (path !== undefined) taken.delete(path);
      throw error;
    }
    return paths;
  }

  #pathOf(file: string, i: number, batch: BatchLike): string {
    const { name, outputPath } = this.#options;
    if (name) return join(outputPath, name(file, i, batch));
    return this.#beginning + basename(file, extname(file)) + this.#extension;
  }
}

/** The images that a batch holds, over the same memory. */
function imagesOf(data: BatchData): readonly (Image | null)[] {
  if (Array.isArray(data)) return data as readonly (Image | null)[];
  if (data instanceof Tensor)
    return data.results.map(({ status }, i) => (status === "fulfilled" ? data.image(i) : null));
  const { data: elements, shape } = data as NhwcTensor;
  const [count, height, width, channels] = shape;
  if (!(elements instanceof Uint8Array) || (channels !== 1 && channels !== 3))
    throw invalid(
      `data: expected a tensor of 8 bits and 1 or 3 channels, got ${channels} in a ${elements.constructor.name}`,
    );
  const size = height * width * channels;
  return Array.from({ length: count }, (_, i) =>
    Image.from(elements.subarray(i * size, (i + 1) * size), { width, height, channels }),
  );
}

/** Why samples of a tensor are missing. */
function errorsOf(data: BatchData): BatchLike["errors"] {
  if (!(data instanceof Tensor)) return undefined;
  return data.results.map((result) => (result.status === "rejected" ? result.reason : null));
}

function numbered(path: string, n: number): string {
  const extension = extname(path);
  return `${path.slice(0, path.length - extension.length)}_${n}${extension}`;
}

/** Those of the paths that exist. A listing a folder: to ask for each of them takes longer than to decode it. */
async function existing(paths: Iterable<string | undefined>): Promise<string[]> {
  const listings = new Map<string, ReadonlySet<string>>();
  const found: string[] = [];
  for (const path of paths) {
    if (path === undefined) continue;
    const folder = dirname(path);
    const names = listings.get(folder) ?? new Set(await readdir(folder).catch(() => []));
    listings.set(folder, names);
    if (names.has(basename(path))) found.push(path);
  }
  return found;
}
