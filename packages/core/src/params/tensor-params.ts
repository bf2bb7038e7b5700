/** What a user may ask of a batch tensor, and the defaults. */
import { RESIZE_FILTERS, type ResizeFilter, type SampleFormat, TENSOR_LAYOUTS, type TensorLayout } from "../enums.js";
import { ArgumentRangeError, ArgumentTypeError } from "../errors.js";
import { byShortSide, centered, type Placement, proportional, type TensorSpec } from "../image/tensor-slot.js";
import type { Limits } from "../limits.js";
import { type DecodeOptions, type DecodeParams, readBackground, readDecodeParams } from "./decode-params.js";
import {
  asObject,
  boolean,
  type Check,
  expected,
  integer,
  number,
  oneOf,
  optional,
  readOptions,
  withDefault,
} from "./options.js";

/** How each picture is resized: to a box, or by its shorter side (which needs `crop`). */
export type ResizeOptions =
  | {
      /** Pixels. */
      readonly width: number;
      readonly height: number;
      /**
       * `"stretch"` (default): to the box, whatever the proportions. `"cover"`: in proportion, filling the box, the
       * middle of what is larger. `"contain"`: in proportion, inside the box, with `background` around it.
       */
      readonly fit?: "stretch" | "cover" | "contain";
      /** Default `"bilinear"`. */
      readonly filter?: ResizeFilter;
    }
  | {
      /** Pixels of the shorter side, as torchvision's `Resize(size)`. */
      readonly shortSide: number;
      readonly filter?: ResizeFilter;
    };

type FromDecode =
  | "applyExifOrientation"
  | "region"
  | "imageIdx"
  | "onTruncated"
  | "strict"
  | "background"
  | "limits"
  | "signal"
  | "urgency"
  | "deadlineMs";

/** Options of `decodeTensor`. `resize` or `crop` is needed, since all pictures of a tensor have one size. */
export interface TensorOptions extends Pick<DecodeOptions, FromDecode> {
  /** Default no resizing. */
  readonly resize?: ResizeOptions;
  /** After resizing, the middle of so many pixels, as torchvision's `CenterCrop`; with `background` where it is larger. */
  readonly crop?: { readonly width: number; readonly height: number };
  /** Order of the axes. Default `"NCHW"`. */
  readonly layout?: TensorLayout;
  /** Default `"float32"`. `"float16"` is in a Uint16Array. */
  readonly dtype?: "uint8" | "float16" | "float32";
  /** `"RGB"` (default), `"BGR"`, or `"Y"`: one channel, gray. */
  readonly channels?: "RGB" | "BGR" | "Y";
  /** An element is `(sample * scale - mean) / std`. Default 1/255; not for uint8, whose elements are the samples. */
  readonly scale?: number;
  /** One for all channels, or one each in the tensor's order. Default 0. */
  readonly mean?: number | readonly number[];
  /** The same; not 0. Default 1. */
  readonly std?: number | readonly number[];
  /**
   * Decode at half, a quarter or an eighth of the size where twice the wanted pixels remain: several times faster for
   * large pictures, and no longer equal to resizing the whole one. Default false.
   */
  readonly shrinkOnLoad?: boolean;
  /** Memory to write to, at least as long as the tensor. Default new memory. */
  readonly data?: Uint8Array | Uint16Array | Float32Array;
  /** Where new memory lies: see DecodeOptions. */
  readonly memory?: "recycled" | "transferable";
}

/** TensorOptions, complete: how to decode, and what to make of it. */
export interface TensorParams {
  readonly decode: DecodeParams;
  readonly spec: TensorSpec;
  readonly data: Uint8Array | Uint16Array | Float32Array | undefined;
}

const MAX_SIDE = 2 ** 24;
const side = integer(1, MAX_SIDE);
const finite = number(-Number.MAX_VALUE, Number.MAX_VALUE);
const ELEMENTS = { uint8: Uint8Array, float16: Uint16Array, float32: Float32Array } as const;
const FORMATS = { RGB: "I_RGB", BGR: "I_BGR", Y: "I_Y" } as const satisfies Record<string, SampleFormat>;
const PLANAR_FORMATS = { RGB: "P_RGB", BGR: "P_BGR", Y: "I_Y" } as const satisfies Record<string, SampleFormat>;

const boxChecks = { width: side, height: side };
const filter = withDefault(oneOf(RESIZE_FILTERS), "bilinear");
const fitChecks = { ...boxChecks, fit: withDefault(oneOf(["stretch", "cover", "contain"]), "stretch"), filter };
const shortSideChecks = { shortSide: side, filter };

const readResize: Check<ReturnType<typeof readFit> | ReturnType<typeof readShortSide>> = (value, name) =>
  "shortSide" in asObject(value, name) ? readShortSide(value, name) : readFit(value, name);
const readFit = (value: unknown, name: string) => readOptions(name, value, fitChecks);
const readShortSide = (value: unknown, name: string) => readOptions(name, value, shortSideChecks);

const passed = (value: unknown) => value;
const checks = {
  resize: optional(readResize),
  crop: optional((value: unknown, name: string) => readOptions(name, asObject(value, name), boxChecks)),
  layout: withDefault(oneOf(TENSOR_LAYOUTS), "NCHW"),
  dtype: withDefault(oneOf(["uint8", "float16", "float32"]), "float32"),
  channels: withDefault(oneOf(["RGB", "BGR", "Y"]), "RGB"),
  scale: optional(finite),
  mean: optional(perChannel),
  std: optional(perChannel),
  shrinkOnLoad: withDefault(boolean, false),
  data: passed,
  memory: passed,
  background: optional(readBackground),
  applyExifOrientation: passed,
  region: passed,
  imageIdx: passed,
  onTruncated: passed,
  strict: passed,
  limits: passed,
  signal: passed,
  urgency: passed,
  deadlineMs: passed,
};

