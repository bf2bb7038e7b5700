/** nvjpeg-lossless passes the conformance suite, and its samples are the CPU's. On the fake libnvjpeg. */
import { Image } from "@polycodec/core";
import { type TestStream, testBackend } from "@polycodec/core/testing";
import { extension } from "@polycodec/ext-nvjpeg/extension";
import test from "ava";
import { drawn } from "../../../test/fake-cuda/pictures.js";
import { assertNoViolations, cpuDecoder, gpuDecoder, jpegOf } from "./fake-gpu.js";

/** Gray of 12 to 16 bits, lossless; the pixels as they come out by default. */
async function losslessSamples(): Promise<TestStream[]> {
  const samples: TestStream[] = [];
  for (const [width, height, precision] of [
    [1, 1, 16],
    [7, 5, 12],
    [64, 48, 16],
    [193, 131, 10],
  ] as const) {
    const picture = drawn(width, height);
    const gray = Uint16Array.from(
      { length: width * height },
      (_, i) => (picture.data[3 * i]! << 8) >> (16 - precision),
    );
    const image = Image.from(gray, { width, height, channels: 1, precision });
    samples.push({
      name: `${width}x${height}, ${precision} bits`,
      bytes: await jpegOf(image, { qualityType: "LOSSLESS" }),
    });
  }
  return samples;
}
const samples = await losslessSamples();

testBackend(
  (name, body) =>
    test.serial(name, async (t) => {
      await body();
      assertNoViolations(t);
    }),
  { extension, codec: "jpeg", decoder: "nvjpeg-lossless", samples },
);

test.serial("every bit of every sample is the CPU's, alone and in a batch, and the precision is kept", async (t) => {
  using gpu = gpuDecoder(["nvjpeg-lossless"]);
  using cpu = cpuDecoder();
  const options = { colorSpec: "UNCHANGED", allowAnyDepth: true } as const;
  const batch = await gpu.decode(
    samples.map(({ bytes }) => bytes),
    options,
  );
  for (const [i, { name, bytes }] of samples.entries()) {
    const expected = await cpu.decode(bytes, options);
    const result = batch[i]!;
    if (result.status === "rejected") throw result.reason;
    t.deepEqual(result.value.data, expected.data, name);
    t.is(result.value.precision, expected.precision);
    const region = { start: [0, 0], end: [expected.height, Math.ceil(expected.width / 2)] } as const;
    const parts = [await gpu.decode(bytes, { ...options, region }), await cpu.decode(bytes, { ...options, region })];
    t.deepEqual(parts[0]!.data, parts[1]!.data, name);
  }
});
