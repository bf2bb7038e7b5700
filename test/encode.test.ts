/** JPEG encoding against cjpeg of the same library, read back by djpeg and Pillow. */
import { spawnSync } from "node:child_process";
import { CodeStream, Decoder, type EncodeOptions, Encoder, Image, type SampleFormat } from "@polycodec/core";
import { drawPicture, psnr } from "@polycodec/core/testing";
import "@polycodec/ext-cpu";
import test from "ava";
import { hasPillow, pipe, programTest, readPnm, writePnm } from "./programs.js";

const SIZES = [
  [1, 1],
  [7, 5],
  [8, 8],
  [15, 17],
  [64, 48],
  [101, 67],
  [333, 250],
] as const;
const SAMPLING = {
  CSS_444: "1x1",
  CSS_422: "2x1",
  CSS_420: "2x2",
  CSS_440: "1x2",
  CSS_411: "4x1",
  CSS_410: "4x2",
} as const;
type Sampling = keyof typeof SAMPLING;
const gray = (width: number, height: number) => drawPicture(width, height, { sampleFormat: "I_Y" });
const pnm = (image: Image) =>
  writePnm({ width: image.width, height: image.height, channels: image.channels as 1 | 3, data: image.bytes });

programTest(
  ["cjpeg"],
  "quality 75 4:4:4 and 92 4:2:0 equal cjpeg -dct int byte for byte, gray and colour, odd sizes",
  async (t) => {
    using encoder = new Encoder();
    for (const [width, height] of SIZES) {
      for (const image of [drawPicture(width, height), gray(width, height)]) {
        for (const [quality, chromaSubsampling] of [
          [75, "CSS_444"],
          [92, "CSS_420"],
        ] as const) {
          const expected = pipe(
            "cjpeg",
            [
              "-dct",
              "int",
              "-quality",
              String(quality),
              ...(image.channels === 3 ? ["-sample", SAMPLING[chromaSubsampling]] : []),
            ],
            pnm(image),
          );
          const ours = await encoder.encode(image, {
            codec: "jpeg",
            quality,
            ...(image.channels === 3 ? { chromaSubsampling } : {}),
          });
          t.is(
            Buffer.compare(ours, expected),
            0,
            `${width}x${height}, ${image.channels} channels, quality ${quality}: ${ours.length} bytes, cjpeg ${expected.length}`,
          );
        }
      }
    }
    const picture = drawPicture(40, 30);
    const plain = pipe("cjpeg", ["-dct", "int", "-quality", "75", "-sample", "1x1"], pnm(picture));
    t.is(
      Buffer.compare(await encoder.encode(picture, { codec: "jpeg" }), plain),
      0,
      "what is left out is quality 75, 4:4:4",
    );
    t.is(Buffer.compare(encoder.encodeSync(picture, { codec: "jpeg" }), plain), 0);
  },
);

const variants: readonly (readonly [string, EncodeOptions, string[]])[] = [
  ...Object.entries(SAMPLING).map(([css, sample]): [string, EncodeOptions, string[]] => [
    css,
    { chromaSubsampling: css as Sampling },
    ["-sample", sample],
  ]),
  ["progressive", { chromaSubsampling: "CSS_420", jpeg: { progressive: true } }, ["-sample", "2x2", "-progressive"]],
  ["optimised", { jpeg: { optimizedHuffman: true } }, ["-sample", "1x1", "-optimize"]],
  ["restart interval", { jpeg: { restartInterval: 5 } }, ["-sample", "1x1", "-restart", "5B"]],
  ["restart rows", { chromaSubsampling: "CSS_420", jpeg: { restartRows: 2 } }, ["-sample", "2x2", "-restart", "2"]],
  ["quality 1", { quality: 1 }, ["-sample", "1x1", "-quality", "1"]],
  ["quality 23", { quality: 23, chromaSubsampling: "CSS_420" }, ["-sample", "2x2", "-quality", "23"]],
  ["quality 100", { quality: 100 }, ["-sample", "1x1", "-quality", "100"]],
];

for (const [what, options, args] of variants) {
  programTest(["cjpeg", "djpeg"], `${what}: equal to cjpeg's, read by djpeg and by us alike`, async (t) => {
    using encoder = new Encoder();
    using decoder = new Decoder();
    for (const [width, height] of SIZES) {
      const image = drawPicture(width, height);
      const ours = await encoder.encode(image, { codec: "jpeg", ...options });
      t.is(Buffer.compare(ours, pipe("cjpeg", ["-dct", "int", ...args], pnm(image))), 0, `${width}x${height}`);
      const { data } = readPnm(pipe("djpeg", ["-dct", "int", "-pnm"], ours));
      const decoded = await decoder.decode(ours);
      t.is(Buffer.compare(decoded.bytes, data), 0, `${width}x${height}`);
      const { chromaSubsampling } = CodeStream.from(ours);
      t.is(chromaSubsampling, options.chromaSubsampling ?? "CSS_444");
    }
  });
}

