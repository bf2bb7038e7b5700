/** BMP: the conformance suite, exact round trips, and the variants that the corpus has too few of. */
import { CodeStream, type DecodeError, type Metadata } from "@polycodec/core";
import { drawPicture, testBackend } from "@polycodec/core/testing";
import { extension } from "@polycodec/ext-cpu/extension";
import test from "ava";
import { givesBack, noisy } from "./round-trip.js";
import { drawn, jpegOf, openDecoder, openEncoder, registry, slice } from "./subject.js";

testBackend(
  (name, body) =>
    test(name, async (t) => {
      await body();
      t.pass();
    }),
  { extension, codec: "bmp", decoder: "bmp", encoder: "bmp" },
);

const codec = "bmp";
const infoOf = async (bytes: Uint8Array) => (await CodeStream.from(bytes, registry).open()).info;

test("gray, colour and colour with alpha come back as they were", async (t) => {
  await givesBack(t, { channels: 1 }, { codec });
  for (const sampleFormat of ["I_RGB", "P_RGB", "I_BGR", "P_BGR", "I_UNCHANGED"] as const)
    await givesBack(t, { channels: 3, sampleFormat }, { codec });
  for (const sampleFormat of ["I_RGBA", "P_RGBA"] as const)
    await givesBack(t, { channels: 4, sampleFormat }, { codec });
});

test("gray with alpha is written as colour and comes back as the same", async (t) => {
  using encoder = openEncoder();
  using decoder = openDecoder();
  const image = noisy(33, 12, { channels: 2 });
  const bytes = await encoder.encode(image, { codec });
  const back = await decoder.decode(bytes, { sampleFormat: "I_YA", colorSpec: "GRAY" });
  t.deepEqual(back.data, image.data);
});

test("a palette is written where colours suffice, and only on request", async (t) => {
  using encoder = openEncoder();
  using decoder = openDecoder();
  const few = noisy(60, 40, { channels: 3 });
  for (const [colors, bits] of [
    [1, 8],
    [255, 8],
    [256, 8],
    [257, 24],
  ] as const) {
    for (let i = 0; i < few.data.length / 3; i++) few.data.set([i % colors, (i % colors) >> 8, 7], i * 3);
    const bytes = await encoder.encode(few, { codec, bmp: { palette: true } });
    t.is((await infoOf(bytes)).detail?.bitsPerPixel, bits, `${colors} colours`);
    t.deepEqual((await decoder.decode(bytes)).data, few.data, `${colors} colours`);
  }
  few.data.fill(9);
  t.is((await infoOf(await encoder.encode(few, { codec }))).detail?.bitsPerPixel, 24);
});

test("alpha has a mask and an ICC profile its place; both are read again", async (t) => {
  using encoder = openEncoder();
  const icc: Metadata = {
    kind: "ICC_PROFILE",
    format: "RAW",
    id: 0,
    bytes: Uint8Array.from({ length: 300 }, (_, i) => i),
  };
  for (const channels of [1, 3, 4]) {
    const bytes = await encoder.encode(noisy(10, 10, { channels }), { codec, metadata: [icc] });
    t.is((await infoOf(bytes)).detail?.headerSize, 124);
    const [found] = await CodeStream.from(bytes, registry).metadata("ICC_PROFILE");
    t.deepEqual(new Uint8Array(found!.bytes), icc.bytes);
  }
  const alpha = await encoder.encode(noisy(10, 10, { channels: 4 }), { codec });
  t.is((await infoOf(alpha)).detail?.headerSize, 124);
  const color = await encoder.encode(noisy(10, 10, { channels: 3 }), { codec });
  t.is((await infoOf(color)).detail?.headerSize, 40);
});

interface Parts {
  readonly width?: number;
  readonly height?: number;
  readonly bits: number;
  readonly compression?: number;
  /** Behind the header: masks, then the palette. */
  readonly tables?: readonly number[];
  readonly pixels: readonly number[];
}

/** A BMP with a header of 40 bytes. */
function bmp({ width = 4, height = 2, bits, compression = 0, tables = [], pixels }: Parts): Uint8Array {
  const head = Buffer.alloc(54);
  head.write("BM");
  head.writeUInt32LE(54 + tables.length, 10);
  head.writeUInt32LE(40, 14);
  head.writeInt32LE(width, 18);
  head.writeInt32LE(height, 22);
  head.writeUInt16LE(1, 26);
  head.writeUInt16LE(bits, 28);
  head.writeUInt32LE(compression, 30);
  return Uint8Array.from([...head, ...tables, ...pixels]);
}

const u32 = (...values: number[]) => [...new Uint8Array(Uint32Array.from(values).buffer)];
/** Black, blue, green, red as the file has them. */
const FOUR_COLORS = [0, 0, 0, 0, 255, 0, 0, 0, 0, 255, 0, 0, 0, 0, 255, 0];
const K = [0, 0, 0];
const B = [0, 0, 255];
const G = [0, 255, 0];
const R = [255, 0, 0];

