/** Batches as tensors: geometry, layouts, normalisation, failures, and the same by every road. */
import {
  CodeStream,
  type DecodeOptions,
  Decoder,
  type DecodeSource,
  Encoder,
  Registry,
  runtimeStats,
  type Tensor,
  type TensorOptions,
} from "@polycodec/core";
import { drawPicture } from "@polycodec/core/testing";
import { extension as cpu } from "@polycodec/ext-cpu/extension";
import test, { type ExecutionContext } from "ava";
import { withExifOrientation } from "./exif-orientation.js";
import { rawExtension, rawStream } from "./raw-codec.js";

const registry = new Registry().use(cpu).use(rawExtension);
const jpegOf = (width: number, height: number, seed = 1) => {
  using encoder = new Encoder({ registry });
  return encoder.encodeSync(drawPicture(width, height, { seed }), { codec: "jpeg", quality: 90 });
};
const wide = jpegOf(120, 80);
const tall = jpegOf(70, 110, 2);
const tensorOf = async (sources: readonly DecodeSource[], options: TensorOptions): Promise<Tensor> => {
  using decoder = new Decoder({ registry });
  return decoder.decodeTensor(sources, options);
};
const SAMPLES = { dtype: "uint8", layout: "NHWC" } as const;

/** A picture of 4 x 2 pixels, of which every one tells its place. */
const places = rawStream(
  { width: 4, height: 2, channels: 3 },
  Uint8Array.from({ length: 24 }, (_, i) => 10 * i),
);

test("without a change of size the samples are the picture's: every layout, type and channel order", async (t) => {
  const size = { width: 4, height: 2 };
  const nhwc = await tensorOf([places, places], { resize: size, ...SAMPLES });
  const samples = Array.from({ length: 24 }, (_, i) => 10 * i);
  t.deepEqual(nhwc.shape, [2, 2, 4, 3]);
  t.deepEqual([...nhwc.slot(1)], samples);
  const planes = (order: readonly number[]) => order.flatMap((c) => samples.filter((_, i) => i % 3 === c));
  const nchw = await tensorOf([places], { resize: size, dtype: "uint8" });
  t.deepEqual([nchw.shape, [...nchw.data]], [[1, 3, 2, 4], planes([0, 1, 2])]);
  const bgr = await tensorOf([places], { resize: size, dtype: "uint8", channels: "BGR" });
  t.deepEqual([...bgr.data], planes([2, 1, 0]));
  const gray = await tensorOf([places], { resize: size, dtype: "uint8", channels: "Y" });
  t.deepEqual(gray.shape, [1, 1, 2, 4]);
  t.is(gray.data[0], Math.round(0.587 * 10 + 0.114 * 20));
  const floats = await tensorOf([places], { resize: size });
  t.true(floats.data instanceof Float32Array);
  planes([0, 1, 2]).forEach((sample, i) => t.true(Math.abs(floats.data[i]! - sample / 255) < 1e-7));
  const halves = await tensorOf([places], { resize: size, dtype: "float16", scale: 1, mean: 10 });
  t.deepEqual([...halves.data.subarray(0, 3)], [0xc900, 0x4d00, 0x5240], "-10, 20 and 50");
});

