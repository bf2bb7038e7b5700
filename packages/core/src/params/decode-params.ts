/** What a user may ask of a decode, and the defaults. */
import {
  BUFFER_KINDS,
  type BufferKind,
  COLOR_SPECS,
  type ColorSpec,
  SAMPLE_FORMATS,
  type SampleFormat,
  TRUNCATION_POLICIES,
  type TruncationPolicy,
} from "../enums.js";
import { ArgumentTypeError } from "../errors.js";
import type { Image } from "../image/image.js";
import { DEFAULT_LIMITS, type Limits } from "../limits.js";
import { checkDevice, readCudaStream, readDeviceId } from "./device-params.js";
import {
  asObject,
  boolean,
  expected,
  instanceOf,
  integer,
  listOf,
  number,
  oneOf,
  optional,
  readOptions,
  withDefault,
} from "./options.js";
import { type Region, readRegion } from "./region.js";

/** Options of `decode`, `read`, `decodeStream` and `decodeSync`. All are optional. */
export interface DecodeOptions {
  /** Rotate and flip as the file's EXIF orientation says. Default true. */
  readonly applyExifOrientation?: boolean;
  /** `"SRGB"` (default), `"GRAY"`, `"SYCC"`, or `"UNCHANGED"`: as many channels as the file has; CMYK as stored. */
  readonly colorSpec?: ColorSpec;
  /** Channel order and planarity. Default interleaved, in the order that suits `colorSpec`. */
  readonly sampleFormat?: SampleFormat;
  /** Keep samples of more than 8 bits as they are. Default false: all becomes uint8. */
  readonly allowAnyDepth?: boolean;
  /** Decode at 1/scale: 1 (default), 2, 4 or 8. Each side is rounded up. */
  readonly scale?: 1 | 2 | 4 | 8;
  /**
   * What transparent pixels show when the result has no alpha: red, green, blue, or a gray for all three, 0 to 255
   * whatever the depth. Default: alpha is dropped, and colours are as stored.
   */
  readonly background?: number | readonly [red: number, green: number, blue: number];
  /** A part of the displayed image, in full-resolution pixels. Default all of it, or the code stream's own view. */
  readonly region?: Region;
  /** Which image of the code stream, 0-based. Default 0, or the code stream's own view. */
  readonly imageIdx?: number;
  /** What to make of a picture whose data ends early. Default `"error"`. */
  readonly onTruncated?: TruncationPolicy;
  /** Take the first backend's word that the bytes are damaged, instead of asking the next. Default false. */
  readonly strict?: boolean;
  /** Images to decode into, one per source; `undefined` for a new one. They must not be in use by another call. */
  readonly images?: Image | readonly (Image | undefined)[];
  /** New images lie in `"recycled"` native memory (default, fast), or in V8's, which can be transferred to workers. */
  readonly memory?: "recycled" | "transferable";
  /**
   * Where new images lie: in the host's memory (default), or in a CUDA device's, where `image.cpu()` fetches them from. What was
   * decoded on the CPU is copied there.
   */
  readonly bufferKind?: BufferKind;
  /** The device for new images on a device. Default the one that has decoded them; for those decoded on the CPU, the decoder's first. */
  readonly deviceId?: number;
  /**
   * A stream of the user's (cudaStream_t): pixels on a device are written after what is on it, and what is put on it after the
   * call has settled finds them there.
   */
  readonly cudaStream?: bigint;
  readonly limits?: Partial<Limits>;
  /** Aborting rejects the call with the signal's reason; running samples stop at their next check. */
  readonly signal?: AbortSignal;
  /** The call rejects (ERR_POLYCODEC_TIMEOUT) when it is not done after so many milliseconds. Default 0: never. */
  readonly deadlineMs?: number;
  /** `"interactive"` samples overtake those of `"batch"` calls (default). */
  readonly urgency?: "interactive" | "batch";
}

/** DecodeOptions, complete. */
export interface DecodeParams {
  readonly applyExifOrientation: boolean;
  readonly colorSpec: ColorSpec;
  readonly sampleFormat: SampleFormat | undefined;
  readonly allowAnyDepth: boolean;
  readonly scale: 1 | 2 | 4 | 8;
  /** Red, green, blue. */
  readonly background: readonly number[] | undefined;
  readonly region: Region | undefined;
  readonly imageIdx: number | undefined;
  readonly onTruncated: TruncationPolicy;
  readonly strict: boolean;
  readonly deadlineMs: number;
  readonly memory: "recycled" | "transferable";
  readonly bufferKind: BufferKind;
  readonly deviceId: number | undefined;
  /** The decoder's first. */
  readonly defaultDeviceId: number;
  readonly cudaStream: bigint | undefined;
  readonly limits: Limits;
  readonly signal: AbortSignal | undefined;
  readonly urgency: "interactive" | "batch";
}

const limitChecks = {
  maxPixels: optional(number(1, Number.MAX_SAFE_INTEGER)),
  maxImages: optional(number(1, Number.MAX_SAFE_INTEGER)),
  maxDecodedBytes: optional(number(1, Number.MAX_SAFE_INTEGER)),
  maxHeaderBytes: optional(number(64, Number.MAX_SAFE_INTEGER)),
  maxMetadataBytes: optional(number(0, Number.MAX_SAFE_INTEGER)),
  maxEncodedBytes: optional(number(1, Number.MAX_SAFE_INTEGER)),
  maxScans: optional(integer(1, 2 ** 31)),
  maxScanPixels: optional(number(1, Number.MAX_SAFE_INTEGER)),
  maxScratchBytes: optional(number(1, Number.MAX_SAFE_INTEGER)),
  windowItems: optional(integer(1, 2 ** 20)),
  windowBytes: optional(number(1, Number.MAX_SAFE_INTEGER)),
};

