/** Decoding: one image, a batch, or a stream of them. */
import { CodeStream, type DecodeSource } from "./code-stream/code-stream.js";
import { Source } from "./code-stream/source.js";
import { registry as defaultRegistry } from "./default-registry.js";
import type { MetadataKind } from "./enums.js";
import { ArgumentTypeError, PolycodecError } from "./errors.js";
import type { Image } from "./image/image.js";
import { internals } from "./image/internals.js";
import { isImage } from "./image/is-image.js";
import type { Tensor } from "./image/tensor.js";
import type { Limits } from "./limits.js";
import { type DecodeOptions, type DecodeParams, readDecodeParams, readReuse } from "./params/decode-params.js";
import { expected } from "./params/options.js";
import { type DecoderOptions, readDecoderOptions } from "./params/scheduling-options.js";
import { type DecodeStreamOptions, splitStreamOptions } from "./params/stream-params.js";
import { readTensorParams, type TensorOptions } from "./params/tensor-params.js";
import type { PlannedDecode } from "./plan/decode-plan.js";
import type { Metadata } from "./plugin.js";
import type { Registry } from "./registry.js";
import { runtime } from "./runtime/load-addon.js";
import { Call } from "./schedule/call.js";
import { type DecodeResult, decodeWindows, decodeWindowsSync, imageOf, type Opened } from "./schedule/decode-batch.js";
import { type DecodedItem, type Decoding, decodeWork } from "./schedule/decode-stream.js";
import { decodeTensor, tensorMemory } from "./schedule/decode-tensor.js";
import { decodeTracing, traced, tracedSync } from "./schedule/diagnostics.js";
import { checkSources, type Sources } from "./schedule/intake.js";
import { type BackendReport, Lanes } from "./schedule/lanes.js";
import type { SchedulerStats } from "./schedule/stats.js";
import { Stream } from "./schedule/stream.js";

/** What core may do with a Decoder and users may not; set in the class's static block. */
export let decoderInternals: {
  readonly limits: (decoder: Decoder) => Limits;
  /** @throws ERR_POLYCODEC_CLOSED */
  begin(decoder: Decoder, params: DecodeParams): Decoding;
};

/** Decodes with the backends of a registry. Holds live backends; one Decoder may serve many calls at once. */
export class Decoder {
  readonly #registry: Registry;
  readonly #limits: Limits;
  readonly #threads: number;
  readonly #watchdogMs: number;
  readonly #deviceIds: readonly number[];
  readonly #lanes: Lanes<PlannedDecode>;

  static {
    decoderInternals = {
      limits: (decoder) => decoder.#limits,
      begin: (decoder, params) => decoder.#begin(params),
    };
  }

