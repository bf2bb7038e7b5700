/**
 * From planes to pixels. native/test/webp_upsample_test.cpp, built with the system's compiler, compares with libwebp, and
 * SIMD with its definition; the decoder's two ways are compared here.
 */
import { drawPicture, seededRandom } from "@polycodec/core/testing";
import test from "ava";
import { runNativeTest } from "../../../test/native-program.js";
import { openDecoder, openEncoder } from "./subject.js";

test("upsampling gives libwebp's bytes, with SIMD and without, and touches no others", (t) => {
  const output = runNativeTest(t, "ext-cpu", "webp_upsample_test", /^webp_upsample(_simd)?\.cpp$/, "-lwebp");
  t.regex(output, /upsampling: ok/);
});

test("a lossy picture is the same by way of planes and, where their memory is not allowed, without them", async (t) => {
  using decoder = openDecoder();
  using encoder = openEncoder();
  const random = seededRandom(3);
  for (let i = 0; i < 150; i++) {
    const [width, height] = i === 0 ? [1, 1] : [1 + Math.floor(random() * 300), 1 + Math.floor(random() * 60)];
    const bytes = await encoder.encode(drawPicture(width, height, { seed: i + 1 }), {
      codec: "webp",
      quality: 1 + Math.floor(random() * 100),
    });
    // libwebp's own rows, and less than the planes.
    const limits = { maxScratchBytes: 256 * width + 200 };
    for (const sampleFormat of ["I_RGB", "I_BGR", "I_RGBA"] as const) {
      const byPlanes = await decoder.decode(bytes, { sampleFormat });
      const directly = await decoder.decode(bytes, { sampleFormat, limits });
      t.deepEqual(byPlanes.bytes, directly.bytes, `${width} x ${height}, ${sampleFormat}`);
    }
  }
});
