/** The way past an image's privacy, for core alone. */
import type { ImageInfo } from "../plugin.js";
import type { DeviceHandle, SlabHandle } from "../runtime/runtime.js";
import type { DeviceMemory } from "./device-memory.js";
import type { Image } from "./image.js";
import type { SlabMemory } from "./slab-memory.js";

/** Where pixels are: in an ArrayBuffer, where none shows them yet, or on a device. */
export type Memory = Uint8Array | SlabMemory | DeviceMemory;
/** How an ArrayBuffer is given back; `undefined` for memory that is the user's own. */
export type Release = (buffer: ArrayBufferLike) => void;

/** What core may do with an image and users may not. */
export interface Internals {
  create(info: ImageInfo, memory: Memory, inverted: boolean, warnings: readonly string[], release?: Release): Image;
  /** All the memory behind the image, which may exceed what its layout uses. @throws ERR_POLYCODEC_IMAGE_ON_DEVICE */
  memory(image: Image): Uint8Array;
  /** The same, if it is a device's. */
  deviceMemory(image: Image): DeviceMemory | undefined;
  /** Bytes of all the memory behind the image, wherever it is. */
  capacity(image: Image): number;
  /** The pixels as native code takes them; an ArrayBuffer is made for none. @throws ERR_POLYCODEC_IMAGE_RELEASED */
  native(image: Image): Uint8Array | SlabHandle | DeviceHandle;
  /** While a decode writes the image it is busy. */
  setBusy(image: Image, busy: boolean): void;
  isBusy(image: Image): boolean;
  /** While an encoder reads the image its memory stays, though it be released. `letGo` is called once for each `hold`. */
  hold(image: Image): void;
  letGo(image: Image): void;
  isHeld(image: Image): boolean;
  /** Gives a reused image its new layout. */
  relayout(image: Image, info: ImageInfo, inverted: boolean, warnings: readonly string[]): void;
}

export let internals: Internals;

/** For the class's static block. */
export function setInternals(own: Internals): void {
  internals = own;
}
