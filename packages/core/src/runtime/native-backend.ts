/** A backend of a shared library as a BackendInstance: packs a share into one call and unpacks what comes back. */
import { METADATA_KINDS } from "../enums.js";
import { CodecError } from "../errors.js";
import type { PlannedDecode } from "../plan/decode-plan.js";
import type { PlannedEncode } from "../plan/encode-plan.js";
import type { BackendInstance, EncodeParams, Execution, ProcessingStatus } from "../plugin.js";
import { runtime } from "./load-addon.js";
import { borrow, giveBack } from "./numbers.js";
import type { CallHandle, DeviceHandle, InstanceHandle } from "./runtime.js";
import { DECODE_FIELDS, ENCODE_FIELDS } from "./task-fields.js";
import {
  flatten,
  type NativeOutcome,
  packDecode,
  packLayout,
  packStream,
  unpack,
  type Values,
} from "./task-packing.js";

/** Execution as core hands it to native backends: with the runtime's side of the user's call. */
export interface NativeExecution extends Execution {
  readonly call: CallHandle;
}
/** Marks instances that read files, and make memory, themselves. */
export interface NativeInstance<Task> extends BackendInstance<Task, NativeOutcome> {
  readonly isNative: true;
  /** What the shared library is made of: `libjpeg-turbo 2.1.5`. */
  readonly libraries?: string;
}

export function isNative(instance: object): boolean {
  return (instance as { isNative?: boolean }).isNative === true;
}

/** Opens backend `id` of the library at `path`. Throws `CodecError("BACKEND_UNSUPPORTED")` with the reason if it cannot. */
export function openNative<Task>(
  path: string,
  id: string,
  direction: "decode" | "encode",
  accepts: (task: Task) => ProcessingStatus,
  options: Values,
  deviceId: number | undefined,
): NativeInstance<Task> {
  const { handle, libraries } = open(path, id, direction, deviceId === undefined ? options : { ...options, deviceId });
  const facts = runtime().instanceFacts(handle);
  const instance = (direction === "decode"
    ? decoder(handle, accepts as never, deviceId)
    : encoder(handle, accepts as never)) as unknown as NativeInstance<Task>;
  let { miniBatch } = facts;
  return {
    ...instance,
    libraries: facts.libraries || libraries,
    // A device that is touched only by work tells afterwards how much it takes at a time.
    get miniBatch() {
      return miniBatch;
    },
    async run(tasks, execution) {
      const outcomes = await instance.run(tasks, execution);
      miniBatch = runtime().instanceFacts(handle).miniBatch;
      return outcomes;
    },
  };
}

function open(
  path: string,
  id: string,
  direction: "decode" | "encode",
  options: Values,
): { handle: InstanceHandle; libraries: string } {
  try {
    const library = runtime().openLibrary(path);
    return { handle: runtime().createInstance(library.handle, id, direction, options), libraries: library.libraries };
  } catch (error) {
    throw new CodecError("BACKEND_UNSUPPORTED", (error as Error).message, { cause: error });
  }
}

function decoder(
  handle: InstanceHandle,
  accepts: (task: PlannedDecode) => ProcessingStatus,
  deviceId: number | undefined,
): NativeInstance<PlannedDecode> {
  const pack = (tasks: readonly PlannedDecode[], maxScratchBytes: number) => {
    const fields = borrow(tasks.length * DECODE_FIELDS.length);
    const sources: (Uint8Array | string)[] = [];
    const targets: (Uint8Array | DeviceHandle | undefined)[] = [];
    for (let i = 0; i < tasks.length; i++) {
      const task = tasks[i]!;
      sources.push(task.source.bytes ?? task.loaded ?? task.source.path!);
      targets.push(task.given);
      packDecode(fields, i * DECODE_FIELDS.length, task, maxScratchBytes, deviceId);
    }
    return [sources, targets, fields] as const;
  };
  return {
    isNative: true,
    concurrency: Infinity,
    accepts,
    async run(tasks, execution) {
      const { call, threads, maxScratchBytes } = execution as NativeExecution;
      const packed = pack(tasks, maxScratchBytes);
      const result = await runtime().decode(call, handle, ...packed, threads);
      giveBack(packed[2]);
      return unpack(result, tasks.length);
    },
    runSync(tasks, execution) {
      const { call, threads, maxScratchBytes } = execution as NativeExecution;
      const packed = pack(tasks, maxScratchBytes);
      const result = runtime().decodeSync(call, handle, ...packed, threads);
      giveBack(packed[2]);
      return unpack(result, tasks.length);
    },
    dispose: () => runtime().destroyInstance(handle),
  };
}

function encoder(
  handle: InstanceHandle,
  accepts: (task: PlannedEncode) => ProcessingStatus,
): NativeInstance<PlannedEncode> {
  const pack = (tasks: readonly PlannedEncode[], maxScratchBytes: number) => {
    const fields = borrow(tasks.length * ENCODE_FIELDS.length);
    tasks.forEach((task, i) => {
      fields[i * ENCODE_FIELDS.length] = maxScratchBytes;
      packStream(fields, packLayout(fields, i * ENCODE_FIELDS.length + 1, task.input), task.cudaStream);
    });
    return [
      tasks.map(({ nativePixels }) => nativePixels),
      fields,
      flatten(tasks[0]!),
      tasks.map(({ metadata }) =>
        metadata.length === 0
          ? undefined
          : metadata.flatMap(({ kind, bytes }) => [METADATA_KINDS.indexOf(kind), bytes]),
      ),
      tasks.map(({ path }) => path),
      tasks[0]!.overwrite,
    ] as const;
  };
  return {
    isNative: true,
    concurrency: Infinity,
    accepts,
    async run(tasks, execution) {
      const { call, threads, maxScratchBytes } = execution as NativeExecution;
      const outcomes: NativeOutcome[] = new Array(tasks.length);
      // One call has one set of parameters: gray and colour images in one share make two.
      await Promise.all(
        groups(tasks).map(async (places) => {
          const share = places.map((i) => tasks[i]!);
          const packed = pack(share, maxScratchBytes);
          const done = unpack(await runtime().encode(call, handle, ...packed, threads), share.length);
          giveBack(packed[1]);
          places.forEach((i, k) => {
            outcomes[i] = done[k]!;
          });
        }),
      );
      return outcomes;
    },
    runSync(tasks, execution) {
      const { call, threads, maxScratchBytes } = execution as NativeExecution;
      const outcomes: NativeOutcome[] = new Array(tasks.length);
      for (const places of groups(tasks)) {
        const share = places.map((i) => tasks[i]!);
        const packed = pack(share, maxScratchBytes);
        const done = unpack(runtime().encodeSync(call, handle, ...packed, threads), share.length);
        giveBack(packed[1]);
        places.forEach((i, k) => {
          outcomes[i] = done[k]!;
        });
      }
      return outcomes;
    },
    dispose: () => runtime().destroyInstance(handle),
  };
}

/** The places of tasks with the same parameters. */
function groups(tasks: readonly PlannedEncode[]): number[][] {
  const found: { readonly params: EncodeParams; readonly inverted: boolean; readonly places: number[] }[] = [];
  tasks.forEach(({ params, inverted }, i) => {
    const group = found.find((one) => one.params === params && one.inverted === inverted);
    if (group) group.places.push(i);
    else found.push({ params, inverted, places: [i] });
  });
  return found.map(({ places }) => places);
}
