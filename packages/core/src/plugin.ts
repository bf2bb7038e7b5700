/**
 * The contract: all that an extension implements or needs. Exported as `@polycodec/core/plugin`; the rest of core is
 * private to core. `docs/writing-a-codec.md` walks through it.
 */
import type { ByteReader } from "./bytes.js";
import type {
  BackendKind,
  ChromaSubsampling,
  ColorSpec,
  MetadataFormat,
  MetadataKind,
  QualityType,
  SampleDataType,
  SampleFormat,
  TruncationPolicy,
} from "./enums.js";
import { CodecError } from "./errors.js";
import type { ProcessingStatus } from "./status.js";

export { ByteReader, startsWith } from "./bytes.js";
export * from "./enums.js";
export { CodecError } from "./errors.js";
export { prebuiltLibrary } from "./prebuilt-library.js";
export { ProcessingStatus } from "./status.js";

/** A rectangle `[y, x]` in pixels: `start` is included, `end` is not. */
export interface Rectangle {
  readonly start: readonly [y: number, x: number];
  readonly end: readonly [y: number, x: number];
}

/** Pixels as they lie in memory. */
export interface ImageInfo {
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly dtype: SampleDataType;
  /** Significant bits of an element, 1 to 64. */
  readonly precision: number;
  readonly sampleFormat: SampleFormat;
  readonly colorSpec: ColorSpec;
  /** Bytes from the start of a row to the start of the next. */
  readonly rowStride: number;
  /** Bytes from the start of a plane to the start of the next; 0 when interleaved. */
  readonly planeStride: number;
}

/** What a parser learns from the headers of one image, before any pixel is decoded. */
export interface CodeStreamInfo {
  readonly codec: string;
  readonly numImages: number;
  /** Pixels, as stored: before orientation. */
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly dtype: SampleDataType;
  /** Significant bits of an element. */
  readonly precision: number;
  readonly sampleFormat: SampleFormat;
  /** As coded: a JPEG of YCbCr samples is `"SYCC"`. */
  readonly colorSpec: ColorSpec;
  readonly chromaSubsampling: ChromaSubsampling;
  /** EXIF orientation 1 to 8; 1 where the file says nothing. */
  readonly orientation: number;
  /** Are CMYK samples stored inverted (0 is full ink), as Adobe's applications write them? Default false. */
  readonly inverted?: boolean;
  readonly tile?: { readonly width: number; readonly height: number };
  /** Facts only this codec's backends understand: `{ encoding: "PROGRESSIVE_DCT_HUFFMAN" }`. */
  readonly detail?: Readonly<Record<string, string | number | boolean>>;
}

/** Recognises one codec and reads its headers. Runs in the JavaScript thread, on untrusted bytes. */
export interface Parser {
  readonly codec: string;
  /** With a leading period, most usual first: `[".jpg", ".jpeg"]`. Compared without regard to case. */
  readonly extensions: readonly string[];
  /** Looks at the first bytes (up to 64). Must not throw. */
  canParse(head: Uint8Array): boolean;
  /** Reads the headers of image `imageIdx`. Throws `CodecError` when they are damaged. */
  parse(reader: ByteReader, imageIdx: number): CodeStreamInfo;
  /** Metadata of image `imageIdx`, undecoded; `kind` narrows the search. Absent if the format has none. */
  metadata?(reader: ByteReader, imageIdx: number, kind?: MetadataKind): readonly Metadata[];
}

/** One piece of metadata as it stands in the file, without the container's own framing. */
export interface Metadata {
  readonly kind: MetadataKind;
  readonly format: MetadataFormat;
  /** The tag's number when `kind` is `"TIFF_TAG"`, else 0. */
  readonly id: number;
  readonly bytes: Uint8Array;
}

