/** What the runtime can turn one layout into another with (native/pixels.hpp); pure knowledge, no pixels. */
import type { SampleDataType } from "../enums.js";
import type { ImageInfo, Rectangle } from "../plugin.js";

/** Shrinks a picture, takes the part at (y0, x0) of that, turns it, and converts channels and depth. */
export interface Transform {
  /** Every box of so many pixels a side becomes their mean: 1, 2, 4 or 8. */
  readonly shrink: number;
  readonly y0: number;
  readonly x0: number;
  readonly orientation: number;
  /** Red, green, blue (0 to 255) that alpha is blended onto; absent: alpha that is not wanted is dropped. */
  readonly background?: readonly number[] | undefined;
}

/** Nothing but a change of layout. */
export const AS_IT_IS: Transform = Object.freeze({ shrink: 1, y0: 0, x0: 0, orientation: 1 });

const UNSIGNED: ReadonlySet<SampleDataType> = new Set(["uint8", "uint16", "uint32"]);
const SIGNED: ReadonlySet<SampleDataType> = new Set(["int8", "int16", "int32"]);
const GRAY = ["Y", "YA"];
const COLOR = ["RGB", "BGR", "RGBA"];

/** Can the runtime convert pixels of layout `from` to layout `to`, and blend alpha on the way? Sizes do not matter. */
export function canTransform(from: ImageInfo, to: ImageInfo, blends = false): boolean {
  const isCounted = UNSIGNED.has(to.dtype);
  if (from.dtype !== to.dtype && !isCounted) return false;
  if (SIGNED.has(to.dtype) && from.precision !== to.precision) return false;
  const source = from.sampleFormat.slice(2);
  const target = to.sampleFormat.slice(2);
  if (source === "UNCHANGED" || target === "UNCHANGED") return source === target && from.channels === to.channels;
  if ((source === "YUV") !== (target === "YUV") && !(isByte(from) && isByte(to))) return false;
  // Values of full scale are needed for new alpha, luma and blending, and signed and float samples have none.
  const addsAlpha = target.endsWith("A") && !source.endsWith("A");
  const makesLuma = COLOR.includes(source) && GRAY.includes(target);
  return isCounted || !(addsAlpha || makesLuma || blends);
}

function isByte({ dtype, precision }: ImageInfo): boolean {
  return dtype === "uint8" && precision === 8;
}

/** The size of a picture after orientation: sides are swapped from 5 on (EXIF 2.32, tag 0x0112). */
export function orientedSize(width: number, height: number, orientation: number): [width: number, height: number] {
  return orientation >= 5 ? [height, width] : [width, height];
}

/** The part of the stored picture (`width` x `height`) that shows as `region` of the displayed one. */
export function toStored(
  { start: [y0, x0], end: [y1, x1] }: Rectangle,
  width: number,
  height: number,
  orientation: number,
): Rectangle {
  switch (orientation) {
    case 2:
      return rectangle(y0, width - x1, y1, width - x0);
    case 3:
      return rectangle(height - y1, width - x1, height - y0, width - x0);
    case 4:
      return rectangle(height - y1, x0, height - y0, x1);
    case 5:
      return rectangle(x0, y0, x1, y1);
    case 6:
      return rectangle(height - x1, y0, height - x0, y1);
    case 7:
      return rectangle(height - x1, width - y1, height - x0, width - y0);
    case 8:
      return rectangle(x0, width - y1, x1, width - y0);
    default:
      return rectangle(y0, x0, y1, x1);
  }
}

function rectangle(y0: number, x0: number, y1: number, x1: number): Rectangle {
  return { start: [y0, x0], end: [y1, x1] };
}
