/** The CPU codecs as an extension. Importing this module has no effect; `registry.use(extension)` registers them. */
import type { Extension } from "@polycodec/core/plugin";
import { jpegDecoder, jpegEncoder } from "./backends/libjpeg-turbo.js";
import { openJpegDecoder, openJpegEncoder } from "./backends/openjpeg.js";
import { openJphDecoder, openJphEncoder } from "./backends/openjph.js";

/** JPEG on libjpeg-turbo, JPEG 2000 on OpenJPH and OpenJPEG. The parsers are core's own. */
export const extension: Extension = {
  name: "@polycodec/ext-cpu",
  version: "0.1.0",
  apiVersion: 1,
  decoders: [jpegDecoder, openJphDecoder, openJpegDecoder],
  encoders: [jpegEncoder, openJphEncoder, openJpegEncoder],
};
