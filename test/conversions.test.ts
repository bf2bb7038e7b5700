/** What core makes of samples that a backend can only give as they are stored: depth, alpha, scale. */
import { type DecodeOptions, Decoder, type Image, Registry, type SampleDataType } from "@polycodec/core";
import { seededRandom } from "@polycodec/core/testing";
import test from "ava";
import { shownSize, storedPlace } from "./exif-orientation.js";
import { rawExtension, rawStream } from "./raw-codec.js";

const registry = new Registry().use(rawExtension);
const decode = async (stream: Uint8Array, options?: DecodeOptions): Promise<Image> => {
  using decoder = new Decoder({ registry });
  return decoder.decode(stream, options);
};

const gray = (dtype: SampleDataType, precision: number, samples: ArrayBufferView & { readonly length: number }) =>
  rawStream({ width: samples.length, height: 1, channels: 1, dtype, precision }, samples);

const depths: readonly (readonly [string, Uint8Array, readonly number[], readonly number[]])[] = [
  ["uint16", gray("uint16", 16, Uint16Array.of(0, 128, 129, 65_535)), [0, 0, 1, 255], [0, 128, 129, 65_535]],
  ["uint16 of 12 bits", gray("uint16", 12, Uint16Array.of(0, 2048, 4095)), [0, 128, 255], [0, 2048, 4095]],
  ["int8", gray("int8", 8, Int8Array.of(-128, 0, 127)), [0, 128, 255], [-128, 0, 127]],
  ["int16", gray("int16", 16, Int16Array.of(-32_768, 0, 32_767)), [0, 128, 255], [-32_768, 0, 32_767]],
  ["int16 of 12 bits", gray("int16", 12, Int16Array.of(-2048, 0, 2047)), [0, 128, 255], [-2048, 0, 2047]],
  ["uint32", gray("uint32", 32, Uint32Array.of(0, 2 ** 31, 2 ** 32 - 1)), [0, 128, 255], [0, 2 ** 31, 2 ** 32 - 1]],
  [
    "float32",
    gray("float32", 32, Float32Array.of(-1, 0, 0.5, 1, 7, NaN)),
    [0, 0, 128, 255, 255, 0],
    [-1, 0, 0.5, 1, 7, NaN],
  ],
  ["float64", gray("float64", 64, Float64Array.of(0.25, 1)), [64, 255], [0.25, 1]],
  ["float16", gray("float16", 16, Uint16Array.of(0x3800, 0x3c00)), [128, 255], [0x3800, 0x3c00]],
];
for (const [name, stream, bytes, kept] of depths) {
  test(`${name}: all of its range is all of 8 bits; allowAnyDepth keeps the samples`, async (t) => {
    t.deepEqual([...(await decode(stream, { colorSpec: "GRAY" })).data], [...bytes]);
    const rgb = await decode(stream);
    t.deepEqual(
      [...rgb.data],
      [...bytes].flatMap((value) => [value, value, value]),
    );
    t.deepEqual([...(await decode(stream, { colorSpec: "GRAY", allowAnyDepth: true })).data], [...kept]);
  });
}

const rgba = rawStream(
  { width: 3, height: 1, channels: 4 },
  Uint8Array.of(100, 110, 120, 255, 100, 100, 100, 0, 100, 100, 100, 51),
);

test("alpha is kept, dropped, or blended onto a background", async (t) => {
  t.deepEqual([...(await decode(rgba, { colorSpec: "UNCHANGED" })).data].slice(8), [100, 100, 100, 51]);
  t.deepEqual([...(await decode(rgba)).data], [100, 110, 120, 100, 100, 100, 100, 100, 100]);
  const blended = await decode(rgba, { background: [10, 20, 250] });
  t.deepEqual([...blended.data], [100, 110, 120, 10, 20, 250, 28, 36, 220]);
  const planar = await decode(rgba, { background: [10, 20, 250], sampleFormat: "P_BGR" });
  t.deepEqual([...planar.data], [120, 250, 220, 110, 20, 36, 100, 10, 28]);
  t.deepEqual([...(await decode(rgba, { background: 0, colorSpec: "GRAY" })).data], [108, 0, 20]);
  const kept = await decode(rgba, { background: 0, sampleFormat: "I_RGBA" });
  t.deepEqual([...kept.data].slice(4, 8), [100, 100, 100, 0], "a result with alpha keeps it");
});

