/** JPEG on CPU and GPU: Huffman decoding on the executor's threads, the rest on the GPU. Takes most of what there is. */
import { type DecodeBackend, nativeDecoder } from "@polycodec/core/plugin";
import { library } from "../library.js";
import { acceptsDct } from "./dct-jpeg.js";
import { DECODE_OPTIONS } from "./session-options.js";

const ENCODINGS = new Set(["BASELINE_DCT", "EXTENDED_SEQUENTIAL_DCT_HUFFMAN", "PROGRESSIVE_DCT_HUFFMAN"]);
export const ALL_SUBSAMPLINGS: ReadonlySet<string> = new Set([
  "CSS_444",
  "CSS_422",
  "CSS_420",
  "CSS_440",
  "CSS_411",
  "CSS_410",
  "CSS_410V",
  "CSS_GRAY",
]);

export const hybridDecoder: DecodeBackend = nativeDecoder({
  id: "nvjpeg-hybrid",
  codec: "jpeg",
  kind: "HYBRID_CPU_GPU",
  priority: 210,
  options: {
    ...DECODE_OPTIONS,
    /** How many pictures the GPU may work on at a time. */
    numCudaStreams: 4,
  },
  library,
  accepts: (task) => acceptsDct(task, ENCODINGS, ALL_SUBSAMPLINGS),
});
