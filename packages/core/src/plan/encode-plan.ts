/** One image to encode, ready to be offered to backends. */
import type { Image } from "../image/image.js";
import { internals } from "../image/internals.js";
import type { EncodeParams, EncodeTask, ImageInfo, Metadata } from "../plugin.js";
import type { DeviceHandle, SlabHandle } from "../runtime/runtime.js";

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
    /** The user's stream, after whose work pixels on a device are read. */
    readonly cudaStream: bigint | undefined = undefined,
  ) {
    this.input = image.info;
  }

  get inverted(): boolean {
    return this.image.inverted;
  }

  get pixels(): Uint8Array {
    return this.copied ?? this.image.bytes;
  }

  /** The pixels wherever they are, for native backends, which get a copy of the runtime's of what is on another device. */
  get nativePixels(): Uint8Array | SlabHandle | DeviceHandle {
    return internals.native(this.image);
  }

  /** The pixels, when they are on a device. */
  get devicePixels(): DeviceHandle | undefined {
    return internals.deviceMemory(this.image)?.handle;
  }

  /** Set by core before a backend in TypeScript runs: the pixels of an image that is on a device. */
  copied: Uint8Array | undefined;
}
