/** Images: layouts over the user's own memory, packing, filling and giving back. */
import test from "ava";
import { layoutInReused } from "#core/image/buffer.js";
import { fill, toFloat16 } from "#core/image/fill.js";
import { Image } from "#core/image/image.js";
import { internals } from "#core/image/internals.js";
import { byteLength, isTight, tightLayout } from "#core/image/layout.js";

test("an image over an array takes its layout from the array and from what is said", (t) => {
  t.like(Image.from(new Uint8Array(24), { width: 4, height: 2 }).info, {
    channels: 3,
    dtype: "uint8",
    precision: 8,
    sampleFormat: "I_RGB",
    colorSpec: "SRGB",
    rowStride: 12,
    planeStride: 0,
  });
  t.like(Image.from(new Uint8Array(8), { width: 4, height: 2 }).info, {
    channels: 1,
    sampleFormat: "I_Y",
    colorSpec: "GRAY",
  });
  t.like(Image.from(new Uint16Array(16), { width: 4, height: 2, precision: 12 }).info, {
    channels: 2,
    dtype: "uint16",
    precision: 12,
    rowStride: 16,
  });
  t.like(Image.from(new Uint8ClampedArray(32), { width: 4, height: 2 }).info, {
    channels: 4,
    dtype: "uint8",
    sampleFormat: "I_RGBA",
  });
  t.like(Image.from(new ArrayBuffer(24), { width: 4, height: 2, sampleFormat: "P_RGB" }).info, {
    channels: 3,
    rowStride: 4,
    planeStride: 8,
  });
  t.like(Image.from(new Float32Array(56), { width: 4, height: 2 }).info, {
    channels: 7,
    sampleFormat: "I_UNCHANGED",
    colorSpec: "UNKNOWN",
  });
  t.like(Image.from(new Uint8Array(24), { width: 4, height: 2, sampleFormat: "I_YUV" }).info, { colorSpec: "SYCC" });
});

test("memory is shared with the user, from where the array begins", (t) => {
  const memory = new Uint8Array(30);
  const image = Image.from(memory.subarray(5, 29), { width: 4, height: 2 });
  image.data[0] = 7;
  t.is(memory[5], 7);
  memory[6] = 8;
  t.is(image.bytes[1], 8);
  t.is(image.bytes.length, 24);
});

test("wrong layouts are refused", (t) => {
  const from = (data: unknown, layout: object) => () => Image.from(data as Uint8Array, layout as never);
  t.throws(from([1, 2, 3], { width: 1, height: 1 }), {
    instanceOf: TypeError,
    message: /data: expected a typed array/,
  });
  t.throws(from(new Uint8Array(23), { width: 4, height: 2 }), { instanceOf: RangeError, message: /name channels/ });
  t.throws(from(new Uint8Array(23), { width: 4, height: 2, channels: 3 }), {
    instanceOf: RangeError,
    message: /at least 24 bytes/,
  });
  t.throws(from(new Uint8Array(24), { width: 0, height: 2 }), { instanceOf: RangeError });
  t.throws(from(new Uint8Array(24), { width: 4, height: 2, rowStride: 11, channels: 3 }), {
    instanceOf: RangeError,
    message: /rowStride: expected at least 12/,
  });
  t.throws(from(new Uint8Array(24), { width: 4, height: 2, channels: 4, sampleFormat: "I_RGB" }), {
    instanceOf: TypeError,
    message: /has 3 channels, got 4/,
  });
  t.throws(from(new Uint8Array(24), { width: 4, heigth: 2 }), {
    code: "ERR_POLYCODEC_UNKNOWN_OPTION",
    message: /did you mean height/,
  });
  t.throws(from(new Uint8Array(24), undefined as never), { instanceOf: TypeError });
});

test("a row stride that is no multiple of the element is refused: no element could begin there", (t) => {
  t.throws(() => Image.from(new Uint16Array(64), { width: 4, height: 2, channels: 1, rowStride: 9 }), {
    instanceOf: RangeError,
    message: /rowStride/,
  });
});

test("elements that begin at an odd address are refused with a reason", (t) => {
  const odd = new Uint8Array(new ArrayBuffer(33), 1, 32);
  const image = () => Image.from(odd, { width: 4, height: 2, channels: 2, dtype: "uint16" });
  t.throws(image, { instanceOf: RangeError, message: /begins at byte 1/ });
});

test("the last row may lack its padding", (t) => {
  const image = Image.from(new Uint8Array(16 + 12), { width: 4, height: 2, channels: 3, rowStride: 16 });
  t.is(image.bytes.length, 28);
  t.deepEqual(image.shape, [2, 4, 3]);
});

test("packed: the memory itself when there is no padding, else rows without it, plane by plane", (t) => {
  const tight = Image.from(new Uint8Array(24), { width: 4, height: 2 });
  t.is(tight.packed().buffer, tight.bytes.buffer);
  const interleaved = Image.from(
    Uint8Array.from({ length: 20 }, (_, i) => i),
    { width: 2, height: 2, channels: 3, rowStride: 10 },
  );
  t.deepEqual([...interleaved.packed()], [0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15]);
  const planar = Image.from(
    Uint8Array.from({ length: 18 }, (_, i) => i),
    { width: 2, height: 2, sampleFormat: "P_RGB", rowStride: 3 },
  );
  t.deepEqual(planar.shape, [3, 2, 2]);
  t.deepEqual([...planar.packed()], [0, 1, 3, 4, 6, 7, 9, 10, 12, 13, 15, 16]);
});

