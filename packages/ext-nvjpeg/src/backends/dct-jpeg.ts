/** What nvJPEG makes of a JPEG of 8 bits by DCT; native/decode_plan.cpp plans the same. */
import type { CodeStreamInfo, DecodeTask, ProcessingStatus } from "@polycodec/core/plugin";

/** nvJPEG counts the bytes of a picture in 32 bits. */
export const MAX_PICTURE_BYTES = 0x7fffffff;

/** Is the task for a backend that decodes these processes and subsamplings? The least demanding question comes last. */
export function acceptsDct(
  { info, imageIdx, output, orientation, region, scale }: DecodeTask,
  encodings: ReadonlySet<unknown>,
  subsamplings: ReadonlySet<string>,
): ProcessingStatus {
  if (!encodings.has(info.detail?.encoding) || info.precision !== 8) return "ENCODING_UNSUPPORTED";
  if (imageIdx !== 0) return "NUM_IMAGES_UNSUPPORTED";
  if (![1, 3, 4].includes(info.channels)) return "NUM_CHANNELS_UNSUPPORTED";
  if (!subsamplings.has(info.chromaSubsampling)) return "SAMPLING_UNSUPPORTED";
  if (info.width * info.height * info.channels > MAX_PICTURE_BYTES) return "RESOLUTION_UNSUPPORTED";
  if (scale !== 1) return "SCALE_UNSUPPORTED";
  if (orientation !== 1 && region) return "ORIENTATION_UNSUPPORTED";
  if (output.dtype !== "uint8" || output.precision !== 8) return "SAMPLE_TYPE_UNSUPPORTED";
  return acceptsFormat(info, output);
}

function acceptsFormat(info: CodeStreamInfo, output: DecodeTask["output"]): ProcessingStatus {
  const { channels, colorSpec, chromaSubsampling } = info;
  const isCmyk = colorSpec === "CMYK" || colorSpec === "YCCK";
  const isRgb = colorSpec === "SRGB";
  const isFull = chromaSubsampling === "CSS_444";
  switch (output.sampleFormat.slice(2)) {
    case "RGB":
    case "BGR":
      // The library's scheme for CMYK is for samples as Adobe's applications store them.
      if (isCmyk && !info.inverted) return "CODESTREAM_UNSUPPORTED";
      return isRgb && !isFull ? "SAMPLING_UNSUPPORTED" : "SUCCESS";
    case "Y":
      return isRgb || isCmyk ? "CODESTREAM_UNSUPPORTED" : "SUCCESS";
    case "YUV":
      if (channels !== 3 || isRgb) return "CODESTREAM_UNSUPPORTED";
      return isFull ? "SUCCESS" : "SAMPLING_UNSUPPORTED";
    case "UNCHANGED":
      // Gray and RGB go by their names. YCCK would have to be converted.
      if (channels !== 4 || output.channels !== 4 || colorSpec !== "CMYK") return "CODESTREAM_UNSUPPORTED";
      return isFull ? "SUCCESS" : "SAMPLING_UNSUPPORTED";
    default:
      return "SAMPLE_FORMAT_UNSUPPORTED";
  }
}
