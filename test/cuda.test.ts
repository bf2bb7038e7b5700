/**
 * Core's CUDA part: devices, memory, streams, images on devices. Against FAKE libraries (test/fake-cuda): nothing here says
 * anything about a GPU's speed or results.
 */

import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Worker } from "node:worker_threads";
import {
  cudaInfo,
  type DecodeError,
  Encoder,
  Image,
  Registry,
  runtimeStats,
  toDlpackCapsule,
  transcodeStream,
  trimMemory,
} from "@polycodec/core";
import { type EncodeTask, eachSample } from "@polycodec/core/plugin";
import ava from "ava";
import { useFakes } from "./fake-cuda/control.js";
import { deviceDecoder, deviceEncoder, fakeFolder } from "./fake-cuda/raw-device.js";
import { rawExtension, rawStream } from "./raw-codec.js";

const test = ava.serial;
const fake = useFakes(fakeFolder);
/** Only the device, so that nothing falls back unseen. */
const ONLY_GPU = { backends: ["GPU_ONLY"] as const };

function picture(width: number, height: number, seed = 0): { stream: Uint8Array; samples: Uint8Array } {
  const samples = Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 31 + seed * 7 + (i >> 7)) & 255);
  return { stream: rawStream({ width, height, channels: 3 }, samples), samples };
}

const same = (image: Image, samples: Uint8Array) => Buffer.compare(image.packed(), samples) === 0;

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

test.before(() => fake.control("devices 2; jitter 300"));
/** What the test before let go of must not go in the middle of this one, which counts bytes. */
test.beforeEach(async () => {
  for (let pass = 0; pass < 2; pass++) {
    collectGarbage();
    await sleep(5);
  }
});
test.afterEach((t) => {
  const { violations } = fake.report();
  fake.control("reset");
  if (!/violation/.test(t.title)) t.deepEqual(violations, []);
});

test("importing, looking for devices and making decoders creates no context", (t) => {
  const info = cudaInfo();
  t.is(info.reason, undefined);
  t.deepEqual(
    info.devices!.map(({ id, name, computeCapability }) => [id, name, computeCapability]),
    [
      [0, "FAKE CUDA device 0 (for tests)", "9.0"],
      [1, "FAKE CUDA device 1 (for tests)", "9.0"],
    ],
  );
  using decoder = deviceDecoder();
  t.like(
    decoder.backends.find(({ id }) => id === "raw-gpu"),
    { available: true, device: "gpu:0" },
  );
  t.is(fake.report().contexts, 0);
});

test("a batch goes through the device into the host's memory", async (t) => {
  using decoder = deviceDecoder(ONLY_GPU);
  const pictures = Array.from({ length: 40 }, (_, i) => picture(31 + i, 20 + (i % 5), i));
  const results = await decoder.decode(pictures.map(({ stream }) => stream));
  results.forEach((result, i) => {
    t.true(result.status === "fulfilled" && same(result.value, pictures[i]!.samples), String(i));
  });
});

test("images stay on the device, come to the host and go to another device", async (t) => {
  using decoder = deviceDecoder(ONLY_GPU);
  const { stream, samples } = picture(100, 37);
  const image = await decoder.decode(stream, { bufferKind: "STRIDED_DEVICE" });
  t.is(image.bufferKind, "STRIDED_DEVICE");
  t.is(image.deviceId, 0);
  t.throws(() => image.data, { code: "ERR_POLYCODEC_IMAGE_ON_DEVICE" });
  const host = await image.cpu();
  t.true(same(host, samples));
  t.is(await host.cpu(), host);
  t.is(await image.cuda(0), image);
  const other = await image.cuda(1);
  t.is(other.deviceId, 1);
  t.true(same(await other.cpu(), samples));
  t.true(same(await (await host.cuda(1)).cpu(), samples));
  t.like(image.cudaArrayInterface, { shape: [37, 100, 3], typestr: "|u1", strides: null, version: 3 });
  image.release();
  t.true(image.isReleased);
  await t.throwsAsync(image.cpu(), { code: "ERR_POLYCODEC_IMAGE_RELEASED" });
  other.release();
});

