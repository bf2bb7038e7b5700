/** Encoded images with what is known of them. */
import { registry as defaultRegistry } from "../default-registry.js";
import type { ChromaSubsampling, ColorSpec, MetadataKind, SampleDataType, SampleFormat } from "../enums.js";
import { checkInfo, DEFAULT_LIMITS, type Limits } from "../limits.js";
import type { Region } from "../params/region.js";
import type { CodeStreamInfo, Metadata } from "../plugin.js";
import type { Registry } from "../registry.js";
import { readMetadata } from "./read-metadata.js";
import { parseAll, parseSync, Source, type SourceLike } from "./source.js";
import { type CodeStreamView, narrow } from "./view.js";

/** What can be decoded: a code stream, or what one can be made of. */
export type DecodeSource = SourceLike | CodeStream;

/** A code stream, or a part of one seen through a view. Headers are read on first use and kept. */
export class CodeStream {
  /** @internal */
  readonly source: Source;
  /** The image and region that this sub code stream is limited to; `undefined` for a whole one. */
  readonly view: CodeStreamView | undefined;
  readonly #registry: Registry;

  private constructor(source: Source, view: CodeStreamView | undefined, registry: Registry) {
    this.source = source;
    this.view = view;
    this.#registry = registry;
  }

  /**
   * A code stream over a path, a file: URL, bytes or random access. Nothing is read yet. Bytes are not copied: they
   * must not be changed or transferred while a call uses them.
   *
   * @throws TypeError when the source is none of these
   */
  static from(source: SourceLike | CodeStream, registry: Registry = defaultRegistry): CodeStream {
    return source instanceof CodeStream ? source : new CodeStream(new Source(source), undefined, registry);
  }

  /** Reads the headers ahead. @throws PolycodecError when they are damaged, unknown or beyond `limits` */
  async open(limits: Limits = DEFAULT_LIMITS): Promise<this> {
    await parseAll([{ source: this.source, imageIdx: this.#imageIdx }], this.#registry, limits);
    this.#parsed();
    return this;
  }

  /**
   * The same for many streams, as fast as a batch: their files are read together, by the runtime's threads. One result a
   * stream, in order, in the shape of `Promise.allSettled`.
   */
  static async openAll(
    streams: readonly CodeStream[],
    limits: Limits = DEFAULT_LIMITS,
  ): Promise<PromiseSettledResult<CodeStream>[]> {
    for (const registry of new Set(streams.map((stream) => stream.#registry))) {
      const its = [...new Set(streams)].filter((stream) => stream.#registry === registry);
      await parseAll(
        its.map((stream) => ({ source: stream.source, imageIdx: stream.#imageIdx })),
        registry,
        limits,
      );
    }
    return streams.map((stream) => {
      try {
        stream.#parsed();
        return { status: "fulfilled", value: stream };
      } catch (reason) {
        return { status: "rejected", reason };
      }
    });
  }

  /** What the headers say; read synchronously if nobody has opened the stream yet. @throws as `open` */
  get info(): CodeStreamInfo {
    parseSync(this.source, this.#imageIdx, this.#registry, DEFAULT_LIMITS);
    return this.#parsed();
  }

  get #imageIdx(): number {
    return this.view?.imageIdx ?? 0;
  }

  #parsed(): CodeStreamInfo {
    const info = this.source.infos[this.#imageIdx];
    if (info instanceof Error) throw info;
    checkInfo(info!, DEFAULT_LIMITS);
    return info!;
  }

  /** A name for messages: the file's, or `bytes`. */
  get name(): string {
    return this.source.name;
  }
  get path(): string | undefined {
    return this.source.path;
  }
  get codecName(): string {
    return this.info.codec;
  }
  /** Pixels, as stored: before orientation. */
  get width(): number {
    return this.info.width;
  }
  get height(): number {
    return this.info.height;
  }
  get numChannels(): number {
    return this.info.channels;
  }
  get dtype(): SampleDataType {
    return this.info.dtype;
  }
  get precision(): number {
    return this.info.precision;
  }
  get colorSpec(): ColorSpec {
    return this.info.colorSpec;
  }
  get sampleFormat(): SampleFormat {
    return this.info.sampleFormat;
  }
  get chromaSubsampling(): ChromaSubsampling {
    return this.info.chromaSubsampling;
  }
  /** EXIF orientation, 1 to 8. */
  get orientation(): number {
    return this.info.orientation;
  }
  /** 1 for a sub code stream. */
  get numImages(): number {
    return this.view ? 1 : this.info.numImages;
  }
  /** Bytes of the whole encoded data. */
  get size(): number {
    if (this.source.size === undefined) void this.info;
    return this.source.size!;
  }

  /** The same bytes, limited to one image or a part of it. Regions do not nest. @throws TypeError, RangeError */
  subCodeStream(view: CodeStreamView): CodeStream {
    return new CodeStream(this.source, narrow(this.view, view), this.#registry);
  }

  /** A part of the displayed image, in full-resolution pixels: `stream.region({ start: [y, x], end: [y, x] })`. */
  region(region: Region): CodeStream {
    return this.subCodeStream({ region });
  }

  /** The metadata of this image, undecoded; `kind` narrows the search. Empty when the format or the file has none. */
  async metadata(kind?: MetadataKind, limits: Limits = DEFAULT_LIMITS): Promise<readonly Metadata[]> {
    await this.open(limits);
    return readMetadata(this.source, this.#imageIdx, kind, limits);
  }
}
