/** What a user may ask of an encode, and the defaults. */
import {
  CHROMA_SUBSAMPLINGS,
  type ChromaSubsampling,
  COLOR_SPECS,
  type ColorSpec,
  METADATA_KINDS,
  QUALITY_TYPES,
  type QualityType,
} from "../enums.js";
import { ArgumentRangeError, ArgumentTypeError } from "../errors.js";
import type { EncodeParams, Metadata } from "../plugin.js";
import { type CodecOptions, choosesSubsampling, codecOptionChecks } from "./codec-options.js";
import { readCudaStream } from "./device-params.js";
import {
  asObject,
  boolean,
  type Check,
  expected,
  instanceOf,
  number,
  oneOf,
  optional,
  readOptions,
  text,
  withDefault,
} from "./options.js";

/** Options of `encode` and `write`. Those of one codec only stand under its name: `{ jpeg: { progressive: true } }`. */
export interface EncodeOptions extends CodecOptions {
  /** The codec's name: `"jpeg"`. `write` deduces it from the file's extension; `encode` needs it. */
  readonly codec?: string;
  /** Short for `qualityType: "QUALITY", qualityValue: quality`: 1 (worst) to 100 (best). */
  readonly quality?: number;
  /** How `qualityValue` is read. Default `"DEFAULT"`: the backend's own (JPEG: quality 75). */
  readonly qualityType?: QualityType;
  readonly qualityValue?: number;
  /** What the code stream holds. Default `"UNCHANGED"`: what suits the image (JPEG: YCbCr, gray, CMYK). */
  readonly colorSpec?: ColorSpec;
  /**
   * Resolution of colour, for images that have any: those of one channel have `"CSS_GRAY"`, whatever is said here.
   * Default `"CSS_444"`; WebP: what it has, 4:2:0 or none.
   */
  readonly chromaSubsampling?: ChromaSubsampling;
  /** Metadata to write: for all images, or one list (or `undefined`) per image. Default none. */
  readonly metadata?: readonly Metadata[] | readonly (readonly Metadata[] | undefined)[];
  /** May `write` replace a file? Default false: `ERR_POLYCODEC_FILE_EXISTS`. */
  readonly overwrite?: boolean;
  /** A stream of the user's (cudaStream_t): images on a device are read after what is on it. */
  readonly cudaStream?: bigint;
  readonly signal?: AbortSignal;
  /** The call rejects (ERR_POLYCODEC_TIMEOUT) when it is not done after so many milliseconds. Default 0: never. */
  readonly deadlineMs?: number;
  readonly urgency?: "interactive" | "batch";
}

/** EncodeOptions, complete but for what depends on each image. */
export interface CompleteEncodeOptions {
  readonly codec: string | undefined;
  readonly overwrite: boolean;
  readonly cudaStream: bigint | undefined;
  readonly signal: AbortSignal | undefined;
  readonly deadlineMs: number;
  readonly urgency: "interactive" | "batch";
  readonly metadata: EncodeOptions["metadata"];
  /** The parameters for images of one channel, and of more, and for a codec. */
  paramsFor(codec: string, channels: number): EncodeParams;
}

const checks = {
  codec: optional(text),
  quality: optional(number(1, 100)),
  qualityType: optional(oneOf(QUALITY_TYPES)),
  qualityValue: optional(number(0, Number.MAX_VALUE)),
  colorSpec: withDefault(oneOf(COLOR_SPECS), "UNCHANGED"),
  chromaSubsampling: optional(oneOf(CHROMA_SUBSAMPLINGS)),
  ...codecOptionChecks,
  metadata: optional(metadataLists),
  overwrite: withDefault(boolean, false),
  cudaStream: optional(readCudaStream),
  signal: optional(instanceOf(AbortSignal, "an AbortSignal")),
  deadlineMs: withDefault(number(0, 2 ** 31 - 1), 0),
  urgency: withDefault(oneOf(["interactive", "batch"]), "batch"),
};