async function pixels(bytes: Uint8Array): Promise<number[]> {
  using decoder = openDecoder();
  return [...(await decoder.decode(bytes)).data];
}

test("pixels of 1, 2, 4 and 8 bits are numbers in the palette", async (t) => {
  const two = bmp({ bits: 2, tables: FOUR_COLORS, pixels: [0b00011011, 0, 0, 0, 0b11100100, 0, 0, 0] });
  t.deepEqual(await pixels(two), [R, G, B, K, K, B, G, R].flat());
  const four = bmp({ bits: 4, tables: FOUR_COLORS, pixels: [0x01, 0x23, 0, 0, 0x32, 0x10, 0, 0] });
  t.deepEqual(await pixels(four), [R, G, B, K, K, B, G, R].flat());
  const one = bmp({ bits: 1, tables: FOUR_COLORS.slice(0, 8), pixels: [0x50, 0, 0, 0, 0xa0, 0, 0, 0] });
  t.deepEqual(await pixels(one), [B, K, B, K, K, B, K, B].flat());
  const topDown = bmp({ bits: 8, height: -2, tables: FOUR_COLORS, pixels: [0, 1, 2, 3, 3, 2, 1, 0] });
  t.deepEqual(await pixels(topDown), [K, B, G, R, R, G, B, K].flat());
  const missing = bmp({ bits: 8, height: 1, tables: FOUR_COLORS, pixels: [0, 1, 4, 255] });
  t.deepEqual(await pixels(missing), [K, B, K, K].flat(), "what the palette lacks is black");
});

test("bit fields of any width are scaled to 8 bits, to nearest", async (t) => {
  const tables = u32(0xf800, 0x07e0, 0x001f);
  const sixteen = bmp({ width: 2, height: 1, bits: 16, compression: 3, tables, pixels: [0xff, 0xff, 0x41, 0x08] });
  t.deepEqual(await pixels(sixteen), [255, 255, 255, 8, Math.round((2 * 255) / 63), 8]);
  const ten = u32(0x3ff00000, 0x000ffc00, 0x000003ff);
  const deep = bmp({
    width: 1,
    height: 1,
    bits: 32,
    compression: 3,
    tables: ten,
    pixels: u32(0x3ff00000 | (512 << 10) | 3),
  });
  t.deepEqual(await pixels(deep), [255, Math.round((512 * 255) / 1023), Math.round((3 * 255) / 1023)]);
  const plain = bmp({ width: 2, height: 1, bits: 16, pixels: [0x00, 0x7c, 0x1f, 0x80] });
  t.deepEqual(await pixels(plain), [255, 0, 0, 0, 0, 255], "555, whose highest bit is nothing");
  const alpha = u32(0xff0000, 0xff00, 0xff, 0xff000000);
  using decoder = openDecoder();
  const withAlpha = bmp({ width: 1, height: 1, bits: 32, compression: 6, tables: alpha, pixels: [1, 2, 3, 4] });
  t.deepEqual([...(await decoder.decode(withAlpha, { colorSpec: "UNCHANGED" })).data], [3, 2, 1, 4]);
  const gap = bmp({
    width: 1,
    height: 1,
    bits: 32,
    compression: 3,
    tables: u32(0xff0100, 0xff, 0),
    pixels: [1, 2, 3, 4],
  });
  await t.throwsAsync(pixels(gap), { code: "ERR_POLYCODEC_CORRUPTED", message: /a mask with a gap/ });
});

test("run lengths: runs, literals, moves, ends of rows, and what lies past the edge is left out", async (t) => {
  const tables = FOUR_COLORS;
  const rle8 = (...data: number[]) => bmp({ bits: 8, compression: 1, tables, pixels: data });
  t.deepEqual(await pixels(rle8(4, 1, 0, 0, 0, 3, 1, 2, 3, 0, 1, 0, 0, 1)), [B, G, R, K, B, B, B, B].flat());
  t.deepEqual(await pixels(rle8(9, 1, 0, 0, 2, 2, 0, 1)), [G, G, K, K, B, B, B, B].flat(), "a run past the edge");
  t.deepEqual(await pixels(rle8(1, 3, 0, 2, 1, 1, 1, 2, 0, 1)), [K, K, G, K, R, K, K, K].flat(), "a move");
  t.deepEqual(await pixels(rle8(0, 1)), new Array(24).fill(0), "an empty picture is number 0");
  const rle4 = bmp({ bits: 4, compression: 2, tables, pixels: [3, 0x12, 0, 0, 0, 4, 0x12, 0x30, 0, 1] });
  t.deepEqual(await pixels(rle4), [B, G, R, K, B, G, B, K].flat());
  const cut = await t.throwsAsync(pixels(rle8(4, 1, 0, 0, 0, 3, 1)), { code: "ERR_POLYCODEC_TRUNCATED" });
  t.is((cut as DecodeError).attempts[0]?.message, "row 0 of 2: the file ends");
});

