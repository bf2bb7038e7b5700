/** What users may see and do of the runtime's memory. */
import { runtime } from "./load-addon.js";
import type { RuntimeStats } from "./runtime.js";

/** Threads, pixel memory and live objects of the whole process. Loads the native runtime. */
export function runtimeStats(): RuntimeStats {
  return runtime().stats();
}

/** Gives the pixel memory that is kept for reuse back to the system; returns its bytes. */
export function trimMemory(): number {
  return runtime().trim();
}
