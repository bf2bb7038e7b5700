/** Pixels that JavaScript has not looked at yet: they become an ArrayBuffer, which costs the garbage collector, when it does. */
import { runtime } from "../runtime/load-addon.js";
import type { SlabHandle } from "../runtime/runtime.js";

export class SlabMemory {
  constructor(
    readonly handle: SlabHandle,
    /** Bytes from the first pixel on. */
    readonly byteLength: number,
  ) {}

  /** The pixels, once; the memory is the view's buffer's from then on. */
  open(): Uint8Array {
    return new Uint8Array(runtime().openSlab(this.handle));
  }

  /** The memory goes back to its pool. */
  release(): void {
    runtime().releaseSlab(this.handle);
  }
}
