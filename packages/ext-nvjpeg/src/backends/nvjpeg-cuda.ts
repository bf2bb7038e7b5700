/** JPEG wholly on the GPU, Huffman decoding too: pays for large baseline pictures. */
import type { DecodeBackend, DecodeTask } from "@polycodec/core/plugin";
import { library } from "../library.js";
import { acceptsDct } from "./dct-jpeg.js";
import { ALL_SUBSAMPLINGS } from "./nvjpeg-hybrid.js";
import { DECODE_OPTIONS } from "./session-options.js";

const ENCODINGS = new Set(["BASELINE_DCT"]);

export const cudaDecoder: DecodeBackend = {
  id: "nvjpeg-cuda",
  codec: "jpeg",
  kind: "GPU_ONLY",
  priority: 200,
  options: {
    ...DECODE_OPTIONS,
    /** Pictures of more pixels are decoded here, and others left to nvjpeg-hybrid. */
    hybridHuffmanThreshold: 1_000_000,
    /** Chunks of more pictures are decoded in one call of the library; it says that its GPU path pays from there on. */
    batchedAbove: 50,
    /** How many pictures the GPU may work on at a time, one by one. */
    numCudaStreams: 4,
  },
  create(context) {
    const threshold = context.options.hybridHuffmanThreshold as number;
    return context.openNative(library(), "nvjpeg-cuda", "decode", (task: DecodeTask) =>
      task.info.width * task.info.height > threshold
        ? acceptsDct(task, ENCODINGS, ALL_SUBSAMPLINGS)
        : "RESOLUTION_UNSUPPORTED",
    );
  },
};
