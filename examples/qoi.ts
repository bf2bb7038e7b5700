// biome-ignore-all format: the example is to fit on one page
/** A codec of one's own in TypeScript: the Quite OK Image format (qoiformat.org, version 1.0), both ways. */
import { type ByteReader, CodecError, type DecodeTask, type EncodeTask, type Extension, eachSample, type ImageInfo, type Parser, startsWith } from "@polycodec/core/plugin";

const parser: Parser = {
  codec: "qoi", extensions: [".qoi"],
  canParse: (head) => startsWith(head, "qoif"),
  parse(reader: ByteReader) {
    const [width, height, channels] = [reader.seek(4).u32be(), reader.u32be(), reader.u8()];
    if (!width || !height || (channels !== 3 && channels !== 4)) throw new CodecError("IMAGE_CORRUPTED", `${width}x${height}x${channels}`);
    return {
      codec: "qoi", numImages: 1, width, height, channels, dtype: "uint8", precision: 8, sampleFormat: channels === 3 ? "I_RGB" : "I_RGBA",
      colorSpec: "SRGB", chromaSubsampling: "CSS_NONE", orientation: 1,
    };
  },
};

/** The place of a colour among the 64 that were seen last. */
const hash = (p: Uint8Array) => (p[0]! * 3 + p[1]! * 5 + p[2]! * 7 + p[3]! * 11) & 63;

function decode({ bytes, info, output, pixels }: DecodeTask): void {
  const seen = new Uint8Array(64 * 4);
  const p = Uint8Array.of(0, 0, 0, 255);
  let [at, run] = [14, 0];
  const next = () => bytes[at++] ?? 0;
  const add = (r: number, g: number, b: number) => p.set([p[0]! + r, p[1]! + g, p[2]! + b]);
  for (let y = 0; y < info.height; y++) {
    for (let x = 0, to = y * output.rowStride; x < info.width; x++, to += output.channels) {
      if (run > 0) run--;
      else {
        if (at >= bytes.length - 8) throw new CodecError("IMAGE_TRUNCATED", `row ${y} of ${info.height}`);
        const tag = next();
        if (tag === 0xfe) p.set([next(), next(), next()]);
        else if (tag === 0xff) p.set([next(), next(), next(), next()]);
        else if (tag < 0x40) p.set(seen.subarray(tag * 4, tag * 4 + 4));
        else if (tag < 0x80) add(((tag >> 4) & 3) - 2, ((tag >> 2) & 3) - 2, (tag & 3) - 2);
        else if (tag < 0xc0) {
          const [green, more] = [(tag & 63) - 32, next()];
          add(green + (more >> 4) - 8, green, green + (more & 15) - 8);
        } else run = tag & 63;
        seen.set(p, hash(p) * 4);
      }
      for (let c = 0; c < output.channels; c++) pixels[to + c] = p[c]!;
    }
  }
}

/** Runs, colours seen before, and plain colours: valid QOI, if not the smallest. */
function encode({ input: { width, height, channels, rowStride }, pixels }: EncodeTask) {
  const [bytes, seen] = [new Uint8Array(14 + width * height * (channels + 1) + 8), new Uint8Array(64 * 4)];
  bytes.set([0x71, 0x6f, 0x69, 0x66, width >>> 24, width >>> 16, width >>> 8, width, height >>> 24, height >>> 16, height >>> 8, height, channels, 0]);
  let [p, to, run] = [Uint8Array.of(0, 0, 0, 255), 14, 0];
  for (let i = 0; i < width * height; i++) {
    const from = Math.floor(i / width) * rowStride + (i % width) * channels;
    const q = Uint8Array.of(pixels[from]!, pixels[from + 1]!, pixels[from + 2]!, channels === 4 ? pixels[from + 3]! : 255);
    const same = q.every((v, c) => v === p[c]);
    if (same && ++run < 62 && i < width * height - 1) continue;
    if (run > 0) bytes[to++] = 0xc0 | (run - 1);
    run = 0;
    if (same) continue;
    const code = q.every((v, c) => v === seen[hash(q) * 4 + c]) ? [hash(q)] : channels === 4 ? [0xff, ...q] : [0xfe, ...q.subarray(0, 3)];
    bytes.set(code, to);
    to += code.length;
    seen.set(q, hash(q) * 4);
    p = q;
  }
  bytes[to + 7] = 1;
  return { bytes: bytes.subarray(0, to + 8) };
}

const plain = ({ dtype, sampleFormat }: ImageInfo, formats: readonly string[]) =>
  dtype !== "uint8" ? "SAMPLE_TYPE_UNSUPPORTED" : formats.includes(sampleFormat) ? "SUCCESS" : "SAMPLE_FORMAT_UNSUPPORTED";
const decodes = ({ output, info, region, orientation, scale }: DecodeTask) => scale !== 1 ? "SCALE_UNSUPPORTED"
  : region ? "ROI_UNSUPPORTED" : orientation !== 1 ? "ORIENTATION_UNSUPPORTED" : plain(output, [info.sampleFormat]);
const backend = { id: "qoi-js", codec: "qoi", kind: "CPU_ONLY" } as const;
export const extension: Extension = {
  name: "example-qoi", version: "1.0.0", apiVersion: 1, parsers: [parser],
  decoders: [{ ...backend, create: () => ({ run: eachSample(decode), accepts: decodes }) }],
  encoders: [{ ...backend, create: () => ({ run: eachSample(encode), accepts: ({ input }) => plain(input, ["I_RGB", "I_RGBA"]) }) }],
};