programTest(
  ["djpeg"],
  "gray out of gray, and out of colour when asked; colour out of one channel is refused",
  async (t) => {
    using encoder = new Encoder();
    const image = drawPicture(101, 67);
    const asked = await encoder.encode(image, { codec: "jpeg", chromaSubsampling: "CSS_GRAY" });
    t.like(readPnm(pipe("djpeg", ["-pnm"], asked)), { width: 101, height: 67, channels: 1 });
    t.is(CodeStream.from(asked).colorSpec, "GRAY");
    const one = await encoder.encode(gray(101, 67), { codec: "jpeg" });
    t.is(CodeStream.from(one).numChannels, 1);
  },
);

const cmyk = () =>
  Image.from(drawPicture(61, 43, { sampleFormat: "I_RGBA" }).data as Uint8Array, {
    width: 61,
    height: 43,
    channels: 4,
    sampleFormat: "I_UNCHANGED",
    colorSpec: "CMYK",
    inverted: true,
  });

test("CMYK survives a round trip as stored, and is known as CMYK", async (t) => {
  using encoder = new Encoder();
  using decoder = new Decoder();
  const bytes = await encoder.encode(cmyk(), { codec: "jpeg", quality: 98 });
  t.is(CodeStream.from(bytes).numChannels, 4);
  const back = await decoder.decode(bytes, { colorSpec: "UNCHANGED" });
  t.like(back, { colorSpec: "CMYK", channels: 4, sampleFormat: "I_UNCHANGED" });
  const decibel = psnr(back.data, cmyk().data);
  t.true(decibel > 35, `${decibel} dB`);
  const rgb = await decoder.decode(bytes);
  t.is(rgb.channels, 3);
});

const pillow = hasPillow()
  ? test
  : (title: string, body: Parameters<typeof test>[1]) => test.skip(`${title} (no python3 with PIL)`, body as never);
pillow("Pillow reads every variant, with the same size and nearly the same picture", async (t) => {
  const program =
    "import sys, io, json\nfrom PIL import Image\ni = Image.open(io.BytesIO(sys.stdin.buffer.read())); i.load()\nprint(json.dumps([i.mode, i.width, i.height])); sys.stdout.flush(); sys.stdout.buffer.write(i.tobytes())";
  using encoder = new Encoder();
  using decoder = new Decoder();
  const images: [Image, EncodeOptions, string][] = [
    ...variants.map(([, options]): [Image, EncodeOptions, string] => [drawPicture(101, 67), options, "RGB"]),
    [gray(101, 67), {}, "L"],
    [cmyk(), { quality: 95 }, "CMYK"],
  ];
  for (const [image, options, mode] of images) {
    const bytes = await encoder.encode(image, { codec: "jpeg", ...options });
    const { stdout, stderr } = spawnSync("python3", ["-c", program], { input: bytes, maxBuffer: 2 ** 28 });
    const end = stdout.indexOf(10);
    t.deepEqual(
      JSON.parse(stdout.subarray(0, end).toString() || "null"),
      [mode, image.width, image.height],
      String(stderr),
    );
    const pixels = stdout.subarray(end + 1);
    const ours = await decoder.decode(bytes, { colorSpec: "UNCHANGED" });
    // Pillow may have another version of the library, and inverts CMYK.
    const close =
      mode === "CMYK"
        ? Math.max(
            psnr(pixels, ours.bytes),
            psnr(
              pixels.map((c) => 255 - c),
              ours.bytes,
            ),
          )
        : psnr(pixels, ours.bytes);
    t.true(close > 40, `${JSON.stringify(options)}: ${close} dB`);
  }
});

const orders: readonly (readonly [SampleFormat, (pixel: readonly number[]) => readonly number[]])[] = [
  ["I_BGR", ([r, g, b]) => [b!, g!, r!]],
  ["I_RGBA", ([r, g, b]) => [r!, g!, b!, 200]],
  ["P_RGB", (rgb) => rgb],
  ["P_BGR", ([r, g, b]) => [b!, g!, r!]],
  ["P_RGBA", ([r, g, b]) => [r!, g!, b!, 200]],
];