function perChannel(value: unknown, name: string): readonly number[] {
  const list = Array.isArray(value) ? value : [value];
  return list.map((element, c) => finite(element, Array.isArray(value) ? `${name}[${c}]` : name));
}

/** Checks and completes the options of a tensor. @throws TypeError, RangeError */
export function readTensorParams(raw: TensorOptions | undefined, base: Limits): TensorParams {
  const given = readOptions("TensorOptions", raw, checks);
  const { resize, crop, layout, dtype, channels, background, shrinkOnLoad } = given;
  const { applyExifOrientation, region, imageIdx, onTruncated, strict, limits, signal, urgency, deadlineMs, memory } =
    given;
  const data = given.data as TensorParams["data"];
  if (data !== undefined && !(data instanceof ELEMENTS[dtype]))
    throw expected("TensorOptions.data", `a ${ELEMENTS[dtype].name} for ${dtype}`, data);
  const decode = readDecodeParams(
    {
      applyExifOrientation,
      region,
      imageIdx,
      onTruncated,
      strict,
      limits,
      signal,
      urgency,
      deadlineMs,
      memory,
      background,
      sampleFormat: FORMATS[channels],
    } as DecodeOptions,
    base,
  );
  const count = channels === "Y" ? 1 : 3;
  const { width, height, place } = geometryOf(resize, crop);
  const spec = Object.freeze({
    layout,
    dtype,
    channels: count,
    sampleFormat: (layout === "NCHW" ? PLANAR_FORMATS : FORMATS)[channels],
    width,
    height,
    filter: resize?.filter ?? "bilinear",
    ...normalisation(given, count),
    padding: paddingOf(background ?? [0, 0, 0], channels),
    shrinkOnLoad,
    place,
  } satisfies TensorSpec);
  return Object.freeze({ decode, spec, data });
}

/** `(sample * scale - mean) / std` as a product and a sum. */
function normalisation(
  {
    dtype,
    scale,
    mean,
    std,
  }: {
    dtype: string;
    scale?: number | undefined;
    mean?: readonly number[] | undefined;
    std?: readonly number[] | undefined;
  },
  count: number,
): { scale: readonly number[]; bias: readonly number[] } {
  const named = Object.entries({ scale, mean, std }).find(([, value]) => value !== undefined);
  if (dtype === "uint8") {
    if (named)
      throw new ArgumentTypeError(
        `TensorOptions.${named[0]}: elements of uint8 are the samples; ask for float32 or float16`,
      );
    return { scale: [], bias: [] };
  }
  const spread = (list: readonly number[], name: string) => {
    if (list.length !== 1 && list.length !== count)
      throw new ArgumentTypeError(
        `TensorOptions.${name}: expected one number or ${count}, one a channel, got ${list.length}`,
      );
    return Array.from({ length: count }, (_, c) => list[c] ?? list[0]!);
  };
  const means = spread(mean ?? [0], "mean");
  const stds = spread(std ?? [1], "std");
  if (stds.includes(0)) throw new ArgumentRangeError("TensorOptions.std: expected numbers other than 0");
  return {
    scale: stds.map((deviation) => (scale ?? 1 / 255) / deviation),
    bias: stds.map((deviation, c) => -means[c]! / deviation),
  };
}

/** The background as samples of the tensor's channels; gray is BT.601 luma, as everywhere. */
function paddingOf([red, green, blue]: readonly number[], channels: "RGB" | "BGR" | "Y"): readonly number[] {
  if (channels === "Y") return [(19595 * red! + 38470 * green! + 7471 * blue! + 32768) >> 16];
  return channels === "BGR" ? [blue!, green!, red!] : [red!, green!, blue!];
}

/** The tensor's size, and where each picture goes. */
function geometryOf(
  resize: ReturnType<typeof readResize> | undefined,
  crop: { readonly width: number; readonly height: number } | undefined,
): { width: number; height: number; place(width: number, height: number): Placement } {
  if (resize && "fit" in resize) {
    const { width, height, fit } = resize;
    if (crop && (crop.width > width || crop.height > height))
      throw new ArgumentRangeError(
        `TensorOptions.crop: ${crop.width}x${crop.height} is larger than the ${width}x${height} it is taken from`,
      );
    const size = crop ?? { width, height };
    const [cropLeft, cropTop] = [centered(width, size.width), centered(height, size.height)];
    return {
      ...size,
      place(from, down) {
        const to = fit === "stretch" ? { width, height } : proportional(fit, { width, height }, from, down);
        return {
          resizedWidth: to.width,
          resizedHeight: to.height,
          left: centered(to.width, width) + cropLeft,
          top: centered(to.height, height) + cropTop,
        };
      },
    };
  }
  if (!crop)
    throw new ArgumentTypeError(
      resize
        ? "TensorOptions.resize.shortSide: needs crop, since the longer sides differ"
        : "TensorOptions: expected resize or crop, since all pictures of a tensor have one size",
    );
  return {
    ...crop,
    place(width, height) {
      const to = resize ? byShortSide(resize.shortSide, width, height) : { width, height };
      return {
        resizedWidth: to.width,
        resizedHeight: to.height,
        left: centered(to.width, crop.width),
        top: centered(to.height, crop.height),
      };
    },
  };
}
