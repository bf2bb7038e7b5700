/** The comparison of all pixel paths, and of all ways to resize: native/test/pixels_test.cpp and resample_test.cpp. */
import test from "ava";
import { runNativeTest } from "./native-program.js";

test("every way of filling, turning, shrinking and converting pixels agrees with its definition", (t) => {
  runNativeTest(t, "pixels_test", /^pixels.*\.cpp$/);
});

test("every way of resizing and of writing tensors agrees with its definition, and that with Pillow", (t) => {
  runNativeTest(t, "resample_test", /^(pixels|resample|tensor).*\.cpp$|^slabs\.cpp$/);
});