/** One sample to decode: validated, planned and within limits. */
export interface DecodeTask {
  /** The whole code stream. Core has read the file by the time a backend runs; not to be looked at in `accepts`. */
  readonly bytes: Uint8Array;
  readonly info: CodeStreamInfo;
  readonly imageIdx: number;
  /** Produce the picture at 1/scale, each side rounded up. */
  readonly scale: 1 | 2 | 4 | 8;
  /** The part to produce, in pixels of the scaled, stored (not yet oriented) image; always inside it. Absent: all of it. */
  readonly region?: Rectangle | undefined;
  /** EXIF orientation 1 to 8 to apply after the region; 1: nothing to do. */
  readonly orientation: number;
  readonly onTruncated: TruncationPolicy;
  readonly maxScans: number;
  readonly maxScanPixels: number;
  /** The layout to produce: after scale, region and orientation. */
  readonly output: ImageInfo;
  /** The memory to produce it in: `pixels[0]` is the first byte of the first row. Taken on first use. */
  readonly pixels: Uint8Array;
}

/** Parameters of an encode, complete: what the user left out has its default. */
export interface EncodeParams {
  readonly qualityType: QualityType;
  readonly qualityValue: number;
  /** What the code stream shall hold; `"UNCHANGED"`: what suits the image. */
  readonly colorSpec: ColorSpec;
  readonly chromaSubsampling: ChromaSubsampling;
  /** The codec's own parameters, flat: `{ progressive: false, optimizedHuffman: false, restartInterval: 0 }`. */
  readonly codecParams: Readonly<Record<string, number | string | boolean>>;
}

/** The mirror of DecodeTask: pixels in, bytes out. */
export interface EncodeTask {
  readonly codec: string;
  readonly input: ImageInfo;
  /** Are CMYK samples inverted (0 is full ink)? */
  readonly inverted: boolean;
  readonly pixels: Uint8Array;
  readonly params: EncodeParams;
  /** To be written into the code stream, in this order. */
  readonly metadata: readonly Metadata[];
}

/** What came of one sample. */
export interface Outcome {
  /** `"BACKEND_UNSUPPORTED"` says that the backend will never succeed on this machine: it gets no more samples. */
  readonly status: ProcessingStatus;
  /** The fact behind a status other than `"SUCCESS"`: `row 112 of 400: CRC mismatch`. */
  readonly message?: string;
  readonly warnings?: readonly string[];
  /** The thread that did it, 0-based, and when, in nanoseconds of `process.hrtime`. */
  readonly worker?: number;
  readonly startNs?: number;
  readonly endNs?: number;
}
export type DecodeOutcome = Outcome;
/** `bytes` is there when `status` is `"SUCCESS"`. */
export interface EncodeOutcome extends Outcome {
  readonly bytes?: Uint8Array;
}

/** What a backend may use for one share of a batch. */
export interface Execution {
  /** At most this many threads may work on the share at a time; 0: all of the runtime's. */
  readonly threads: number;
  /** At most this many bytes of scratch memory per sample; 0: no limit. */
  readonly maxScratchBytes: number;
  readonly urgency: "interactive" | "batch";
  readonly signal?: AbortSignal;
}

/** A live backend: created once per Decoder or Encoder, used for many batches. */
export interface BackendInstance<Task, Result extends Outcome> {
  /** `"SUCCESS"` if this backend would take the task, else the first reason. Cheap and pure: never looks at pixels. */
  accepts(task: Task): ProcessingStatus;
  /** Runs a share. One outcome per task, in order. A bad sample is an outcome; a rejection fails the whole share. */
  run(tasks: readonly Task[], execution: Execution): Promise<readonly Result[]>;
  /** The same, blocking. Without it `decodeSync` and `encodeSync` refuse (`ERR_POLYCODEC_SYNC_UNSUPPORTED`). */
  runSync?(tasks: readonly Task[], execution: Execution): readonly Result[];
  /** How many `run`s may overlap. Default 1. */
  readonly concurrency?: number;
  /** Chunks are rounded to a multiple of this. Default 1. */
  readonly miniBatch?: number;
  dispose?(): void;
}

