/** Pixels with a layout, in memory that can be given back early, reused, or moved to another thread. */
import { BYTES_PER_ELEMENT, type ColorSpec, isPlanar, type SampleDataType, type SampleFormat } from "../enums.js";
import { PolycodecError } from "../errors.js";
import type { ImageInfo } from "../plugin.js";
import { byteLength, isTight, rowBytes } from "./layout.js";
import { ARRAYS, type ImageLayoutOptions, readLayout, type TypedArray } from "./read-layout.js";

/** How memory is given back; `undefined` for memory that is the user's own. */
export type Release = (buffer: ArrayBufferLike) => void;

/** What core may do with an image and users may not; set in the class's static block. */
export let internals: {
  create(info: ImageInfo, memory: Uint8Array, inverted: boolean, warnings: readonly string[], release?: Release): Image;
  /** All the memory behind the image, which may exceed what its layout uses. */
  memory(image: Image): Uint8Array;
  setBusy(image: Image, busy: boolean): void;
  isBusy(image: Image): boolean;
  /** Gives a reused image its new layout. */
  relayout(image: Image, info: ImageInfo, inverted: boolean, warnings: readonly string[]): void;
};

export class Image implements ImageInfo {
  #info: ImageInfo;
  #memory: Uint8Array | undefined;
  #inverted: boolean;
  #warnings: readonly string[];
  readonly #release: Release | undefined;
  #busy = false;

  private constructor(
    info: ImageInfo,
    memory: Uint8Array,
    inverted: boolean,
    warnings: readonly string[],
    release?: Release,
  ) {
    this.#info = info;
    this.#memory = memory;
    this.#inverted = inverted;
    this.#warnings = warnings;
    this.#release = release;
  }

  static {
    internals = {
      create: (info, memory, inverted, warnings, release) => new Image(info, memory, inverted, warnings, release),
      memory: (image) => image.#held(),
      setBusy: (image, busy) => {
        image.#busy = busy;
      },
      isBusy: (image) => image.#busy,
      relayout: (image, info, inverted, warnings) => {
        image.#info = info;
        image.#inverted = inverted;
        image.#warnings = warnings;
      },
    };
  }

  /**
   * An image over the user's own memory, which is not copied: writing to one writes to the other.
   *
   * @throws TypeError, RangeError when the memory is too small or the layout contradicts itself
   */
  static from(data: TypedArray | ArrayBuffer, layout: ImageLayoutOptions): Image {
    const { info, bytes, inverted } = readLayout(data, layout);
    return new Image(info, bytes, inverted, []);
  }

  /** Pixels. */
  get width(): number {
    return this.#info.width;
  }
  get height(): number {
    return this.#info.height;
  }
  get channels(): number {
    return this.#info.channels;
  }
  get dtype(): SampleDataType {
    return this.#info.dtype;
  }
  /** Significant bits of an element. */
  get precision(): number {
    return this.#info.precision;
  }
  get sampleFormat(): SampleFormat {
    return this.#info.sampleFormat;
  }
  get colorSpec(): ColorSpec {
    return this.#info.colorSpec;
  }
  /** Bytes from row to row, and from plane to plane (0 when interleaved). */
  get rowStride(): number {
    return this.#info.rowStride;
  }
  get planeStride(): number {
    return this.#info.planeStride;
  }
  /** Are the CMYK samples stored inverted (0 is full ink)? */
  get inverted(): boolean {
    return this.#inverted;
  }
  /** What the backend had to say about a picture that it could decode all the same. */
  get warnings(): readonly string[] {
    return this.#warnings;
  }
  /** `[height, width, channels]`, or `[channels, height, width]` when planar. */
  get shape(): readonly [number, number, number] {
    const { width, height, channels, sampleFormat } = this.#info;
    return isPlanar(sampleFormat) ? [channels, height, width] : [height, width, channels];
  }
  /** The layout alone. */
  get info(): ImageInfo {
    return this.#info;
  }
  /** Has the memory been given back? */
  get isReleased(): boolean {
    return this.#memory === undefined || this.#memory.buffer.byteLength === 0;
  }

  /** The pixels as bytes, from the first to behind the last; a view, not a copy. @throws ERR_POLYCODEC_IMAGE_RELEASED */
  get bytes(): Uint8Array {
    return this.#held().subarray(0, byteLength(this.#info));
  }

  /** The pixels as elements of `dtype` (`float16` as Uint16Array); a view. @throws ERR_POLYCODEC_IMAGE_RELEASED */
  get data(): Exclude<TypedArray, Uint8ClampedArray> {
    const { buffer, byteOffset, byteLength: length } = this.bytes;
    const { dtype } = this.#info;
    return new ARRAYS[dtype](buffer as ArrayBuffer, byteOffset, length / BYTES_PER_ELEMENT[dtype]);
  }

  /** The pixels without padding: the same memory if there is none, else a copy. */
  packed(): Uint8Array {
    if (isTight(this.#info)) return this.bytes;
    const row = rowBytes(this.#info);
    const { height, rowStride, planeStride, channels, sampleFormat } = this.#info;
    const planes = isPlanar(sampleFormat) ? channels : 1;
    const from = this.bytes;
    const to = new Uint8Array(row * height * planes);
    for (let p = 0; p < planes; p++) {
      for (let y = 0; y < height; y++)
        to.set(
          from.subarray(p * planeStride + y * rowStride, p * planeStride + y * rowStride + row),
          (p * height + y) * row,
        );
    }
    return to;
  }

  /**
   * Gives the memory back; `data` and all views of it become empty. Without it the garbage collector does so, later.
   * Memory that was the user's own is let go of, not emptied.
   *
   * @throws ERR_POLYCODEC_IMAGE_BUSY while a decode writes the image
   */
  release(): void {
    if (this.#busy) throw new PolycodecError("ERR_POLYCODEC_IMAGE_BUSY", "the image is being written by a decode");
    const memory = this.#memory;
    this.#memory = undefined;
    if (memory && memory.buffer.byteLength > 0) this.#release?.(memory.buffer);
  }

  [Symbol.dispose](): void {
    this.release();
  }

  #held(): Uint8Array {
    const memory = this.#memory;
    if (!memory || memory.buffer.byteLength === 0)
      throw new PolycodecError("ERR_POLYCODEC_IMAGE_RELEASED", "the image's memory has been released or moved");
    return memory;
  }
}
