/** Decoding and encoding again, as one stream: a picture goes to the encoder when it is decoded, and its memory back when it is encoded. */
import type { DecodeSource } from "../code-stream/code-stream.js";
import { readMetadata } from "../code-stream/read-metadata.js";
import { parseAll } from "../code-stream/source.js";
import type { Image } from "../image/image.js";
import { byteLength } from "../image/layout.js";
import { keptMetadata } from "../metadata/kept-metadata.js";
import type { DecodeParams } from "../params/decode-params.js";
import type { PlannedDecode } from "../plan/decode-plan.js";
import type { PlannedEncode } from "../plan/encode-plan.js";
import type { CodeStreamInfo, ImageInfo, Metadata } from "../plugin.js";
import type { Call } from "./call.js";
import { batchOf as decodeBatchOf, resultOf as decodeResultOf, imageOf, type Opened, planOne } from "./decode-batch.js";
import type { Decoding } from "./decode-stream.js";
import {
  type EncodeResult,
  batchOf as encodeBatchOf,
  resultOf as encodeResultOf,
  encodeSample,
} from "./encode-batch.js";
import { heldBy } from "./encode-stream.js";
import type { Lanes } from "./lanes.js";
import type { Sample } from "./sample.js";
import type { Entry, Work } from "./stream-work.js";

/** What is known of a picture when it is decided where it goes and what metadata it gets. */
export interface TranscodeSubject {
  readonly source: DecodeSource;
  /** Place in the stream, from 0. */
  readonly index: number;
  /** What the original's headers say. */
  readonly info: CodeStreamInfo;
}

/** One item of `transcodeStream`. */
export interface TranscodedItem {
  /** Place of the source in the stream, from 0. */
  readonly index: number;
  readonly source: DecodeSource;
  /** The path, or the bytes; or the reason why there is neither: a `DecodeError`, an `EncodeError`, a wrong path's codec. */
  readonly result: EncodeResult<string | Uint8Array>;
  /** What the original's headers say, if they could be read. */
  readonly info?: CodeStreamInfo;
  /** Layout of the pixels that were decoded, if they could be. */
  readonly image?: ImageInfo;
  /** Bytes of the original and of the result, as far as there are any. */
  readonly sourceSize?: number;
  readonly size?: number;
  /** What the backends had to say about a picture that worked all the same, and metadata that could not be read. */
  readonly warnings: readonly string[];
}

/** Where the results go, and with what metadata. */
export interface Destination {
  path(subject: TranscodeSubject): string | undefined;
  readonly keepsMetadata: boolean;
  /** The user's own choice; `kept` is what still holds of the original's. */
  readonly chooseMetadata:
    | ((subject: TranscodeSubject, kept: readonly Metadata[]) => readonly Metadata[] | Promise<readonly Metadata[]>)
    | undefined;
}

/** What a Decoder and an Encoder bring to a transcode. */
export interface Transcoding extends Omit<Decoding, "params"> {
  /** Parameters for a picture with these headers. */
  paramsFor(info: CodeStreamInfo | undefined): DecodeParams;
  readonly encoding: {
    readonly lanes: Lanes<PlannedEncode>;
    readonly call: Call;
    /** Throws for a path whose codec is not known. */
    plan(image: Image, path: string | undefined, metadata: readonly Metadata[], codec: string): PlannedEncode;
  };
  readonly destination: Destination;
  /** Lets go of what was made for this transcode alone. */
  close(): void;
}

interface State {
  readonly opened: Opened;
  subject?: TranscodeSubject;
  path?: string | undefined;
  sample?: Sample<PlannedDecode>;
  image?: Image;
  layout?: ImageInfo;
  size?: number | undefined;
  readonly warnings: string[];
}
type Item = Entry<DecodeSource, State, TranscodedItem["result"]>;
type Settle = (entry: Item, result: TranscodedItem["result"], bytes: number) => void;

