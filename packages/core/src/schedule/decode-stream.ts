/** Decoding a stream of unknown length in bounded memory. */
import type { DecodeSource } from "../code-stream/code-stream.js";
import { parseAll } from "../code-stream/source.js";
import { byteLength } from "../image/layout.js";
import type { DecodeParams } from "../params/decode-params.js";
import type { PlannedDecode } from "../plan/decode-plan.js";
import type { Registry } from "../registry.js";
import type { Call } from "./call.js";
import { batchOf, type DecodeResult, imageOf, type Opened, planOne, resultOf } from "./decode-batch.js";
import type { Lanes } from "./lanes.js";
import type { Sample } from "./sample.js";
import type { Entry, Work } from "./stream-work.js";

/** One item of `decodeStream`. */
export interface DecodedItem {
  /** Place of the source in the stream, from 0. */
  readonly index: number;
  readonly source: DecodeSource;
  readonly result: DecodeResult;
}

/** What a Decoder brings to one of its calls. */
export interface Decoding {
  readonly open: (source: DecodeSource) => Opened;
  readonly registry: Registry;
  readonly lanes: Lanes<PlannedDecode>;
  readonly params: DecodeParams;
  readonly call: Call;
}

interface State {
  readonly opened: Opened;
  sample?: Sample<PlannedDecode>;
}

export function decodeWork({
  open,
  registry,
  lanes,
  params,
  call,
}: Decoding): Work<DecodeSource, State, DecodeResult, DecodedItem> {
  const batch = batchOf(lanes, params, call);
  return {
    signal: call.signal,
    open: (source) => ({ opened: open(source) }),
    async plan(entries) {
      await parseAll(
        entries.map(({ state }) => state.opened),
        registry,
        params.limits,
        params.urgency === "interactive",
      );
      for (const entry of entries) {
        const planned = planOne(entry.state.opened, entry.index, params, imageOf);
        if ("status" in planned) entry.result = planned;
        else entry.state.sample = planned;
        entry.bytes = "status" in planned ? bytesOf(planned) : byteLength(planned.task.target);
      }
    },
    async run(entries, settle) {
      const places = new Map<Sample<PlannedDecode>, Entry<DecodeSource, State, DecodeResult>>();
      for (const entry of entries) places.set(entry.state.sample!, entry);
      await lanes.during(() =>
        batch.add([...places.keys()], (sample) => {
          const result = resultOf(sample, lanes, imageOf);
          settle(places.get(sample)!, result, bytesOf(result));
        }),
      );
    },
    give: ({ index, item, result }) => ({ index, source: item, result: result! }),
    discard({ result }) {
      if (result?.status === "fulfilled") result.value.release();
    },
    cancel: () => call.cancel(),
    end: () => call.end(),
  };
}

function bytesOf(result: DecodeResult): number {
  return result.status === "fulfilled" ? byteLength(result.value.info) : 0;
}
