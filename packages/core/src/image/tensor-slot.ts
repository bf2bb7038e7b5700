/** Where a picture goes in a batch tensor: sizes and offsets, as pure functions of the picture's size. */
import type { ResizeFilter, SampleFormat, TensorLayout } from "../enums.js";

/** How a picture was put into its slot: pixel (x, y) of the resized picture lies at (x + left, y + top). */
export interface Placement {
  /** Pixels of the picture after resizing. */
  readonly resizedWidth: number;
  readonly resizedHeight: number;
  /** Where its first pixel lies in the slot; negative where its edge is cut off. */
  readonly left: number;
  readonly top: number;
}

/** What the slots of a batch have in common. Elements are `sample * scale + bias`, by channel of the tensor. */
export interface TensorSpec {
  readonly layout: TensorLayout;
  readonly dtype: "uint8" | "float16" | "float32";
  readonly channels: 1 | 3;
  /** Of a slot's elements: `I_RGB`, `P_BGR` … */
  readonly sampleFormat: SampleFormat;
  readonly width: number;
  readonly height: number;
  readonly filter: ResizeFilter;
  readonly scale: readonly number[];
  readonly bias: readonly number[];
  /** The sample, 0 to 255, where there is no picture. */
  readonly padding: readonly number[];
  /** Decode at a smaller scale where the picture is to shrink by more than that. */
  readonly shrinkOnLoad: boolean;
  place(width: number, height: number): Placement;
}

/** One picture's part of a tensor's memory. */
export interface TensorSlot {
  readonly spec: TensorSpec;
  readonly memory: Uint8Array;
}

/** The same with what is known when the picture's size is. */
export interface PlacedSlot extends TensorSlot {
  readonly placement: Placement;
  /** Pixels of the picture as displayed, or of the region of it, at full resolution. */
  readonly width: number;
  readonly height: number;
}

/** A fast pass may read so many bytes behind a picture's last pixel: kSlack of native/resample_passes.hpp. */
export const TENSOR_SLACK = 64;

/** The size that a picture is resized to. */
export interface Resized {
  readonly width: number;
  readonly height: number;
}

/** The picture's size with its shorter side `side` long; the longer one is cut to an integer, as torchvision's Resize. */
export function byShortSide(side: number, width: number, height: number): Resized {
  return width <= height
    ? { width: side, height: Math.max(1, Math.trunc((side * height) / width)) }
    : { width: Math.max(1, Math.trunc((side * width) / height)), height: side };
}

/** The largest size of the picture's proportions that fits into the box (contain), or the smallest that fills it (cover). */
export function proportional(fit: "contain" | "cover", box: Resized, width: number, height: number): Resized {
  const across = box.width / width;
  const down = box.height / height;
  const isWide = fit === "contain" ? across <= down : across >= down;
  return isWide
    ? { width: box.width, height: Math.max(1, Math.round(height * across)) }
    : { width: Math.max(1, Math.round(width * down)), height: box.height };
}

/** Where a centred row of `size` pixels begins in one of `room`: torchvision's CenterCrop when it must be cut, else the middle. */
export function centered(size: number, room: number): number {
  return size >= room ? 0 - roundHalfToEven((size - room) / 2) : Math.floor((room - size) / 2);
}

/** Python's `round`. */
function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** The largest scale at which the decoded picture still has twice the pixels that are wanted of it, on each side. */
export function scaleFor({ resizedWidth, resizedHeight }: Placement, width: number, height: number): 1 | 2 | 4 | 8 {
  const most = Math.min(width / resizedWidth, height / resizedHeight) / 2;
  return most >= 8 ? 8 : most >= 4 ? 4 : most >= 2 ? 2 : 1;
}
