/** Pictures that stay on the device: decoded there, encoded from there. On the fake libnvjpeg2k. */
import { CodeStream } from "@polycodec/core";
import test from "ava";
import { drawn, worst } from "../../../test/fake-cuda/pictures.js";
import { assertNoViolations, bothDecoder, cpuDecoder, fake, gpuDecoder, gpuEncoder, jp2Of } from "./fake-gpu.js";

test.beforeEach(() => {
  fake.control("reset; jitter 200");
});
test.afterEach((t) => assertNoViolations(t));

const ON_DEVICE = { bufferKind: "STRIDED_DEVICE" } as const;
const TILED = { tileWidth: 32, tileHeight: 16 } as const;

test.serial("the image's own memory on the device is written, whole, in tiles, smaller, in parts", async (t) => {
  using gpu = gpuDecoder();
  using cpu = cpuDecoder();
  for (const jpeg2k of [{}, TILED]) {
    const bytes = await jp2Of(drawn(61, 47), { jpeg2k });
    for (const options of [
      {},
      { sampleFormat: "P_RGB" },
      { sampleFormat: "P_BGR" },
      { scale: 2 },
      { region: { start: [7, 9], end: [33, 41] } },
      { region: { start: [-4, -6], end: [20, 30], outOfBoundsSamples: [9] } },
      { region: { start: [40, 50], end: [60, 80], outOfBoundsSamples: [1, 2, 3] } },
    ] as const) {
      const image = await gpu.decode(bytes, { ...options, ...ON_DEVICE });
      t.is(image.bufferKind, "STRIDED_DEVICE");
      t.is(
        worst((await image.cpu()).packed(), (await cpu.decode(bytes, options)).packed()),
        0,
        JSON.stringify(options),
      );
      image.release();
    }
  }
});

test.serial("what the library has no format for comes to the device by way of the host", async (t) => {
  using both = bothDecoder();
  using cpu = cpuDecoder();
  const bytes = await jp2Of(drawn(40, 30));
  for (const sampleFormat of ["I_RGBA", "I_BGR"] as const) {
    const image = await both.decode(bytes, { sampleFormat, ...ON_DEVICE });
    t.is(worst((await image.cpu()).packed(), (await cpu.decode(bytes, { sampleFormat })).packed()), 0, sampleFormat);
  }
});

test.serial("a user's stream is waited for, and waits", async (t) => {
  using gpu = gpuDecoder();
  const bytes = await jp2Of(drawn(61, 47), { jpeg2k: TILED });
  const stream = fake.stream();
  const image = await gpu.decode(bytes, ON_DEVICE);
  const [address] = image.cudaArrayInterface.data;
  fake.write(stream, BigInt(address), 1000, 7, 60); // still at work on the memory
  await gpu.decode(bytes, { images: image, cudaStream: stream });
  using cpu = cpuDecoder();
  t.is(worst((await image.cpu({ cudaStream: stream })).packed(), (await cpu.decode(bytes)).packed()), 0);
  image.release();
  fake.endStream(stream);
});

test.serial("an image on the device is encoded from there, the same as from the host", async (t) => {
  using gpu = gpuDecoder();
  using encoder = gpuEncoder();
  const bytes = await jp2Of(drawn(61, 47));
  for (const sampleFormat of ["I_RGB", "P_BGR"] as const) {
    const [onDevice, onHost] = [
      await gpu.decode(bytes, { sampleFormat, ...ON_DEVICE }),
      await gpu.decode(bytes, { sampleFormat }),
    ];
    const encoded = await encoder.encode(onDevice, { codec: "jpeg2k" });
    t.deepEqual(encoded, await encoder.encode(onHost, { codec: "jpeg2k" }), sampleFormat);
    t.is(CodeStream.from(encoded).width, 61);
  }
});
