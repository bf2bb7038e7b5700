/** libjpeg-turbo passes the conformance suite, with plain files and with every kind that the encoder makes. */
import { testBackend } from "@polycodec/core/testing";
import { extension } from "@polycodec/ext-cpu/extension";
import test from "ava";
import { withDecoders } from "./subject.js";

const run = (name: string, body: () => Promise<void>) =>
  test(name, async (t) => {
    await body();
    t.pass();
  });

testBackend(run, {
  extension,
  codec: "jpeg",
  decoder: "libjpeg-turbo",
  encoder: "libjpeg-turbo",
  encodeOptions: { quality: 95 },
  roundTripPsnr: 32,
  scales: true,
});
testBackend((name, body) => run(`jpeg-fast: ${name}`, body), {
  extension: withDecoders("jpeg-fast"),
  codec: "jpeg",
  decoder: "jpeg-fast",
  encoder: "libjpeg-turbo",
  encodeOptions: { quality: 95 },
  roundTripPsnr: 32,
});
testBackend((name, body) => run(`progressive 4:2:0: ${name}`, body), {
  extension,
  codec: "jpeg",
  decoder: "libjpeg-turbo",
  encoder: "libjpeg-turbo",
  roundTripPsnr: 28,
  scales: true,
  encodeOptions: { quality: 95, chromaSubsampling: "CSS_420", jpeg: { progressive: true } },
});

testBackend((name, body) => run(`jpeg-fast, progressive 4:2:0: ${name}`, body), {
  extension: withDecoders("jpeg-fast"),
  codec: "jpeg",
  decoder: "jpeg-fast",
  encoder: "libjpeg-turbo",
  roundTripPsnr: 28,
  scales: true,
  encodeOptions: { quality: 95, chromaSubsampling: "CSS_420", jpeg: { progressive: true } },
});
