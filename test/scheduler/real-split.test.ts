/** The scheduler on real clocks: libjpeg-turbo on one thread beside a device that takes three times as long. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Decoder, type DecoderOptions, Encoder, Registry } from "@polycodec/core";
import { type DecodeTask, nativeDecoder } from "@polycodec/core/plugin";
import { drawPicture } from "@polycodec/core/testing";
import { extension as cpu } from "@polycodec/ext-cpu";
import ava from "ava";

const test = ava.serial;
/**
 * Shares follow measured speeds, and those of a machine that runs other tests beside are not steady: what depends on
 * them is run by itself, with POLYCODEC_TIMED=1.
 */
const timed = process.env.POLYCODEC_TIMED === "1" ? ava.serial : ava.serial.skip;
const root = join(dirname(fileURLToPath(import.meta.url)), "../../..");
const folder = mkdtempSync(join(tmpdir(), "polycodec-split-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const library = join(folder, "slow_device.so");
execFileSync(process.env.CC ?? "gcc", [
  "-std=c11",
  "-Wall",
  "-Wextra",
  "-Werror",
  "-Wno-clobbered",
  "-O2",
  "-fPIC",
  "-shared",
  "-I",
  join(root, "packages/core/include"),
  join(root, "test/scheduler/slow_device.c"),
  "-ljpeg",
  "-o",
  library,
]);

const slowDevice = nativeDecoder({
  id: "slow-device",
  codec: "jpeg",
  kind: "GPU_ONLY",
  priority: 200,
  library,
  options: { nsPerPixel: 0 },
  accepts: ({ output, region, orientation, scale }: DecodeTask) =>
    scale === 1 && !region && orientation === 1 && output.sampleFormat === "I_RGB"
      ? "SUCCESS"
      : "SAMPLE_FORMAT_UNSUPPORTED",
});

function decoderOf(options: DecoderOptions): Decoder {
  const registry = new Registry()
    // The device decodes with libjpeg-turbo, and so shall the CPU: the split is of one speed and a third of it.
    .use({ ...cpu, decoders: cpu.decoders!.filter(({ id }) => id === "libjpeg-turbo") })
    .use({ name: "slow-device", version: "1.0.0", apiVersion: 1, decoders: [slowDevice] });
  return new Decoder({ registry, maxCpuThreads: 1, ...options });
}

async function pictures(count: number): Promise<Uint8Array[]> {
  using encoder = new Encoder({ registry: new Registry().use(cpu) });
  const results = await encoder.encode(
    Array.from({ length: 8 }, (_, i) => drawPicture(480 + 32 * i, 360)),
    { codec: "jpeg", quality: 90 },
  );
  const kinds = results.map((result) => {
    if (result.status === "rejected") throw result.reason;
    return result.value.slice();
  });
  return Array.from({ length: count }, (_, i) => kinds[i % kinds.length]!);
}

/** Pixels that the CPU and the device have done since `before`. */
function done(
  decoder: Decoder,
  before?: { readonly cpu: number; readonly device: number },
): { cpu: number; device: number } {
  const pixels = (id: string) =>
    decoder
      .stats()
      .devices.flatMap(({ lanes }) => lanes)
      .find(({ backend }) => backend === id)?.pixels ?? 0;
  return { cpu: pixels("libjpeg-turbo") - (before?.cpu ?? 0), device: pixels("slow-device") - (before?.device ?? 0) };
}

/** Decodes a batch. Throws if a sample fails. */
async function decodeAll(decoder: Decoder, sources: readonly Uint8Array[]): Promise<void> {
  for (const result of await decoder.decode(sources)) {
    if (result.status === "rejected") throw result.reason;
    result.value.release();
  }
}

const cpuLane = (decoder: Decoder) =>
  decoder
    .stats()
    .devices.flatMap(({ lanes }) => lanes)
    .find(({ backend }) => backend === "libjpeg-turbo")!;
const ATTEMPTS = 6;
/** Nanoseconds that the CPU takes for a pixel, as last seen. */
let cpuNs = 5;

for (const loadHint of [0.05, 0.5, 0.95]) {
  timed(
    `a device three times as slow as the CPU's one thread gets a quarter of the work after three batches, hint ${loadHint}`,
    async (t) => {
      const sources = await pictures(300);
      const policy = "ADAPTIVE_MINIMIZE_IDLE_TIME";
      // How fast the CPU is depends on what else goes on, the device's own share of the cores included: the device is set
      // by what was seen in the attempt before, and the ratio judged by what the CPU did in this one.
      const offBy: number[] = [];
      for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
        using decoder = decoderOf({
          backends: [
            { kind: "GPU_ONLY", loadHint, loadHintPolicy: policy },
            { kind: "CPU_ONLY", loadHint: 1 - loadHint, loadHintPolicy: policy },
          ],
          options: { "slow-device": { nsPerPixel: 3 * cpuNs } },
        });
        for (let b = 0; b < 3; b++) await decodeAll(decoder, sources);
        const learnt = { ...done(decoder), busyMs: cpuLane(decoder).busyMs };
        for (let b = 0; b < 3; b++) await decodeAll(decoder, sources);
        const { cpu: fast, device } = done(decoder, learnt);
        const wasNs = cpuNs;
        const nowNs = (1e6 * (cpuLane(decoder).busyMs - learnt.busyMs)) / fast;
        const { devices } = decoder.stats();
        t.log(
          `device set to 3 x ${wasNs.toFixed(2)} ns/px, CPU at ${nowNs.toFixed(2)}; CPU : device = ${(fast / device).toFixed(2)}; ${devices.map(({ device: name, measuredShare, busyMs, idleMs }) => `${name}: share ${measuredShare!.toFixed(3)}, busy ${busyMs.toFixed(0)} ms, idle ${idleMs.toFixed(0)} ms`).join("; ")}`,
        );
        cpuNs = (wasNs + nowNs) / 2;
        offBy.push(fast / device / ((3 * wasNs) / nowNs));
        if (Math.abs(nowNs / wasNs - 1) > 0.05) continue; // the device was not three times as slow
        t.true(fast / device > 2.7 && fast / device < 3.3, `CPU : device = ${(fast / device).toFixed(2)}`);
        return;
      }
      t.log("the CPU's speed was never steady: judged by what the ratio was instead of by 3");
      const median = offBy.sort((a, b) => a - b)[ATTEMPTS / 2]!;
      t.true(median > 0.8 && median < 1.25, `the shares are off by a factor of ${median.toFixed(2)}`);
    },
  );
}

test("both make the same pixels, so nobody can tell who decoded what", async (t) => {
  const sources = await pictures(64);
  using both = decoderOf({
    backends: [
      { kind: "GPU_ONLY", loadHint: 0.5 },
      { kind: "CPU_ONLY", loadHint: 0.5 },
    ],
  });
  using alone = decoderOf({ backends: ["CPU_ONLY"] });
  const [divided, reference] = await Promise.all([both.decode(sources), alone.decode(sources)]);
  divided.forEach((result, i) => {
    const expected = reference[i]!;
    if (result.status === "rejected") throw result.reason;
    if (expected.status === "rejected") throw expected.reason;
    t.true(Buffer.compare(result.value.bytes, expected.value.bytes) === 0, `sample ${i}`);
  });
  const { cpu: fast, device } = done(both);
  t.true(fast > 0 && device > 0);
});

test("FIXED on a real device: its share of the samples of every batch, whatever the batch before", async (t) => {
  const sources = await pictures(100);
  using decoder = decoderOf({
    backends: [
      { kind: "GPU_ONLY", loadHint: 0.2, loadHintPolicy: "FIXED" },
      { kind: "CPU_ONLY", loadHint: 0.8, loadHintPolicy: "FIXED" },
    ],
  });
  const samples = () =>
    decoder
      .stats()
      .devices.flatMap(({ lanes }) => lanes)
      .find(({ backend }) => backend === "slow-device")?.samples ?? 0;
  let before = 0;
  for (const count of [1, 20, 40, 7, 100]) {
    await decodeAll(decoder, sources.slice(0, count));
    t.is(samples() - before, Math.round(0.2 * count), `batch of ${count}`);
    before = samples();
  }
});
