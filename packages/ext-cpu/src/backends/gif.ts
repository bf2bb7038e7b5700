/** GIF by our own decoder: what native/gif_decode.cpp takes. */
import {
  type DecodeBackend,
  type DecodeTask,
  nativeDecoder,
  type ProcessingStatus,
  type SampleFormat,
} from "@polycodec/core/plugin";
import { library } from "../library.js";

export const gifDecoder: DecodeBackend = nativeDecoder({
  id: "gif",
  codec: "gif",
  kind: "CPU_ONLY",
  library,
  accepts,
});

const FORMATS: ReadonlySet<SampleFormat> = new Set(["I_RGB", "I_BGR", "I_RGBA"]);

function accepts({ output, orientation }: DecodeTask): ProcessingStatus {
  if (orientation !== 1) return "ORIENTATION_UNSUPPORTED";
  if (!FORMATS.has(output.sampleFormat)) return "SAMPLE_FORMAT_UNSUPPORTED";
  return output.dtype === "uint8" && output.precision === 8 ? "SUCCESS" : "SAMPLE_TYPE_UNSUPPORTED";
}
