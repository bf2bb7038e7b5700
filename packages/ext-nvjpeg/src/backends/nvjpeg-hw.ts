/** JPEG on the hardware engines of data-centre and newer GPUs: baseline, one scan, in batches. */
import type { DecodeBackend, DecodeTask } from "@polycodec/core/plugin";
import { library } from "../library.js";
import { acceptsDct } from "./dct-jpeg.js";
import { DECODE_OPTIONS } from "./session-options.js";

const ENCODINGS = new Set(["BASELINE_DCT"]);
const SUBSAMPLINGS = new Set(["CSS_444", "CSS_422", "CSS_420", "CSS_440", "CSS_GRAY"]);

export const hardwareDecoder: DecodeBackend = {
  id: "nvjpeg-hw",
  codec: "jpeg",
  kind: "HW_GPU_ONLY",
  priority: 100,
  options: {
    ...DECODE_OPTIONS,
    /** Make the library's buffers ahead, for batches of so many pictures of this size; 1: when they are needed. */
    preallocateBatchSize: 1,
    preallocateWidthHint: 1,
    preallocateHeightHint: 1,
  },
  create: (context) =>
    context.openNative(library(), "nvjpeg-hw", "decode", (task: DecodeTask) =>
      task.info.channels === 4 ? "NUM_CHANNELS_UNSUPPORTED" : acceptsDct(task, ENCODINGS, SUBSAMPLINGS),
    ),
};
