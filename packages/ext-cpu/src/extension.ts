/** The extension as plain data: importing this registers nothing. The parsers are core's own. */
import type { Extension } from "@polycodec/core/plugin";
import { libjpegTurboDecoder, libjpegTurboEncoder } from "./backends/libjpeg-turbo.js";

export const extension: Extension = {
  name: "@polycodec/ext-cpu",
  version: "0.1.0",
  apiVersion: 1,
  decoders: [libjpegTurboDecoder],
  encoders: [libjpegTurboEncoder],
};
