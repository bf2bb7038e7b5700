/** What the pixels of a result are: channels, their order and meaning, depth. */
import { type ColorSpec, channelsOf, type SampleFormat } from "../enums.js";
import { CodecError } from "../errors.js";
import { tightLayout } from "../image/layout.js";
import { canTransform } from "../image/transform.js";
import type { DecodeParams } from "../params/decode-params.js";
import type { CodeStreamInfo, ImageInfo } from "../plugin.js";

/** The layout of the result, without padding. */
export function layoutOf(
  [width, height]: readonly [number, number],
  info: CodeStreamInfo,
  params: DecodeParams,
): ImageInfo {
  const [sampleFormat, colorSpec, channels] = outputFormat(info, params);
  const dtype = params.allowAnyDepth ? info.dtype : "uint8";
  const precision = params.allowAnyDepth ? info.precision : 8;
  return tightLayout(width, height, channels, dtype, precision, sampleFormat, colorSpec);
}

/** Has the file alpha, the result none, and is it to be blended? */
export function blendsAlpha(info: CodeStreamInfo, params: DecodeParams): boolean {
  if (!params.background || !unchanged(info)[0].endsWith("A")) return false;
  return !/A$|UNCHANGED$/.test(outputFormat(info, params)[0]);
}

/** What a backend is to produce so that core can blend: the file's own channels. */
export function withAlpha(final: ImageInfo, info: CodeStreamInfo): ImageInfo {
  const [sampleFormat, colorSpec] = unchanged(info);
  const { width, height, dtype, precision } = final;
  const output = tightLayout(width, height, info.channels, dtype, precision, sampleFormat, colorSpec);
  if (canTransform(output, final, true)) return output;
  throw new CodecError("SAMPLE_TYPE_UNSUPPORTED", `alpha of ${dtype} samples cannot be blended onto a background`);
}

/** Channel order, meaning and number of channels of the result. */
function outputFormat(
  info: CodeStreamInfo,
  { colorSpec, sampleFormat }: DecodeParams,
): [SampleFormat, ColorSpec, number] {
  if (colorSpec !== "UNCHANGED") {
    const format = sampleFormat ?? (colorSpec === "GRAY" ? "I_Y" : colorSpec === "SYCC" ? "I_YUV" : "I_RGB");
    return [format, colorSpec, channelsOf(format) ?? info.channels];
  }
  const [format, color] = unchanged(info);
  return [sampleFormat === "P_UNCHANGED" && info.channels > 1 ? planar(format) : format, color, info.channels];
}

/** As many channels as the file has. YCbCr is how the file codes RGB, so it comes out as RGB. */
export function unchanged({ channels, colorSpec }: CodeStreamInfo): [SampleFormat, ColorSpec] {
  if (colorSpec === "CMYK" || colorSpec === "YCCK") return ["I_UNCHANGED", "CMYK"];
  switch (channels) {
    case 1:
      return ["I_Y", "GRAY"];
    case 2:
      return ["I_YA", "GRAY"];
    case 3:
      return ["I_RGB", "SRGB"];
    case 4:
      return ["I_RGBA", "SRGB"];
    default:
      return ["I_UNCHANGED", colorSpec];
  }
}

function planar(format: SampleFormat): SampleFormat {
  return `P_${format.slice(2)}` as SampleFormat;
}