test("what the device refuses is done on the CPU and copied there", async (t) => {
  using decoder = deviceDecoder();
  const { stream, samples } = picture(64, 48);
  const region = { start: [8, 16], end: [24, 48] } as const;
  const part = await decoder.decode(stream, { bufferKind: "STRIDED_DEVICE", region });
  t.is(part.bufferKind, "STRIDED_DEVICE");
  const expected = await decoder.decode(stream, { region });
  t.true(same(await part.cpu(), expected.packed()));
  using cpu = deviceDecoder({ backends: ["CPU_ONLY"] });
  const copied = await cpu.decode(stream, { bufferKind: "STRIDED_DEVICE", deviceId: 1 });
  t.is(copied.deviceId, 1);
  t.true(same(await copied.cpu(), samples));
  const outside = await decoder.decode(stream, {
    bufferKind: "STRIDED_DEVICE",
    region: { start: [40, 60], end: [60, 80], outOfBoundsSamples: [9] },
  });
  t.is((await outside.cpu()).packed().at(-1), 9);
  const beyond = await decoder.decode(stream, {
    bufferKind: "STRIDED_DEVICE",
    region: { start: [100, 100], end: [102, 102], outOfBoundsSamples: [7] },
  });
  t.deepEqual([...(await beyond.cpu()).packed()], Array(12).fill(7));
});

test("an image on a device is decoded into again, and encoded", async (t) => {
  using decoder = deviceDecoder(ONLY_GPU);
  using encoder = deviceEncoder(ONLY_GPU);
  const first = picture(50, 40, 1);
  const second = picture(50, 40, 2);
  const image = await decoder.decode(first.stream, { bufferKind: "STRIDED_DEVICE" });
  const { data } = image.cudaArrayInterface;
  t.is(await decoder.decode(second.stream, { images: image }), image);
  t.deepEqual(image.cudaArrayInterface.data, data);
  t.true(same(await image.cpu(), second.samples));
  t.deepEqual(Buffer.from(await encoder.encode(image, { codec: "raw" })), Buffer.from(second.stream));
  t.throws(() => decoder.decodeSync(picture(60, 40).stream, { images: image }), { message: /too small/ });
});

