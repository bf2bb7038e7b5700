/** The CPU codecs as an extension. Importing this module has no effect; `registry.use(extension)` registers them. */
import type { Extension } from "@polycodec/core/plugin";
import { jpegFastDecoder } from "./backends/jpeg-fast.js";
import { jpegDecoder, jpegEncoder } from "./backends/libjpeg-turbo.js";

/** JPEG on our own decoder and on libjpeg-turbo. The parser is core's own. */
export const extension: Extension = {
  name: "@polycodec/ext-cpu",
  version: "0.1.0",
  apiVersion: 1,
  decoders: [jpegFastDecoder, jpegDecoder],
  encoders: [jpegEncoder],
};