/** Checks and completes the options of an encode. */
export function readEncodeOptions(raw: EncodeOptions | undefined): CompleteEncodeOptions {
  const given = readOptions("EncodeOptions", raw, checks);
  const { quality, qualityValue } = given;
  if (quality !== undefined && (given.qualityType !== undefined || qualityValue !== undefined)) {
    throw new ArgumentTypeError(
      "EncodeOptions: quality stands for qualityType and qualityValue; give one or the other",
    );
  }
  const qualityType = quality !== undefined ? "QUALITY" : (given.qualityType ?? "DEFAULT");
  const value = quality ?? qualityValue ?? 0;
  checkQuality(qualityType, value);
  const made = new Map<string, EncodeParams>();
  return Object.freeze({
    codec: given.codec,
    overwrite: given.overwrite,
    cudaStream: given.cudaStream,
    signal: given.signal,
    deadlineMs: given.deadlineMs,
    urgency: given.urgency,
    metadata: given.metadata,
    paramsFor(codec: string, channels: number): EncodeParams {
      const key = `${codec} ${channels === 1}`;
      const known = made.get(key);
      if (known) return known;
      const params: EncodeParams = Object.freeze({
        qualityType,
        qualityValue: value,
        colorSpec: given.colorSpec,
        chromaSubsampling: (channels > 1 && given.chromaSubsampling) || defaultSubsampling(codec, channels),
        codecParams: Object.hasOwn(codecOptionChecks, codec) ? given[codec as keyof CodecOptions] : {},
      });
      made.set(key, params);
      return params;
    },
  });
}

function defaultSubsampling(codec: string, channels: number): ChromaSubsampling {
  if (choosesSubsampling.has(codec)) return "CSS_NONE";
  return channels === 1 ? "CSS_GRAY" : "CSS_444";
}

/** What each quality type allows (the reference system's QualityType). */
function checkQuality(type: QualityType, value: number): void {
  const wrong = (range: string) =>
    new ArgumentRangeError(`EncodeOptions.qualityValue: ${type} expects ${range}, got ${value}`);
  if (type === "QUALITY" && (value < 1 || value > 100)) throw wrong("1 to 100");
  if (type === "PSNR" && !(value > 0)) throw wrong("a value above 0");
  if (type === "QUANTIZATION_STEP" && !(value > 0)) throw wrong("a value above 0");
  if (type === "SIZE_RATIO" && !(value > 0 && value < 1)) throw wrong("a value between 0 and 1");
}

function metadataLists(
  value: unknown,
  name: string,
): readonly Metadata[] | readonly (readonly Metadata[] | undefined)[] {
  if (!Array.isArray(value)) throw expected(name, "an array", value);
  value.forEach((element, i) => {
    if (Array.isArray(element)) for (const one of element) checkMetadata(one, `${name}[${i}]`);
    else if (element !== undefined) checkMetadata(element, `${name}[${i}]`);
  });
  return value;
}

/** Metadata for one image. */
export const metadataList: Check<readonly Metadata[]> = (value, name) => {
  if (!Array.isArray(value)) throw expected(name, "an array", value);
  for (const one of value) checkMetadata(one, name);
  return value;
};

const kind: Check<string> = oneOf(METADATA_KINDS);

function checkMetadata(value: unknown, name: string): void {
  const one = asObject(value, name);
  kind(one.kind, `${name}.kind`);
  if (!(one.bytes instanceof Uint8Array)) throw expected(`${name}.bytes`, "a Uint8Array", one.bytes);
}

/** The metadata of image `i`: from a list of lists, or the one list that all images get. */
export function metadataOf(metadata: EncodeOptions["metadata"], i: number): readonly Metadata[] {
  if (!metadata || metadata.length === 0) return [];
  const lists = metadata.some((element) => element === undefined || Array.isArray(element));
  return lists
    ? ((metadata as readonly (readonly Metadata[] | undefined)[])[i] ?? [])
    : (metadata as readonly Metadata[]);
}
