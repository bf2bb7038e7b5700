/** Where the pixels of a decode go: new memory, or an image that the user wants reused. */
import { isPlanar } from "../enums.js";
import { ArgumentRangeError } from "../errors.js";
import type { ImageInfo } from "../plugin.js";
import type { Image } from "./image.js";
import { internals } from "./internals.js";
import { byteLength, isTight, rowBytes } from "./layout.js";

/**
 * The layout that `wanted` takes in a reused image's memory. An image without padding is reshaped if its memory
 * suffices; one with padded rows keeps its row stride if each row and the height fit (the reference system's rules).
 *
 * @throws RangeError when it does not fit, ERR_POLYCODEC_IMAGE_RELEASED
 */
export function layoutInReused(image: Image, wanted: ImageInfo): ImageInfo {
  const capacity = internals.capacity(image);
  if (isTight(image.info) || isPlanar(wanted.sampleFormat)) {
    if (byteLength(wanted) > capacity) {
      throw new ArgumentRangeError(
        `the image to reuse is too small: ${capacity} bytes, the picture takes ${byteLength(wanted)}`,
      );
    }
    return wanted;
  }
  const { rowStride } = image.info;
  const strided = { ...wanted, rowStride };
  if (rowBytes(wanted) > rowStride || byteLength(strided) > capacity) {
    throw new ArgumentRangeError(
      `the image to reuse has rows of ${rowStride} bytes and ${capacity} bytes in all; the picture needs ${rowBytes(wanted)} and ${wanted.height} rows`,
    );
  }
  return strided;
}