  /** @throws TypeError, RangeError for options that are unknown or out of range */
  constructor(options?: DecoderOptions) {
    const given = readDecoderOptions(options);
    this.#registry = given.registry ?? defaultRegistry;
    this.#limits = given.limits;
    this.#threads = given.maxCpuThreads;
    this.#watchdogMs = given.watchdogMs;
    this.#deviceIds = given.deviceId;
    const registry = this.#registry;
    this.#lanes = new Lanes<PlannedDecode>(
      () => registry.decoders as never,
      given.backends,
      given.options,
      () => given.maxCpuThreads || runtime().stats().threads,
      given.deviceId,
    );
  }

  /**
   * Decodes one source, or a batch. A batch never rejects because of a sample: its results are in the shape of
   * `Promise.allSettled`, in order; a failure's reason is a `DecodeError` with every backend's attempt.
   *
   * @throws DecodeError (one source), TypeError and RangeError for arguments, the signal's reason when aborted
   */
  decode(source: DecodeSource, options?: DecodeOptions): Promise<Image>;
  decode(sources: readonly DecodeSource[], options?: DecodeOptions): Promise<DecodeResult[]>;
  async decode(
    sources: DecodeSource | readonly DecodeSource[],
    options?: DecodeOptions,
  ): Promise<Image | DecodeResult[]> {
    const single = !Array.isArray(sources);
    const [params, opened] = this.#open(
      single ? [sources as DecodeSource] : (sources as readonly DecodeSource[]),
      options,
      single,
    );
    const call = this.#call(params);
    const work = () =>
      holding(opened, () =>
        this.#lanes.during(() => decodeWindows(opened, this.#registry, this.#lanes, params, call, imageOf)),
      );
    const results = await traced(decodeTracing, opened.length, () => call.whole(work()));
    return single ? value(results[0]!) : results;
  }

  /** The same for files: strings are paths in `decode` too, so this is for readers of the code. */
  read(path: string | URL, options?: DecodeOptions): Promise<Image>;
  read(paths: readonly (string | URL)[], options?: DecodeOptions): Promise<DecodeResult[]>;
  read(paths: string | URL | readonly (string | URL)[], options?: DecodeOptions): Promise<Image | DecodeResult[]> {
    return this.decode(paths as string, options);
  }

  /**
   * The same, blocking this thread.
   *
   * @throws ERR_POLYCODEC_SYNC_UNSUPPORTED for a backend or a source that has no blocking form
   */
  decodeSync(source: DecodeSource, options?: DecodeOptions): Image;
  decodeSync(sources: readonly DecodeSource[], options?: DecodeOptions): DecodeResult[];
  decodeSync(sources: DecodeSource | readonly DecodeSource[], options?: DecodeOptions): Image | DecodeResult[] {
    const single = !Array.isArray(sources);
    const [params, opened] = this.#open(
      single ? [sources as DecodeSource] : (sources as readonly DecodeSource[]),
      options,
      single,
    );
    const call = this.#call(params);
    try {
      const results = tracedSync(decodeTracing, opened.length, () =>
        decodeWindowsSync(opened, this.#registry, this.#lanes, params, call),
      );
      return single ? value(results[0]!) : results;
    } finally {
      call.end();
    }
  }

  /**
   * Decodes a batch into one tensor for a model: every picture is resized, cropped, normalised and laid out by the
   * thread that has decoded it. Samples that fail are named in the tensor's `results`, and leave zeros.
   *
   * @throws TypeError and RangeError for arguments, the signal's reason when aborted
   */
  async decodeTensor(sources: readonly DecodeSource[], options: TensorOptions): Promise<Tensor> {
    if (!Array.isArray(sources)) throw expected("sources", "an array of sources", sources);
    this.#checkOpen();
    const params = readTensorParams(options, this.#limits);
    const opened = (sources as readonly DecodeSource[]).map((source) => this.#openOne(source, params.decode));
    const memory = tensorMemory(params, opened.length);
    const call = this.#call(params.decode);
    const work = () =>
      this.#lanes.during(() => decodeTensor(opened, memory, params, this.#registry, this.#lanes, call));
    return traced(decodeTracing, opened.length, () => call.whole(work()));
  }

  /**
   * Decodes an iterable of sources of any length in bounded memory: what is running, what has finished and the result in
   * the consumer's hand stay within `limits.windowItems` and `limits.windowBytes`. Results come in order, or as they
   * finish with `ordered: false`. Leaving the loop early cancels what is in flight, and lets go of what nobody has seen.
   *
   * @throws TypeError, RangeError for arguments; the loop rejects with what `sources` throws, after the results before
   *   it, and with the signal's reason when aborted
   */
  decodeStream(sources: Sources<DecodeSource>, options?: DecodeStreamOptions): AsyncIterableIterator<DecodedItem> {
    checkSources(sources, "sources");
    if ((options as DecodeOptions | undefined)?.images !== undefined)
      throw new ArgumentTypeError("decodeStream: images cannot be reused in a stream; release() each instead");
    const [ordered, rest] = splitStreamOptions("DecodeStreamOptions", options);
    const params = readDecodeParams(rest, this.#limits, this.#deviceIds);
    this.#checkOpen();
    return new Stream(sources, { ordered, ...params.limits }, decodeTracing, () => decodeWork(this.#begin(params)));
  }

  /** The metadata of a source, undecoded; `kind` narrows the search. @throws PolycodecError as `CodeStream.open` */
  async getMetadata(source: DecodeSource, kind?: MetadataKind): Promise<readonly Metadata[]> {
    return CodeStream.from(source, this.#registry).metadata(kind, this.#limits);
  }

  /** Every registered decoder backend, whether it works here, and if not why. */
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

  #checkOpen(): void {
    if (this.#lanes.isClosed) throw new PolycodecError("ERR_POLYCODEC_CLOSED", "the Decoder has been closed");
  }

  #begin(params: DecodeParams): Decoding {
    this.#checkOpen();
    return {
      open: (source) => this.#openOne(source, params),
      registry: this.#registry,
      lanes: this.#lanes,
      params,
      call: this.#call(params),
    };
  }

  #call({ limits, urgency, signal, deadlineMs }: DecodeParams): Call {
    return new Call(this.#threads, limits.maxScratchBytes, urgency, signal, deadlineMs, this.#watchdogMs);
  }

  #open(
    sources: readonly DecodeSource[],
    options: DecodeOptions | undefined,
    single: boolean,
  ): [DecodeParams, Opened[]] {
    this.#checkOpen();
    const params = readDecodeParams(options, this.#limits, this.#deviceIds);
    const reuse = readReuse(options?.images, sources.length, single, isImage);
    for (const image of reuse ?? []) {
      if (image && (internals.isBusy(image) || internals.isHeld(image)))
        throw new PolycodecError("ERR_POLYCODEC_IMAGE_BUSY", "the image to reuse is in use by another call");
    }
    const opened = sources.map((source, i) => this.#openOne(source, params, reuse?.[i]));
    return [params, opened];
  }

  #openOne(source: DecodeSource, params: DecodeParams, reuse?: Image): Opened {
    const isOpen = source instanceof CodeStream;
    const view = isOpen ? source.view : undefined;
    if (view?.region && params.region)
      throw new ArgumentTypeError("a sub code stream with a region cannot be decoded with another region");
    const imageIdx = params.imageIdx ?? view?.imageIdx ?? 0;
    return {
      source: isOpen ? source.source : new Source(source),
      isOwn: !isOpen,
      imageIdx,
      view: { imageIdx, ...(view?.region ? { region: view.region } : {}) },
      reuse,
      slot: undefined,
    };
  }
}

/** Images to reuse are busy until the last backend has let go of them, which may be after the user's promise has rejected. */
async function holding<T>(opened: readonly Opened[], work: () => Promise<T>): Promise<T> {
  const images = opened.flatMap(({ reuse }) => reuse ?? []);
  for (const image of images) internals.setBusy(image, true);
  try {
    return await work();
  } finally {
    for (const image of images) internals.setBusy(image, false);
  }
}

function value(result: DecodeResult): Image {
  if (result.status === "fulfilled") return result.value;
  throw result.reason;
}

/** The values of settled results, `null` for failures: the reference system's way of returning a batch. */
export function imagesOrNull(results: readonly DecodeResult[]): (Image | null)[] {
  return results.map((result) => (result.status === "fulfilled" ? result.value : null));
}
