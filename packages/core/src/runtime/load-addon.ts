/** Finds the native runtime, loads it on first need and tells it what the machine has. */
import { createRequire } from "node:module";
import { availableParallelism, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import { ArgumentRangeError, PolycodecError } from "../errors.js";
import { cpuLimit, memoryLimit } from "./cgroup.js";
import type { NativeRuntime } from "./runtime.js";

const MAX_THREADS = 1024;
const GIB = 2 ** 30;

/** Where the package lies: it holds `prebuilds/`, or `build/` after a build from source. */
const PACKAGE = fileURLToPath(new URL("../..", import.meta.url));

let loaded: NativeRuntime | undefined;

/**
 * The native runtime. Importing this module loads nothing; the first call does. Throws a `PolycodecError` with the
 * code `ERR_POLYCODEC_RUNTIME_UNAVAILABLE` where there is no build for this platform, and a RangeError when a setting of
 * the environment, such as `POLYCODEC_THREADS`, is no number of its range.
 */
export function runtime(): NativeRuntime {
  return (loaded ??= configured());
}

function configured(): NativeRuntime {
  const threads = threadsWanted(process.env.POLYCODEC_THREADS);
  const addon = load();
  addon.configure({
    threads,
    slabCapBytes: Math.floor(Math.min(GIB, Math.min(memoryLimit(), totalmem()) / 4)),
    simd: simdWanted(process.env.POLYCODEC_SIMD),
    maxDeviceBytes: bytesWanted("POLYCODEC_MAX_DEVICE_BYTES", 0),
    maxPinnedBytes: bytesWanted("POLYCODEC_MAX_PINNED_BYTES", Math.floor(Math.min(memoryLimit(), totalmem()) / 4)),
    cudaPath: process.env.POLYCODEC_CUDA_PATH ?? "",
    libraryPath: process.env.LD_LIBRARY_PATH ?? "",
  });
  return addon;
}

/** What `polycodec_host.simd` is to be: 0 none, 1 whatever the CPU has, 2 no more than AVX2. */
export function simdWanted(setting: string | undefined): number {
  switch (setting) {
    case undefined:
    case "":
    case "avx512":
      return 1;
    case "avx2":
      return 2;
    case "scalar":
      return 0;
    default:
      throw new ArgumentRangeError(
        `POLYCODEC_SIMD must be "scalar", "avx2" or "avx512", not ${JSON.stringify(setting)}`,
      );
  }
}

/** Threads of the executor: what the user says, else what the process may use of the machine. */
export function threadsWanted(setting: string | undefined): number {
  if (setting === undefined || setting === "")
    return Math.max(1, Math.min(availableParallelism(), Math.ceil(cpuLimit()), MAX_THREADS));
  const threads = Number(setting);
  if (!/^\d+$/.test(setting) || threads < 1 || threads > MAX_THREADS) {
    throw new ArgumentRangeError(
      `POLYCODEC_THREADS must be a whole number from 1 to ${MAX_THREADS}, not ${JSON.stringify(setting)}`,
    );
  }
  return threads;
}

/** A number of bytes from the environment. */
function bytesWanted(name: string, otherwise: number): number {
  const setting = process.env[name];
  if (setting === undefined || setting === "") return otherwise;
  const bytes = Number(setting);
  if (!/^\d+$/.test(setting) || !Number.isSafeInteger(bytes) || bytes < 1)
    throw new ArgumentRangeError(`${name} must be a whole number of bytes from 1, not ${JSON.stringify(setting)}`);
  return bytes;
}

function load(): NativeRuntime {
  try {
    const find = createRequire(import.meta.url)("node-gyp-build") as (folder: string) => NativeRuntime;
    return find(PACKAGE);
  } catch (cause) {
    throw new PolycodecError(
      "ERR_POLYCODEC_RUNTIME_UNAVAILABLE",
      `the native runtime of @polycodec/core cannot be loaded on ${process.platform}-${process.arch} (Node ${process.version}): ` +
        `${firstLine(cause)}. Build it from source: (cd ${PACKAGE} && npx node-gyp rebuild)`,
      { cause },
    );
  }
}

function firstLine(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  return message.split("\n", 1)[0]!.replace(/\.$/, "");
}
