/** libwebp passes the conformance suite, lossless and lossy. */
import { testBackend } from "@polycodec/core/testing";
import { extension } from "@polycodec/ext-cpu/extension";
import test from "ava";

const under = { extension, codec: "webp", decoder: "libwebp", encoder: "libwebp", scales: true };
const run = (prefix: string) => (name: string, body: () => Promise<void>) =>
  test(`${prefix}: ${name}`, async (t) => {
    await body();
    t.pass();
  });

testBackend(run("lossless"), { ...under, encodeOptions: { qualityType: "LOSSLESS" } });
testBackend(run("lossy"), { ...under, encodeOptions: { quality: 95 }, roundTripPsnr: 28 });
