/** What the decoder makes of pictures of every kind, beside what the CPU makes of them. On the fake libnvjpeg2k. */
import { type DecodeError, type DecodeOptions, Image } from "@polycodec/core";
import test from "ava";
import { drawn, worst } from "../../../test/fake-cuda/pictures.js";
import { assertNoViolations, bothDecoder, cpuDecoder, fake, gpuDecoder, jp2Of } from "./fake-gpu.js";

test.beforeEach(() => {
  fake.control("reset; jitter 100");
});
test.afterEach((t) => assertNoViolations(t));

async function compare(bytes: Uint8Array, options: DecodeOptions = {}): Promise<number> {
  using gpu = gpuDecoder();
  using cpu = cpuDecoder();
  const [made, expected] = [await gpu.decode(bytes, options), await cpu.decode(bytes, options)];
  if (made.shape.join() !== expected.shape.join() || made.dtype !== expected.dtype) return Infinity;
  return worst(made.packed(), expected.packed());
}

const TILED = { tileWidth: 32, tileHeight: 16 } as const;
const REGIONS = [
  [
    [0, 0],
    [1, 1],
  ],
  [
    [7, 9],
    [33, 41],
  ],
  [
    [16, 32],
    [32, 64],
  ],
  [
    [-5, -7],
    [60, 70],
  ],
  [
    [46, 60],
    [47, 61],
  ],
] as const;

test.serial("making a Decoder and asking what there is makes no context on the device; decoding does", async (t) => {
  using decoder = gpuDecoder();
  t.true(decoder.backends.every(({ available }) => available));
  t.is(fake.report().contexts, 0);
  await decoder.decode(await jp2Of(drawn(8, 8)));
  t.is(fake.report().contexts, 1);
});

test.serial("every format is the CPU's picture: whole, in tiles, high throughput, lossy", async (t) => {
  for (const [jpeg2k, quality] of [
    [{}, {}],
    [TILED, {}],
    [{ ht: true }, {}],
    [{ ht: true, ...TILED }, {}],
    [{ mctMode: 1 }, { qualityType: "PSNR", qualityValue: 40 }],
  ] as const) {
    const bytes = await jp2Of(drawn(61, 47), { jpeg2k, ...quality });
    for (const sampleFormat of ["I_RGB", "P_RGB", "I_BGR", "P_BGR", "I_RGBA", "I_Y"] as const) {
      const colorSpec = sampleFormat === "I_Y" ? "GRAY" : "SRGB";
      t.true((await compare(bytes, { sampleFormat, colorSpec })) <= 1, `${JSON.stringify(jpeg2k)} ${sampleFormat}`);
    }
  }
});

test.serial("a region in and out of bounds, of one tile and of many", async (t) => {
  for (const jpeg2k of [{}, TILED]) {
    const bytes = await jp2Of(drawn(61, 47), { jpeg2k });
    for (const [start, end] of REGIONS) {
      const region = { start, end, outOfBoundsSamples: [1, 2, 3] };
      for (const sampleFormat of ["I_RGB", "P_BGR"] as const)
        t.is(await compare(bytes, { region, sampleFormat }), 0, `${start} to ${end}, ${sampleFormat}`);
    }
  }
});

test.serial("of a region in a tiled picture the tiles alone are decoded that it touches", async (t) => {
  const bytes = await jp2Of(drawn(64, 48), { jpeg2k: TILED });
  await compare(bytes, { region: { start: [17, 33], end: [31, 60] } });
  t.is(fake.report().calls.nvjpeg2kDecodeTile, 1);
});

test.serial("tiles are in flight at a time on streams of their own, as many as the option says", async (t) => {
  const bytes = await jp2Of(drawn(128, 64), { jpeg2k: TILED });
  for (const [numParallelTiles, states] of [
    [3, 4],
    [16, 17],
  ] as const) {
    fake.control("reset; delay stream 5");
    using decoder = gpuDecoder({ options: { nvjpeg2k: { numParallelTiles, numCudaStreams: 1 } } });
    await decoder.decode(bytes);
    t.is(fake.report().calls.nvjpeg2kDecodeTile, 16);
    t.is(fake.report().calls.nvjpeg2kDecodeStateCreate, states); // and one for whole pictures
  }
});

test.serial("smaller pictures are the coded resolutions; where there are none core makes them", async (t) => {
  for (const [jpeg2k, tiles] of [
    [{}, 1],
    [{ tileWidth: 32, tileHeight: 24 }, 4],
  ] as const) {
    const bytes = await jp2Of(drawn(61, 47), { jpeg2k });
    for (const scale of [2, 4, 8] as const) {
      fake.control("reset; jitter 100");
      t.is(await compare(bytes, { scale }), 0, `1/${scale}`);
      t.is(fake.report().calls.nvjpeg2kDecodeTile, tiles);
      t.is(await compare(bytes, { scale, region: { start: [1, 2], end: [4, 6] } }), 0, `1/${scale}, region`);
    }
  }
  const flat = await jp2Of(drawn(61, 47), { jpeg2k: { numResolutions: 2 } });
  fake.control("reset");
  t.true(Number.isFinite(await compare(flat, { scale: 4 }))); // core's mean is not the wavelet's
  t.falsy(fake.report().calls.nvjpeg2kDecodeTile);
});

