/** Every backend passes the conformance suite, on the fake libnvjpeg. */
import type { DecodeBackend, Extension } from "@polycodec/core/plugin";
import { testBackend } from "@polycodec/core/testing";
import { extension as cpu } from "@polycodec/ext-cpu/extension";
import { extension } from "@polycodec/ext-nvjpeg/extension";
import test from "ava";
import { assertNoViolations, fake } from "./fake-gpu.js";

const run = (name: string, body: () => Promise<void>) =>
  test.serial(name, async (t) => {
    await body();
    assertNoViolations(t);
  });

test.before(() => fake.control("jitter 200"));

/** The decoder with other defaults, and the CPU's encoder to make samples with. */
function withDefaults(id: string, defaults: Record<string, number>): Extension {
  const decoder = extension.decoders!.find((backend) => backend.id === id)!;
  const changed: DecodeBackend = { ...decoder, options: { ...decoder.options, ...defaults } };
  return { ...extension, decoders: [changed], encoders: cpu.encoders! };
}

for (const [id, defaults] of [
  ["nvjpeg-hw", {}],
  ["nvjpeg-hybrid", {}],
  ["nvjpeg-cuda", { hybridHuffmanThreshold: 0 }],
  ["nvjpeg-cuda", { hybridHuffmanThreshold: 0, batchedAbove: 1 }],
] as const) {
  for (const chromaSubsampling of ["CSS_444", "CSS_420"] as const) {
    const variant = `${JSON.stringify(defaults)} ${chromaSubsampling}`;
    testBackend((name, body) => run(`${variant}: ${name}`, body), {
      extension: withDefaults(id, defaults),
      codec: "jpeg",
      decoder: id,
      encoder: "libjpeg-turbo",
      encodeOptions: { quality: 95, chromaSubsampling },
      roundTripPsnr: 28,
    });
  }
}

testBackend((name, body) => run(`progressive: ${name}`, body), {
  extension: withDefaults("nvjpeg-hybrid", {}),
  codec: "jpeg",
  decoder: "nvjpeg-hybrid",
  encoder: "libjpeg-turbo",
  encodeOptions: { quality: 95, jpeg: { progressive: true } },
  roundTripPsnr: 28,
});

testBackend(run, {
  extension: { ...extension, decoders: cpu.decoders! },
  codec: "jpeg",
  decoder: "libjpeg-turbo",
  encoder: "nvjpeg-encoder",
  encodeOptions: { quality: 95 },
  roundTripPsnr: 28,
  scales: true,
});
