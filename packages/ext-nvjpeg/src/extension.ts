/** JPEG on NVIDIA GPUs as an extension. Importing this module has no effect; `registry.use(extension)` registers it. */
import type { Extension } from "@polycodec/core/plugin";
import { cudaDecoder } from "./backends/nvjpeg-cuda.js";
import { nvjpegEncoder } from "./backends/nvjpeg-encoder.js";
import { hardwareDecoder } from "./backends/nvjpeg-hw.js";
import { hybridDecoder } from "./backends/nvjpeg-hybrid.js";
import { losslessDecoder } from "./backends/nvjpeg-lossless.js";

/** Every backend of this package. The parser of JPEG is core's own. */
export const extension: Extension = {
  name: "@polycodec/ext-nvjpeg",
  version: "0.1.0",
  apiVersion: 1,
  decoders: [hardwareDecoder, cudaDecoder, hybridDecoder, losslessDecoder],
  encoders: [nvjpegEncoder],
};
