/** A batch is divided between GPU and CPU by policy. On the fake libnvjpeg2k: who gets what, not how fast. */
import test from "ava";
import { drawn, samplesByDevice } from "../../../test/fake-cuda/pictures.js";
import { assertNoViolations, bothDecoder, fake, jp2Of } from "./fake-gpu.js";

test.beforeEach(() => {
  fake.control("reset");
});
test.afterEach((t) => assertNoViolations(t));

const KINDS = ["GPU_ONLY", "CPU_ONLY"] as const;

test.serial("FIXED: the shares of the hints", async (t) => {
  const backends = [
    { kind: "GPU_ONLY", loadHint: 0.6, loadHintPolicy: "FIXED" },
    { kind: "CPU_ONLY", loadHint: 1, loadHintPolicy: "FIXED" },
  ] as const;
  using decoder = bothDecoder({ backends });
  const results = await decoder.decode(new Array(100).fill(await jp2Of(drawn(24, 16))));
  t.true(results.every(({ status }) => status === "fulfilled"));
  t.deepEqual(samplesByDevice(decoder), { "gpu:0": 60, cpu: 40 });
});

for (const loadHintPolicy of ["IGNORE", "ADAPTIVE_MINIMIZE_IDLE_TIME"] as const) {
  test.serial(`${loadHintPolicy}: every device takes part, and every picture comes out once`, async (t) => {
    using decoder = bothDecoder({ backends: KINDS.map((kind) => ({ kind, loadHintPolicy })) });
    const batch = await Promise.all(Array.from({ length: 200 }, (_, i) => jp2Of(drawn(24 + (i % 7), 16))));
    const results = await decoder.decode(batch);
    results.forEach((result, i) => t.is(result.status === "fulfilled" && result.value.width, 24 + (i % 7)));
    const samples = samplesByDevice(decoder);
    t.is(samples["gpu:0"]! + samples.cpu!, 200);
    t.true(samples["gpu:0"]! > 0 && samples.cpu! > 0, JSON.stringify(samples));
  });
}