test("a user's stream is waited for before pixels are written or read, and finds them afterwards", async (t) => {
  using decoder = deviceDecoder(ONLY_GPU);
  using encoder = deviceEncoder(ONLY_GPU);
  const { stream, samples } = picture(50, 40, 3);
  const cudaStream = fake.stream();
  const image = await decoder.decode(stream, { bufferKind: "STRIDED_DEVICE", cudaStream });
  const [address] = image.cudaArrayInterface.data;
  /** The user's own work, put on their stream: takes its time. */
  const overwrite = (value: number) => fake.write(cudaStream, address, samples.length, value, 40);
  overwrite(0);
  await decoder.decode(stream, { images: image, cudaStream });
  t.true(same(await image.cpu({ cudaStream }), samples));
  overwrite(77);
  const encoded = await encoder.encode(image, { codec: "raw", cudaStream });
  t.true(encoded.subarray(-samples.length).every((byte) => byte === 77));
  overwrite(78);
  t.true((await image.cpu({ cudaStream })).packed().every((byte) => byte === 78));
  overwrite(79);
  t.true((await (await image.cuda(1, { cudaStream })).cpu()).packed().every((byte) => byte === 79));
  // Memory that is released is not given out before the work on the stream is done.
  overwrite(80);
  image.release();
  const next = await decoder.decode(stream, { bufferKind: "STRIDED_DEVICE" });
  await new Promise((resolve) => setTimeout(resolve, 60));
  t.true(same(await next.cpu(), samples));
  fake.endStream(cudaStream);
  using twice = deviceDecoder({ deviceId: [0, 1] });
  await t.throwsAsync(twice.decode(stream, { cudaStream }), { message: /cudaStream: a stream is one device's/ });
  await t.throwsAsync(decoder.decode(stream, { cudaStream: 5 as never }), { message: /as a bigint/ });
});

test("memory of the user's on a device is an image, and is encoded as it is", async (t) => {
  using decoder = deviceDecoder(ONLY_GPU);
  using encoder = deviceEncoder(ONLY_GPU);
  const { stream, samples } = picture(50, 40, 4);
  const owner = await decoder.decode(stream, { bufferKind: "STRIDED_DEVICE" });
  const theirs = Image.fromCudaArray(owner.cudaArrayInterface);
  t.deepEqual(theirs.info, owner.info);
  t.true(same(await theirs.cpu(), samples));
  t.deepEqual(Buffer.from(await encoder.encode(theirs, { codec: "raw" })), Buffer.from(stream));
  const [address] = owner.cudaArrayInterface.data;
  const window = Image.fromCudaArray({
    ...owner.cudaArrayInterface,
    shape: [10, 20, 3],
    strides: [150, 3, 1],
    data: [address + 150n * 5n + 9n, true],
  });
  const part = (await encoder.encode(window, { codec: "raw" })).subarray(-600);
  const rows = Buffer.concat(
    Array.from({ length: 10 }, (_, y) => samples.subarray((5 + y) * 150 + 9, (5 + y) * 150 + 69)),
  );
  t.deepEqual(Buffer.from(part), rows);
  theirs.release();
  t.false(owner.isReleased);
  t.throws(() => Image.fromCudaArray({ ...owner.cudaArrayInterface, data: [12345n, true] }), {
    code: "ERR_POLYCODEC_DEVICE",
    message: /not in a CUDA device's memory/,
  });
  t.throws(() => Image.fromCudaArray({ ...owner.cudaArrayInterface, strides: [150, 6, 1] }), { message: /gaps/ });
});

test("an encoder in TypeScript, and a region that reaches beyond, get what is on a device by way of the host", async (t) => {
  const seen: number[] = [];
  const encoder = new Encoder({
    registry: new Registry().use({
      ...rawExtension,
      encoders: [
        {
          id: "raw-js",
          codec: "raw",
          kind: "CPU_ONLY",
          create: () => ({
            accepts: () => "SUCCESS",
            run: eachSample(({ pixels }: EncodeTask) => {
              seen.push(pixels.length);
              return { bytes: pixels.slice() };
            }),
          }),
        },
      ],
    }),
  });
  const { samples } = picture(9, 7, 5);
  const image = await Image.from(samples, { width: 9, height: 7 }).cuda();
  t.deepEqual(Buffer.from(await encoder.encode(image, { codec: "raw" })), Buffer.from(samples));
  t.deepEqual(seen, [samples.length]);
  using decoder = deviceDecoder({ backends: ["CPU_ONLY"] });
  await t.throwsAsync(decoder.decode(picture(9, 7).stream, { images: image }), {
    message: /no backend could decode it/,
  });
});

test("a DLPack capsule keeps the memory after the image is released", async (t) => {
  using decoder = deviceDecoder(ONLY_GPU);
  const image = await decoder.decode(picture(50, 40).stream, { bufferKind: "STRIDED_DEVICE" });
  const before = runtimeStats().deviceBytesInUse;
  const capsule = toDlpackCapsule(image);
  image.release();
  t.is(runtimeStats().deviceBytesInUse, before);
  t.throws(() => toDlpackCapsule(image), { code: "ERR_POLYCODEC_INVALID_ARGUMENT" });
  t.throws(() => toDlpackCapsule(Image.from(new Uint8Array(3), { width: 1, height: 1 })), {
    message: /image.cuda\(\)/,
  });
  t.is(typeof capsule, "object");
});

test("several devices share a batch, each with a lane of its own", async (t) => {
  using decoder = deviceDecoder({ ...ONLY_GPU, deviceId: [0, 1] });
  t.deepEqual(
    decoder.backends.filter(({ id }) => id === "raw-gpu").map(({ device }) => device),
    ["gpu:0", "gpu:1"],
  );
  fake.control("delay cudaStreamSynchronize 2");
  const pictures = Array.from({ length: 64 }, (_, i) => picture(40, 30, i));
  const results = await decoder.decode(
    pictures.map(({ stream }) => stream),
    { bufferKind: "STRIDED_DEVICE" },
  );
  const devices = new Set<number>();
  for (const [i, result] of results.entries()) {
    if (result.status !== "fulfilled") throw result.reason;
    devices.add(result.value.deviceId!);
    t.true(same(await result.value.cpu(), pictures[i]!.samples));
    result.value.release();
  }
  t.deepEqual([...devices].sort(), [0, 1]);
});

test("errors name the device, the call and CUDA's name for it", async (t) => {
  using decoder = deviceDecoder(ONLY_GPU);
  const { stream } = picture(10, 10);
  await t.throwsAsync(decoder.decode(stream, { bufferKind: "STRIDED_DEVICE", deviceId: 7 }), {
    code: "ERR_POLYCODEC_DEVICE",
    message: /there is no device 7; CUDA has 0 \(FAKE CUDA device 0/,
  });
  using away = deviceDecoder({ ...ONLY_GPU, deviceId: 5 });
  t.regex(away.backends.find(({ id }) => id === "raw-gpu")!.reason!, /there is no device 5: CUDA has 2/);
  fake.control("fail cudaMemcpyAsync 999");
  const error = await t.throwsAsync<DecodeError>(decoder.decode(stream));
  t.deepEqual(error.attempts[0], {
    backend: "raw-gpu",
    status: "FAIL",
    message: "copy: cudaErrorUnknown (999): as a FAKE says",
  });
});

test("copies that fail reject with the call and CUDA's name for the error, and hold nothing", async (t) => {
  using decoder = deviceDecoder(ONLY_GPU);
  const image = await decoder.decode(picture(40, 30).stream, { bufferKind: "STRIDED_DEVICE" });
  const { deviceBytesInUse } = runtimeStats();
  for (const name of ["cudaMemcpyAsync", "cudaStreamSynchronize"]) {
    fake.control(`reset; fail ${name} 999`);
    const expected = { code: "ERR_POLYCODEC_DEVICE", message: `${name}: cudaErrorUnknown (999): as a FAKE says` };
    await t.throwsAsync(image.cpu(), expected);
    await t.throwsAsync(image.cuda(1), expected);
    await t.throwsAsync(Image.from(new Uint8Array(12), { width: 2, height: 2 }).cuda(), expected);
  }
  fake.control("reset; fail cudaMalloc 2");
  trimMemory();
  await t.throwsAsync(image.cuda(1), {
    code: "ERR_POLYCODEC_OUT_OF_MEMORY",
    message: /^cudaMalloc: cudaErrorMemoryAllocation \(2\): out of memory, for 3600 bytes on device 1$/,
  });
  fake.control("reset");
  t.is(runtimeStats().deviceBytesInUse, deviceBytesInUse);
  await t.throwsAsync(image.cuda(2), { code: "ERR_POLYCODEC_DEVICE", message: /no device 2; CUDA has 0/ });
  await t.throwsAsync(image.cuda(-1), { code: "ERR_POLYCODEC_OUT_OF_RANGE" });
});

test("pictures are transcoded by way of the device's memory", async (t) => {
  using decoder = deviceDecoder(ONLY_GPU);
  using encoder = deviceEncoder(ONLY_GPU);
  const pictures = Array.from({ length: 12 }, (_, i) => picture(20 + i, 15, i));
  const { deviceBytesInUse } = runtimeStats();
  const items = transcodeStream(
    pictures.map(({ stream }) => stream),
    { decoder, encoder, decode: { bufferKind: "STRIDED_DEVICE" }, encode: { codec: "raw" } },
  );
  for await (const { index, result } of items) {
    if (result.status !== "fulfilled") throw result.reason;
    t.deepEqual(Buffer.from(result.value as Uint8Array), Buffer.from(pictures[index]!.stream));
  }
  t.is(runtimeStats().deviceBytesInUse, deviceBytesInUse);
});

test("a worker thread that ends with images on a device leaves nothing there", async (t) => {
  const { deviceBytesInUse } = runtimeStats();
  const program = `
    import { Image } from ${JSON.stringify(import.meta.resolve("@polycodec/core"))};
    for (let i = 0; i < 20; i++) {
      const image = await Image.from(new Uint8Array(30000), { width: 100, height: 100 }).cuda(1);
      globalThis["image" + i] = image;
    }
    Image.from(new Uint8Array(30000), { width: 100, height: 100 }).cuda(1);
    process.exit(0);`;
  for (let i = 0; i < 3; i++) {
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(program)}`));
    await new Promise((resolve, reject) => worker.once("exit", resolve).once("error", reject));
  }
  t.is(runtimeStats().deviceBytesInUse, deviceBytesInUse);
});

test("whatever call fails, the sample falls back to the CPU with the reason, and nothing leaks", async (t) => {
  const calls = [
    "cudaSetDevice",
    "cudaHostAlloc",
    "cudaMalloc",
    "cudaMemcpyAsync",
    "cudaStreamCreateWithFlags",
    "cudaStreamSynchronize",
    "cudaEventCreateWithFlags",
    "cudaEventRecord",
    "cudaStreamWaitEvent",
    "stream",
  ];
  trimMemory();
  const { stream, samples } = picture(33, 21);
  for (const name of calls) {
    for (const skip of [0, 1, 2]) {
      fake.control(`reset; fail ${name} 999 ${skip}`);
      using decoder = deviceDecoder();
      const results = await decoder.decode(Array(6).fill(stream));
      for (const result of results) t.true(result.status === "fulfilled" && same(result.value, samples), name);
      fake.control("reset");
    }
  }
  trimMemory();
  t.like(fake.report(), { deviceBlocks: 0, pinnedBlocks: 0, handles: { stream: 0, event: 0 } });
});

test("a device that is full fails politely, and a limit is kept", async (t) => {
  const pictures = Array.from({ length: 24 }, (_, i) => picture(200, 100, i));
  const streams = pictures.map(({ stream }) => stream);
  trimMemory();
  fake.control("memory 300000");
  using decoder = deviceDecoder();
  for (const [i, result] of (await decoder.decode(streams)).entries())
    t.true(result.status === "fulfilled" && same(result.value, pictures[i]!.samples));
  fake.control(`memory ${2 ** 30}`);
  trimMemory();
  using limited = deviceDecoder({ ...ONLY_GPU, options: { "raw-gpu": { maxDeviceBytes: 70_000 } } });
  const results = await limited.decode(streams);
  t.true(results.some(({ status }) => status === "fulfilled"));
  const failed = results.find(({ status }) => status === "rejected");
  if (failed?.status === "rejected") t.is((failed.reason as DecodeError).attempts[0]!.status, "OUT_OF_MEMORY");
});

test("a stream that hangs is caught by the watchdog, and the lane is used no more until it is back", async (t) => {
  const { stream, samples } = picture(30, 30);
  using decoder = deviceDecoder({ watchdogMs: 200 });
  await decoder.decode(stream);
  fake.control("hang stream");
  const results = await decoder.decode(Array(4).fill(stream));
  for (const result of results) t.true(result.status === "fulfilled" && same(result.value, samples));
  t.true(same(await decoder.decode(stream), samples));
  fake.control("release");
});

test("no device or pinned memory, stream or event grows over 10,000 images; trim gives all of it back", async (t) => {
  t.timeout(120_000);
  fake.control("jitter 0");
  using decoder = deviceDecoder(ONLY_GPU);
  const pictures = Array.from({ length: 250 }, (_, i) => picture(8 + (i % 40), 8 + (i % 25), i));
  const streams = pictures.map(({ stream }) => stream);
  const held = () => {
    const { deviceBytes, pinnedBytes, handles } = fake.report();
    return { deviceBytes, pinnedBytes, streams: handles.stream!, events: handles.event! };
  };
  let warm = held();
  for (let round = 0; round < 40; round++) {
    for (const result of await decoder.decode(streams, { bufferKind: round % 2 ? "STRIDED_DEVICE" : "STRIDED_HOST" })) {
      if (result.status !== "fulfilled") throw result.reason;
      result.value.release();
    }
    if (round === 7) warm = held();
  }
  const end = held();
  t.log("FAKE device", warm, end);
  for (const key of Object.keys(end) as (keyof typeof end)[])
    t.true(end[key] <= 1.25 * warm[key] + 64, `${key}: ${warm[key]}, then ${end[key]}`);
  decoder.close();
  trimMemory();
  t.like(fake.report(), { deviceBlocks: 0, pinnedBlocks: 0, handles: { stream: 0, event: 0 } });
  t.like(runtimeStats(), {
    deviceBytesInUse: 0,
    deviceBytesFree: 0,
    pinnedBytesInUse: 0,
    pinnedBytesFree: 0,
    liveCudaStreams: 0,
    liveCudaEvents: 0,
  });
});
