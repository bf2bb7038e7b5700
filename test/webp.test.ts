/** WebP beside other people's programs: dwebp of libwebp, and Pillow. */
import { Decoder, Encoder, type Image } from "@polycodec/core";
import { drawPicture, psnr } from "@polycodec/core/testing";
import "@polycodec/ext-cpu";
import test, { type ExecutionContext } from "ava";
import { type CorpusFile, files, read } from "./corpus.js";
import { has, hasPillow, pipe, readPnm } from "./programs.js";

const corpus = files.filter(({ format, path }) => format === "webp" && path.startsWith("webp/"));
const stills = corpus.filter(({ tags }) => !tags.includes("animated"));

type Body = (t: ExecutionContext) => Promise<void>;
const needs = (missing: string, present: boolean) => (title: string, body: Body) =>
  present ? test(title, body) : test.skip(`${title} (no ${missing})`, body);
const withDwebp = needs("dwebp; Debian's webp has it", has("dwebp"));
const withCorpus = needs("dwebp and corpus", has("dwebp") && files.length > 0);

/** What dwebp makes of it: PAM is RGBA, PPM is RGB. */
function dwebp(bytes: Uint8Array, format: "pam" | "ppm", ...options: string[]): Uint8Array {
  const output = pipe("dwebp", ["-quiet", `-${format}`, ...options, "-o", "-", "--", "-"], bytes);
  if (format === "ppm") return readPnm(output).data;
  return output.subarray(output.indexOf("ENDHDR\n") + 7);
}

/** Decodes the stills as both; `failures` tells all that differ. */
async function compare(
  decode: (bytes: Uint8Array, sampleFormat: "I_RGB" | "I_RGBA", file: CorpusFile) => Promise<Image | undefined>,
  options: (file: CorpusFile) => string[],
): Promise<{ compared: number; failures: string[] }> {
  const failures: string[] = [];
  let compared = 0;
  for (const file of stills) {
    const bytes = read(file);
    for (const [format, sampleFormat] of [
      ["pam", "I_RGBA"],
      ["ppm", "I_RGB"],
    ] as const) {
      const image = await decode(bytes, sampleFormat, file);
      if (!image) continue;
      const expected = dwebp(bytes, format, ...options(file));
      compared++;
      if (Buffer.compare(image.bytes, expected) !== 0) failures.push(`${file.path} ${format}`);
    }
  }
  return { compared, failures };
}

const asStored = { applyExifOrientation: false };

withCorpus("every still of the corpus equals dwebp byte for byte, as RGB and as RGBA", async (t) => {
  using decoder = new Decoder();
  const result = await compare(
    (bytes, sampleFormat) => decoder.decode(bytes, { ...asStored, sampleFormat }),
    () => [],
  );
  t.deepEqual(result.failures, []);
  t.is(result.compared, stills.length * 2);
});

for (const scale of [2, 4, 8] as const) {
  withCorpus(`at 1/${scale} every still equals dwebp -scale byte for byte`, async (t) => {
    using decoder = new Decoder();
    const size = (pixels: number) => String(Math.ceil(pixels / scale));
    const result = await compare(
      (bytes, sampleFormat) => decoder.decode(bytes, { ...asStored, scale, sampleFormat }),
      ({ width, height }) => ["-scale", size(width), size(height)],
    );
    t.deepEqual(result.failures, []);
    t.is(result.compared, stills.length * 2);
  });
}

withDwebp("what we encode opens in dwebp: exactly what was lossless, and what we decode from the rest", async (t) => {
  using encoder = new Encoder();
  using decoder = new Decoder();
  for (const sampleFormat of ["I_RGB", "I_RGBA"] as const) {
    const picture = drawPicture(123, 77, { sampleFormat });
    const format = sampleFormat === "I_RGB" ? "ppm" : "pam";
    const icc = { kind: "ICC_PROFILE", format: "RAW", id: 0, bytes: new Uint8Array(131) } as const;
    for (const metadata of [[], [icc]]) {
      const exact = await encoder.encode(picture, { codec: "webp", qualityType: "LOSSLESS", metadata });
      t.deepEqual(new Uint8Array(dwebp(exact, format)), picture.bytes);
      for (const quality of [1, 50, 100]) {
        const lossy = await encoder.encode(picture, { codec: "webp", quality, metadata });
        const image = await decoder.decode(lossy, { sampleFormat });
        t.deepEqual(new Uint8Array(dwebp(lossy, format)), image.bytes, `${sampleFormat} quality ${quality}`);
      }
    }
  }
});

const PILLOW = `
import io, json, sys, PIL.Image
image = PIL.Image.open(io.BytesIO(sys.stdin.buffer.read()))
sys.stdout.buffer.write(json.dumps([image.mode, image.size, len(image.info.get("icc_profile", b"")), image.getexif().get(0x112)]).encode() + b"\\n" + image.tobytes())
`;

needs("Pillow", hasPillow())("what we encode opens in Pillow, with its metadata", async (t) => {
  using encoder = new Encoder();
  const picture = drawPicture(50, 41, { sampleFormat: "I_RGBA" });
  const exif = Uint8Array.from("II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0", (c) =>
    c.charCodeAt(0),
  );
  const metadata = [
    { kind: "ICC_PROFILE", format: "RAW", id: 0, bytes: new Uint8Array(133) },
    { kind: "EXIF", format: "RAW", id: 0, bytes: exif },
  ] as const;
  for (const qualityType of ["LOSSLESS", "DEFAULT"] as const) {
    const webp = await encoder.encode(picture, { codec: "webp", qualityType, metadata });
    const output = pipe("python3", ["-c", PILLOW], webp);
    const end = output.indexOf("\n");
    t.deepEqual(JSON.parse(output.subarray(0, end).toString()), ["RGBA", [50, 41], 133, 6]);
    const pixels = output.subarray(end + 1);
    if (qualityType === "LOSSLESS") t.deepEqual(new Uint8Array(pixels), picture.bytes);
    else t.true(psnr(pixels, picture.bytes) > 28);
  }
});
