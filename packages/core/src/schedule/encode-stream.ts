/** Encoding a stream of unknown length in bounded memory: the mirror of decode-stream.ts. */
import type { Image } from "../image/image.js";
import { byteLength } from "../image/layout.js";
import type { PlannedEncode } from "../plan/encode-plan.js";
import type { Metadata } from "../plugin.js";
import type { Call } from "./call.js";
import { batchOf, type EncodeResult, encodeSample, resultOf } from "./encode-batch.js";
import type { Lanes } from "./lanes.js";
import type { Sample } from "./sample.js";
import type { Entry, Work } from "./stream-work.js";

/** One item to encode. */
export interface EncodeItem {
  /** It must not be changed or released until its result has come. */
  readonly image: Image;
  /** The file to write; without it the result is the bytes. */
  readonly path?: string;
  /** Default: the options' own. */
  readonly metadata?: readonly Metadata[];
}

/** One item of `encodeStream`. */
export interface EncodedItem {
  /** Place of the image in the stream, from 0. */
  readonly index: number;
  /** The path, or the bytes; or the reason why there is neither: an `EncodeError`. */
  readonly result: EncodeResult<string | Uint8Array>;
}

/** What an Encoder brings to one of its calls. */
export interface Encoding {
  /** Throws for what is no image, and for a codec that is not known. */
  readonly plan: (item: EncodeItem) => PlannedEncode;
  readonly lanes: Lanes<PlannedEncode>;
  readonly call: Call;
}

export function encodeWork(
  { plan, lanes, call }: Encoding,
  releaseImages: boolean,
): Work<EncodeItem, Sample<PlannedEncode>, EncodedItem["result"], EncodedItem> {
  const batch = batchOf(lanes, call);
  return {
    signal: call.signal,
    open: (item, index) => encodeSample(index, plan(item)),
    weigh: (item) => (item?.image?.info ? byteLength(item.image.info) : 0), // what is no image is refused by `open`
    plan: () => Promise.resolve(),
    async run(entries, settle) {
      const places = new Map<Sample<PlannedEncode>, Entry<EncodeItem, Sample<PlannedEncode>, EncodedItem["result"]>>();
      for (const entry of entries) places.set(entry.state, entry);
      await lanes.during(() =>
        batch.add([...places.keys()], (sample) => {
          const entry = places.get(sample)!;
          const result = resultOf<string | Uint8Array>(sample, lanes);
          if (releaseImages) entry.item.image.release();
          settle(entry, result, heldBy(result) + (releaseImages ? 0 : entry.bytes));
        }),
      );
    },
    give: ({ index, result }) => ({ index, result: result! }),
    discard: ({ item }) => {
      if (releaseImages) item.image.release();
    },
    cancel: () => call.cancel(),
    end: () => call.end(),
  };
}

/** Bytes of a result that lies in memory. */
export function heldBy(result: EncodeResult<string | Uint8Array>): number {
  return result.status === "fulfilled" && typeof result.value !== "string" ? result.value.length : 0;
}
