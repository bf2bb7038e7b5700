/** The native tests of PNG: what SIMD computes against definitions. */
import test from "ava";
import { runNativeTest } from "../../../test/native-program.js";

test("filters with SIMD give the bytes of their definitions, and touch no others", (t) => {
  const output = runNativeTest(t, "ext-cpu", "png_filters_test", /^png_(un)?filter(_simd)?\.cpp$/);
  t.regex(output, /filters: ok/);
});

test("codes with SIMD are the bits of their definition, and no byte behind the picture's is read", (t) => {
  const sources = /^png_(codes|codes_avx512|huffman)\.cpp$/;
  const output = runNativeTest(t, "ext-cpu", "png_codes_test", sources, "-fsanitize=address");
  t.regex(output, /codes: ok, 3000 blocks/);
});