/** One way to decode (or encode) one codec. Two ways to do the same thing are two backends. */
export interface Backend<Task, Result extends Outcome> {
  /** Names the implementation, not the format: `"libjpeg-turbo"`, `"nvjpeg-hw"`. Options are addressed to it. */
  readonly id: string;
  readonly codec: string;
  readonly kind: BackendKind;
  /** Lower runs first among backends of one codec: hardware 100, GPU 200, CPU library 300 (default), last resort 1000. */
  readonly priority?: number;
  /** The options it understands, by name, with their defaults; a value's type is its default's. Default none. */
  readonly options?: Readonly<Record<string, boolean | number | string>>;
  /**
   * The id of a backend that does all of what this one does, with the same results; this one is tried before because it
   * is faster. Options addressed to that backend are given to this one, which declares them too. That it passes a sample
   * on (a status that ends in `_UNSUPPORTED`) is no attempt that an error would tell of.
   */
  readonly shortcutFor?: string;
  /** May throw `CodecError("BACKEND_UNSUPPORTED")`: no device, library missing. The backend is then skipped, and says so. */
  create(context: BackendContext): BackendInstance<Task, Result>;
}
export type DecodeBackend = Backend<DecodeTask, DecodeOutcome>;
export type EncodeBackend = Backend<EncodeTask, EncodeOutcome>;

/** What core lends to a backend that comes to life. */
export interface BackendContext {
  /** The options addressed to this backend, complete. */
  readonly options: Readonly<Record<string, boolean | number | string>>;
  /** The CUDA device to work on; there if the backend's kind is another than `"CPU_ONLY"`. Native ones get it as an option. */
  readonly deviceId?: number;
  /** Opens backend `id` of a shared library that implements `polycodec.h`. Used through `nativeDecoder`/`nativeEncoder`. */
  openNative<Task, Result extends Outcome>(
    path: string,
    id: string,
    direction: "decode" | "encode",
    accepts: (task: Task) => ProcessingStatus,
  ): BackendInstance<Task, Result>;
}

/** What a package hands to `registry.use()`. Plain data: registering has no other effect. */
export interface Extension {
  readonly name: string;
  readonly version: string;
  /** The contract this extension was written for. */
  readonly apiVersion: 1;
  readonly parsers?: readonly Parser[];
  readonly decoders?: readonly DecodeBackend[];
  readonly encoders?: readonly EncodeBackend[];
}

/** A native backend's description: a backend without `create`, and the decision what it accepts. */
export type NativeDescription<Task> = Omit<Backend<Task, Outcome>, "create"> & {
  /** Path of the shared library, or how to find it when the backend is first used. */
  readonly library: string | (() => string);
  accepts(task: Task): ProcessingStatus;
};

/** A decoder whose pixels are made by backend `id` of a shared library that implements `polycodec.h`. */
export function nativeDecoder({ library, accepts, ...backend }: NativeDescription<DecodeTask>): DecodeBackend {
  return { ...backend, create: (context) => context.openNative(resolve(library), backend.id, "decode", accepts) };
}

/** The same for an encoder. */
export function nativeEncoder({ library, accepts, ...backend }: NativeDescription<EncodeTask>): EncodeBackend {
  return { ...backend, create: (context) => context.openNative(resolve(library), backend.id, "encode", accepts) };
}

function resolve(library: string | (() => string)): string {
  return typeof library === "string" ? library : library();
}

/**
 * Lifts a function over one task to a backend's `run`. What it throws becomes that sample's outcome: a `CodecError`
 * its status, anything else `"FAIL"`. Gives way to the event loop between samples.
 */
export function eachSample<Task, Result extends Outcome>(
  work: (task: Task) => Omit<Result, "status"> | void | Promise<Omit<Result, "status"> | void>,
) {
  return async (tasks: readonly Task[], { signal }: Execution): Promise<Result[]> => {
    const outcomes: Result[] = [];
    for (const task of tasks) {
      if (outcomes.length > 0) await new Promise((resume) => setImmediate(resume));
      if (signal?.aborted) {
        outcomes.push({ status: "CANCELLED" } as Result);
        continue;
      }
      const startNs = Number(process.hrtime.bigint());
      try {
        outcomes.push({
          status: "SUCCESS",
          ...(await work(task)),
          startNs,
          endNs: Number(process.hrtime.bigint()),
        } as Result);
      } catch (error) {
        const status = error instanceof CodecError ? error.status : "FAIL";
        outcomes.push({ status, message: error instanceof Error ? error.message : String(error) } as Result);
      }
    }
    return outcomes;
  };
}
