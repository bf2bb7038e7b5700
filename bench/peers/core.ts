/** What core costs without a codec: batches whose native backend does nothing. A pass counts items, not pictures. */
import { readFileSync } from "node:fs";
import { type DecodeResult, Decoder, Registry } from "@polycodec/core";
import { nativeDecoder } from "@polycodec/core/plugin";
import type { NativeRuntime } from "../../packages/core/src/runtime/runtime.js";
import type { Job, Pass } from "../job.js";

export async function prepare(job: Job): Promise<Pass> {
  return job.operation === "bridge" ? bridge(job) : road(job);
}

/** The runtime alone: one call with 10,000 tasks that are packed already, and that decode nothing into one memory. */
async function bridge({ noop, threads }: Job): Promise<Pass> {
  const { runtime } = await internal<{ runtime(): NativeRuntime }>("load-addon");
  const { DECODE_FIELDS } = await internal<{ DECODE_FIELDS: readonly string[] }>("task-fields");
  const count = 10_000;
  const layout = { width: 4, height: 4, channels: 3, sampleFormat: 6, colorSpec: 2, precision: 8, rowStride: 12 };
  const values: Record<string, number> = {
    infoWidth: 4,
    infoHeight: 4,
    infoChannels: 3,
    scale: 1,
    orientation: 1,
    byteLength: 48,
  };
  for (const [name, value] of Object.entries(layout)) values[`output.${name}`] = values[`target.${name}`] = value;
  const task = DECODE_FIELDS.map((name) => values[name] ?? 0);
  const fields = new Float64Array(Array.from({ length: count }, () => task).flat());
  const sources = new Array<Uint8Array>(count).fill(new Uint8Array(16));
  const targets = new Array<Uint8Array>(count).fill(new Uint8Array(48));

  const native = runtime();
  const instance = native.createInstance(native.openLibrary(noop).handle, "noop", "decode", {});
  const call = native.openCall({ urgency: "batch" });
  return async () => {
    const { outcomes } = await native.decode(call, instance, sources, targets, fields, threads);
    if (outcomes[0] !== 1) throw new Error(`status ${outcomes[0]}`);
    return count;
  };
}

async function internal<Module>(name: string): Promise<Module> {
  return (await import(
    new URL(`dist/runtime/${name}.js`, import.meta.resolve("@polycodec/core/package.json")).href
  )) as Module;
}

/** All of core: 2,000 real JPEGs are sniffed, parsed, planned, divided, handed out and settled; only pixels are not made. */
async function road({ noop, jpegs, operation }: Job): Promise<Pass> {
  const registry = new Registry().use({
    name: "bench-noop",
    version: "1.0.0",
    apiVersion: 1,
    decoders: [nativeDecoder({ id: "noop", codec: "jpeg", kind: "CPU_ONLY", library: noop, accepts: () => "SUCCESS" })],
  });
  const decoder = new Decoder({ registry });
  const files = jpegs.map((path) => readFileSync(path));
  const sources = Array.from({ length: 2000 }, (_, i) => files[i % files.length]!);
  if (operation === "road-reused") {
    const images = (await decoder.decode(sources)).map(imageOf);
    return async () => (await decoder.decode(sources, { images })).map(imageOf).length;
  }
  return async () => {
    const results = await decoder.decode(sources);
    for (const result of results) imageOf(result).release();
    return results.length;
  };
}

function imageOf(result: DecodeResult) {
  if (result.status === "rejected") throw result.reason;
  return result.value;
}
