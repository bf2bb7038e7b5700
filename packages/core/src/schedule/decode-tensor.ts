/** A batch of sources into one tensor: the road of decode-batch.ts, with slots instead of images at its end. */
import { BYTES_PER_ELEMENT } from "../enums.js";
import { ArgumentRangeError } from "../errors.js";
import { Tensor, type TensorSample } from "../image/tensor.js";
import type { TensorParams } from "../params/tensor-params.js";
import type { PlannedDecode } from "../plan/decode-plan.js";
import type { Registry } from "../registry.js";
import { runtime } from "../runtime/load-addon.js";
import type { NativeOutcome } from "../runtime/task-packing.js";
import type { Call } from "./call.js";
import { writeSlot } from "./chunk.js";
import { decodeWindows, type Opened } from "./decode-batch.js";
import type { Lanes } from "./lanes.js";

const ARRAYS = { uint8: Uint8Array, float16: Uint16Array, float32: Float32Array } as const;

/** The memory of a tensor, and its part for each sample. */
export interface TensorMemory {
  readonly data: Uint8Array | Uint16Array | Float32Array;
  readonly slots: readonly Uint8Array[];
  readonly isOurs: boolean;
}

/** @throws RangeError when the user's memory is too small, or none is to be had */
export function tensorMemory({ spec, data: given, decode }: TensorParams, samples: number): TensorMemory {
  const elements = spec.width * spec.height * spec.channels;
  const slotBytes = elements * BYTES_PER_ELEMENT[spec.dtype];
  const length = elements * samples;
  if (given && given.length < length)
    throw new ArgumentRangeError(`TensorOptions.data: expected at least ${length} elements, got ${given.length}`);
  const bytes = slotBytes * samples;
  const isOrdinary = decode.memory === "transferable" || bytes === 0;
  const buffer = given?.buffer ?? (isOrdinary ? new ArrayBuffer(bytes) : runtime().allocate(bytes));
  const start = given?.byteOffset ?? 0;
  return {
    data: new ARRAYS[spec.dtype](buffer as ArrayBuffer, start, length),
    slots: slotsOf(buffer, start, samples, slotBytes),
    isOurs: !given,
  };
}

function slotsOf(buffer: ArrayBufferLike, start: number, samples: number, bytes: number): Uint8Array[] {
  const slots: Uint8Array[] = [];
  for (let i = 0; i < samples; i++) slots.push(new Uint8Array(buffer, start + i * bytes, bytes));
  return slots;
}

/** Decodes into the slots. What fails leaves zeros. */
export async function decodeTensor(
  opened: readonly Opened[],
  memory: TensorMemory,
  { spec, decode }: TensorParams,
  registry: Registry,
  lanes: Lanes<PlannedDecode>,
  call: Call,
): Promise<Tensor> {
  opened.forEach((one, i) => {
    one.slot = { spec, memory: memory.slots[i]! };
  });
  const results = await decodeWindows(opened, registry, lanes, decode, call, sampleOf);
  results.forEach(({ status }, i) => {
    if (status === "rejected") memory.slots[i]!.fill(0);
  });
  // A backend that has been given up may write to its slot when it comes back; so that memory is nobody else's until then.
  const isGivenBack = memory.isOurs && !call.hasGivenUp;
  return new Tensor(spec, memory.data, results, memory.slots, isGivenBack ? release : undefined);
}

const NO_WARNINGS: readonly string[] = Object.freeze([]);

/** What is told of a sample; one that had nothing to decode is written here, since no thread has seen it. */
function sampleOf(task: PlannedDecode, { warnings = NO_WARNINGS }: Partial<NativeOutcome>): TensorSample {
  const slot = task.slot!;
  if (task.isEmpty) writeSlot(task, slot);
  const { width, height, placement } = slot;
  return { width, height, ...placement, warnings };
}

function release(buffer: ArrayBufferLike): void {
  runtime().release(buffer as ArrayBuffer);
}
