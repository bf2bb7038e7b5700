/** Both backends pass the conformance suite, on the fake libnvjpeg2k. */
import { testBackend } from "@polycodec/core/testing";
import { extension as cpu } from "@polycodec/ext-cpu/extension";
import { extension } from "@polycodec/ext-nvjpeg2k/extension";
import test from "ava";
import { assertNoViolations, decodersOnly, fake } from "./fake-gpu.js";

const run = (name: string, body: () => Promise<void>) =>
  test.serial(name, async (t) => {
    await body();
    assertNoViolations(t);
  });

test.before(() => fake.control("jitter 200"));

for (const [name, jpeg2k] of [
  ["one tile", {}],
  ["tiles", { tileWidth: 32, tileHeight: 24 }],
  ["J2K, decorrelated", { bitstreamType: "J2K", mctMode: 1 }],
] as const) {
  testBackend((title, body) => run(`${name}: ${title}`, body), {
    extension: decodersOnly,
    codec: "jpeg2k",
    decoder: "nvjpeg2k",
    encoder: "openjpeg",
    encodeOptions: { jpeg2k },
    scales: name === "one tile",
  });
}

for (const ht of [false, true]) {
  testBackend((title, body) => run(`${ht ? "high throughput" : "plain"}: ${title}`, body), {
    extension: { ...extension, decoders: cpu.decoders! },
    codec: "jpeg2k",
    decoder: "openjpeg",
    encoder: "nvjpeg2k-encoder",
    encodeOptions: { jpeg2k: { ht } },
    scales: true,
  });
}
