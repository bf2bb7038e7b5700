/** Pixels in a CUDA device's memory. JavaScript knows their address and cannot follow it. */
import { PolycodecError } from "../errors.js";
import { runtime } from "../runtime/load-addon.js";
import type { DeviceHandle } from "../runtime/runtime.js";

export class DeviceMemory {
  /** Keeps the user's own object alive when the memory is theirs. */
  constructor(
    readonly handle: DeviceHandle,
    readonly owner?: unknown,
  ) {}

  /** Bytes from the first pixel on. */
  get byteLength(): number {
    return this.#described().byteLength;
  }
  get address(): bigint {
    return this.#described().address;
  }
  get deviceId(): number {
    return this.#described().deviceId;
  }
  get isReleased(): boolean {
    return runtime().describeDevice(this.handle) === undefined;
  }

  /** The memory goes back to its pool when nothing works with it any more; the user's own is let go of. */
  release(): void {
    runtime().releaseDevice(this.handle);
  }

  #described() {
    const described = runtime().describeDevice(this.handle);
    if (!described) throw new PolycodecError("ERR_POLYCODEC_IMAGE_RELEASED", "the image's memory has been released");
    return described;
  }
}

/** What `upload`, `download` and `copyDevice` reject with has a code, and becomes an error of ours. */
export async function copied<T>(copy: Promise<T>): Promise<T> {
  try {
    return await copy;
  } catch (error) {
    const { code, message } = error as {
      code?: "ERR_POLYCODEC_DEVICE" | "ERR_POLYCODEC_OUT_OF_MEMORY";
      message: string;
    };
    throw code ? new PolycodecError(code, message, { cause: error }) : error;
  }
}
