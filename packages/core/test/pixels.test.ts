/** The comparison of all pixel paths, and of all ways to resize: native/test/pixels_test.cpp and resample_test.cpp. */
import test from "ava";
import { runNativeTest } from "../../../test/native-program.js";

const PASSED = /^[1-9][0-9]* passed, 0 failed$/m;

test("every way of filling, turning, shrinking and converting pixels agrees with its definition", (t) => {
  t.regex(runNativeTest(t, "core", "pixels_test", /^pixels.*\.cpp$/), PASSED);
});

test("every way of resizing and of writing tensors agrees with its definition, and that with Pillow", (t) => {
  const sources = /^(pixels|resample|tensor).*\.cpp$|^slabs\.cpp$/;
  t.regex(runNativeTest(t, "core", "resample_test", sources), PASSED);
});
