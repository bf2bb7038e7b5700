/** Encoding: one image or a batch, to memory or to files. */
import { registry as defaultRegistry } from "./default-registry.js";
import { ArgumentTypeError, PolycodecError } from "./errors.js";
import type { Image } from "./image/image.js";
import { internals } from "./image/internals.js";
import { isImage } from "./image/is-image.js";
import type { Limits } from "./limits.js";
import {
  type CompleteEncodeOptions,
  type EncodeOptions,
  metadataList,
  metadataOf,
  readEncodeOptions,
} from "./params/encode-params.js";
import { boolean, expected, nearest, optional, readOptions, text, withDefault } from "./params/options.js";
import { type EncoderOptions, readEncoderOptions } from "./params/scheduling-options.js";
import { type EncodeStreamOptions, splitStreamOptions } from "./params/stream-params.js";
import { PlannedEncode } from "./plan/encode-plan.js";
import type { Metadata } from "./plugin.js";
import type { Registry } from "./registry.js";
import { runtime } from "./runtime/load-addon.js";
import { Call } from "./schedule/call.js";
import { encodeTracing, traced, tracedSync } from "./schedule/diagnostics.js";
import { type EncodeResult, encodeWindows, encodeWindowsSync } from "./schedule/encode-batch.js";
import { type EncodedItem, type EncodeItem, encodeWork } from "./schedule/encode-stream.js";
import { checkSources, type Sources } from "./schedule/intake.js";
import { type BackendReport, Lanes } from "./schedule/lanes.js";
import type { SchedulerStats } from "./schedule/stats.js";
import { Stream } from "./schedule/stream.js";

const itemChecks = { image: (value: unknown) => value, path: optional(text), metadata: optional(metadataList) };

/** What core may do with an Encoder and users may not; set in the class's static block. */
export let encoderInternals: {
  readonly lanes: (encoder: Encoder) => Lanes<PlannedEncode>;
  /** @throws ERR_POLYCODEC_CLOSED */
  begin(encoder: Encoder, params: CompleteEncodeOptions): Call;
  /** Throws for what is no image, and for a codec that is not known. `fallback`: the codec where nothing names one. */
  plan(
    encoder: Encoder,
    image: Image,
    params: CompleteEncodeOptions,
    metadata: readonly Metadata[],
    path: string | undefined,
    fallback?: string,
  ): PlannedEncode;
};

/** Encodes with the backends of a registry. Holds live backends; one Encoder may serve many calls at once. */
export class Encoder {
  readonly #registry: Registry;
  readonly #limits: Limits;
  readonly #threads: number;
  readonly #watchdogMs: number;
  readonly #lanes: Lanes<PlannedEncode>;

  static {
    encoderInternals = {
      lanes: (encoder) => encoder.#lanes,
      begin: (encoder, params) => {
        encoder.#checkOpen();
        return encoder.#call(params);
      },
      plan: (encoder, image, params, metadata, path, fallback) =>
        encoder.#planOne("image", image, params, metadata, path, fallback),
    };
  }

