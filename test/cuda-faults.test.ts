/**
 * Devices that hang, and devices that are lost: what is asked of them ends in time, with the reason, and the CPU goes on. Against FAKE
 * libraries. A lost device stays lost, so the tests of that are the last of this process.
 */
import { type CudaDevice, cudaInfo, type DecodeError, Image, runtimeStats, trimMemory } from "@polycodec/core";
import ava from "ava";
import { useFakes } from "./fake-cuda/control.js";
import { deviceDecoder, fakeFolder } from "./fake-cuda/raw-device.js";
import { rawStream } from "./raw-codec.js";

const test = ava.serial;
const fake = useFakes(fakeFolder);
const ONLY_GPU = { backends: ["GPU_ONLY"] as const };

const samples = Uint8Array.from({ length: 30 * 20 * 3 }, (_, i) => (i * 31) & 255);
const stream = rawStream({ width: 30, height: 20, channels: 3 }, samples);
/** Whether an image has the samples; it is released, so that no collection changes the memory in use later. */
const same = (image: Image) => {
  using own = image;
  return Buffer.compare(own.packed(), samples) === 0;
};
const sent = () => Image.from(samples.slice(), { width: 30, height: 20 });

test.before(() => fake.control("devices 2"));
test.afterEach((t) => t.deepEqual(fake.report().violations, []));
// A test that fails leaves no device that hangs to those after it.
test.afterEach.always(() => fake.control("release; reset"));

