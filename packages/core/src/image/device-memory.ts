/** Pixels in a CUDA device's memory. JavaScript knows their address and cannot follow it. */
import { PolycodecError } from "../errors.js";
import { readCudaStream } from "../params/device-params.js";
import { integer, readOptions, withDefault } from "../params/options.js";
import { runtime } from "../runtime/load-addon.js";
import type { DeviceHandle } from "../runtime/runtime.js";
import { within } from "../runtime/within.js";

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

/** How an image comes from one memory to another. */
export interface CopyOptions {
  /** A `cudaStream_t` as a bigint: pixels are read after what is on it. */
  readonly cudaStream?: bigint;
  /** A device that has not answered after so many milliseconds is given up; 0: never. Default 300,000. */
  readonly watchdogMs?: number;
}

const checks = {
  cudaStream: (value: unknown, name: string) => (value === undefined ? undefined : Number(readCudaStream(value, name))),
  watchdogMs: withDefault(integer(0, 2 ** 31 - 1), 300_000),
};

/** Complete, with the stream's address as the runtime takes it. */
export const readCopyOptions = (options: CopyOptions | undefined) => readOptions("CopyOptions", options, checks);

/** By device, how many copies were given up and have not come back. */
const unanswered = new Map<number, number>();

/**
 * Starts a copy, and waits for it as long as the watchdog lets. The device's copies go one after another, so those behind one
 * that hangs are refused at once. What the copy rejects with has a code, and becomes an error of ours. `discard` gives back the
 * memory of a copy that comes when nobody waits for it any more.
 */
export async function copied<T>(
  deviceId: number,
  watchdogMs: number,
  start: () => Promise<T>,
  discard: (copy: T) => void,
): Promise<T> {
  if (unanswered.has(deviceId))
    throw new PolycodecError("ERR_POLYCODEC_DEVICE", `device ${deviceId} has not answered since an earlier copy`);
  const copy = start();
  const done = copy.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  const ended = watchdogMs > 0 ? await within(done, watchdogMs) : await done;
  if (ended === undefined) {
    count(deviceId, 1);
    void done.then((late) => {
      count(deviceId, -1);
      if ("value" in late) discard(late.value);
    });
    throw new PolycodecError("ERR_POLYCODEC_DEVICE", `device ${deviceId} has not answered within ${watchdogMs} ms`);
  }
  if ("value" in ended) return ended.value;
  const { code, message } = ended.error as {
    code?: "ERR_POLYCODEC_DEVICE" | "ERR_POLYCODEC_OUT_OF_MEMORY";
    message: string;
  };
  throw code ? new PolycodecError(code, message, { cause: ended.error }) : ended.error;
}

function count(deviceId: number, change: 1 | -1): void {
  const left = (unanswered.get(deviceId) ?? 0) + change;
  if (left > 0) unanswered.set(deviceId, left);
  else unanswered.delete(deviceId);
}
