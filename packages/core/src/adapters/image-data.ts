/** The `ImageData` of browsers and canvases, which Node.js does not have itself: the same fields in a plain object. */
import { ArgumentTypeError } from "../errors.js";
import { Image } from "../image/image.js";
import { byteLength, tightLayout } from "../image/layout.js";
import { AS_IT_IS, canTransform } from "../image/transform.js";
import { asObject } from "../params/options.js";
import { runtime } from "../runtime/load-addon.js";
import { TRANSFORM_FIELDS } from "../runtime/task-fields.js";
import { packLayout, packTransform } from "../runtime/task-packing.js";

export interface ImageDataLike {
  /** RGBA, 8 bits, rows without padding. */
  readonly data: Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
  readonly colorSpace?: string;
}

/** Any image of gray, RGB or RGBA as RGBA of 8 bits, a copy unless it is that already. @throws TypeError for others */
export function toImageData(image: Image): ImageDataLike & { readonly colorSpace: "srgb" } {
  const { width, height } = image;
  const target = tightLayout(width, height, 4, "uint8", 8, "I_RGBA", "SRGB");
  if (!canTransform(image.info, target) || image.sampleFormat.endsWith("UNCHANGED"))
    throw new ArgumentTypeError(`image: ${image.sampleFormat} samples have no meaning as RGBA`);
  const isThat = image.sampleFormat === "I_RGBA" && image.dtype === "uint8" && image.precision === 8;
  const bytes = isThat ? image.packed() : converted(image, target);
  return {
    data: new Uint8ClampedArray(bytes.buffer, bytes.byteOffset, bytes.length),
    width,
    height,
    colorSpace: "srgb",
  };
}

function converted(image: Image, target: Image["info"]): Uint8Array {
  const bytes = new Uint8Array(byteLength(target));
  const fields = new Float64Array(TRANSFORM_FIELDS.length);
  packLayout(fields, packLayout(fields, packTransform(fields, 0, AS_IT_IS), image.info), target);
  runtime().transform(image.bytes, bytes, fields);
  return bytes;
}

/** An image over the same memory. @throws TypeError for another colour space than sRGB, RangeError for too few samples */
export function fromImageData(imageData: ImageDataLike): Image {
  const { data, width, height, colorSpace = "srgb" } = asObject(imageData, "imageData") as unknown as ImageDataLike;
  if (colorSpace !== "srgb") throw new ArgumentTypeError(`imageData.colorSpace: expected srgb, got ${colorSpace}`);
  return Image.from(data, { width, height, channels: 4 });
}
