/** Pictures that stay on the device: decoded there, encoded from there. On the fake libnvjpeg. */
import { CodeStream, Encoder, Registry } from "@polycodec/core";
import test from "ava";
import { drawn, worst } from "../../../test/fake-cuda/pictures.js";
import { assertNoViolations, bothDecoder, cpuDecoder, EVERY_SIZE, fake, gpuDecoder, jpegOf, only } from "./fake-gpu.js";

test.beforeEach(() => {
  fake.control("reset; jitter 200");
});
test.afterEach((t) => assertNoViolations(t));

const ON_DEVICE = { bufferKind: "STRIDED_DEVICE" } as const;

for (const id of ["nvjpeg-hw", "nvjpeg-cuda", "nvjpeg-hybrid"]) {
  test.serial(`${id}: writes the image's own memory on the device, in every format of the library's`, async (t) => {
    using gpu = gpuDecoder([id], { options: id === "nvjpeg-cuda" ? EVERY_SIZE : {} });
    using cpu = cpuDecoder();
    const bytes = await jpegOf(drawn(61, 47), { quality: 90 });
    for (const sampleFormat of ["I_RGB", "P_RGB", "I_BGR", "P_BGR", "I_Y", "P_YUV"] as const) {
      const options = { sampleFormat, ...(sampleFormat === "I_Y" ? { colorSpec: "GRAY" as const } : {}) };
      const image = await gpu.decode(bytes, { ...options, ...ON_DEVICE });
      t.is(image.bufferKind, "STRIDED_DEVICE", sampleFormat);
      const expected = await cpu.decode(bytes, options);
      t.true(worst((await image.cpu()).packed(), expected.packed()) <= 1, sampleFormat);
      image.release();
    }
  });

  test.serial(`${id}: a region, in and out of bounds, and a picture that is turned`, async (t) => {
    using gpu = gpuDecoder([id], { options: id === "nvjpeg-cuda" ? EVERY_SIZE : {} });
    using cpu = cpuDecoder();
    const bytes = await jpegOf(drawn(64, 48), { quality: 90, chromaSubsampling: "CSS_420" });
    for (const region of [
      { start: [7, 9], end: [33, 41] },
      { start: [-4, -6], end: [20, 30], outOfBoundsSamples: [9] },
      { start: [40, 60], end: [60, 80], outOfBoundsSamples: [1, 2, 3] },
    ] as const) {
      const image = await gpu.decode(bytes, { region, ...ON_DEVICE });
      t.is(worst((await image.cpu()).packed(), (await cpu.decode(bytes, { region })).packed()), 0);
    }
  });
}

test.serial("what the library has no format for comes to the device by way of the host", async (t) => {
  using both = bothDecoder(["nvjpeg-hybrid"]);
  using cpu = cpuDecoder();
  const bytes = await jpegOf(drawn(40, 30), { quality: 90 });
  for (const sampleFormat of ["I_RGBA", "I_YUV"] as const) {
    const image = await both.decode(bytes, { sampleFormat, ...ON_DEVICE });
    t.true(
      worst((await image.cpu()).packed(), (await cpu.decode(bytes, { sampleFormat })).packed()) <= 1,
      sampleFormat,
    );
  }
});

test.serial("an image on the device is encoded from there, the same as from the host", async (t) => {
  using gpu = gpuDecoder(["nvjpeg-hybrid"]);
  using encoder = new Encoder({ registry: new Registry().use(only("nvjpeg-encoder")) });
  const bytes = await jpegOf(drawn(61, 47), { quality: 90 });
  for (const sampleFormat of ["I_RGB", "P_BGR", "I_Y"] as const) {
    const options = { sampleFormat, ...(sampleFormat === "I_Y" ? { colorSpec: "GRAY" as const } : {}) };
    const [onDevice, onHost] = [
      await gpu.decode(bytes, { ...options, ...ON_DEVICE }),
      await gpu.decode(bytes, options),
    ];
    const encoded = await encoder.encode(onDevice, { codec: "jpeg" });
    t.deepEqual(encoded, await encoder.encode(onHost, { codec: "jpeg" }), sampleFormat);
    t.is(CodeStream.from(encoded).width, 61);
  }
});