test.serial("16 bits, 12 bits, signed, gray, gray with alpha, RGBA", async (t) => {
  const samples = (count: number, make: (i: number) => number) => Array.from({ length: count }, (_, i) => make(i));
  const shape = { width: 20, height: 15 };
  const any = { allowAnyDepth: true, colorSpec: "UNCHANGED" } as const;
  const noise = (i: number) => (i * 7919) & 0xffff;
  for (const image of [
    Image.from(Uint16Array.from(samples(900, noise)), { ...shape, channels: 3 }),
    Image.from(Uint16Array.from(samples(900, (i) => noise(i) >> 4)), { ...shape, channels: 3, precision: 12 }),
    Image.from(Int16Array.from(samples(300, (i) => noise(i) - 32768)), { ...shape, channels: 1 }),
    Image.from(Uint8Array.from(samples(300, noise)), { ...shape, channels: 1 }),
    Image.from(Uint8Array.from(samples(600, noise)), {
      ...shape,
      channels: 2,
      sampleFormat: "I_YA",
      colorSpec: "GRAY",
    }),
    Image.from(Uint8Array.from(samples(1200, noise)), { ...shape, channels: 4, sampleFormat: "I_RGBA" }),
  ]) {
    for (const jpeg2k of [{}, { tileWidth: 8, tileHeight: 8 }]) {
      const bytes = await jp2Of(image, { jpeg2k });
      using decoder = gpuDecoder();
      const made = await decoder.decode(bytes, any);
      t.deepEqual([made.dtype, made.precision, made.channels], [image.dtype, image.precision, image.channels]);
      t.deepEqual(made.packed(), image.packed(), `${image.dtype} ${image.channels}`);
      if (image.dtype !== "int16") t.true((await compare(bytes)) <= 1);
    }
  }
});

test.serial("sYCC: as RGB by the library, also of coarser chroma, and as it is", async (t) => {
  using cpu = cpuDecoder();
  const picture = drawn(64, 48);
  for (const chromaSubsampling of ["CSS_444", "CSS_422", "CSS_420"] as const) {
    for (const jpeg2k of [{}, TILED]) {
      const bytes = await jp2Of(picture, { colorSpec: "SYCC", chromaSubsampling, jpeg2k });
      t.true((await compare(bytes)) <= 1, chromaSubsampling);
      t.true((await compare(bytes, { region: { start: [3, 5], end: [30, 41] } })) <= 1, chromaSubsampling);
      t.true((await compare(bytes, { sampleFormat: "P_BGR" })) <= 1, chromaSubsampling);
      if (chromaSubsampling === "CSS_444") t.is(await compare(bytes, { sampleFormat: "P_YUV" }), 0);
    }
  }
  t.true(fake.report().calls.nvjpeg2kDecodeParamsSetRGBOutput! > 0);
  await cpu.decode(await jp2Of(picture));
});

/** What the library would do otherwise than the CPU, or is not said to do: another backend's. */
test.serial(
  "refused, with the reason: odd sides of coarser chroma, YCbCr without boxes, an origin, truncation",
  async (t) => {
    const refused = async (bytes: Uint8Array, reason: RegExp, options: DecodeOptions = {}) => {
      using alone = gpuDecoder();
      const error = await t.throwsAsync<DecodeError>(alone.decode(bytes, options));
      const { status, message } = error!.attempts[0]!;
      t.regex(`${status} ${message ?? ""}`, reason);
      if (status === "IMAGE_TRUNCATED") return; // what is left is another question
      using both = bothDecoder();
      await both.decode(bytes, options);
    };
    const coarse = { colorSpec: "SYCC", chromaSubsampling: "CSS_420" } as const;
    await refused(await jp2Of(drawn(61, 47), coarse), /^CODESTREAM_UNSUPPORTED coarser chroma in tiles of odd sides/);
    await refused(
      await jp2Of(drawn(64, 48), { ...coarse, jpeg2k: { bitstreamType: "J2K" } }),
      /^CODESTREAM_UNSUPPORTED/,
    );
    const { sampleFormat, chromaSubsampling } = { sampleFormat: "P_YUV", chromaSubsampling: "CSS_440" } as const;
    await refused(await jp2Of(drawn(64, 48), { colorSpec: "SYCC", chromaSubsampling }), /^SAMPLING_UNSUPPORTED/, {
      sampleFormat,
    });
    const raw = await jp2Of(drawn(64, 48), { jpeg2k: { bitstreamType: "J2K", ...TILED } });
    await refused(raw.subarray(0, raw.length - 2), /^IMAGE_TRUNCATED no end marker behind the tile-parts/);
    await refused(raw.subarray(0, raw.length - 200), /^IMAGE_TRUNCATED the last tile-part is cut/);
    const moved = raw.slice();
    new DataView(moved.buffer, moved.byteOffset).setUint32(8, 65); // Xsiz
    new DataView(moved.buffer, moved.byteOffset).setUint32(16, 1); // XOsiz
    using alone = gpuDecoder();
    const error = await t.throwsAsync<DecodeError>(alone.decode(moved));
    t.regex(error!.attempts[0]!.message!, /do not begin at the origin of the reference grid/);
  },
);

test.serial("allocations may be padded", async (t) => {
  using decoder = gpuDecoder({ options: { nvjpeg2k: { deviceMemoryPadding: 4096, hostMemoryPadding: 4096 } } });
  await decoder.decode(await jp2Of(drawn(33, 21)));
  const { calls } = fake.report();
  t.is(calls.nvjpeg2kSetDeviceMemoryPadding, 1);
  t.is(calls.nvjpeg2kSetPinnedMemoryPadding, 1);
});
