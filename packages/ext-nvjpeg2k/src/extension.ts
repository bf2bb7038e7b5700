/** JPEG 2000 on NVIDIA GPUs as an extension. Importing this module has no effect; `registry.use(extension)` registers it. */
import type { Extension } from "@polycodec/core/plugin";
import { nvjpeg2kDecoder } from "./backends/nvjpeg2k.js";
import { nvjpeg2kEncoder } from "./backends/nvjpeg2k-encoder.js";

/** Every backend of this package. The parser of JPEG 2000 is core's own. */
export const extension: Extension = {
  name: "@polycodec/ext-nvjpeg2k",
  version: "0.1.0",
  apiVersion: 1,
  decoders: [nvjpeg2kDecoder],
  encoders: [nvjpeg2kEncoder],
};