test("a released image has no pixels; releasing twice is once; the user's own memory is not emptied", (t) => {
  const memory = new Uint8Array(3);
  const image = Image.from(memory, { width: 1, height: 1 });
  image.release();
  image.release();
  t.true(image.isReleased);
  t.throws(() => image.data, { code: "ERR_POLYCODEC_IMAGE_RELEASED" });
  t.throws(() => image.packed(), { code: "ERR_POLYCODEC_IMAGE_RELEASED" });
  t.is(memory.length, 3);
  t.is(image.width, 1);
});

test("an image whose memory was transferred counts as released", (t) => {
  const image = Image.from(new Uint8Array(3), { width: 1, height: 1 });
  const buffer = image.bytes.buffer as ArrayBuffer;
  structuredClone(buffer, { transfer: [buffer] });
  t.true(image.isReleased);
  t.throws(() => image.bytes, { code: "ERR_POLYCODEC_IMAGE_RELEASED" });
});

test("`using` releases, and a busy image cannot be released", (t) => {
  let kept: Image;
  {
    using image = Image.from(new Uint8Array(3), { width: 1, height: 1 });
    kept = image;
    internals.setBusy(image, true);
    t.throws(() => image.release(), { code: "ERR_POLYCODEC_IMAGE_BUSY" });
    t.false(image.isReleased);
    internals.setBusy(image, false);
  }
  t.true(kept.isReleased);
});

test("a reused image is reshaped when tight, keeps its stride when padded, and must be large enough", (t) => {
  const wanted = tightLayout(4, 2, 3, "uint8", 8, "I_RGB", "SRGB");
  const image = (bytes: number, layout: object) => Image.from(new Uint8Array(bytes), layout as never);
  t.is(layoutInReused(image(30, { width: 10, height: 1, channels: 3 }), wanted), wanted);
  t.like(layoutInReused(image(40, { width: 4, height: 2, channels: 3, rowStride: 20 }), wanted), {
    rowStride: 20,
    width: 4,
  });
  t.throws(() => layoutInReused(image(21, { width: 7, height: 1, channels: 3 }), wanted), {
    instanceOf: RangeError,
    message: /21 bytes, the picture takes 24/,
  });
  t.throws(() => layoutInReused(image(100, { width: 3, height: 2, channels: 3, rowStride: 11 }), wanted), {
    instanceOf: RangeError,
  });
  const released = image(24, { width: 4, height: 2 });
  released.release();
  t.throws(() => layoutInReused(released, wanted), { code: "ERR_POLYCODEC_IMAGE_RELEASED" });
});

test("a reused image is not too small only because its present layout is", (t) => {
  const memory = new Uint8Array(300);
  const image = Image.from(memory, { width: 1, height: 1, channels: 3 });
  t.notThrows(() => layoutInReused(image, tightLayout(10, 10, 3, "uint8", 8, "I_RGB", "SRGB")));
});

test("filling rounds and clamps to the element, one value for all channels or one each, and leaves padding alone", (t) => {
  const info = { ...tightLayout(2, 2, 3, "uint8", 8, "I_RGB", "SRGB"), rowStride: 8 };
  const memory = new Uint8Array(16).fill(0xa5);
  fill(info, memory, [300, -4, 1.5]);
  t.deepEqual([...memory], [255, 0, 2, 255, 0, 2, 0xa5, 0xa5, 255, 0, 2, 255, 0, 2, 0xa5, 0xa5]);
  const planar = new Uint16Array(8);
  fill(tightLayout(2, 2, 2, "uint16", 16, "P_YA", "GRAY"), new Uint8Array(planar.buffer), [70_000, 5]);
  t.deepEqual([...planar], [65_535, 65_535, 65_535, 65_535, 5, 5, 5, 5]);
  const one = new Int8Array(3);
  fill(tightLayout(1, 1, 3, "int8", 8, "I_RGB", "SRGB"), new Uint8Array(one.buffer), [-7]);
  t.deepEqual([...one], [-7, -7, -7]);
});

test("half precision: exact values, rounding, the edges", (t) => {
  for (const [value, bits] of [
    [0, 0],
    [1, 0x3c00],
    [-2, 0xc000],
    [65_504, 0x7bff],
    [65_520, 0x7c00],
    [1e9, 0x7c00],
    [2 ** -24, 1],
    [2 ** -14, 0x400],
    [2 ** -26, 0],
    [1 / 3, 0x3555],
    [Number.POSITIVE_INFINITY, 0x7c00],
  ] as const) {
    t.is(toFloat16(value), bits, String(value));
  }
  t.true((toFloat16(Number.NaN) & 0x7fff) > 0x7c00);
});

test("layouts: length without the last row's padding, tightness", (t) => {
  const tight = tightLayout(3, 2, 3, "uint16", 12, "P_RGB", "SRGB");
  t.is(byteLength(tight), 36);
  t.true(isTight(tight));
  t.false(isTight({ ...tight, rowStride: 8 }));
  t.is(byteLength({ ...tight, width: 0 }), 0);
});
