/** A batch of pictures as one block of numbers, for a model. */
import type { TensorLayout } from "../enums.js";
import { PolycodecError } from "../errors.js";
import type { Placement } from "./tensor-slot.js";

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
  #data: Elements | undefined;
  readonly #release: ((buffer: ArrayBufferLike) => void) | undefined;

  /** @internal */
  constructor(
    {
      layout,
      dtype,
      channels,
      width,
      height,
    }: { layout: TensorLayout; dtype: Tensor["dtype"]; channels: number; width: number; height: number },
    data: Elements,
    results: readonly TensorResult[],
    release?: (buffer: ArrayBufferLike) => void,
  ) {
    this.layout = layout;
    this.dtype = dtype;
    const samples = results.length;
    this.shape = layout === "NCHW" ? [samples, channels, height, width] : [samples, height, width, channels];
    this.results = results;
    this.#data = data;
    this.#release = release;
  }

  /** All elements, without gaps (`float16` as Uint16Array); a view, not a copy. @throws ERR_POLYCODEC_IMAGE_RELEASED */
  get data(): Elements {
    const data = this.#data;
    if (!data || (data.length === 0 && this.results.length > 0))
      throw new PolycodecError("ERR_POLYCODEC_IMAGE_RELEASED", "the tensor's memory has been released or moved");
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

  /** Places of the samples that failed; their slots hold zeros. */
  get failed(): readonly number[] {
    return this.results.flatMap(({ status }, i) => (status === "rejected" ? [i] : []));
  }

  /** Has the memory been given back? */
  get isReleased(): boolean {
    return this.#data === undefined;
  }

  /** Gives the memory back; `data` and its views become empty. Memory that was the user's own is let go of. */
  release(): void {
    const data = this.#data;
    this.#data = undefined;
    if (data && data.buffer.byteLength > 0) this.#release?.(data.buffer);
  }

  [Symbol.dispose](): void {
    this.release();
  }
}