export function transcodeWork(
  transcoding: Transcoding,
): Work<DecodeSource, State, TranscodedItem["result"], TranscodedItem> {
  const { open, registry, lanes, call, paramsFor, encoding, destination } = transcoding;
  const decodes = decodeBatchOf(lanes, paramsFor(undefined), call);
  const encodes = encodeBatchOf(encoding.lanes, encoding.call);

  async function metadataFor({ state }: Item, channels: number): Promise<readonly Metadata[]> {
    const { keepsMetadata, chooseMetadata } = destination;
    if (!keepsMetadata && !chooseMetadata) return [];
    const subject = state.subject!;
    const params = paramsFor(subject.info);
    let kept: readonly Metadata[] = [];
    try {
      const { source, imageIdx } = state.opened;
      const all = await readMetadata(source, imageIdx, undefined, params.limits);
      kept = keptMetadata(all, { turned: params.applyExifOrientation, channels });
    } catch (error) {
      state.warnings.push(`metadata: ${(error as Error).message}`);
    }
    return chooseMetadata ? chooseMetadata(subject, kept) : kept;
  }

  async function encode(entries: readonly Item[], settle: Settle): Promise<void> {
    const places = new Map<Sample<PlannedEncode>, Item>();
    const done = (entry: Item, result: TranscodedItem["result"]) => {
      entry.state.image!.release();
      delete entry.state.image;
      settle(entry, result, heldBy(result));
    };
    await Promise.all(
      entries.map(async (entry) => {
        const { image, path, subject } = entry.state;
        try {
          const metadata = await metadataFor(entry, image!.channels);
          const task = encoding.plan(image!, path, metadata, subject!.info.codec);
          places.set(encodeSample(entry.index, task), entry);
        } catch (error) {
          done(entry, { status: "rejected", reason: error as Error });
        }
      }),
    );
    await encoding.lanes.during(() =>
      encodes.add([...places.keys()], (sample) => {
        const entry = places.get(sample)!;
        entry.state.size = sample.outcome && sizeOf(sample.outcome);
        if (sample.outcome?.warnings) entry.state.warnings.push(...sample.outcome.warnings);
        done(entry, encodeResultOf(sample, encoding.lanes));
      }),
    );
  }

  async function run(entries: readonly Item[], settle: Settle): Promise<void> {
    const places = new Map<Sample<PlannedDecode>, Item>();
    const encoded: Promise<void>[] = [];
    let ready: Item[] = [];
    for (const entry of entries) {
      if (entry.state.sample) places.set(entry.state.sample, entry);
      else ready.push(entry); // there was nothing to decode
    }
    const flush = () => {
      if (ready.length > 0) encoded.push(encode(ready, settle));
      ready = [];
    };
    await lanes.during(() =>
      decodes.add([...places.keys()], (sample) => {
        const entry = places.get(sample)!;
        const result = decodeResultOf(sample, lanes, imageOf);
        if (result.status === "rejected") return settle(entry, result, 0);
        take(entry.state, result.value);
        // Those that settle together are encoded together.
        if (ready.push(entry) === 1) queueMicrotask(flush);
      }),
    );
    flush();
    await Promise.all(encoded);
  }

  return {
    signal: call.signal,
    open: (source) => ({ opened: open(source), warnings: [] }),
    async plan(entries) {
      const { limits, urgency } = paramsFor(undefined);
      await parseAll(
        entries.map(({ state }) => state.opened),
        registry,
        limits,
        urgency === "interactive",
      );
      for (const entry of entries) planEntry(entry, transcoding);
    },
    run,
    give: ({ index, item, result, state: { opened, subject, layout, size, warnings } }) => ({
      index,
      source: item,
      result: result!,
      ...(subject && { info: subject.info }),
      ...(layout && { image: layout }),
      ...(opened.source.size !== undefined && { sourceSize: opened.source.size }),
      ...(size !== undefined && { size }),
      warnings,
    }),
    discard({ state }) {
      state.image?.release();
    },
    cancel: () => call.cancel(), // and with it the encoder's, which listens to its signal
    end() {
      call.end();
      encoding.call.end();
      transcoding.close();
    },
  };
}

function planEntry(entry: Item, { paramsFor, destination }: Transcoding): void {
  const { state, index, item } = entry;
  const { source, imageIdx } = state.opened;
  const info = source.infos[imageIdx]!;
  const isReadable = !(info instanceof Error);
  const planned = planOne(state.opened, index, paramsFor(isReadable ? info : undefined), imageOf);
  if (isReadable) state.subject = { source: item, index, info };
  if ("status" in planned) {
    if (planned.status === "rejected") {
      entry.result = planned;
      return;
    }
    take(state, planned.value); // a region outside of the picture
  } else state.sample = planned;
  try {
    state.path = destination.path(state.subject!);
    entry.bytes = byteLength("status" in planned ? planned.value.info : planned.task.target);
  } catch (error) {
    state.image?.release();
    entry.result = { status: "rejected", reason: error as Error };
  }
}

function take(state: State, image: Image): void {
  state.image = image;
  state.layout = image.info;
  state.warnings.push(...image.warnings);
}

function sizeOf({ size, bytes }: { readonly size?: number; readonly bytes?: Uint8Array }): number | undefined {
  return size ?? bytes?.length;
}