test("planar, BGR, RGBA and padded inputs give the bytes of the I_RGB one", async (t) => {
  using encoder = new Encoder();
  for (const [width, height] of SIZES) {
    const rgb = drawPicture(width, height);
    for (const quality of [75, 92]) {
      const options = { codec: "jpeg", quality, chromaSubsampling: "CSS_420" } as const;
      const expected = await encoder.encode(rgb, options);
      for (const [sampleFormat, order] of orders) {
        for (const padding of [0, 5]) {
          const image = arranged(rgb, sampleFormat, order, padding);
          t.is(
            Buffer.compare(await encoder.encode(image, options), expected),
            0,
            `${sampleFormat} ${width}x${height}, rows padded by ${padding}`,
          );
        }
      }
    }
  }
});

test("planar gray and unchanged formats are what they hold", async (t) => {
  using encoder = new Encoder();
  const one = gray(33, 21);
  const expected = await encoder.encode(one, { codec: "jpeg" });
  for (const sampleFormat of ["P_Y", "I_UNCHANGED", "P_UNCHANGED"] as const) {
    const image = Image.from(one.data, { width: 33, height: 21, channels: 1, sampleFormat });
    t.is(Buffer.compare(await encoder.encode(image, { codec: "jpeg" }), expected), 0, sampleFormat);
  }
});

/** The same pixels in another order, with `padding` bytes of rubbish behind each row. */
function arranged(
  { width, height, data }: Image,
  sampleFormat: SampleFormat,
  order: (pixel: readonly number[]) => readonly number[],
  padding: number,
): Image {
  const channels = order([0, 0, 0]).length;
  const planar = sampleFormat.startsWith("P_");
  const rowStride = width * (planar ? 1 : channels) + padding;
  const memory = new Uint8Array(rowStride * height * (planar ? channels : 1)).fill(0x5a);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * 3;
      order([data[at]!, data[at + 1]!, data[at + 2]!]).forEach((sample, c) => {
        memory[planar ? (c * height + y) * rowStride + x : y * rowStride + x * channels + c] = sample;
      });
    }
  }
  return Image.from(memory, { width, height, channels, sampleFormat, rowStride });
}

test("YCbCr in, YCbCr out: the samples go in untouched", async (t) => {
  using encoder = new Encoder();
  using decoder = new Decoder();
  const bytes = await encoder.encode(drawPicture(64, 48), { codec: "jpeg", quality: 100 });
  const yuv = await decoder.decode(bytes, { colorSpec: "SYCC" });
  t.like(yuv, { sampleFormat: "I_YUV", colorSpec: "SYCC" });
  const again = await encoder.encode(yuv, { codec: "jpeg", quality: 100 });
  const back = await decoder.decode(again, { colorSpec: "SYCC" });
  t.true(psnr(back.data, yuv.data) > 50, `${psnr(back.data, yuv.data)} dB`);
  t.is(CodeStream.from(again).colorSpec, "SYCC");
});

test("what JPEG cannot hold is refused with the backend's reason", async (t) => {
  using encoder = new Encoder();
  const deep = Image.from(new Uint16Array(48), { width: 4, height: 4 });
  await t.throwsAsync(encoder.encode(deep, { codec: "jpeg" }), {
    code: "ERR_POLYCODEC_UNSUPPORTED",
    message: /libjpeg-turbo +SAMPLE_TYPE_UNSUPPORTED/,
  });
  const wide = Image.from(new Uint8Array(65_501), { width: 65_501, height: 1 });
  await t.throwsAsync(encoder.encode(wide, { codec: "jpeg" }), {
    code: "ERR_POLYCODEC_UNSUPPORTED",
    message: /RESOLUTION_UNSUPPORTED/,
  });
  await t.throwsAsync(encoder.encode(drawPicture(4, 4), { codec: "jpeg", qualityType: "PSNR", qualityValue: 40 }), {
    code: "ERR_POLYCODEC_UNSUPPORTED",
    message: /QUALITY_TYPE_UNSUPPORTED/,
  });
  await t.throwsAsync(encoder.encode(drawPicture(4, 4), { codec: "jpeg", chromaSubsampling: "CSS_410V" }), {
    code: "ERR_POLYCODEC_UNSUPPORTED",
  });
  const released = drawPicture(4, 4);
  released.release();
  await t.throwsAsync(encoder.encode(released, { codec: "jpeg" }), { code: "ERR_POLYCODEC_IMAGE_RELEASED" });
});
