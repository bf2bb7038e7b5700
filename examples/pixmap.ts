/** The TypeScript half of a native plugin: a parser, and what native/pixmap.c accepts. */
import {
  type ByteReader,
  CodecError,
  type DecodeTask,
  type EncodeTask,
  type Extension,
  nativeDecoder,
  nativeEncoder,
  type Parser,
  startsWith,
} from "@polycodec/core/plugin";

const parser: Parser = {
  codec: "pixmap",
  extensions: [".ppm"],
  canParse: (head) => startsWith(head, "P6") && head.length > 2 && head[2]! <= 32,
  parse(reader: ByteReader) {
    reader.seek(2);
    const [width, height, maxval] = [number(reader), number(reader), number(reader)];
    if (!width || !height || maxval !== 255)
      throw new CodecError("IMAGE_CORRUPTED", `header says ${width}x${height}, maxval ${maxval}`);
    return {
      codec: "pixmap",
      numImages: 1,
      width,
      height,
      channels: 3,
      dtype: "uint8",
      precision: 8,
      sampleFormat: "I_RGB",
      colorSpec: "SRGB",
      chromaSubsampling: "CSS_NONE",
      orientation: 1,
    };
  },
};

/** A number of the header, past white space and comments. */
function number(reader: ByteReader): number {
  let byte = reader.u8();
  while (byte <= 32 || byte === 35) {
    if (byte === 35) while (byte !== 10) byte = reader.u8();
    byte = reader.u8();
  }
  let value = 0;
  for (; byte >= 48 && byte <= 57 && value < 1e8; byte = reader.u8()) value = value * 10 + byte - 48;
  return value;
}

const acceptsDecode = ({ output, region, orientation, scale }: DecodeTask) => {
  if (scale !== 1) return "SCALE_UNSUPPORTED";
  if (region) return "ROI_UNSUPPORTED";
  if (orientation !== 1) return "ORIENTATION_UNSUPPORTED";
  if (output.dtype !== "uint8") return "SAMPLE_TYPE_UNSUPPORTED";
  return output.sampleFormat === "I_RGB" ? "SUCCESS" : "SAMPLE_FORMAT_UNSUPPORTED";
};
const acceptsEncode = ({ input }: EncodeTask) =>
  input.dtype !== "uint8"
    ? "SAMPLE_TYPE_UNSUPPORTED"
    : input.sampleFormat === "I_RGB"
      ? "SUCCESS"
      : "SAMPLE_FORMAT_UNSUPPORTED";

/** `library` is the path of the shared library made of native/pixmap.c. */
export function pixmap(library: string): Extension {
  const backend = { id: "pixmap", codec: "pixmap", kind: "CPU_ONLY", library } as const;
  return {
    name: "example-pixmap",
    version: "1.0.0",
    apiVersion: 1,
    parsers: [parser],
    decoders: [nativeDecoder({ ...backend, accepts: acceptsDecode })],
    encoders: [nativeEncoder({ ...backend, accepts: acceptsEncode })],
  };
}
