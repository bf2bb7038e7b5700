/** What users may see and do of the runtime's memory. */
import { runtime } from "./load-addon.js";
import type { CudaInfo, RuntimeStats } from "./runtime.js";

/** Threads, pixel memory and live objects of the whole process. Loads the native runtime. */
export function runtimeStats(): RuntimeStats {
  return runtime().stats();
}

/** The CUDA runtime, driver and devices, or why there are none. Makes no context on any device. */
export function cudaInfo(): CudaInfo {
  return runtime().cuda();
}

/**
 * Gives the pixel memory that is kept for reuse back to the system, that of CUDA devices too; returns its bytes. What the C
 * library's `malloc` holds free goes back as well (`malloc_trim`), uncounted. A device that does not let go of its memory
 * within two seconds, because it is at work or hangs, does so later, uncounted.
 */
export function trimMemory(): number {
  return runtime().trim();
}
