/** A program: decodes pictures of many kinds with jpeg-fast and prints a hash of all pixels. Run with POLYCODEC_SIMD. */
import { createHash } from "node:crypto";
import { Decoder, Registry } from "@polycodec/core";
import { drawn, jpegOf, withDecoders } from "./subject.js";

using decoder = new Decoder({ registry: new Registry().use(withDecoders("jpeg-fast")) });
const hash = createHash("sha256");
for (const chromaSubsampling of ["CSS_444", "CSS_422", "CSS_420", "CSS_440", "CSS_411", "CSS_GRAY"] as const) {
  for (const [width, height, quality] of [
    [1, 1, 80],
    [67, 33, 100],
    [130, 97, 5],
    [401, 61, 90],
  ] as const) {
    for (const progressive of [false, true]) {
      const bytes = await jpegOf(drawn(width, height), { chromaSubsampling, quality, jpeg: { progressive } });
      for (const sampleFormat of ["I_RGB", "I_BGR", "I_RGBA", "P_RGB"] as const) {
        for (const scale of [1, 2, 4] as const)
          hash.update((await decoder.decode(bytes, { sampleFormat, scale })).bytes);
      }
      hash.update((await decoder.decode(bytes, { colorSpec: "SYCC" })).bytes);
    }
  }
}
console.log(hash.digest("hex"));
