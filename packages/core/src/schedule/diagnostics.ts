/** What goes on inside, for whoever subscribes (node:diagnostics_channel). Costs nothing when nobody does. */
import { channel, tracingChannel } from "node:diagnostics_channel";
import type { NativeOutcome } from "../runtime/native-backend.js";

/** Published on `polycodec:chunk` when a device group has finished what it was handed. */
export interface ChunkMessage {
  readonly codec: string;
  /** `cpu`, `gpu:0`, `gpu:0.jpeg`. */
  readonly device: string;
  /** One entry a backend of the group: the places of its samples in the call, and what came of them. */
  readonly chunks: readonly { readonly backend: string; readonly places: readonly number[]; readonly outcomes: readonly NativeOutcome[] }[];
}

export const chunkChannel = channel("polycodec:chunk");

/** Traces whole calls of `decode`: `tracing:polycodec:decode:start` and so on, with `{ samples }`. */
export const decodeTracing = tracingChannel<{ readonly samples: number }>("polycodec:decode");
/** The same for `encode` and `write`. */
export const encodeTracing = tracingChannel<{ readonly samples: number }>("polycodec:encode");
