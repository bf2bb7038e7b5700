/** What can be made of decoded JPEG 2000 components; native/jpeg2k_picture.cpp plans the same. */
import type { DecodeTask, ProcessingStatus } from "@polycodec/core/plugin";

const INTEGERS: ReadonlySet<string> = new Set(["uint8", "int8", "uint16", "int16", "uint32", "int32"]);

export function acceptsJpeg2kOutput({ info, imageIdx, output, orientation }: DecodeTask): ProcessingStatus {
  if (imageIdx !== 0) return "NUM_IMAGES_UNSUPPORTED";
  if (orientation !== 1) return "ORIENTATION_UNSUPPORTED";
  if (!INTEGERS.has(output.dtype)) return "SAMPLE_TYPE_UNSUPPORTED";
  const { channels, colorSpec } = info;
  if (output.dtype.startsWith("int")) {
    // Signed samples come out as they are, or as unsigned ones with 0 in the middle.
    if (output.dtype !== info.dtype || output.precision !== info.precision) return "SAMPLE_TYPE_UNSUPPORTED";
    if (!keepsSamples(info, output)) return "COLOR_SPEC_UNSUPPORTED";
  }
  switch (output.sampleFormat.slice(2)) {
    case "UNCHANGED":
      return output.channels === channels ? "SUCCESS" : "NUM_CHANNELS_UNSUPPORTED";
    case "YA":
      return colorSpec === "GRAY" ? "SUCCESS" : "SAMPLE_FORMAT_UNSUPPORTED";
    default:
      // Three or four channels of an unknown colour space go by the name of RGB.
      return colorSpec === "UNKNOWN" && (channels < 3 || channels > 4) ? "COLOR_SPEC_UNSUPPORTED" : "SUCCESS";
  }
}

/** Is the output made of the picture's samples without any arithmetic? */
function keepsSamples({ colorSpec }: DecodeTask["info"], output: DecodeTask["output"]): boolean {
  const format = output.sampleFormat.slice(2);
  if (format === "UNCHANGED") return true;
  if (colorSpec === "GRAY") return format !== "YUV" && format !== "RGBA";
  return colorSpec !== "SYCC" && colorSpec !== "CMYK" && (format === "RGB" || format === "BGR" || format === "RGBA");
}
