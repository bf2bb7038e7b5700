/** A batch of pictures as one block of numbers, for a model. */
import type { TensorLayout } from "../enums.js";
import { ArgumentRangeError, ArgumentTypeError, PolycodecError } from "../errors.js";
import type { ImageInfo } from "../plugin.js";
import type { Image } from "./image.js";
import { internals } from "./internals.js";
import { readLayout } from "./read-layout.js";
import type { Placement, TensorSpec } from "./tensor-slot.js";

/** What is known of a picture in a tensor. */
export interface TensorSample extends Placement {
  /** Pixels of the picture (or of the region of it) as displayed, before it was resized. */
  readonly width: number;
  readonly height: number;
  readonly warnings: readonly string[];
}

/** A sample, or the reason why its slot holds zeros: a `DecodeError`. */
export type TensorResult =
  | { readonly status: "fulfilled"; readonly value: TensorSample }
  | { readonly status: "rejected"; readonly reason: Error };

type Elements = Uint8Array | Uint16Array | Float32Array;

export class Tensor {
  readonly layout: TensorLayout;
  readonly dtype: "uint8" | "float16" | "float32";
  /** `[samples, channels, height, width]`, or `[samples, height, width, channels]`. */
  readonly shape: readonly [number, number, number, number];
  /** One a source, in order, in the shape of `Promise.allSettled`. */
  readonly results: readonly TensorResult[];
  readonly #sampleFormat: TensorSpec["sampleFormat"];
  /** The layout of a slot as an image. */
  #info: ImageInfo | undefined;
  #data: Elements | undefined;
  /** The same memory, sample by sample. */
  readonly #slots: readonly Uint8Array[];
  /** Images over it, and how many have not been let go of: an encoder may be reading one. */
  readonly #images: Image[] = [];
  #imagesLeft = 0;
  /** Memory that goes when they have. */
  #leaving: ArrayBufferLike | undefined;
  readonly #release: ((buffer: ArrayBufferLike) => void) | undefined;

  /** @internal */
  constructor(
    {
      layout,
      dtype,
      channels,
      sampleFormat,
      width,
      height,
    }: Pick<TensorSpec, "layout" | "dtype" | "channels" | "sampleFormat" | "width" | "height">,
    data: Elements,
    results: readonly TensorResult[],
    slots: readonly Uint8Array[],
    release?: (buffer: ArrayBufferLike) => void,
  ) {
    this.layout = layout;
    this.dtype = dtype;
    const samples = results.length;
    this.shape = layout === "NCHW" ? [samples, channels, height, width] : [samples, height, width, channels];
    this.results = results;
    this.#sampleFormat = sampleFormat;
    this.#data = data;
    this.#slots = slots;
    this.#release = release;
  }

  /** All elements, without gaps (`float16` as Uint16Array); a view, not a copy. @throws ERR_POLYCODEC_IMAGE_RELEASED */
  get data(): Elements {
    const data = this.#data;
    if (!data || (data.length === 0 && this.results.length > 0)) throw released();
    return data;
  }

  /** The same as bytes. */
  get bytes(): Uint8Array {
    const { buffer, byteOffset, byteLength } = this.data;
    return new Uint8Array(buffer, byteOffset, byteLength);
  }

  /** Elements of one sample; a view. */
  slot(index: number): Elements {
    const [, a, b, c] = this.shape;
    return this.data.subarray(index * a * b * c, (index + 1) * a * b * c);
  }

  /**
   * One sample of a `uint8` tensor as an image over the same memory, to encode it or to look at it. It is released with the
   * tensor, whose memory stays for as long as an encoder reads an image of it.
   *
   * @throws TypeError for other elements, RangeError for a sample that is not there, ERR_POLYCODEC_IMAGE_RELEASED
   */
  image(index: number): Image {
    if (this.dtype !== "uint8")
      throw new ArgumentTypeError(`an image's samples are not ${this.dtype}; slot(${index}) has the elements`);
    const result = this.results[index];
    const memory = this.#slots[index];
    if (!result || !memory)
      throw new ArgumentRangeError(`index: expected 0 to ${this.results.length - 1}, got ${index}`);
    if (this.isReleased || memory.length === 0) throw released();
    this.#info ??= this.#layoutOf(memory);
    const warnings = result.status === "fulfilled" ? result.value.warnings : [];
    const image = internals.create(this.#info, memory, false, warnings, this.#onLetGo);
    this.#images.push(image);
    this.#imagesLeft++;
    return image;
  }

  readonly #onLetGo = (): void => {
    this.#imagesLeft--;
    this.#giveBack();
  };

  #giveBack(): void {
    const buffer = this.#leaving;
    if (this.#imagesLeft > 0 || !buffer) return;
    this.#leaving = undefined;
    this.#release?.(buffer);
  }

  #layoutOf(memory: Uint8Array): ImageInfo {
    const [, a, b, c] = this.shape;
    const [height, width] = this.layout === "NCHW" ? [b, c] : [a, b];
    return readLayout(memory, { width, height, sampleFormat: this.#sampleFormat }).info;
  }

  /** Places of the samples that failed; their slots hold zeros. */
  get failed(): readonly number[] {
    return this.results.flatMap(({ status }, i) => (status === "rejected" ? [i] : []));
  }

  /** Has the memory been given back? */
  get isReleased(): boolean {
    return this.#data === undefined;
  }

  /**
   * Gives the memory back; `data`, its views and images become empty. Memory that was the user's own is let go of.
   *
   * @throws ERR_POLYCODEC_IMAGE_BUSY while a decode writes one of its images
   */
  release(): void {
    const data = this.#data;
    for (const image of this.#images) image.release();
    this.#images.length = 0;
    this.#data = undefined;
    if (data && data.buffer.byteLength > 0) this.#leaving = data.buffer;
    this.#giveBack();
  }

  [Symbol.dispose](): void {
    this.release();
  }
}

function released(): PolycodecError {
  return new PolycodecError("ERR_POLYCODEC_IMAGE_RELEASED", "the tensor's memory has been released or moved");
}
