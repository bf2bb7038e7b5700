/** One image to encode, ready to be offered to backends. */
import type { Image } from "../image/image.js";
import type { EncodeParams, EncodeTask, ImageInfo, Metadata } from "../plugin.js";

export class PlannedEncode implements EncodeTask {
  readonly input: ImageInfo;
  constructor(
    readonly codec: string,
    readonly image: Image,
    readonly params: EncodeParams,
    readonly metadata: readonly Metadata[],
    /** The file to write; `undefined`: return the bytes. */
    readonly path: string | undefined,
    readonly overwrite: boolean,
    readonly maxScratchBytes: number,
  ) {
    this.input = image.info;
  }

  get inverted(): boolean {
    return this.image.inverted;
  }

  get pixels(): Uint8Array {
    return this.image.bytes;
  }
}
