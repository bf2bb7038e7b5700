/** What the runtime can turn one layout into another with (native/pixels.hpp); pure knowledge, no pixels. */
import type { ImageInfo, Rectangle } from "../plugin.js";

/** Takes the part at (y0, x0) of a picture, turns it, and converts channels and depth. */
export interface Transform {
  readonly orientation: number;
  readonly y0: number;
  readonly x0: number;
}

const UNSIGNED = new Set(["uint8", "uint16", "uint32"]);
/** Which channel sets can be made of which. */
const CONVERSIONS: Readonly<Record<string, readonly string[]>> = {
  Y: ["Y", "RGB", "BGR", "RGBA", "YA"],
  YA: ["YA", "Y", "RGB", "BGR", "RGBA"],
  RGB: ["RGB", "BGR", "RGBA", "Y"],
  BGR: ["RGB", "BGR", "RGBA", "Y"],
  RGBA: ["RGBA", "RGB", "BGR", "Y"],
  YUV: ["YUV", "RGB", "BGR", "RGBA", "Y"],
};

/** Can the runtime convert pixels of layout `from` to layout `to`? */
export function canTransform(from: ImageInfo, to: ImageInfo): boolean {
  if (from.dtype !== to.dtype && !(UNSIGNED.has(from.dtype) && UNSIGNED.has(to.dtype))) return false;
  const source = from.sampleFormat.slice(2);
  const target = to.sampleFormat.slice(2);
  if (source === "UNCHANGED" || target === "UNCHANGED") return source === target && from.channels === to.channels;
  if (source === "YUV" && target !== "YUV" && from.dtype !== "uint8") return false;
  return CONVERSIONS[source]?.includes(target) ?? false;
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