/** Until it is so. */
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 20_000; !(await condition()); ) {
    if (Date.now() > end) throw new Error("still not so after 20 s");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

test("a copy that hangs is given up in time, those behind it at once, and the device is used again when it is back", async (t) => {
  const image = await sent().cuda();
  const before = runtimeStats();
  fake.control("hang stream 0 1");
  const code = "ERR_POLYCODEC_DEVICE";
  await t.throwsAsync(image.cpu({ watchdogMs: 100 }), { code, message: "device 0 has not answered within 100 ms" });
  const behind = { code, message: "device 0 has not answered since an earlier copy" };
  await t.throwsAsync(image.cpu(), behind);
  await t.throwsAsync(sent().cuda(), behind);
  const other = await sent().cuda(1);
  fake.control("release; reset");
  t.true(same(await other.cpu()));
  other.release();
  await until(() => image.cpu().then(same, () => false));
  image.release();
  await until(() => runtimeStats().deviceBytesInUse < before.deviceBytesInUse);
  // The copy that was given up is held by nobody, so it must not wait for a collection.
  await until(() => runtimeStats().slabBytesInUse === 0);
});

test("an image that is released in the middle of a copy keeps its memory until the copy has come back", async (t) => {
  using decoder = deviceDecoder({ backends: ["CPU_ONLY"] });
  await until(() => runtimeStats().slabBytesInUse === 0); // what was released before this test may come back late
  const image = await decoder.decode(stream);
  const { slabBytesInUse } = runtimeStats();
  t.true(slabBytesInUse > 0);
  fake.control("hang stream 0 1");
  await t.throwsAsync(image.cuda(0, { watchdogMs: 50 }), { message: /not answered within 50 ms/ });
  image.release();
  t.true(image.isReleased);
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
  t.is(runtimeStats().slabBytesInUse, slabBytesInUse);
  fake.control("release; reset");
  await until(() => runtimeStats().slabBytesInUse === 0);
});

test("options of a copy are validated", async (t) => {
  const image = sent();
  await t.throwsAsync(image.cpu({ cudaStream: 5 as never }), { instanceOf: TypeError, message: /as a bigint/ });
  await t.throwsAsync(image.cuda(0, { watchdogMs: -1 }), { code: "ERR_POLYCODEC_OUT_OF_RANGE" });
  await t.throwsAsync(image.cuda(0, { watchdog: 1 } as never), { message: /did you mean watchdogMs/ });
});

test("trimMemory and close do not wait for a device that hangs", async (t) => {
  const decoder = deviceDecoder(ONLY_GPU);
  await decoder.decode(stream);
  const image = await sent().cuda();
  const kept = await sent().cuda();
  kept.release();
  await until(() => runtimeStats().deviceBytesFree > 0);
  fake.control("hang stream 0 1");
  await t.throwsAsync(image.cpu({ watchdogMs: 50 }), { code: "ERR_POLYCODEC_DEVICE" });
  const start = performance.now();
  decoder.close();
  trimMemory();
  trimMemory();
  t.true(performance.now() - start < 10_000);
  fake.control("release; reset");
  image.release();
  await until(() => {
    trimMemory();
    const { deviceBlocks, pinnedBlocks, handles } = fake.report();
    return deviceBlocks + pinnedBlocks + handles.stream! + handles.event! === 0;
  });
});

test("a fault of a kernel's takes the device's lanes out, with the reason; the CPU and other devices go on", async (t) => {
  const image = await sent().cuda();
  using decoder = deviceDecoder();
  using devices = deviceDecoder({ ...ONLY_GPU, deviceId: [0, 1] });
  using gpu = deviceDecoder(ONLY_GPU);
  const decodes = async (own: typeof decoder) => {
    for (const result of await own.decode(Array(24).fill(stream)))
      t.true(result.status === "fulfilled" && same(result.value));
  };
  await decodes(decoder);
  await decodes(devices);
  t.true(same(await gpu.decode(stream)));

  fake.control("fail stream 700 0 1");
  const lost =
    "device 0 is lost to this process after cudaErrorIllegalAddress (700): as a FAKE says; a new process can use it again";
  const failed = await t.throwsAsync<DecodeError>(gpu.decode(stream));
  t.regex(
    failed.attempts.at(-1)!.message!,
    /^[\w ]+: cudaErrorIllegalAddress \(700\): as a FAKE says; device 0 is lost/,
  );
  t.is(failed.attempts.at(-1)!.status, "BACKEND_UNSUPPORTED");
  await t.throwsAsync(gpu.decode(stream), { code: "ERR_POLYCODEC_NO_BACKEND", message: /raw-gpu: .*device 0 is lost/ });
  t.like(
    gpu.backends.find(({ id }) => id === "raw-gpu"),
    { available: false },
  );

  await decodes(decoder);
  // How much a device gets depends on its speed, so it may take some batches until its lane has met the loss.
  const reports = () => devices.backends.filter(({ id }) => id === "raw-gpu");
  await until(async () => {
    await decodes(devices);
    return !reports()[0]!.available;
  });
  t.deepEqual(
    reports().map(({ device, available }) => [device, available]),
    [
      ["gpu:0", false],
      ["gpu:1", true],
    ],
  );
  t.true(reports()[0]!.reason!.endsWith(lost), reports()[0]!.reason);

  t.deepEqual(
    cudaInfo().devices!.map((device: CudaDevice) => device.lost),
    [lost, undefined],
  );
  using late = deviceDecoder(ONLY_GPU);
  t.is(late.backends.find(({ id }) => id === "raw-gpu")!.reason, lost);
  using elsewhere = deviceDecoder({ ...ONLY_GPU, deviceId: 1 });
  t.true(same(await elsewhere.decode(stream)));

  const code = "ERR_POLYCODEC_DEVICE";
  await t.throwsAsync(image.cpu(), { code, message: /cudaErrorIllegalAddress \(700\)/ });
  await t.throwsAsync(sent().cuda(), { code, message: `deviceId: ${lost}` });
  await t.throwsAsync(late.decode(stream, { bufferKind: "STRIDED_DEVICE" }), {
    code,
    message: new RegExp(lost.replace(/[()]/g, "\\$&")),
  });
  t.true(same(await (await sent().cuda(1)).cpu()));
  image.release();
  t.notThrows(trimMemory);
});
