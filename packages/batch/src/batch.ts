/** A batch of images with the names of the files they come from: what stages hand to each other. */
import type { Image, Tensor } from "@polycodec/core";
import type { Memory } from "./shared-memory.js";

/** Pixels of several images in one piece of memory: `[images, height, width, channels]`, 8 bits. */
export interface NhwcTensor {
  readonly data: Uint8Array;
  readonly shape: readonly [number, number, number, number];
}

/** What a batch holds: images, `null` where there is none; or one tensor. */
export type BatchData = readonly (Image | null)[] | NhwcTensor | Tensor;

/** What an encoder needs of a batch. A stage may put other `data` in place of what was decoded. */
export interface BatchLike {
  readonly batchIdx: number;
  readonly data: BatchData;
  /** The files, in the order of the images. */
  readonly fileInfo: readonly string[];
  /** Why an image is missing, in its place. */
  readonly errors?: readonly (Error | null)[];
}

/** A decoded batch. */
export class Batch implements BatchLike {
  /** Stages may replace it. At first: the images, `null` where one could not be decoded. */
  data: BatchData;
  fileInfo: string[];
  readonly #images: readonly (Image | null)[];

  constructor(
    /** Place of the batch, from 0. */
    readonly batchIdx: number,
    images: readonly (Image | null)[],
    fileInfo: readonly string[],
    readonly errors: readonly (Error | null)[],
    /** All images in one piece of memory, if they have one size (those that are missing are zeros); else `undefined`. */
    readonly tensor: NhwcTensor | undefined,
    private readonly memory: Memory | undefined,
  ) {
    this.data = images;
    this.#images = images;
    this.fileInfo = [...fileInfo];
  }

  /** Number of images, those that could not be decoded included. */
  get length(): number {
    return this.fileInfo.length;
  }

  /** Gives the memory of what was decoded back, for the next batch. Without it the garbage collector does so, later. */
  release(): void {
    for (const image of this.#images) image?.release();
    this.memory?.release();
  }

  [Symbol.dispose](): void {
    this.release();
  }
}
