/** A batch is divided between hardware engines, GPU and CPU by policy. On the fake libnvjpeg: who gets what, not how fast. */
import test from "ava";
import { drawn, samplesByDevice } from "../../../test/fake-cuda/pictures.js";
import { assertNoViolations, bothDecoder, EVERY_SIZE, fake, jpegOf } from "./fake-gpu.js";

test.beforeEach(() => {
  fake.control("reset");
});
test.afterEach((t) => assertNoViolations(t));

const IDS = ["nvjpeg-hw", "nvjpeg-cuda", "nvjpeg-hybrid"];
const KINDS = ["HW_GPU_ONLY", "GPU_ONLY", "HYBRID_CPU_GPU", "CPU_ONLY"] as const;

test.serial("FIXED: the shares of the hints, those of the engines in whole mini-batches", async (t) => {
  const backends = [
    { kind: "HW_GPU_ONLY", loadHint: 0.5, loadHintPolicy: "FIXED" },
    { kind: "GPU_ONLY", loadHint: 0.3, loadHintPolicy: "FIXED" },
    { kind: "CPU_ONLY", loadHint: 1, loadHintPolicy: "FIXED" },
  ] as const;
  using decoder = bothDecoder(IDS, { backends, options: EVERY_SIZE });
  const batch = new Array(200).fill(await jpegOf(drawn(24, 16)));
  const results = await decoder.decode(batch);
  t.true(results.every(({ status }) => status === "fulfilled"));
  t.deepEqual(samplesByDevice(decoder), { "gpu:0.jpeg": 100, "gpu:0": 60, cpu: 40 });
});

for (const loadHintPolicy of ["IGNORE", "ADAPTIVE_MINIMIZE_IDLE_TIME"] as const) {
  test.serial(`${loadHintPolicy}: every device takes part, and every picture comes out once`, async (t) => {
    const backends = KINDS.map((kind) => ({ kind, loadHintPolicy }));
    using decoder = bothDecoder(IDS, { backends, options: EVERY_SIZE });
    const batch = await Promise.all(Array.from({ length: 400 }, (_, i) => jpegOf(drawn(24 + (i % 7), 16))));
    const results = await decoder.decode(batch);
    results.forEach((result, i) => t.is(result.status === "fulfilled" && result.value.width, 24 + (i % 7)));
    const samples = samplesByDevice(decoder);
    t.is(
      Object.values(samples).reduce((sum, count) => sum + count, 0),
      400,
    );
    for (const device of ["gpu:0.jpeg", "gpu:0", "cpu"]) t.true(samples[device]! > 0, JSON.stringify(samples));
  });
}

test.serial("what the engines do not take goes to the others: progressive, arithmetic", async (t) => {
  using decoder = bothDecoder(IDS, { backends: KINDS.map((kind) => ({ kind, loadHintPolicy: "IGNORE" as const })) });
  const progressive = await jpegOf(drawn(24, 16), { jpeg: { progressive: true } });
  await decoder.decode(new Array(40).fill(progressive));
  t.is(samplesByDevice(decoder)["gpu:0.jpeg"], 0);
});
