/**
 * What the native runtime (native/addon.cpp) exports to TypeScript: threads, memory and files, and the call that
 * hands a chunk of tasks to a native backend. This file is the whole surface; nothing else of core sees the addon.
 */

declare const handle: unique symbol;
/** Handles are opaque externals; the runtime owns what is behind them. */
export interface LibraryHandle {
  readonly [handle]: "library";
}
export interface InstanceHandle {
  readonly [handle]: "instance";
}
export interface CallHandle {
  readonly [handle]: "call";
}
export interface DeviceHandle {
  readonly [handle]: "device";
}
export interface SlabHandle {
  readonly [handle]: "slab";
}

/** A CUDA device. */
export interface CudaDevice {
  readonly id: number;
  readonly name: string;
  /** `"9.0"` */
  readonly computeCapability: string;
  readonly totalBytes: number;
  /** Why this process cannot use it any more: after some errors CUDA wants a new process. */
  readonly lost?: string;
}
/** What there is of CUDA; or why there is nothing. */
export type CudaInfo =
  | {
      /** `"13.5"` */
      readonly runtimeVersion: string;
      /** The newest CUDA that the driver supports. */
      readonly driverVersion: string;
      /** The runtime's file. */
      readonly path: string;
      readonly devices: readonly CudaDevice[];
      readonly reason?: undefined;
    }
  | { readonly reason: string; readonly devices?: undefined };

export interface LibraryInfo {
  readonly handle: LibraryHandle;
  readonly name: string;
  readonly version: string;
  readonly libraries: string;
  readonly decoders: readonly NativeBackendInfo[];
  readonly encoders: readonly NativeBackendInfo[];
}
export interface NativeBackendInfo {
  readonly id: string;
  readonly codec: string;
  /** Takes whole chunks in one call, on a thread of its own. */
  readonly batch: boolean;
}

/** What came of a chunk; element i belongs to task i. */
export interface ChunkResult {
  /** OUTCOME_FIELDS numbers a task: status, worker, startNs, endNs, size (see task-fields.ts). */
  readonly outcomes: Float64Array;
  /** Messages and warnings, with holes; `undefined` when no task has any. */
  readonly messages?: readonly (string | undefined)[];
  readonly warnings?: readonly (readonly string[] | undefined)[];
  /** Decode: the new memory of each task that had no target and succeeded. Holes elsewhere; `undefined` when there is none. */
  readonly slabs?: readonly (SlabHandle | undefined)[];
  /** Encode: the code stream of each task that had no path and succeeded. Holes elsewhere; `undefined` when there is none. */
  readonly buffers?: readonly (ArrayBuffer | undefined)[];
  /** As `slabs`, for new memory of devices. */
  readonly deviceBuffers?: readonly (DeviceHandle | undefined)[];
}

export interface RuntimeStats {
  readonly threads: number;
  /** Bytes of pixel memory held by images, and kept for reuse. */
  readonly slabBytesInUse: number;
  readonly slabBytesFree: number;
  readonly liveSlabs: number;
  /** Tasks handed to the executor and not yet done, in the whole process. */
  readonly liveTasks: number;
  /** JavaScript values kept alive for running chunks, in the whole process. */
  readonly liveReferences: number;
  readonly liveInstances: number;
  readonly liveWorkers: number;
  /** Bytes of CUDA devices' memory and of pinned memory in use and kept for reuse, and most of the devices' at any time. */
  readonly deviceBytesInUse: number;
  readonly deviceBytesFree: number;
  readonly devicePeakBytes: number;
  readonly pinnedBytesInUse: number;
  readonly pinnedBytesFree: number;
  /** CUDA streams and events that exist, and of these how many are kept for reuse. */
  readonly liveCudaStreams: number;
  readonly idleCudaStreams: number;
  readonly liveCudaEvents: number;
  readonly idleCudaEvents: number;
}

