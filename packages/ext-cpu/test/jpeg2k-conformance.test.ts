/** OpenJPEG and OpenJPH pass the conformance suite: code streams and boxes, lossless and lossy, tiles, high throughput. */
import type { EncodeOptions } from "@polycodec/core";
import { testBackend } from "@polycodec/core/testing";
import { extension } from "@polycodec/ext-cpu/extension";
import test from "ava";

/** Every kind of code stream that the encoders make, and which backends it goes through. */
const kinds: {
  name: string;
  decoder: string;
  encoder: string;
  psnr?: number;
  options: Omit<EncodeOptions, "codec">;
}[] = [
  { name: "lossless", decoder: "openjpeg", encoder: "openjpeg", options: {} },
  {
    name: "tiles, MCT, no boxes",
    decoder: "openjpeg",
    encoder: "openjpeg",
    options: { jpeg2k: { bitstreamType: "J2K", mctMode: 1, tileWidth: 32, tileHeight: 24, numResolutions: 3 } },
  },
  {
    name: "lossy",
    decoder: "openjpeg",
    encoder: "openjpeg",
    psnr: 27,
    options: { quality: 90, jpeg2k: { mctMode: 1 } },
  },
  { name: "high throughput", decoder: "openjph", encoder: "openjph", options: { jpeg2k: { ht: true } } },
  {
    name: "high throughput on OpenJPEG",
    decoder: "openjpeg",
    encoder: "openjph",
    options: { jpeg2k: { ht: true, tileWidth: 40, tileHeight: 40 } },
  },
];

for (const { name, decoder, encoder, psnr, options } of kinds) {
  testBackend(
    (title, body) =>
      test(`${name}: ${title}`, async (t) => {
        await body();
        t.pass();
      }),
    {
      extension,
      codec: "jpeg2k",
      decoder,
      encoder,
      encodeOptions: options,
      scales: true,
      ...(psnr === undefined ? {} : { roundTripPsnr: psnr }),
    },
  );
}
