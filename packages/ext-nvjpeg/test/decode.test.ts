/** What the backends make of pictures of every kind, beside what the CPU makes of them. On the fake libnvjpeg. */
import { type ChromaSubsampling, type DecodeOptions, type EncodeOptions, Image } from "@polycodec/core";
import test from "ava";
import { withExifOrientation as exifWith } from "../../../test/exif-orientation.js";
import { drawn, worst } from "../../../test/fake-cuda/pictures.js";
import { assertNoViolations, bothDecoder, cpuDecoder, EVERY_SIZE, fake, gpuDecoder, jpegOf, only } from "./fake-gpu.js";

test.beforeEach(() => {
  fake.control("reset; jitter 100");
});
test.afterEach((t) => assertNoViolations(t));

const DECODERS = ["nvjpeg-hw", "nvjpeg-cuda", "nvjpeg-hybrid"];
const SUBSAMPLINGS: readonly ChromaSubsampling[] = [
  "CSS_444",
  "CSS_422",
  "CSS_420",
  "CSS_440",
  "CSS_411",
  "CSS_410",
  "CSS_GRAY",
];

async function compare(ids: readonly string[], bytes: Uint8Array, options: DecodeOptions = {}): Promise<number> {
  using gpu = gpuDecoder(ids, { options: ids.includes("nvjpeg-cuda") ? EVERY_SIZE : {} });
  using cpu = cpuDecoder();
  const [made, expected] = [await gpu.decode(bytes, options), await cpu.decode(bytes, options)];
  if (made.shape.join() !== expected.shape.join()) return Infinity;
  return worst(made.packed(), expected.packed());
}

test.serial("making a Decoder and asking what there is makes no context on the device; decoding does", async (t) => {
  const unused = gpuDecoder(DECODERS);
  t.true(unused.backends.every(({ available }) => available));
  unused.close();
  using decoder = gpuDecoder([...DECODERS, "nvjpeg-lossless"]);
  t.true(decoder.backends.every(({ available }) => available));
  t.is(fake.report().contexts, 0);
  await decoder.decode(await jpegOf(drawn(8, 8)));
  t.is(fake.report().contexts, 1);
});

for (const id of DECODERS) {
  test.serial(`${id}: every subsampling and format is the CPU's picture`, async (t) => {
    const hardware = id === "nvjpeg-hw";
    for (const chromaSubsampling of SUBSAMPLINGS) {
      if (hardware && /41[01]/.test(chromaSubsampling)) continue;
      const bytes = await jpegOf(drawn(61, 47), { quality: 90, chromaSubsampling });
      for (const sampleFormat of ["I_RGB", "P_RGB", "I_BGR", "P_BGR", "I_RGBA", "I_Y", "P_Y"] as const) {
        const colorSpec = sampleFormat.endsWith("_Y") ? "GRAY" : "SRGB";
        t.true((await compare([id], bytes, { sampleFormat, colorSpec })) <= 1, `${chromaSubsampling} ${sampleFormat}`);
      }
    }
    const full = await jpegOf(drawn(40, 30), { quality: 90 });
    for (const sampleFormat of ["I_YUV", "P_YUV"] as const) t.true((await compare([id], full, { sampleFormat })) <= 1);
  });

  test.serial(`${id}: all orientations, and regions of them`, async (t) => {
    const picture = await jpegOf(drawn(50, 34), { quality: 90, chromaSubsampling: "CSS_420" });
    for (let orientation = 1; orientation <= 8; orientation++) {
      const bytes = exifWith(picture, orientation);
      t.is(await compare([id], bytes), 0, `${orientation}`);
      const region = { start: [3, 5], end: [20, 29] } as const;
      t.is(await compare([id], bytes, { region }), 0, `${orientation}, region`);
    }
  });

  test.serial(`${id}: a region in and out of bounds is cut from interpolated chroma`, async (t) => {
    const picture = await jpegOf(drawn(64, 48), { quality: 90, chromaSubsampling: "CSS_420" });
    for (const [start, end] of [
      [
        [1, 1],
        [2, 2],
      ],
      [
        [7, 9],
        [33, 41],
      ],
      [
        [-5, -7],
        [60, 70],
      ],
      [
        [47, 63],
        [48, 64],
      ],
    ] as const) {
      const region = { start, end, outOfBoundsSamples: [1, 2, 3] };
      for (const sampleFormat of ["I_RGB", "P_BGR"] as const)
        t.is(await compare([id], picture, { region, sampleFormat }), 0, `${start} to ${end}, ${sampleFormat}`);
    }
  });
}

