/** The PNG backend passes the conformance suite with each preset; `crc: "ignore"` lets damage get further. */
import { Decoder, Encoder, Registry } from "@polycodec/core";
import { drawPicture, testBackend } from "@polycodec/core/testing";
import { extension } from "@polycodec/ext-cpu/extension";
import test from "ava";

for (const preset of ["fast", "default", "best"] as const) {
  const run = (name: string, body: () => Promise<void>) =>
    test(`${preset}: ${name}`, async (t) => {
      await body();
      t.pass();
    });
  testBackend(run, {
    extension,
    codec: "png",
    decoder: "polycodec-png",
    encoder: "polycodec-png",
    encodeOptions: { png: { preset } },
  });
}

test("without checksums damage reaches the inflater, and still settles", async (t) => {
  const registry = new Registry().use(extension);
  using encoder = new Encoder({ registry });
  using decoder = new Decoder({ registry, options: { "polycodec-png": { crc: "ignore" } } });
  const good = await encoder.encode(drawPicture(97, 61, { sampleFormat: "I_RGBA" }), { codec: "png" });
  const damaged = Array.from({ length: 300 }, (_, i) => {
    const bytes = good.slice();
    bytes[(i * 7919) % bytes.length]! ^= 1 << (i % 8);
    return bytes;
  });
  const results = await decoder.decode(damaged);
  t.true(results.some(({ status }) => status === "fulfilled"));
  t.true(results.some(({ status }) => status === "rejected"));
  for (const result of results)
    if (result.status === "rejected") t.regex(String((result.reason as NodeJS.ErrnoException).code), /^ERR_POLYCODEC_/);
});
