/** Transcoding: pictures to another codec, or to other parameters of the same, as one stream. */
import type { DecodeSource } from "./code-stream/code-stream.js";
import { Decoder, decoderInternals } from "./decoder.js";
import { Encoder, encoderInternals } from "./encoder.js";
import { type DecodeOptions, type DecodeParams, readDecodeParams } from "./params/decode-params.js";
import { type EncodeOptions, readEncodeOptions } from "./params/encode-params.js";
import {
  asObject,
  boolean,
  expected,
  instanceOf,
  number,
  oneOf,
  optional,
  readOptions,
  withDefault,
} from "./params/options.js";
import { refuse, type StreamOptions } from "./params/stream-params.js";
import type { CodeStreamInfo, Metadata } from "./plugin.js";
import { transcodeTracing } from "./schedule/diagnostics.js";
import { checkSources, type Sources } from "./schedule/intake.js";
import { Stream } from "./schedule/stream.js";
import {
  type Destination,
  type TranscodedItem,
  type TranscodeSubject,
  type Transcoding,
  transcodeWork,
} from "./schedule/transcode-stream.js";

/** Options of `transcodeStream`. All are optional. */
export interface TranscodeOptions extends StreamOptions {
  /** How to decode. Unless it says `colorSpec` or `sampleFormat`, gray pictures stay gray and others become RGB. */
  readonly decode?: Omit<DecodeOptions, "images" | "memory" | "signal" | "deadlineMs" | "urgency">;
  /**
   * How to encode. The codec is `codec`, else deduced from the path, else the original's.
   */
  readonly encode?: Omit<EncodeOptions, "metadata" | "signal" | "deadlineMs" | "urgency">;
  /** The file to write for a picture whose headers have been read. Without it, or when it returns `undefined`, the result is the bytes. */
  readonly path?: (source: DecodeSource, index: number, info: CodeStreamInfo) => string | undefined;
  /**
   * `"keep"` (default) takes EXIF, XMP and ICC profile along as far as they are still true: an orientation that has been
   * applied becomes 1, a profile of another colour model is left out. `"strip"` leaves all behind. A function is given
   * what would be kept, and returns what is written.
   */
  readonly metadata?:
    | "keep"
    | "strip"
    | ((kept: readonly Metadata[], subject: TranscodeSubject) => readonly Metadata[] | Promise<readonly Metadata[]>);
  /** Default: one for this stream alone, with all backends that are registered. */
  readonly decoder?: Decoder;
  readonly encoder?: Encoder;
  /** Aborting rejects the loop with the signal's reason, once no file is being written any more. */
  readonly signal?: AbortSignal;
  /** The loop rejects (ERR_POLYCODEC_TIMEOUT) when it is not done after so many milliseconds. Default 0: never. */
  readonly deadlineMs?: number;
  /** `"interactive"` samples overtake those of `"batch"` calls (default). */
  readonly urgency?: "interactive" | "batch";
}

const ATTACHED = ["signal", "deadlineMs", "urgency"] as const;

const checks = {
  ordered: withDefault(boolean, true),
  decode: (value: unknown, name: string) => {
    const options = value === undefined ? {} : asObject(value, name);
    refuse(name, options, ATTACHED, "is an option of the whole stream");
    refuse(name, options, ["images", "memory"], "a transcode has images of its own");
    return options as DecodeOptions;
  },
  encode: (value: unknown, name: string) => {
    const options = value === undefined ? {} : asObject(value, name);
    refuse(name, options, ATTACHED, "is an option of the whole stream");
    refuse(name, options, ["metadata"], "is an option of the whole stream");
    return options as EncodeOptions;
  },
  path: optional(callback<NonNullable<TranscodeOptions["path"]>>),
  metadata: (value: unknown, name: string) =>
    typeof value === "function"
      ? (value as Exclude<TranscodeOptions["metadata"], string | undefined>)
      : withDefault(oneOf(["keep", "strip"]), "keep")(value, name),
  decoder: optional(instanceOf(Decoder, "a Decoder")),
  encoder: optional(instanceOf(Encoder, "an Encoder")),
  signal: optional(instanceOf(AbortSignal, "an AbortSignal")),
  deadlineMs: withDefault(number(0, 2 ** 31 - 1), 0),
  urgency: withDefault(oneOf(["interactive", "batch"]), "batch"),
};

function callback<T>(value: unknown, name: string): T {
  if (typeof value !== "function") throw expected(name, "a function", value);
  return value as T;
}

/**
 * Decodes sources and encodes them again, any number of them in bounded memory: what is being decoded, waits to be
 * encoded or has finished stays within the decoder's `limits.windowItems` and `limits.windowBytes` (`decode.limits`
 * has the stream's own). Results come in order, or as they finish with `ordered: false`; a failure settles only its own.
 * Leaving the loop early cancels what is in flight; a file appears under its name only when it is whole.
 *
 * @throws TypeError, RangeError for arguments; the loop rejects with what `sources` throws, after the results before it,
 *   and with the signal's reason when aborted
 */
export function transcodeStream(
  sources: Sources<DecodeSource>,
  options?: TranscodeOptions,
): AsyncIterableIterator<TranscodedItem> {
  checkSources(sources, "sources");
  const given = readOptions("TranscodeOptions", options, checks);
  const decoder = given.decoder ?? new Decoder();
  const encoder = given.encoder ?? new Encoder();
  const { signal, deadlineMs, urgency, ordered } = given;
  const colour = readDecodeParams(
    withoutUndefined({ ...given.decode, signal, deadlineMs, urgency }),
    decoderInternals.limits(decoder),
  );
  const keepsGray = given.decode.colorSpec === undefined && given.decode.sampleFormat === undefined;
  const gray: DecodeParams = keepsGray ? Object.freeze({ ...colour, colorSpec: "GRAY" }) : colour;
  // The encoder's call ends with the decoder's.
  const encodeParams = readEncodeOptions(withoutUndefined({ ...given.encode, urgency }));

  const begin = () => {
    const decoding = decoderInternals.begin(decoder, colour);
    const encodeCall = encoderInternals.begin(encoder, { ...encodeParams, signal: decoding.call.signal });
    const transcoding: Transcoding = {
      open: decoding.open,
      registry: decoding.registry,
      lanes: decoding.lanes,
      call: decoding.call,
      paramsFor: (info) => (info?.channels === 1 ? gray : colour),
      encoding: {
        lanes: encoderInternals.lanes(encoder),
        call: encodeCall,
        plan: (image, path, metadata, codec) =>
          encoderInternals.plan(encoder, image, encodeParams, metadata, path, codec),
      },
      destination: destinationOf(given.path, given.metadata),
      close: () => {
        if (!given.decoder) decoder.close();
        if (!given.encoder) encoder.close();
      },
    };
    return transcodeWork(transcoding);
  };
  return new Stream(sources, { ordered, ...colour.limits }, transcodeTracing, begin);
}

function destinationOf(
  path: TranscodeOptions["path"],
  metadata: NonNullable<TranscodeOptions["metadata"]>,
): Destination {
  return {
    path({ source, index, info }) {
      const chosen = path?.(source, index, info);
      if (chosen !== undefined && typeof chosen !== "string")
        throw expected("TranscodeOptions.path", "to return a string or undefined", chosen);
      return chosen;
    },
    keepsMetadata: metadata !== "strip",
    chooseMetadata: typeof metadata === "function" ? (subject, kept) => metadata(kept, subject) : undefined,
  };
}

/** Exact optional properties: an option that is missing is not there. */
function withoutUndefined<T extends object>(options: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never;
}
