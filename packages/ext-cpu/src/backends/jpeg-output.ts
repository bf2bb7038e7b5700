/** What every decoder of JPEG can give of what is coded, however it is. */
import type { CodeStreamInfo, DecodeTask, ProcessingStatus } from "@polycodec/core/plugin";

/** Which channels can be had of what is coded; native/jpeg_rows.cpp and jpeg_deep_color.cpp plan the same. */
export function acceptsJpegOutput(
  { channels, colorSpec }: CodeStreamInfo,
  output: DecodeTask["output"],
): ProcessingStatus {
  const isCmyk = colorSpec === "CMYK" || colorSpec === "YCCK";
  const isColorless = colorSpec === "UNKNOWN";
  switch (output.sampleFormat.slice(2)) {
    case "UNCHANGED": {
      if (output.channels !== channels) return "NUM_CHANNELS_UNSUPPORTED";
      // Unchanged samples of CMYK are CMYK, whatever else is wished for.
      const means = isCmyk ? "CMYK" : channels === 1 ? "GRAY" : channels === 3 ? "SRGB" : "UNKNOWN";
      const asked = output.colorSpec;
      return asked === means || asked === "UNCHANGED" || asked === "UNKNOWN" ? "SUCCESS" : "COLOR_SPEC_UNSUPPORTED";
    }
    case "Y":
    case "RGB":
    case "BGR":
    case "RGBA":
      return isColorless ? "COLOR_SPEC_UNSUPPORTED" : "SUCCESS";
    case "YUV":
      return isColorless || isCmyk ? "COLOR_SPEC_UNSUPPORTED" : "SUCCESS";
    // Two components of no known colour: nothing is lost by the name.
    case "YA":
      return isColorless && channels === 2 ? "SUCCESS" : "SAMPLE_FORMAT_UNSUPPORTED";
    default:
      return "SAMPLE_FORMAT_UNSUPPORTED";
  }
}
