/** The CPU codecs as an extension. Importing this module has no effect; `registry.use(extension)` registers them. */
import type { Extension } from "@polycodec/core/plugin";
import { jpegDecoder, jpegEncoder } from "./backends/libjpeg-turbo.js";
import { pngDecoder, pngEncoder } from "./backends/polycodec-png.js";

/** JPEG on libjpeg-turbo, PNG on libdeflate. The parsers are core's own. */
export const extension: Extension = {
  name: "@polycodec/ext-cpu",
  version: "0.1.0",
  apiVersion: 1,
  decoders: [jpegDecoder, pngDecoder],
  encoders: [jpegEncoder, pngEncoder],
};