/** What the runtime is told once, when it is loaded. */
export interface RuntimeOptions {
  readonly threads: number;
  readonly slabCapBytes: number;
  readonly simd: number;
  /** Bytes held at most of each CUDA device's memory, and of pinned memory; 0: no limit. */
  readonly maxDeviceBytes: number;
  readonly maxPinnedBytes: number;
  /** Folders, separated by colons, where NVIDIA's libraries are looked for first. */
  readonly cudaPath: string;
  /** LD_LIBRARY_PATH, which the system searches; for messages. */
  readonly libraryPath: string;
}

/** What was read of some files, in their order. */
export interface Pieces {
  /** Empty for a file that could not be read. */
  readonly bytes: readonly Uint8Array[];
  /** Bytes of the whole files. */
  readonly sizes: readonly number[];
  /** Why files could not be read; absent when all could. */
  readonly errors?: readonly (string | undefined)[];
}

/** Shared by the chunks of one user's call. */
export interface CallOptions {
  readonly urgency: "interactive" | "batch";
}

export interface NativeRuntime {
  /** Sizes the process-wide executor and the slab pool. The first call in the process wins; returns whether it was this one. */
  configure(options: RuntimeOptions): boolean;
  /** The enum tables as compiled, for the test that compares them with TypeScript's. */
  tables(): Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Opens a shared library, or returns it if it is open. Throws an Error that says what dlopen said. */
  openLibrary(path: string): LibraryInfo;
  /** Throws an Error with the backend's message if it declines; the error's `status` is the number. */
  createInstance(
    library: LibraryHandle,
    id: string,
    direction: "decode" | "encode",
    options: Readonly<Record<string, boolean | number | string>>,
  ): InstanceHandle;
  /** What an instance says of itself, at the time; `libraries` is empty where it says nothing. */
  instanceFacts(instance: InstanceHandle): { readonly miniBatch: number; readonly libraries: string };
  /** The instance is destroyed when its last chunk is done. Twice is once. */
  destroyInstance(instance: InstanceHandle): void;

  openCall(options: CallOptions): CallHandle;
  /** Queued tasks of the call settle as CANCELLED at once; running ones at their next check. */
  cancelCall(call: CallHandle): void;
  /** The threads that run tasks of the call do not come back: others take their places until they do. */
  giveUpCall(call: CallHandle): void;

  /**
   * Decodes a chunk. `sources[i]`: bytes, or the path of a file that the worker reads. `targets[i]`: memory to decode
   * into, or undefined for a new slab of the task's `byteLength`. `fields`: DECODE_FIELDS numbers a task. At most
   * `threads` of the executor work on the chunk at a time; 0: all may.
   */
  decode(
    call: CallHandle,
    instance: InstanceHandle,
    sources: readonly (Uint8Array | string)[],
    targets: readonly (Uint8Array | DeviceHandle | undefined)[],
    fields: Float64Array,
    threads: number,
  ): Promise<ChunkResult>;
  decodeSync(
    call: CallHandle,
    instance: InstanceHandle,
    sources: readonly (Uint8Array | string)[],
    targets: readonly (Uint8Array | DeviceHandle | undefined)[],
    fields: Float64Array,
    threads: number,
  ): ChunkResult;

  /**
   * Encodes a chunk. `params` is the same for all. `metadata[i]`: pairs of kind number and bytes. `paths[i]`: the file
   * to write (under a temporary name beside it, then renamed), or undefined to get the bytes. `overwrite`: may the
   * file exist? A file that may not be overwritten is linked into place, so nobody's file is ever replaced by chance.
   */
  encode(
    call: CallHandle,
    instance: InstanceHandle,
    pixels: readonly (Uint8Array | SlabHandle | DeviceHandle)[],
    fields: Float64Array,
    params: Readonly<Record<string, boolean | number | string>>,
    metadata: readonly (readonly (number | Uint8Array)[] | undefined)[],
    paths: readonly (string | undefined)[],
    overwrite: boolean,
    threads: number,
  ): Promise<ChunkResult>;
  encodeSync(
    call: CallHandle,
    instance: InstanceHandle,
    pixels: readonly (Uint8Array | SlabHandle | DeviceHandle)[],
    fields: Float64Array,
    params: Readonly<Record<string, boolean | number | string>>,
    metadata: readonly (readonly (number | Uint8Array)[] | undefined)[],
    paths: readonly (string | undefined)[],
    overwrite: boolean,
    threads: number,
  ): ChunkResult;

