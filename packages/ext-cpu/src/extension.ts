/** The CPU codecs as an extension. Importing this module has no effect; `registry.use(extension)` registers them. */
import type { Extension } from "@polycodec/core/plugin";
import { jpegLosslessDecoder, jpegLosslessEncoder, jpegTwelveBitDecoder } from "./backends/jpeg-deep.js";
import { jpegDecoder, jpegEncoder } from "./backends/libjpeg-turbo.js";

/** JPEG on libjpeg-turbo, and on our own decoders what that leaves out. The parser is core's. */
export const extension: Extension = {
  name: "@polycodec/ext-cpu",
  version: "0.1.0",
  apiVersion: 1,
  decoders: [jpegDecoder, jpegLosslessDecoder, jpegTwelveBitDecoder],
  encoders: [jpegEncoder, jpegLosslessEncoder],
};