  /** @throws TypeError, RangeError for options that are unknown or out of range */
  constructor(options?: EncoderOptions) {
    const given = readEncoderOptions(options);
    this.#registry = given.registry ?? defaultRegistry;
    this.#limits = given.limits;
    this.#threads = given.maxCpuThreads;
    this.#watchdogMs = given.watchdogMs;
    const registry = this.#registry;
    this.#lanes = new Lanes<PlannedEncode>(
      () => registry.encoders as never,
      given.backends,
      given.options,
      () => given.maxCpuThreads || runtime().stats().threads,
      given.deviceId,
    );
  }

  /**
   * Encodes one image, or a batch, to memory. The images must not be changed or released until the call has settled.
   *
   * @throws EncodeError (one image), TypeError and RangeError for arguments, the signal's reason when aborted
   */
  encode(image: Image, options: EncodeOptions): Promise<Uint8Array>;
  encode(images: readonly Image[], options: EncodeOptions): Promise<EncodeResult<Uint8Array>[]>;
  async encode(
    images: Image | readonly Image[],
    options: EncodeOptions,
  ): Promise<Uint8Array | EncodeResult<Uint8Array>[]> {
    const single = !Array.isArray(images);
    const params = readEncodeOptions(options);
    const tasks = this.#plan(single ? [images as Image] : (images as readonly Image[]), undefined, params);
    const call = this.#call(params);
    const work = () =>
      this.#lanes.during(() => encodeWindows<Uint8Array>(tasks, this.#lanes, this.#limits.windowItems, call));
    const results = await traced(encodeTracing, tasks.length, () => call.whole(work()));
    return single ? value(results[0]!) : results;
  }

  /** The same, blocking this thread. @throws ERR_POLYCODEC_SYNC_UNSUPPORTED for a backend that has no blocking form */
  encodeSync(image: Image, options: EncodeOptions): Uint8Array;
  encodeSync(images: readonly Image[], options: EncodeOptions): EncodeResult<Uint8Array>[];
  encodeSync(images: Image | readonly Image[], options: EncodeOptions): Uint8Array | EncodeResult<Uint8Array>[] {
    const single = !Array.isArray(images);
    const params = readEncodeOptions(options);
    const tasks = this.#plan(single ? [images as Image] : (images as readonly Image[]), undefined, params);
    const call = this.#call(params);
    try {
      const results = tracedSync(encodeTracing, tasks.length, () => encodeWindowsSync(tasks, this.#lanes, call));
      return single ? value(results[0]!) : results;
    } finally {
      call.end();
    }
  }

  /**
   * Encodes one image, or a batch, to files. The codec is `options.codec`, else deduced from each file's extension. A
   * file appears under its name only when it is whole; one that exists is left alone unless `overwrite` is true.
   * Resolves to the path, or to results in the shape of `Promise.allSettled`.
   *
   * @throws EncodeError (one image), ERR_POLYCODEC_UNKNOWN_CODEC for an extension that no codec has, TypeError when
   *   two images go to one path
   */
  write(path: string, image: Image, options?: EncodeOptions): Promise<string>;
  write(paths: readonly string[], images: readonly Image[], options?: EncodeOptions): Promise<EncodeResult<string>[]>;
  async write(
    paths: string | readonly string[],
    images: Image | readonly Image[],
    options?: EncodeOptions,
  ): Promise<string | EncodeResult<string>[]> {
    const single = typeof paths === "string";
    const params = readEncodeOptions(options);
    const list = single ? [paths] : paths;
    if (!Array.isArray(list) || list.some((path) => typeof path !== "string"))
      throw expected("paths", "a path or an array of paths", paths);
    const imageList = single ? [images as Image] : (images as readonly Image[]);
    if (!Array.isArray(imageList) || imageList.length !== list.length)
      throw new ArgumentTypeError(`write: expected one image per path, ${list.length}`);
    const seen = new Set<string>();
    for (const path of list) {
      if (seen.has(path)) throw new ArgumentTypeError(`write: two images go to ${path}`);
      seen.add(path);
    }
    const tasks = this.#plan(imageList, list, params);
    const call = this.#call(params);
    const work = () =>
      this.#lanes.during(() => encodeWindows<string>(tasks, this.#lanes, this.#limits.windowItems, call));
    const results = await traced(encodeTracing, tasks.length, () => call.whole(work()));
    return single ? value(results[0]!) : results;
  }

  /**
   * Encodes an iterable of images of any length in bounded memory, to memory or, those with a `path`, to files: images
   * that have been drawn and results that have not been consumed stay within `limits.windowItems` and
   * `limits.windowBytes`. Results come in order, or as they finish with `ordered: false`. The images remain the caller's
   * unless `releaseImages` is true. Leaving the loop early cancels what is in flight.
   *
   * @throws TypeError, RangeError for arguments; the loop rejects with what `items` throws or for an item that is none,
   *   after the results before it, and with the signal's reason when aborted
   */
  encodeStream(items: Sources<EncodeItem>, options?: EncodeStreamOptions): AsyncIterableIterator<EncodedItem> {
    checkSources(items, "items");
    const [ordered, { releaseImages: releases, ...rest }] = splitStreamOptions("EncodeStreamOptions", options);
    const releaseImages = withDefault(boolean, false)(releases, "EncodeStreamOptions.releaseImages");
    const params = readEncodeOptions(rest);
    this.#checkOpen();
    return new Stream(items, { ordered, ...this.#limits }, encodeTracing, () => {
      this.#checkOpen();
      const plan = (item: EncodeItem) => {
        const { image, path, metadata } = readOptions("an item of encodeStream", item, itemChecks);
        return this.#planOne("image", image as Image, params, metadata ?? metadataOf(params.metadata, 0), path);
      };
      return encodeWork({ plan, lanes: this.#lanes, call: this.#call(params) }, releaseImages);
    });
  }

  /** Every registered encoder backend, whether it works here, and if not why. */
  get backends(): readonly BackendReport[] {
    return this.#lanes.reports();
  }

  /** What the lanes and devices have done so far: samples, busy and idle time, measured shares. */
  stats(): SchedulerStats {
    return this.#lanes.stats();
  }

  /** Lets go of the live backends. Calls in flight finish; later ones throw ERR_POLYCODEC_CLOSED. */
  close(): void {
    this.#lanes.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #call({ urgency, signal, deadlineMs }: CompleteEncodeOptions): Call {
    return new Call(this.#threads, this.#limits.maxScratchBytes, urgency, signal, deadlineMs, this.#watchdogMs);
  }

  #checkOpen(): void {
    if (this.#lanes.isClosed) throw new PolycodecError("ERR_POLYCODEC_CLOSED", "the Encoder has been closed");
  }

  #plan(
    images: readonly Image[],
    paths: readonly string[] | undefined,
    params: CompleteEncodeOptions,
  ): PlannedEncode[] {
    this.#checkOpen();
    return images.map((image, i) =>
      this.#planOne(
        images.length === 1 ? "image" : `images[${i}]`,
        image,
        params,
        metadataOf(params.metadata, i),
        paths?.[i],
      ),
    );
  }

  #planOne(
    name: string,
    image: Image,
    params: CompleteEncodeOptions,
    metadata: readonly Metadata[],
    path: string | undefined,
    fallback?: string,
  ): PlannedEncode {
    if (!isImage(image)) throw expected(name, "an Image (Image.from wraps your own pixels)", image);
    if (image.isReleased)
      throw new PolycodecError("ERR_POLYCODEC_IMAGE_RELEASED", "the image's memory has been released or moved");
    if (internals.isBusy(image))
      throw new PolycodecError("ERR_POLYCODEC_IMAGE_BUSY", "the image is being written by a decode");
    const codec = this.#codecOf(path, params.codec ?? (path === undefined ? fallback : undefined));
    return new PlannedEncode(
      codec,
      image,
      params.paramsFor(codec, image.channels),
      metadata,
      path,
      params.overwrite,
      this.#limits.maxScratchBytes,
      params.cudaStream,
    );
  }

  #codecOf(path: string | undefined, named: string | undefined): string {
    const { codecs } = this.#registry;
    if (named !== undefined) {
      if (codecs.includes(named)) return named;
      const hint = nearest(named, codecs);
      throw new PolycodecError(
        "ERR_POLYCODEC_UNKNOWN_CODEC",
        `no codec is named ${JSON.stringify(named)}${hint ? `; did you mean ${hint}?` : `, registered are ${codecs.join(", ")}`}`,
      );
    }
    if (path === undefined)
      throw new ArgumentTypeError('EncodeOptions.codec: expected a codec\'s name, such as "jpeg"');
    const deduced = this.#registry.codecOf(path);
    if (!deduced)
      throw new PolycodecError(
        "ERR_POLYCODEC_UNKNOWN_CODEC",
        `${path}: no registered codec has this extension; name one in options.codec`,
      );
    return deduced;
  }
}

function value<T>(result: EncodeResult<T>): T {
  if (result.status === "fulfilled") return result.value;
  throw result.reason;
}