test.serial("a region in the library, where its chroma need not be interpolated", async (t) => {
  const bytes = await jpegOf(drawn(64, 48), { quality: 90 });
  const region = { start: [7, 9], end: [33, 41] } as const;
  t.is(await compare(["nvjpeg-hybrid"], bytes, { region }), 0);
  t.true(fake.report().calls.nvjpegDecodeParamsSetROI! > 0);
  const coarse = await jpegOf(drawn(64, 48), { quality: 90, chromaSubsampling: "CSS_420" });
  using decoder = gpuDecoder(["nvjpeg-hybrid"], { options: { "nvjpeg-hybrid": { enableRoiFancyUpsampling: false } } });
  using plain = gpuDecoder(["nvjpeg-hybrid"], { options: { "nvjpeg-hybrid": { fancyUpsampling: false } } });
  const part = await decoder.decode(coarse, { region });
  const repeated = await plain.decode(coarse, { region });
  t.is(worst(part.packed(), repeated.packed()), 0);
});

test.serial("before nvJPEG 12.2, which turned the other way round, pictures come out right", async (t) => {
  process.env.FAKE_NVJPEG_VERSION = "120100";
  try {
    const picture = await jpegOf(drawn(50, 34), { quality: 90 });
    for (const orientation of [6, 8]) t.is(await compare(["nvjpeg-hybrid"], exifWith(picture, orientation)), 0);
  } finally {
    delete process.env.FAKE_NVJPEG_VERSION;
  }
});

test.serial("CMYK as Adobe stores it: as it is, and as RGB; other CMYK is left to the CPU", async (t) => {
  const samples = Uint8Array.from({ length: 40 * 30 * 4 }, (_, i) => (i * 7 + (i >> 5)) & 255);
  const cmyk = Image.from(samples, {
    width: 40,
    height: 30,
    channels: 4,
    sampleFormat: "I_UNCHANGED",
    colorSpec: "CMYK",
  });
  const bytes = await jpegOf(cmyk, { quality: 95 });
  t.true((await compare(["nvjpeg-hybrid"], bytes)) <= 1);
  t.is(await compare(["nvjpeg-hybrid"], bytes, { colorSpec: "UNCHANGED" }), 0);
  using decoder = bothDecoder(["nvjpeg-hybrid"]);
  await decoder.decode(bytes, { sampleFormat: "I_Y" });
  t.is(fake.report().violations.length, 0);
});

test.serial("RGB without YCbCr: in its own channels, also interleaved", async (t) => {
  const bytes = await jpegOf(drawn(40, 30), { quality: 95, colorSpec: "SRGB" });
  for (const sampleFormat of ["P_RGB", "I_RGB", "I_BGR"] as const) {
    t.is(await compare(["nvjpeg-hybrid"], bytes, { sampleFormat }), 0, sampleFormat);
  }
});

test.serial(
  "small baseline pictures go to nvjpeg-hybrid, large ones to nvjpeg-cuda, many of them in one call",
  async (t) => {
    const options = { "nvjpeg-cuda": { hybridHuffmanThreshold: 1000, batchedAbove: 3 } };
    using decoder = gpuDecoder(["nvjpeg-cuda", "nvjpeg-hybrid"], { options });
    const [small, large] = [await jpegOf(drawn(20, 20)), await jpegOf(drawn(60, 60))];
    const results = await decoder.decode([small, large, small, large]);
    t.true(results.every(({ status }) => status === "fulfilled"));
    const lanes = () =>
      decoder.stats().devices.flatMap((device) => device.lanes.map((lane) => [lane.backend, lane.samples]));
    t.deepEqual(lanes(), [
      ["nvjpeg-cuda", 2],
      ["nvjpeg-hybrid", 2],
    ]);
    t.falsy(fake.report().calls.nvjpegDecodeBatchedEx);
    for (let i = 0; i < 6; i++) await decoder.decode(new Array(64).fill(large));
    t.true(fake.report().calls.nvjpegDecodeBatchedEx! > 0);
  },
);

