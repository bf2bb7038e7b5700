/** Pixels handed to other libraries and taken from them: sharp's raw, ImageData, onnxruntime, .npy, DLPack. */

import { drawPicture } from "@polycodec/core/testing";
import test from "ava";
import { Tensor as OrtTensor } from "onnxruntime-node";
import {
  Decoder,
  Encoder,
  fromDlpack,
  fromImageData,
  fromNpy,
  fromOrt,
  fromSharp,
  Image,
  Tensor,
  toDlpack,
  toImageData,
  toNpy,
  toOrt,
  toSharp,
} from "polycodec";

const jpeg = (async () => {
  using encoder = new Encoder();
  return encoder.encode(drawPicture(40, 30), { codec: "jpeg", quality: 90 });
})();
const padded = (channels: number) =>
  Image.from(
    Uint8Array.from({ length: 2 * 16 }, (_, i) => i),
    { width: 3, height: 2, channels, rowStride: 16 },
  );

test("sharp: arguments of sharp(), shared memory, and back", (t) => {
  const image = drawPicture(5, 4, { sampleFormat: "I_RGBA" });
  const [data, { raw }] = toSharp(image);
  t.deepEqual(raw, { width: 5, height: 4, channels: 4 });
  t.is(data.buffer, image.data.buffer);
  t.deepEqual([...toSharp(padded(3))[0]], [0, 1, 2, 3, 4, 5, 6, 7, 8, 16, 17, 18, 19, 20, 21, 22, 23, 24]);
  t.true(toSharp(drawPicture(5, 4, { dtype: "uint16" }))[0] instanceof Uint16Array);
  const back = fromSharp({ data: data as Uint8Array, info: raw });
  t.deepEqual([back.sampleFormat, back.dtype, back.data], ["I_RGBA", "uint8", image.data]);
  const deep = fromSharp({
    data: new Uint8Array(13).subarray(1),
    info: { width: 2, height: 1, channels: 3, depth: "ushort" },
  });
  t.deepEqual([deep.dtype, deep.width, deep.channels], ["uint16", 2, 3]);
  t.throws(() => toSharp(Image.from(new Uint8Array(12), { width: 2, height: 2, sampleFormat: "P_RGB" })), {
    instanceOf: TypeError,
  });
  t.throws(() => toSharp(Image.from(new Uint8Array(12), { width: 2, height: 2, sampleFormat: "I_BGR" })), {
    message: /RGB, not BGR/,
  });
  t.throws(() => fromSharp({ data: new Uint8Array(4), info: { width: 1, height: 1, channels: 1, depth: "complex" } }), {
    message: /complex/,
  });
});

test("ImageData: RGBA of 8 bits whatever the image, and an image over it", (t) => {
  const rgb = Image.from(Uint8Array.of(1, 2, 3, 4, 5, 6), { width: 2, height: 1 });
  t.deepEqual(toImageData(rgb), {
    data: Uint8ClampedArray.of(1, 2, 3, 255, 4, 5, 6, 255),
    width: 2,
    height: 1,
    colorSpace: "srgb",
  });
  const gray = Image.from(Uint16Array.of(0, 65_535), { width: 2, height: 1 });
  t.deepEqual([...toImageData(gray).data], [0, 0, 0, 255, 255, 255, 255, 255]);
  const rgba = drawPicture(6, 5, { sampleFormat: "I_RGBA" });
  t.is(toImageData(rgba).data.buffer, rgba.data.buffer, "no copy of what is RGBA already");
  const image = fromImageData(toImageData(rgba));
  t.deepEqual([image.sampleFormat, image.width, image.data], ["I_RGBA", 6, rgba.data]);
  t.throws(() => fromImageData({ data: new Uint8ClampedArray(4), width: 1, height: 1, colorSpace: "display-p3" }), {
    message: /display-p3/,
  });
  t.throws(() => toImageData(Image.from(new Uint8Array(5), { width: 1, height: 1, channels: 5 })), {
    instanceOf: TypeError,
  });
});

