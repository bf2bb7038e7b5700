/** How ImageBatchEncoder is set up. */
import type { EncodeOptions, Encoder } from "@polycodec/core";
import type { BatchLike } from "./batch.js";
import { boolean, callback, object, oneOf, text } from "./options.js";
import type { Perf } from "./perf.js";

/** Options of ImageBatchEncoder. */
export interface ImageBatchEncoderOptions {
  /** The folder that files are written to. */
  readonly outputPath: string;
  /** Make the folder if it is not there? Default true. */
  readonly createDir?: boolean;
  /** Default `"jpeg"`. */
  readonly codec?: string;
  /** How to encode. Default the codec's own: JPEG of quality 75, 4:4:4. */
  readonly encode?: Omit<EncodeOptions, "codec" | "metadata" | "overwrite" | "deadlineMs">;
  /** What stands before the file's own name. Default `"out_"`. */
  readonly prefix?: string;
  /** The name of a file to write, in place of prefix, name without extension, and the codec's extension. */
  readonly name?: (file: string, index: number, batch: BatchLike) => string;
  /**
   * Two files that would have one name: an error before anything of their batch is written (default), or `_1`, `_2` … is
   * added. The same file again always gets a number.
   */
  readonly onCollision?: "throw" | "suffix";
  /** Replace files that exist? Default false: ERR_POLYCODEC_FILE_EXISTS for these. */
  readonly overwrite?: boolean;
  /** Release each image when it is written? Default false: they are the caller's. */
  readonly releaseImages?: boolean;
  /** Default: one for this alone. */
  readonly encoder?: Encoder;
  readonly perf?: Perf;
}

export const ENCODER_CHECKS = {
  outputPath: text,
  createDir: boolean,
  codec: text,
  encode: object,
  prefix: text,
  name: callback,
  onCollision: oneOf("throw", "suffix"),
  overwrite: boolean,
  releaseImages: boolean,
  encoder: object,
  perf: object,
};
