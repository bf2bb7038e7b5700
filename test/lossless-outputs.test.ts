/** What the lossless encoders write, read back by Pillow and by ffmpeg: the same pixels. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type EncodeOptions, Encoder, type Image } from "@polycodec/core";
import { drawPicture } from "@polycodec/core/testing";
import "@polycodec/ext-cpu";
import test, { type ExecutionContext } from "ava";
import { has, hasPillow, pipe } from "./programs.js";

interface Written {
  readonly extension: string;
  readonly options: EncodeOptions & { readonly codec: string };
  readonly formats: readonly ("I_Y" | "I_RGB" | "I_RGBA")[];
}

const ALL = ["I_Y", "I_RGB", "I_RGBA"] as const;
const OPAQUE = ["I_Y", "I_RGB"] as const;
const COLOR = ["I_RGB", "I_RGBA"] as const;
const written: readonly Written[] = [
  { extension: "bmp", options: { codec: "bmp" }, formats: ALL },
  { extension: "bmp", options: { codec: "bmp", bmp: { palette: true } }, formats: OPAQUE },
  { extension: "pgm", options: { codec: "pnm" }, formats: ["I_Y"] },
  { extension: "ppm", options: { codec: "pnm" }, formats: ["I_RGB"] },
  { extension: "ppm", options: { codec: "pnm", pnm: { ascii: true } }, formats: OPAQUE },
  { extension: "pam", options: { codec: "pnm", pnm: { format: "pam" } }, formats: ALL },
  { extension: "qoi", options: { codec: "qoi" }, formats: ALL },
  { extension: "png", options: { codec: "png" }, formats: ALL },
  { extension: "png", options: { codec: "png", png: { preset: "fast", reduce: false } }, formats: ALL },
  { extension: "png", options: { codec: "png", png: { preset: "best" } }, formats: ALL },
  { extension: "webp", options: { codec: "webp", qualityType: "LOSSLESS" }, formats: COLOR },
  { extension: "jp2", options: { codec: "jpeg2k", qualityType: "LOSSLESS" }, formats: OPAQUE },
  { extension: "jls", options: { codec: "jpegls" }, formats: OPAQUE },
  { extension: "jls", options: { codec: "jpegls", jpegls: { interleave: "sample" } }, formats: OPAQUE },
  { extension: "jls", options: { codec: "jpegls", jpegls: { interleave: "none" } }, formats: OPAQUE },
];

/** Few colours, so that a palette suffices. */
function picture(sampleFormat: "I_Y" | "I_RGB" | "I_RGBA"): Image {
  const image = drawPicture(61, 37, { sampleFormat });
  for (let i = 0; i < image.data.length; i++) image.data[i] = image.data[i]! & 0xc0;
  return image;
}

/** The pixels as a reader gives them: gray in as many channels as asked for. */
function asRgb({ data, channels }: Image): Buffer {
  return channels === 1 ? Buffer.from([...data].flatMap((v) => [v, v, v])) : Buffer.from(data as Uint8Array);
}

async function eachFile(
  t: ExecutionContext,
  takes: (one: Written) => boolean,
  read: (path: string, alpha: boolean) => Buffer,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "polycodec-"));
  t.teardown(() => rmSync(folder, { recursive: true }));
  using encoder = new Encoder();
  for (const one of written.filter(takes)) {
    for (const format of one.formats) {
      const path = join(folder, `picture.${one.extension}`);
      const image = picture(format);
      writeFileSync(path, await encoder.encode(image, one.options));
      const isSame = read(path, format === "I_RGBA").equals(asRgb(image));
      t.true(isSame, `${JSON.stringify(one.options)} ${format}`);
    }
  }
}

const PILLOW =
  "import sys, PIL.Image; sys.stdout.buffer.write(PIL.Image.open(sys.argv[1]).convert(sys.argv[2]).tobytes())";

(hasPillow() ? test : test.skip)("Pillow reads BMP, PNM, QOI, PNG, WebP and JPEG 2000", async (t) => {
  await eachFile(
    t,
    ({ extension }) => extension !== "jls" && extension !== "pam",
    (path, alpha) => pipe("python3", ["-c", PILLOW, path, alpha ? "RGBA" : "RGB"], new Uint8Array()),
  );
});

(has("ffmpeg") ? test : test.skip)(
  "ffmpeg reads BMP, PGM, PPM, PAM, QOI, PNG, WebP, JPEG 2000 and JPEG-LS",
  async (t) => {
    await eachFile(
      t,
      // ffmpeg 5 reads neither PNM in ASCII nor JPEG-LS with interleaved samples.
      ({ options }) => !options.pnm?.ascii && options.jpegls?.interleave !== "sample",
      (path, alpha) => {
        const output = ["-f", "rawvideo", "-pix_fmt", alpha ? "rgba" : "rgb24", "-"];
        return pipe("ffmpeg", ["-v", "error", "-i", path, ...output], new Uint8Array());
      },
    );
  },
);