test.serial("a bad file in a hardware batch fails alone", async (t) => {
  using decoder = bothDecoder(["nvjpeg-hw"], { backends: ["HW_GPU_ONLY"] });
  const good = await jpegOf(drawn(33, 21));
  const bad = good.slice();
  bad.fill(0xff, bad.length >> 1, (bad.length >> 1) + 40); // markers in the coded data
  const results = await decoder.decode([good, good, bad, good, good, good]);
  t.deepEqual(
    results.filter((_, i) => i !== 2).map(({ status }) => status),
    new Array(5).fill("fulfilled"),
  );
});

test.serial("buffers may be made ahead, and allocations padded", async (t) => {
  using decoder = gpuDecoder(["nvjpeg-hw"], {
    options: {
      "nvjpeg-hw": {
        preallocateBatchSize: 8,
        preallocateWidthHint: 64,
        preallocateHeightHint: 64,
        deviceMemoryPadding: 4096,
        hostMemoryPadding: 4096,
      },
    },
  });
  await decoder.decode(await jpegOf(drawn(33, 21)));
  const { calls } = fake.report();
  t.is(calls.nvjpegDecodeBatchedPreAllocate, 2);
  t.is(calls.nvjpegSetDeviceMemoryPadding, 1);
  t.is(calls.nvjpegSetPinnedMemoryPadding, 1);
});

test.serial("the encoder: subsamplings, progressive, optimized tables, restarts, gray, planes, metadata", async (t) => {
  const { Encoder, Registry, CodeStream } = await import("@polycodec/core");
  const registry = new Registry().use(only("nvjpeg-encoder"));
  using encoder = new Encoder({ registry });
  using cpu = cpuDecoder();
  const picture = drawn(67, 45);
  const check = async (
    image: Image,
    options: Omit<EncodeOptions, "codec">,
    encoding: string,
    subsampling: ChromaSubsampling,
  ) => {
    const bytes = await encoder.encode(image, { quality: 95, ...options, codec: "jpeg" });
    const stream = CodeStream.from(bytes);
    t.is(stream.info.detail?.encoding, encoding);
    t.is(stream.chromaSubsampling, subsampling);
    return { bytes, stream, decoded: await cpu.decode(bytes, { colorSpec: "UNCHANGED" }) };
  };
  for (const chromaSubsampling of SUBSAMPLINGS)
    await check(picture, { chromaSubsampling }, "BASELINE_DCT", chromaSubsampling);
  await check(picture, { jpeg: { progressive: true } }, "PROGRESSIVE_DCT_HUFFMAN", "CSS_444");
  const plain = await check(picture, {}, "BASELINE_DCT", "CSS_444");
  const small = await check(picture, { jpeg: { optimizedHuffman: true } }, "BASELINE_DCT", "CSS_444");
  t.true(small.bytes.length < plain.bytes.length);
  const restarts = await check(picture, { jpeg: { restartRows: 1 } }, "BASELINE_DCT", "CSS_444");
  t.is(restarts.stream.info.detail?.restartInterval, 9);
  for (const sampleFormat of ["P_RGB", "I_BGR", "P_BGR", "I_RGBA", "I_YUV", "P_YUV", "I_Y"] as const) {
    const other = await cpu.decode(plain.bytes, {
      sampleFormat,
      ...(sampleFormat === "I_Y" ? { colorSpec: "GRAY" } : {}),
    });
    const gray = sampleFormat === "I_Y";
    const { decoded } = await check(other, {}, "BASELINE_DCT", gray ? "CSS_GRAY" : "CSS_444");
    const expected = gray ? other : plain.decoded;
    t.true(worst(decoded.packed(), expected.packed()) <= 12, sampleFormat);
  }
  const exif = {
    kind: "EXIF",
    format: "RAW",
    id: 0,
    bytes: new Uint8Array([73, 73, 42, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
  } as const;
  const withExif = await encoder.encode(picture, { codec: "jpeg", metadata: [exif] });
  t.deepEqual(
    (await CodeStream.from(withExif).metadata("EXIF")).map(({ bytes }) => [...bytes]),
    [[...exif.bytes]],
  );
});
