/** What goes on inside, for whoever subscribes (node:diagnostics_channel). Costs next to nothing when nobody does. */
import { channel, type TracingChannel, tracingChannel } from "node:diagnostics_channel";
import type { NativeOutcome } from "../runtime/task-packing.js";

/** Published on `polycodec:chunk` when a device group has finished what it was handed. */
export interface ChunkMessage {
  readonly operation: "decode" | "encode";
  readonly codec: string;
  /** `cpu`, `gpu:0`, `gpu:0.jpeg`. */
  readonly device: string;
  /** Samples that the device works on at a time. */
  readonly slots: number;
  /** When it was handed out and when it came back, in nanoseconds of `process.hrtime`. */
  readonly startNs: number;
  readonly endNs: number;
  /** One entry a backend of the group: the places of its samples in the call, and what came of them. */
  readonly chunks: readonly {
    readonly backend: string;
    readonly places: readonly number[];
    readonly outcomes: readonly NativeOutcome[];
  }[];
}

export const chunkChannel = channel("polycodec:chunk");

/** What `tracing:polycodec:decode:start` and its fellows carry: one object for all events of a call. */
export interface CallMessage {
  /** How many samples the call has; `undefined` for a stream, which does not know. */
  readonly samples: number | undefined;
}
type Tracing = TracingChannel<string, CallMessage>;

/** Traces whole calls of `decode`, `read`, `decodeSync` and `decodeStream`. */
export const decodeTracing: Tracing = tracingChannel("polycodec:decode");
/** The same for `encode`, `write`, `encodeSync` and `encodeStream`. */
export const encodeTracing: Tracing = tracingChannel("polycodec:encode");
/** The same for `transcodeStream`. */
export const transcodeTracing: Tracing = tracingChannel("polycodec:transcode");

export type { Tracing };

export function traced<T>(tracing: Tracing, samples: number | undefined, work: () => Promise<T>): Promise<T> {
  return isHeard(tracing) ? tracing.tracePromise(work, { samples }) : work();
}

export function tracedSync<T>(tracing: Tracing, samples: number, work: () => T): T {
  return isHeard(tracing) ? tracing.traceSync(work, { samples }) : work();
}

function isHeard({ start, end, asyncStart, asyncEnd, error }: Tracing): boolean {
  return (
    start.hasSubscribers ||
    end.hasSubscribers ||
    asyncStart.hasSubscribers ||
    asyncEnd.hasSubscribers ||
    error.hasSubscribers
  );
}