/** Completes limits with those of `base`. */
export function readLimits(value: unknown, name: string, base: Limits = DEFAULT_LIMITS): Limits {
  if (value === undefined) return base;
  const given = readOptions(name, asObject(value, name), limitChecks);
  const complete: Record<string, number> = { ...base };
  for (const [key, limit] of Object.entries(given)) if (limit !== undefined) complete[key] = limit;
  return Object.freeze(complete) as unknown as Limits;
}

const checks = {
  applyExifOrientation: withDefault(boolean, true),
  colorSpec: optional(oneOf(COLOR_SPECS)),
  sampleFormat: optional(oneOf(SAMPLE_FORMATS)),
  allowAnyDepth: withDefault(boolean, false),
  scale: withDefault(oneOf([1, 2, 4, 8]), 1),
  background: optional(readBackground),
  region: optional(readRegion),
  imageIdx: optional(integer(0, 2 ** 31 - 1)),
  onTruncated: withDefault(oneOf(TRUNCATION_POLICIES), "error"),
  strict: withDefault(boolean, false),
  deadlineMs: withDefault(number(0, 2 ** 31 - 1), 0),
  images: (value: unknown) => value,
  memory: withDefault(oneOf(["recycled", "transferable"]), "recycled"),
  bufferKind: withDefault(oneOf(BUFFER_KINDS), "STRIDED_HOST"),
  deviceId: optional(readDeviceId),
  cudaStream: optional(readCudaStream),
  limits: (value: unknown) => value,
  signal: optional(instanceOf(AbortSignal, "an AbortSignal")),
  urgency: withDefault(oneOf(["interactive", "batch"]), "batch"),
};

/** A colour: one value stands for red, green and blue. */
export function readBackground(value: unknown, name: string): readonly number[] {
  if (!Array.isArray(value)) return Object.freeze(Array(3).fill(integer(0, 255)(value, name)));
  if (value.length !== 3) throw expected(name, "a number or [red, green, blue]", value);
  return Object.freeze(listOf(integer(0, 255))(value, name));
}

/** The colour that a sample format can only mean. */
function colorOf(format: SampleFormat): ColorSpec {
  switch (format.slice(2)) {
    case "Y":
    case "YA":
      return "GRAY";
    case "RGB":
    case "BGR":
    case "RGBA":
      return "SRGB";
    case "YUV":
      return "SYCC";
    default:
      return "UNCHANGED";
  }
}

/** Checks and completes the options of a decode. `base` has the decoder's own limits, `deviceIds` are its devices. */
export function readDecodeParams(
  raw: DecodeOptions | undefined,
  base: Limits,
  deviceIds: readonly number[] = [0],
): DecodeParams {
  const given = readOptions("DecodeOptions", raw, checks);
  const { colorSpec, sampleFormat } = given;
  if (colorSpec === "CMYK" || colorSpec === "YCCK" || colorSpec === "UNKNOWN") {
    throw new ArgumentTypeError(`DecodeOptions.colorSpec: expected SRGB, GRAY, SYCC or UNCHANGED, got ${colorSpec}`);
  }
  if (sampleFormat && colorSpec && colorOf(sampleFormat) !== colorSpec) {
    throw new ArgumentTypeError(`DecodeOptions.sampleFormat: ${sampleFormat} does not hold ${colorSpec}`);
  }
  const color = colorSpec ?? (sampleFormat ? colorOf(sampleFormat) : "SRGB");
  if (given.background && color === "SYCC") {
    throw new ArgumentTypeError("DecodeOptions.background: alpha cannot be blended into SYCC; ask for SRGB or GRAY");
  }
  const { bufferKind, deviceId, cudaStream } = given;
  if (cudaStream !== undefined && deviceIds.length > 1) {
    throw new ArgumentTypeError(
      "DecodeOptions.cudaStream: a stream is one device's; the decoder works on several (DecoderOptions.deviceId)",
    );
  }
  if (bufferKind === "STRIDED_DEVICE") checkDevice(deviceId ?? deviceIds[0]!, "DecodeOptions.deviceId");
  return Object.freeze({
    applyExifOrientation: given.applyExifOrientation,
    colorSpec: color,
    sampleFormat,
    allowAnyDepth: given.allowAnyDepth,
    scale: given.scale,
    background: given.background,
    region: given.region,
    imageIdx: given.imageIdx,
    onTruncated: given.onTruncated,
    strict: given.strict,
    deadlineMs: given.deadlineMs,
    memory: given.memory,
    bufferKind,
    deviceId,
    defaultDeviceId: deviceIds[0]!,
    cudaStream,
    limits: readLimits(given.limits, "DecodeOptions.limits", base),
    signal: given.signal,
    urgency: given.urgency,
  });
}

/** The images to reuse, one place per source. `isImage` avoids a cycle of imports. */
export function readReuse(
  images: DecodeOptions["images"],
  count: number,
  single: boolean,
  isImage: (value: unknown) => value is Image,
): readonly (Image | undefined)[] | undefined {
  if (images === undefined) return undefined;
  const list = single && !Array.isArray(images) ? [images as Image] : (images as readonly (Image | undefined)[]);
  if (!Array.isArray(list)) throw expected("DecodeOptions.images", "an array of Images", images);
  if (list.length !== count) {
    throw new ArgumentTypeError(`DecodeOptions.images: expected ${count} places, one per source, got ${list.length}`);
  }
  const seen = new Set<Image>();
  for (const image of list) {
    if (image === undefined) continue;
    if (!isImage(image)) throw expected("DecodeOptions.images", "Images", image);
    if (seen.has(image))
      throw new ArgumentTypeError(
        "DecodeOptions.images: an image is given twice; two sources cannot be decoded into one",
      );
    seen.add(image);
  }
  return list;
}