test("a JPEG or PNG in a BMP is decoded", async (t) => {
  using decoder = openDecoder();
  for (const image of [drawn(40, 30), drawPicture(40, 30, { sampleFormat: "I_Y" })]) {
    const jpeg = await jpegOf(image, { quality: 90 });
    const embedded = bmp({ width: 40, height: 30, bits: 0, compression: 4, pixels: [...jpeg] });
    t.deepEqual((await decoder.decode(embedded)).data, (await decoder.decode(jpeg)).data);
    const region = { start: [3, 5], end: [20, 31] } as const;
    t.deepEqual((await decoder.decode(embedded, { region })).data, (await decoder.decode(jpeg, { region })).data);
  }
  const other = bmp({ width: 41, height: 30, bits: 0, compression: 4, pixels: [...(await jpegOf(drawn(40, 30)))] });
  await t.throwsAsync(decoder.decode(other), { code: "ERR_POLYCODEC_CORRUPTED", message: /headers disagree/ });
  const grayPng = await openEncoder().encode(drawPicture(40, 30, { sampleFormat: "I_Y" }), { codec: "png" });
  const alphaPng = await openEncoder().encode(drawPicture(40, 30, { sampleFormat: "I_RGBA" }), { codec: "png" });
  for (const png of [grayPng, alphaPng]) {
    const embedded = bmp({ width: 40, height: 30, bits: 0, compression: 5, pixels: [...png] });
    t.deepEqual((await decoder.decode(embedded)).data, (await decoder.decode(png)).data);
    const garbled = embedded.map((byte, i) => (i === 100 ? byte ^ 1 : byte));
    await t.throwsAsync(decoder.decode(garbled), { code: "ERR_POLYCODEC_CORRUPTED" });
  }
  const none = bmp({ bits: 0, compression: 4, pixels: [1, 2, 3] });
  await t.throwsAsync(decoder.decode(none), { code: "ERR_POLYCODEC_CORRUPTED", message: /no JPEG at offset 54/ });
});

test("a region of a file needs its own rows alone", async (t) => {
  using encoder = openEncoder();
  using decoder = openDecoder();
  const picture = drawn(40, 30);
  const whole = await encoder.encode(picture, { codec });
  // The lowest rows come first: the upper ten are missing.
  const cut = whole.subarray(0, whole.length - 40 * 3 * 10);
  const part = await decoder.decode(cut, { region: { start: [12, 7], end: [30, 31] } });
  t.deepEqual(part.data, slice(picture, 12, 7, 30, 31));
  const error = (await t.throwsAsync(decoder.decode(cut), { code: "ERR_POLYCODEC_TRUNCATED" })) as DecodeError;
  t.is(error.attempts[0]?.message, "row 0 of 30: the file ends");
  const partial = await decoder.decode(cut, { onTruncated: "partial" });
  t.deepEqual(partial.data.slice(10 * 120), picture.data.slice(10 * 120));
  t.deepEqual(partial.warnings, ["the file ends: 10 rows from row 0 on are filled with 0"]);
});

test("headers that break the rules are refused with a fact", async (t) => {
  const good = bmp({ bits: 24, pixels: new Array(24).fill(1) });
  const changed = (at: number, ...values: number[]) => {
    const bytes = good.slice();
    bytes.set(values, at);
    return bytes;
  };
  for (const [bytes, fact] of [
    [changed(18, 0), /0 x 2 pixels/],
    [changed(18, 255, 255, 255, 255), /-1 x 2 pixels/],
    [changed(22, 0), /4 x 0 pixels/],
    [changed(28, 3), /3 bits a pixel/],
    [changed(30, 1), /24 bits a pixel, 8 expected with coding RLE8/],
    [changed(30, 9), /compression 9/],
  ] as const) {
    await t.throwsAsync(pixels(bytes), { code: "ERR_POLYCODEC_CORRUPTED", message: fact });
  }
  await t.throwsAsync(pixels(good.subarray(0, 40)), { code: "ERR_POLYCODEC_TRUNCATED" });
  await t.throwsAsync(pixels(changed(14, 65)), { code: "ERR_POLYCODEC_UNKNOWN_CODEC" });
  using decoder = openDecoder();
  const huge = changed(18, 255, 255, 255, 127, 255, 255, 255, 127);
  await t.throwsAsync(decoder.decode(huge), { code: "ERR_POLYCODEC_LIMIT_EXCEEDED" });
});
