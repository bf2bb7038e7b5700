/** Images as JPEG can hold them: 8 bits, gray or colour, no alpha. What they are made of is core's rules (docs/conversions.md). */
import { CodecError, Image, type SampleDataType } from "@polycodec/core";

export interface EncodableOptions {
  readonly codec: string;
  /** What shows through where the picture is transparent: red, green, blue. */
  readonly background: readonly [number, number, number];
  /** The value of white in images of floats. */
  readonly floatRange: 1 | 255;
}

/** Floats that reach beyond this are not from 0 to 1, however the picture was filtered. */
const MOST_OVERSHOOT = 2;

/**
 * The same image if it can be encoded as it is, else one of 8 bits, flattened, in memory of its own. Integers of any depth
 * are scaled from their range to 0..255, floats from 0..`floatRange`; NaN is 0.
 *
 * @throws CodecError for floats that are far out of their range: they would become white
 */
export function encodable(image: Image, options: EncodableOptions): Image {
  if (options.codec !== "jpeg") return image; // which may hold more than JPEG: its encoder knows
  const alpha = ["I_YA", "P_YA", "I_RGBA", "P_RGBA"].includes(image.sampleFormat);
  if (image.dtype === "uint8" && image.precision === 8 && !alpha) return image;
  const { width, height, channels } = image;
  const colours = alpha ? channels - 1 : channels;
  const samples = interleaved(image);
  const toByte = scaleOf(image, options.floatRange);
  const bytes = new Uint8Array(width * height * colours);
  if (!alpha) for (let i = 0; i < bytes.length; i++) bytes[i] = toByte(samples[i]!);
  else flatten(samples, bytes, toByte, colours, options.background);
  const sampleFormat = alpha
    ? colours === 1
      ? "I_Y"
      : "I_RGB"
    : (image.sampleFormat.replace(/^P_/, "I_") as Image["sampleFormat"]);
  return Image.from(bytes, { width, height, channels: colours, sampleFormat, colorSpec: image.colorSpec });
}

function flatten(
  samples: ArrayLike<number>,
  bytes: Uint8Array,
  toByte: (sample: number) => number,
  colours: number,
  [red, green, blue]: readonly [number, number, number],
): void {
  // Gray takes the background's luma, BT.601.
  const behind = colours === 1 ? [(19595 * red + 38470 * green + 7471 * blue + 32768) >> 16] : [red, green, blue];
  for (let from = 0, to = 0; to < bytes.length; from += colours + 1) {
    const opacity = toByte(samples[from + colours]!);
    for (let c = 0; c < colours; c++)
      bytes[to++] = (toByte(samples[from + c]!) * opacity + behind[c]! * (255 - opacity) + 127) / 255; // to nearest
  }
}

/** A sample of 0..255, for a sample as it lies in memory. */
function scaleOf({ dtype, precision }: Image, floatRange: number): (sample: number) => number {
  if (dtype === "float16") {
    const half = scaleOf({ dtype: "float32", precision } as Image, floatRange);
    return (bits) => half(fromHalf(bits));
  }
  if (dtype === "float32" || dtype === "float64") {
    const most = floatRange * MOST_OVERSHOOT;
    return (sample) => {
      if (sample > most || sample < floatRange - most)
        throw new CodecError(
          "SAMPLE_TYPE_UNSUPPORTED",
          `a sample of ${sample} in floats from 0 to ${floatRange}${floatRange === 1 ? "; floatRange: 255 is for 0 to 255" : ""}`,
        );
      return Number.isNaN(sample) ? 0 : Math.min(255, Math.max(0, Math.round((sample * 255) / floatRange)));
    };
  }
  if (dtype === "uint8" && precision === 8) return (sample) => sample;
  const range = 2 ** precision - 1;
  const offset = SIGNED.has(dtype) ? 2 ** (precision - 1) : 0;
  return (sample) => Math.min(255, Math.max(0, Math.round(((sample + offset) * 255) / range)));
}

const SIGNED: ReadonlySet<SampleDataType> = new Set(["int8", "int16", "int32"]);

function interleaved(image: Image): ArrayLike<number> {
  const { width, height, channels } = image;
  const packed = image.packed();
  const Elements = image.data.constructor as new (buffer: ArrayBuffer, offset: number, length: number) => Image["data"];
  const count = width * height * channels;
  const samples = new Elements(packed.buffer as ArrayBuffer, packed.byteOffset, count);
  if (!image.sampleFormat.startsWith("P_")) return samples;
  const pixels = width * height;
  const together = new Float64Array(count);
  for (let c = 0; c < channels; c++)
    for (let i = 0; i < pixels; i++) together[i * channels + c] = samples[c * pixels + i]!;
  return together;
}

/** IEEE 754 binary16: 1 sign, 5 exponent, 10 fraction bits. */
function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
