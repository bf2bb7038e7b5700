/** Huffman-coded JPEG of 8 bits on our own decoder: what native/jpeg_fast_decode.cpp takes. libjpeg-turbo, behind it, takes the rest. */
import {
  CodecError,
  type DecodeBackend,
  type DecodeTask,
  nativeDecoder,
  type ProcessingStatus,
} from "@polycodec/core/plugin";
import { library } from "../library.js";
import { acceptsJpegOutput } from "./jpeg-output.js";
import { jpegDecoder } from "./libjpeg-turbo.js";

const ENCODINGS: ReadonlySet<unknown> = new Set([
  "BASELINE_DCT",
  "EXTENDED_SEQUENTIAL_DCT_HUFFMAN",
  "PROGRESSIVE_DCT_HUFFMAN",
]);

const backend = nativeDecoder({
  id: "jpeg-fast",
  codec: "jpeg",
  kind: "CPU_ONLY",
  priority: 290,
  shortcutFor: jpegDecoder.id,
  options: jpegDecoder.options!,
  library,
  accepts,
});

export const jpegFastDecoder: DecodeBackend = {
  ...backend,
  create(context) {
    const { fancyUpsampling, fastIdct } = context.options;
    if (!fancyUpsampling || fastIdct) {
      throw new CodecError("BACKEND_UNSUPPORTED", "has fancy upsampling and the exact inverse DCT only");
    }
    return backend.create(context);
  },
};

/** What the headers tell. The native part finds out the rest, and passes it on. */
function accepts({ info, imageIdx, output, orientation, scale }: DecodeTask): ProcessingStatus {
  if (!ENCODINGS.has(info.detail?.encoding)) return "ENCODING_UNSUPPORTED";
  if (info.dtype !== "uint8" || info.precision !== 8) return "ENCODING_UNSUPPORTED";
  if (info.channels !== 1 && info.channels !== 3) return "NUM_CHANNELS_UNSUPPORTED";
  if (imageIdx !== 0) return "NUM_IMAGES_UNSUPPORTED";
  // libjpeg-turbo's backend walks over most of a sequential picture's data there.
  if (scale === 8 && info.detail?.encoding !== "PROGRESSIVE_DCT_HUFFMAN") return "SCALE_UNSUPPORTED";
  if (orientation !== 1) return "ORIENTATION_UNSUPPORTED";
  if (output.dtype !== "uint8" || output.precision !== 8) return "SAMPLE_TYPE_UNSUPPORTED";
  // Coded as RGB, it has no chroma to give.
  if (info.colorSpec === "SRGB" && output.sampleFormat.endsWith("YUV")) return "CODESTREAM_UNSUPPORTED";
  return acceptsJpegOutput(info, output);
}
