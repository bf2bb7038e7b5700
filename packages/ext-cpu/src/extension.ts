/** The CPU codecs as an extension. Importing this module has no effect; `registry.use(extension)` registers them. */
import type { Extension } from "@polycodec/core/plugin";
import { gifDecoder } from "./backends/gif.js";
import { jpegDecoder, jpegEncoder } from "./backends/libjpeg-turbo.js";
import { webpDecoder, webpEncoder } from "./backends/libwebp.js";

/** JPEG on libjpeg-turbo, GIF by our own decoder, WebP on libwebp. The parsers are core's own. */
export const extension: Extension = {
  name: "@polycodec/ext-cpu",
  version: "0.1.0",
  apiVersion: 1,
  decoders: [jpegDecoder, gifDecoder, webpDecoder],
  encoders: [jpegEncoder, webpEncoder],
};