test("gray with alpha, and alpha of 16 bits, are blended too; pictures without alpha do not mind", async (t) => {
  const ya = rawStream({ width: 2, height: 1, channels: 2 }, Uint8Array.of(200, 51, 200, 0));
  t.deepEqual([...(await decode(ya, { background: [10, 20, 250] })).data], [48, 56, 240, 10, 20, 250]);
  const deep = rawStream(
    { width: 1, height: 1, channels: 4, dtype: "uint16", precision: 16 },
    Uint16Array.of(65_535, 0, 0, 13_107),
  );
  const kept = await decode(deep, { background: [10, 20, 250], allowAnyDepth: true });
  t.deepEqual([...kept.data], [15_163, 4112, 51_400]);
  t.deepEqual([...(await decode(deep, { background: [10, 20, 250] })).data], [59, 16, 200]);
  const opaque = rawStream({ width: 1, height: 1, channels: 3 }, Uint8Array.of(1, 2, 3));
  t.deepEqual([...(await decode(opaque, { background: 9 })).data], [1, 2, 3]);
});

test("a background that makes no sense is refused: in YCbCr, for floats that stay floats, out of range", async (t) => {
  await t.throwsAsync(decode(rgba, { background: 1, colorSpec: "SYCC" }), { instanceOf: TypeError, message: /SYCC/ });
  await t.throwsAsync(decode(rgba, { background: 256 }), { instanceOf: RangeError });
  await t.throwsAsync(decode(rgba, { background: [1, 2] as never }), {
    instanceOf: TypeError,
    message: /\[red, green, blue\]/,
  });
  const floats = rawStream(
    { width: 1, height: 1, channels: 4, dtype: "float32", precision: 32 },
    Float32Array.of(1, 1, 1, 0),
  );
  t.deepEqual([...(await decode(floats, { background: [1, 2, 3] })).data], [1, 2, 3]);
  await t.throwsAsync(decode(floats, { background: 1, allowAnyDepth: true }), {
    code: "ERR_POLYCODEC_UNSUPPORTED",
    message: /float32 samples cannot be blended/,
  });
});

/** The mean of a box of the stored picture, rounded as core says. */
function meanOf(
  samples: Uint8Array,
  width: number,
  height: number,
  scale: number,
  y: number,
  x: number,
  c: number,
): number {
  let sum = 0;
  let count = 0;
  for (let row = y * scale; row < Math.min((y + 1) * scale, height); row++) {
    for (let column = x * scale; column < Math.min((x + 1) * scale, width); column++) {
      sum += samples[(row * width + column) * 3 + c]!;
      count++;
    }
  }
  return Math.floor(sum / count + 0.5);
}

for (const scale of [2, 4, 8] as const) {
  test(`a format that cannot scale is averaged to 1/${scale}: whole, turned, and regions of that`, async (t) => {
    const [width, height] = [61, 43];
    const random = seededRandom(scale);
    const samples = Uint8Array.from({ length: width * height * 3 }, () => random() * 256);
    for (let orientation = 1; orientation <= 8; orientation++) {
      const stream = rawStream({ width, height, channels: 3, orientation }, samples);
      const [small, tall] = [Math.ceil(width / scale), Math.ceil(height / scale)];
      const shown = shownSize(small, tall, orientation);
      const whole = await decode(stream, { scale });
      t.deepEqual([whole.width, whole.height], [shown.width, shown.height]);
      for (let y = 0; y < whole.height; y++) {
        for (let x = 0; x < whole.width; x++) {
          const [sy, sx] = storedPlace(y, x, small, tall, orientation);
          for (let c = 0; c < 3; c++) {
            const got = whole.data[(y * whole.width + x) * 3 + c]!;
            const wanted = meanOf(samples, width, height, scale, sy, sx, c);
            if (got !== wanted) t.fail(`orientation ${orientation}, row ${y}, column ${x}: ${got}, expected ${wanted}`);
          }
        }
      }
      const [y0, x0, y1, x1] = [1, 2, shown.height, shown.width - 1];
      const part = await decode(stream, {
        scale,
        region: { start: [y0 * scale, x0 * scale], end: [y1 * scale, x1 * scale] },
      });
      for (let y = 0; y < part.height; y++) {
        const from = ((y0 + y) * whole.width + x0) * 3;
        t.deepEqual(
          part.data.subarray(y * part.width * 3, (y + 1) * part.width * 3),
          whole.data.subarray(from, from + part.width * 3),
        );
      }
    }
  });
}

test("averaging keeps the depth that is asked for, and needs the memory of the whole picture", async (t) => {
  const stream = rawStream(
    { width: 2, height: 2, channels: 1, dtype: "uint16", precision: 16 },
    Uint16Array.of(0, 1, 1, 65_535),
  );
  const options = { scale: 2, colorSpec: "GRAY", allowAnyDepth: true } as const;
  t.deepEqual([...(await decode(stream, options)).data], [16_384]);
  t.deepEqual([...(await decode(stream, { ...options, allowAnyDepth: false })).data], [64]);
  await t.throwsAsync(decode(stream, { ...options, limits: { maxScratchBytes: 7 } }), {
    code: "ERR_POLYCODEC_UNSUPPORTED",
  });
});