test("onnxruntime: a batch is its Tensor without a copy, and a model's output is an image", async (t) => {
  using decoder = new Decoder();
  for (const dtype of ["float32", "float16", "uint8"] as const) {
    const tensor = await decoder.decodeTensor([await jpeg, await jpeg], { resize: { width: 8, height: 6 }, dtype });
    const ort = new OrtTensor(...toOrt(tensor));
    t.deepEqual([ort.type, [...ort.dims]], [dtype, [2, 3, 6, 8]]);
    t.is((ort.data as Float32Array).buffer, tensor.data.buffer);
  }
  const image = await decoder.decode(await jpeg, { sampleFormat: "P_RGB" });
  t.deepEqual([...new OrtTensor(...toOrt(image)).dims], [1, 3, 30, 40]);
  t.deepEqual(toOrt(padded(3))[1].length, 18);
  const output = fromOrt({ type: "float32", data: Float32Array.of(1, 2, 3, 4, 5, 6), dims: [1, 3, 1, 2] });
  t.deepEqual([output.sampleFormat, output.dtype, output.shape], ["P_RGB", "float32", [3, 1, 2]]);
  t.throws(() => fromOrt({ type: "float32", data: new Float32Array(6), dims: [2, 3] }), { message: /\(2, 3\) is not/ });
  t.throws(() => fromOrt({ type: "int64", data: new BigInt64Array(1), dims: [1, 1, 1, 1] }), { message: /int64/ });
});

test(".npy: header and elements of images and tensors, and back", async (t) => {
  using decoder = new Decoder();
  const tensor = await decoder.decodeTensor([await jpeg], {
    resize: { width: 3, height: 2 },
    dtype: "float16",
    layout: "NHWC",
  });
  const file = Buffer.from(toNpy(tensor));
  t.regex(file.toString("latin1", 0, 128), /'descr': '<f2', 'fortran_order': False, 'shape': \(1, 2, 3, 3\)/);
  t.is(file.length, 128 + 36);
  for (const image of [drawPicture(7, 5), drawPicture(7, 5, { sampleFormat: "I_Y", dtype: "uint16" })]) {
    const back = fromNpy(toNpy(image));
    t.deepEqual([back.shape, back.dtype, back.data], [image.shape, image.dtype, image.data]);
  }
  t.throws(() => fromNpy(toNpy(drawPicture(7, 5)).subarray(0, 150)), {
    code: "ERR_POLYCODEC_CORRUPTED",
    message: /22 bytes of pixels, expected 105/,
  });
  const unaligned = new Uint8Array(1 + toNpy(drawPicture(2, 2, { dtype: "uint16" })).length);
  unaligned.set(toNpy(drawPicture(2, 2, { dtype: "uint16" })), 1);
  t.deepEqual(fromNpy(unaligned.subarray(1)).data, drawPicture(2, 2, { dtype: "uint16" }).data);
});

test("DLPack: type, shape, strides in elements, and images over such arrays", async (t) => {
  using decoder = new Decoder();
  const tensor = await decoder.decodeTensor([await jpeg], { resize: { width: 3, height: 2 } });
  t.like(toDlpack(tensor), {
    device: { deviceType: 1, deviceId: 0 },
    ndim: 4,
    dtype: { code: 2, bits: 32, lanes: 1 },
    shape: [1, 3, 2, 3],
    strides: [18, 6, 3, 1],
  });
  t.deepEqual(toDlpack(padded(3)).strides, [16, 3, 1]);
  t.deepEqual(fromDlpack(toDlpack(padded(3))).packed(), padded(3).packed());
  const planar = await decoder.decode(await jpeg, { sampleFormat: "P_RGB" });
  const array = toDlpack(planar);
  t.deepEqual([array.shape, array.strides, array.dtype.code], [[3, 30, 40], [1200, 40, 1], 1]);
  const back = fromDlpack(array);
  t.deepEqual([back.sampleFormat, back.data], ["P_RGB", planar.data]);
  t.throws(() => fromDlpack({ ...array, device: { deviceType: 2 as never, deviceId: 0 } }), { message: /got 2/ });
  t.throws(() => fromDlpack({ ...array, strides: [1200, 80, 2] }), { message: /gaps/ });
  t.throws(() => fromDlpack({ ...array, dtype: { code: 0, bits: 64, lanes: 1 } }), { message: /int64/ });
  t.true(tensor instanceof Tensor);
});
