/** A picture is read in every way that loses nothing, and in no other. */
import { Image } from "@polycodec/core";
import test from "ava";
import { readings } from "./readings.js";

const all = (image: Image, shape: readonly number[], dtype: string, bitDepth = 8, tags: readonly string[] = []) =>
  [...readings(image, shape, dtype, bitDepth, tags)].map(({ data }) => [...data]);

test("gray is one channel, three alike, or with opaque alpha", (t) => {
  const gray = Image.from(Uint8Array.of(7, 9), { width: 2, height: 1 });
  t.deepEqual(all(gray, [1, 2], "uint8"), [[7, 9]]);
  t.deepEqual(all(gray, [1, 2, 3], "uint8"), [[7, 7, 7, 9, 9, 9]]);
  t.deepEqual(all(gray, [1, 2, 4], "uint8"), [[7, 7, 7, 255, 9, 9, 9, 255]]);
  t.deepEqual(all(gray, [2, 1], "uint8"), [], "another shape");
});

test("alpha is left out only where it is opaque, and colour only where there is none", (t) => {
  const opaque = Image.from(Uint8Array.of(1, 2, 3, 255), { width: 1, height: 1 });
  t.deepEqual(all(opaque, [1, 1, 3], "uint8"), [[1, 2, 3]]);
  t.deepEqual(all(opaque, [1, 1], "uint8"), []);
  const clear = Image.from(Uint8Array.of(4, 4, 4, 254), { width: 1, height: 1 });
  t.deepEqual(all(clear, [1, 1, 3], "uint8"), []);
  t.deepEqual(all(clear, [1, 1, 2], "uint8"), [[4, 254]]);
});

test("few bits may be spread over the element's, and taken together again", (t) => {
  const few = Image.from(Uint8Array.of(0, 5, 15), { width: 3, height: 1, precision: 4 });
  t.deepEqual(all(few, [1, 3], "uint8", 4), [
    [0, 5, 15],
    [0, 85, 255],
  ]);
  const spread = Image.from(Uint8Array.of(0, 85, 255), { width: 3, height: 1 });
  t.deepEqual(all(spread, [1, 3], "uint8", 4), [
    [0, 85, 255],
    [0, 5, 15],
  ]);
});

test("bits are booleans, turned round where white is 0", (t) => {
  const bits = Image.from(Uint8Array.of(0, 255), { width: 2, height: 1 });
  t.deepEqual(all(bits, [1, 2], "bool", 1), [[0, 1]]);
  t.deepEqual(all(bits, [1, 2], "bool", 1, ["photo-miniswhite"]), [
    [0, 1],
    [1, 0],
  ]);
});