test("elements are (sample * scale - mean) / std, by channel of the tensor", async (t) => {
  const options = { resize: { width: 4, height: 2 }, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const;
  const tensor = await tensorOf([places], options);
  const reversed = await tensorOf([places], { ...options, channels: "BGR" });
  for (let c = 0; c < 3; c++) {
    for (let i = 0; i < 8; i++) {
      const wanted = ((30 * i + 10 * c) / 255 - options.mean[c]!) / options.std[c]!;
      t.true(Math.abs(tensor.data[8 * c + i]! - wanted) < 1e-6);
      const other = ((30 * i + 10 * (2 - c)) / 255 - options.mean[c]!) / options.std[c]!;
      t.true(Math.abs(reversed.data[8 * c + i]! - other) < 1e-6);
    }
  }
  const scaled = await tensorOf([places], { ...options, scale: 1, mean: 127.5, std: 127.5, layout: "NHWC" });
  t.is(scaled.data[0], -1);
});

test("contain, cover and crop put the picture where they say, with the background around it", async (t) => {
  const row = (tensor: Tensor, y: number) =>
    [...tensor.slot(0)].slice(y * 12, (y + 1) * 12).filter((_, i) => i % 3 === 0);
  const flat = rawStream({ width: 4, height: 2, channels: 3 }, new Uint8Array(24).fill(200));
  const box = { width: 4, height: 4 };
  const contained = await tensorOf([flat], { resize: { ...box, fit: "contain" }, background: [9, 8, 7], ...SAMPLES });
  t.deepEqual(
    [0, 1, 2, 3].map((y) => row(contained, y)),
    [
      [9, 9, 9, 9],
      [200, 200, 200, 200],
      [200, 200, 200, 200],
      [9, 9, 9, 9],
    ],
  );
  t.like(contained.results[0], { value: { width: 4, height: 2, resizedWidth: 4, resizedHeight: 2, left: 0, top: 1 } });
  const covered = await tensorOf([places], { resize: { ...box, fit: "cover", filter: "nearest" }, ...SAMPLES });
  t.like(covered.results[0], { value: { resizedWidth: 8, resizedHeight: 4, left: -2, top: 0 } });
  t.deepEqual(row(covered, 0), [30, 30, 60, 60]);
  const cropped = await tensorOf([places], { crop: { width: 2, height: 1 }, ...SAMPLES });
  t.deepEqual([...cropped.data], [30, 40, 50, 60, 70, 80], "half a row is rounded to the even one");
  const larger = await tensorOf([flat], { crop: box, background: 5, ...SAMPLES });
  t.deepEqual(
    [row(larger, 0), row(larger, 1)],
    [
      [5, 5, 5, 5],
      [200, 200, 200, 200],
    ],
  );
  const both = await tensorOf([places], { resize: { width: 4, height: 2 }, crop: { width: 2, height: 2 }, ...SAMPLES });
  t.deepEqual([...both.data.subarray(0, 6)], [30, 40, 50, 60, 70, 80]);
});

test("shortSide and crop are torchvision's Resize and CenterCrop", async (t) => {
  const options = { resize: { shortSide: 64 }, crop: { width: 56, height: 56 }, ...SAMPLES } as const;
  const tensor = await tensorOf([wide, tall, jpegOf(100, 67)], options);
  const placements = tensor.results.map((result) => result.status === "fulfilled" && result.value);
  t.like(placements, [
    { resizedWidth: 96, resizedHeight: 64, left: -20, top: -4 },
    { resizedWidth: 64, resizedHeight: 100, left: -4, top: -22 },
    { resizedWidth: 95, resizedHeight: 64, left: -20, top: -4 },
  ]);
});

/** The mean of the absolute differences. */
function distance(a: Tensor, b: Tensor): number {
  let sum = 0;
  for (let i = 0; i < a.data.length; i++) sum += Math.abs(a.data[i]! - b.data[i]!);
  return sum / a.data.length;
}

test("a region, an orientation and an image of a code stream are what is resized", async (t) => {
  using decoder = new Decoder({ registry });
  const size = { width: 30, height: 20 };
  for (let orientation = 1; orientation <= 8; orientation++) {
    const turned = withExifOrientation(wide, orientation);
    const region = { start: [10, 5], end: [60, 65] } as const;
    const image = await decoder.decode(turned, { region });
    const stored = rawStream({ width: image.width, height: image.height, channels: 3 }, image.packed());
    const wanted = await tensorOf([stored], { resize: size, ...SAMPLES });
    t.deepEqual(
      (await tensorOf([turned], { resize: size, region, ...SAMPLES })).data,
      wanted.data,
      `orientation ${orientation}`,
    );
  }
  const view = CodeStream.from(wide, registry).region({ start: [0, 0], end: [40, 60] });
  const part = await tensorOf([view], { resize: size, ...SAMPLES });
  t.like(part.results[0], { value: { width: 60, height: 40 } });
  const outside = await tensorOf([wide], {
    region: { start: [200, 200], end: [210, 210], outOfBoundsSamples: [7] },
    resize: { width: 2, height: 2 },
    ...SAMPLES,
  });
  t.true(outside.data.every((sample) => sample === 7));
});

test("samples that fail leave zeros and are named; the others are as alone", async (t) => {
  const sources = [wide, new Uint8Array(20), wide.subarray(0, 300), "/nowhere/at-all.jpg", tall];
  const options = { resize: { width: 16, height: 16 }, mean: 1 } as const;
  const tensor = await tensorOf(sources, options);
  t.deepEqual(tensor.failed, [1, 2, 3]);
  for (const i of tensor.failed) t.true(tensor.slot(i).every((element) => Object.is(element, 0)));
  t.deepEqual(tensor.slot(0), (await tensorOf([wide], options)).data);
  t.deepEqual(tensor.slot(4), (await tensorOf([tall], options)).data);
  const reasons = tensor.results.map((result) =>
    result.status === "rejected" ? (result.reason as { code?: string }).code : "",
  );
  t.deepEqual(reasons, ["", "ERR_POLYCODEC_UNKNOWN_CODEC", "ERR_POLYCODEC_TRUNCATED", "ERR_POLYCODEC_IO", ""]);
  const partial = await tensorOf([wide.subarray(0, 1500)], { ...options, onTruncated: "partial" });
  t.deepEqual(partial.failed, []);
  t.true(partial.results[0]!.status === "fulfilled" && partial.results[0]!.value.warnings.length > 0);
});

test("a backend in TypeScript gives the same tensor as a native one, in hundreds of samples too", async (t) => {
  using decoder = new Decoder({ registry });
  const options = { resize: { width: 24, height: 18, fit: "contain", filter: "lanczos3" }, background: 40 } as const;
  const image = await decoder.decode(wide);
  const raw = rawStream({ width: image.width, height: image.height, channels: 3 }, image.packed());
  const sources = Array.from({ length: 300 }, (_, i) => (i % 3 === 0 ? raw : i % 3 === 1 ? wide : tall));
  const tensor = await tensorOf(sources, options);
  t.deepEqual(tensor.failed, []);
  for (let i = 3; i < 300; i += 3) t.deepEqual(tensor.slot(i), tensor.slot(0));
  for (let i = 0; i < 300; i += 3) t.deepEqual(tensor.slot(i + 1), tensor.slot(0));
  t.deepEqual(tensor.slot(299), tensor.slot(2));
});

test("a picture of its slot's size is decoded there: the same samples as decode's, turned, in part, cut short, or relaxed", async (t) => {
  using decoder = new Decoder({ registry });
  const rotated = withExifOrientation(wide, 6);
  const region = { start: [-4, 8], end: [36, 68], outOfBoundsSamples: [9] } as const;
  const rgba = rawStream({ width: 3, height: 2, channels: 4 }, new Uint8Array(24).fill(77));
  for (const [source, options] of [
    [wide, {}],
    [wide, { channels: "BGR" }],
    [wide, { channels: "Y", layout: "NCHW" }],
    [rotated, {}],
    [wide, { region }],
    [wide.subarray(0, 1500), { onTruncated: "partial" }],
    [rgba, {}],
    [rgba, { background: [1, 2, 3] }],
  ] as const) {
    const { channels = "RGB", layout: _, ...decode } = options as TensorOptions;
    const sampleFormat = ({ RGB: "I_RGB", BGR: "I_BGR", Y: "I_Y" } as const)[channels];
    const image = await decoder.decode(source, { ...decode, sampleFormat } as DecodeOptions);
    const { width, height } = image;
    const data = new Uint8Array(width * height * image.channels + 2).fill(42);
    const tensor = await tensorOf([source], {
      crop: { width, height },
      ...SAMPLES,
      ...options,
      data: data.subarray(1),
    });
    t.deepEqual(tensor.data, image.packed(), JSON.stringify(options));
    t.deepEqual([data[0], data.at(-1)], [42, 42], "and nothing beside the slot");
    t.deepEqual(tensor.image(0).packed(), image.packed());
  }
});

test("samples of bytes are images over the tensor's memory", async (t) => {
  const size = { width: 20, height: 10 };
  using encoder = new Encoder({ registry });
  using decoder = new Decoder({ registry });
  for (const [options, sampleFormat] of [
    [{}, "P_RGB"],
    [{ layout: "NHWC", channels: "BGR" }, "I_BGR"],
    [{ channels: "Y" }, "I_Y"],
  ] as const) {
    const tensor = await tensorOf([wide, tall, new Uint8Array(3)], { resize: size, dtype: "uint8", ...options });
    const image = tensor.image(1);
    t.like(image, { ...size, sampleFormat, dtype: "uint8", precision: 8 });
    t.is(image.bytes.buffer, tensor.data.buffer);
    t.deepEqual(image.bytes, tensor.slot(1) as Uint8Array);
    const round = await decoder.decode(await encoder.encode(image, { codec: "png" }), { sampleFormat });
    t.deepEqual(round.packed(), image.packed());
    t.true(
      tensor.image(2).bytes.every((sample) => sample === 0),
      "zeros, where there is no picture",
    );
    const encoding = encoder.encode(tensor.image(1), { codec: "png" });
    image.release();
    t.false(tensor.isReleased, "memory is the tensor's");
    t.throws(() => tensor.image(3), { instanceOf: RangeError, message: /index: expected 0 to 2, got 3/ });
    const left = tensor.image(0);
    tensor.release();
    t.true(left.isReleased);
    const [read] = await Promise.allSettled([encoding]);
    if (read.status === "rejected") t.regex(read.reason.attempts[0].message, /released before its turn/);
    else t.deepEqual((await decoder.decode(read.value, { sampleFormat })).packed(), round.packed(), "read to the end");
    t.is(tensor.isReleased && image.isReleased, true);
    t.throws(() => tensor.image(0), { code: "ERR_POLYCODEC_IMAGE_RELEASED" });
  }
  const floats = await tensorOf([wide], { resize: size });
  t.throws(() => floats.image(0), { instanceOf: TypeError, message: /are not float32/ });
});

test("alpha is dropped or blended, deep samples become 8 bits, before resizing", async (t) => {
  const rgba = rawStream({ width: 1, height: 1, channels: 4 }, Uint8Array.of(200, 100, 50, 0));
  const size = { width: 1, height: 1 };
  t.deepEqual([...(await tensorOf([rgba], { resize: size, ...SAMPLES })).data], [200, 100, 50]);
  t.deepEqual([...(await tensorOf([rgba], { resize: size, background: [1, 2, 3], ...SAMPLES })).data], [1, 2, 3]);
  const deep = rawStream({ width: 1, height: 1, channels: 1, dtype: "uint16", precision: 16 }, Uint16Array.of(32_768));
  t.deepEqual([...(await tensorOf([deep], { resize: size, ...SAMPLES })).data], [128, 128, 128]);
});

test("shrinkOnLoad is close to the exact result, and changes nothing that is not much smaller", async (t) => {
  const large = jpegOf(640, 480);
  const small = { resize: { width: 40, height: 30, filter: "area" }, ...SAMPLES } as const;
  const [exact, quick] = [await tensorOf([large], small), await tensorOf([large], { ...small, shrinkOnLoad: true })];
  t.notDeepEqual(exact.data, quick.data);
  t.true(distance(exact, quick) < 2, `${distance(exact, quick)}`);
  t.deepEqual(exact.results, quick.results, "sizes are those of the whole picture");
  const half = { resize: { width: 320, height: 240 }, ...SAMPLES } as const;
  t.deepEqual((await tensorOf([large], half)).data, (await tensorOf([large], { ...half, shrinkOnLoad: true })).data);
});

test("memory: the user's own, V8's, or recycled and given back", async (t) => {
  const options = { resize: { width: 16, height: 16 } } as const;
  const data = new Float32Array(16 * 16 * 3 * 2 + 5).fill(42);
  const given = await tensorOf([wide], { ...options, data: data.subarray(5) });
  t.is(given.data.buffer, data.buffer);
  t.is(given.data.byteOffset, 20);
  t.true(data.subarray(0, 5).every((value) => value === 42) && data.subarray(5 + 768).every((value) => value === 42));
  given.release();
  t.is(data.length, 1541, "memory of the user's own stays");
  const transferable = await tensorOf([wide], { ...options, memory: "transferable" });
  t.deepEqual(
    structuredClone(transferable.data, { transfer: [transferable.data.buffer as ArrayBuffer] }),
    data.slice(5, 5 + 768),
  );
  t.throws(() => transferable.data, { code: "ERR_POLYCODEC_IMAGE_RELEASED" });
  const tensor = await tensorOf([wide], options);
  const view = tensor.data;
  tensor.release();
  t.true(tensor.isReleased);
  t.is(view.length, 0);
  t.throws(() => tensor.data, { code: "ERR_POLYCODEC_IMAGE_RELEASED" });
  await t.throwsAsync(tensorOf([wide], { ...options, data: new Float32Array(767) }), {
    instanceOf: RangeError,
    message: /768 elements, got 767/,
  });
  await t.throwsAsync(tensorOf([wide], { ...options, data: new Uint8Array(9999) }), {
    message: /Float32Array for float32/,
  });
  t.deepEqual((await tensorOf([], options)).shape, [0, 3, 16, 16]);
});

test("an aborted call rejects with the reason; limits hold", async (t) => {
  const options = { resize: { width: 16, height: 16 } } as const;
  const reason = new Error("no longer wanted");
  await t.throwsAsync(tensorOf([wide], { ...options, signal: AbortSignal.abort(reason) }), { is: reason });
  const controller = new AbortController();
  const work = tensorOf(Array<Uint8Array>(500).fill(wide), { ...options, signal: controller.signal });
  setImmediate(() => controller.abort(reason));
  await t.throwsAsync(work, { is: reason });
  const limited = await tensorOf([wide], { ...options, limits: { maxPixels: 100 } });
  t.is((limited.results[0] as { reason?: { code: string } }).reason!.code, "ERR_POLYCODEC_LIMIT_EXCEEDED");
  const scratch = await tensorOf([wide], { ...options, limits: { maxScratchBytes: 1000 } });
  t.regex((scratch.results[0] as { reason?: Error }).reason!.cause!.toString(), /scratch memory, the limit is 1000/);
});

test.serial("hundreds of tensors do not pile up in memory", async (t) => {
  using decoder = new Decoder({ registry });
  const options = { resize: { width: 32, height: 32 } } as const;
  for (let i = 0; i < 200; i++) (await decoder.decodeTensor([wide, tall], options)).release();
  await new Promise((resolve) => setTimeout(resolve, 50));
  t.true(runtimeStats().slabBytesInUse < 4 << 20, `${runtimeStats().slabBytesInUse} bytes in use`);
});

const refused: readonly (readonly [string, TensorOptions, RegExp])[] = [
  ["no size", {}, /expected resize or crop/],
  ["shortSide alone", { resize: { shortSide: 3 } }, /needs crop/],
  [
    "a crop that is larger than its box",
    { resize: { width: 4, height: 4 }, crop: { width: 5, height: 4 } },
    /larger than the 4x4/,
  ],
  ["a misspelt filter", { resize: { width: 4, height: 4, filter: "bilinaer" as never } }, /did you mean bilinear/],
  ["two means for three channels", { crop: { width: 1, height: 1 }, mean: [1, 2] }, /one number or 3/],
  ["a deviation of nothing", { crop: { width: 1, height: 1 }, std: 0 }, /other than 0/],
  [
    "a mean of bytes",
    { crop: { width: 1, height: 1 }, dtype: "uint8", mean: 1 },
    /mean: elements of uint8 are the samples/,
  ],
  ["an unknown option", { crop: { width: 1, height: 1 }, means: 1 } as never, /did you mean mean/],
  ["a width of nothing", { resize: { width: 0, height: 1 } }, /resize.width: expected 1/],
];
for (const [name, options, message] of refused) {
  test(`refused at the door: ${name}`, async (t: ExecutionContext) => {
    await t.throwsAsync(tensorOf([wide], options), { message });
  });
}
