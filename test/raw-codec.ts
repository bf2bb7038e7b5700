/**
 * A codec for tests of what core does itself: a code stream is a line of JSON and the samples as they lie in memory. Its
 * backend, in TypeScript, copies whole pictures as they are stored, and refuses whatever else is asked of it.
 */
import {
  CodecError,
  type CodeStreamInfo,
  type DecodeTask,
  type Extension,
  eachSample,
  type Parser,
  type ProcessingStatus,
  startsWith,
} from "@polycodec/core/plugin";

type Stored = Pick<CodeStreamInfo, "width" | "height" | "channels"> & Partial<CodeStreamInfo>;

/** A code stream of these samples. */
export function rawStream(info: Stored, samples: ArrayBufferView): Uint8Array {
  const head = Buffer.from(`RAWPIXEL${JSON.stringify(info)}\n`);
  return Buffer.concat([head, new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength)]);
}

const FORMATS = ["I_UNCHANGED", "I_Y", "I_YA", "I_RGB", "I_RGBA"] as const;

const parser: Parser = {
  codec: "raw",
  extensions: [".rawpixel"],
  canParse: (head) => startsWith(head, "RAWPIXEL"),
  parse(reader) {
    reader.seek(8);
    let text = "";
    for (let byte = reader.u8(); byte !== 0x0a; byte = reader.u8()) text += String.fromCharCode(byte);
    const stored = JSON.parse(text) as Stored;
    return {
      codec: "raw",
      numImages: 1,
      dtype: "uint8",
      precision: 8,
      sampleFormat: FORMATS[stored.channels] ?? "I_UNCHANGED",
      colorSpec: stored.channels <= 2 ? "GRAY" : stored.channels <= 4 ? "SRGB" : "UNKNOWN",
      chromaSubsampling: "CSS_NONE",
      orientation: 1,
      ...stored,
    };
  },
};

function accepts({ info, output, scale, region, orientation }: DecodeTask): ProcessingStatus {
  if (orientation !== 1) return "ORIENTATION_UNSUPPORTED";
  if (region) return "ROI_UNSUPPORTED";
  if (scale !== 1) return "SCALE_UNSUPPORTED";
  if (output.dtype !== info.dtype || output.precision !== info.precision) return "SAMPLE_TYPE_UNSUPPORTED";
  return output.sampleFormat === info.sampleFormat ? "SUCCESS" : "SAMPLE_FORMAT_UNSUPPORTED";
}

export const rawExtension: Extension = {
  name: "raw",
  version: "1.0.0",
  apiVersion: 1,
  parsers: [parser],
  decoders: [
    {
      id: "raw-js",
      codec: "raw",
      kind: "CPU_ONLY",
      create: () => ({
        accepts,
        run: eachSample(({ bytes, pixels, output }: DecodeTask) => {
          const start = bytes.indexOf(0x0a) + 1;
          const length = output.rowStride * output.height;
          if (bytes.length - start < length)
            throw new CodecError("IMAGE_TRUNCATED", `${bytes.length - start} bytes of samples, expected ${length}`);
          pixels.set(bytes.subarray(start, start + length));
        }),
      }),
    },
  ],
};