  /** Bytes [offsets[i], offsets[i] + lengths[i]) of every file, cut at its end. `urgent`: running samples of batches are interrupted for it. */
  readRanges(
    paths: readonly string[],
    offsets: readonly number[],
    lengths: readonly number[],
    urgent: boolean,
  ): Promise<Pieces>;
  readRangeSync(path: string, offset: number, length: number): Pieces;
  /** Writes a file under a temporary name beside it, then renames (or links, see `encode`). Rejects with an Error whose `code` is errno's name. */
  writeFile(path: string, bytes: Uint8Array, overwrite: boolean): Promise<void>;

  /** New pixel memory behind an ArrayBuffer: a recycled slab, or V8's memory where external buffers are refused. Not zeroed. */
  allocate(byteLength: number): ArrayBuffer;
  /** Detaches the ArrayBuffer; its slab returns to the pool when the garbage collector's finalizer has run. */
  release(buffer: ArrayBuffer): void;
  /** The slab's pixels, which are the buffer's from now on. Throws a TypeError the second time, and after `releaseSlab`. */
  openSlab(slab: SlabHandle): ArrayBuffer;
  /** The slab returns to the pool at once, unless it has been opened. Twice is once. */
  releaseSlab(slab: SlabHandle): void;

  /**
   * TRANSFORM_FIELDS numbers: see task-fields.ts. Runs on the JavaScript thread; for backends in TypeScript. What is in
   * `source` is lost when it is shrunk.
   */
  transform(source: Uint8Array, target: Uint8Array, fields: Float64Array): void;
  /**
   * TENSOR_FIELDS numbers. Writes a picture (with TENSOR_SLACK bytes to spare behind it) to its slot of a tensor, on the
   * JavaScript thread. Returns a status: SUCCESS, LIMIT_EXCEEDED or OUT_OF_MEMORY.
   */
  writeTensor(picture: Uint8Array, slot: Uint8Array, fields: Float64Array, maxScratchBytes: number): number;

  /** Opens the CUDA runtime if that has not been done; makes no context on any device. */
  cuda(): CudaInfo;
  /** Memory of the user's, which stays theirs. Throws an Error if the address is no device's. */
  wrapDevice(address: bigint, byteLength: number): DeviceHandle;
  /** `undefined` after releaseDevice. */
  describeDevice(
    buffer: DeviceHandle,
  ): { readonly address: bigint; readonly byteLength: number; readonly deviceId: number } | undefined;
  /** The memory goes back to its pool when nothing works with it any more. Twice is once. */
  releaseDevice(buffer: DeviceHandle): void;
  /** New memory of a device with these bytes. They are copied after what is on the user's stream. Rejects with ERR_POLYCODEC_DEVICE. */
  upload(bytes: Uint8Array, deviceId: number, byteLength: number, cudaStream?: number): Promise<DeviceHandle>;
  uploadSync(bytes: Uint8Array, deviceId: number, byteLength: number, cudaStream?: number): DeviceHandle;
  /** New pixel memory with the first bytes of a device's buffer. */
  download(buffer: DeviceHandle, deviceId: number, byteLength: number, cudaStream?: number): Promise<ArrayBuffer>;
  /** New memory of a device with the first bytes of a buffer of any device. */
  copyDevice(buffer: DeviceHandle, deviceId: number, byteLength: number, cudaStream?: number): Promise<DeviceHandle>;

  /**
   * A device's buffer as a DLPack tensor, for native code: an external that points to a DLManagedTensorVersioned*. Who takes
   * it over writes null there.
   */
  dlpackCapsule(
    buffer: DeviceHandle,
    shape: readonly number[],
    strides: readonly number[],
    code: number,
    bits: number,
  ): object;

  stats(): RuntimeStats;
  /** Gives the memory kept for reuse back to the system, CUDA's streams and events too; returns the bytes. Waits for devices two seconds at most. */
  trim(): number;
}
