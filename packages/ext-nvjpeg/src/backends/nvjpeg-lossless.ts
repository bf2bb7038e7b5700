/** Lossless JPEGs (SOF3) of one component, 9 to 16 bits, from nvJPEG 13.0.2 on. */
import { type DecodeBackend, type DecodeTask, nativeDecoder, type ProcessingStatus } from "@polycodec/core/plugin";
import { library } from "../library.js";
import { MAX_PICTURE_BYTES } from "./dct-jpeg.js";
import { SESSION_OPTIONS } from "./session-options.js";

export const losslessDecoder: DecodeBackend = nativeDecoder({
  id: "nvjpeg-lossless",
  codec: "jpeg",
  kind: "GPU_ONLY",
  priority: 220,
  options: SESSION_OPTIONS,
  library,
  accepts,
});

/** Depth, colour and orientation are core's: samples come out as they are stored. */
function accepts({ info, imageIdx, output, orientation, scale }: DecodeTask): ProcessingStatus {
  if (info.detail?.encoding !== "LOSSLESS_HUFFMAN") return "ENCODING_UNSUPPORTED";
  if (imageIdx !== 0) return "NUM_IMAGES_UNSUPPORTED";
  if (info.channels !== 1) return "NUM_CHANNELS_UNSUPPORTED";
  if (info.dtype !== "uint16") return "ENCODING_UNSUPPORTED";
  if (info.width * info.height * 2 > MAX_PICTURE_BYTES) return "RESOLUTION_UNSUPPORTED";
  if (scale !== 1) return "SCALE_UNSUPPORTED";
  if (orientation !== 1) return "ORIENTATION_UNSUPPORTED";
  if (output.dtype !== info.dtype || output.precision !== info.precision) return "SAMPLE_TYPE_UNSUPPORTED";
  return output.sampleFormat === "I_Y" || output.sampleFormat === "P_Y" ? "SUCCESS" : "SAMPLE_FORMAT_UNSUPPORTED";
}
