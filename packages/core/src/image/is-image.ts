import { Image } from "./image.js";

export function isImage(value: unknown): value is Image {
  return value instanceof Image;
}
