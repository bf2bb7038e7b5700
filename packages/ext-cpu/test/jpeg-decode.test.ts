/** What is libjpeg-turbo's own in decoding: colours, truncation, limits; and no image's state reaches the next. */
import { type DecodeError, Image } from "@polycodec/core";
import { drawPicture } from "@polycodec/core/testing";
import test from "ava";
import { drawn, jpegOf, markerAt, openDecoder, scansOf, without } from "./subject.js";

const status = (error: unknown) => (error as DecodeError).attempts.map(({ status }) => status).join();
const message = (error: unknown) => (error as DecodeError).attempts.map(({ message }) => message).join();

test("tables of one image do not serve the next", async (t) => {
  // The decoder is kept from image to image, and libjpeg keeps tables in it: a file without quantization tables used
  // to be decoded with those of the file before.
  using decoder = openDecoder({ maxCpuThreads: 1 });
  const whole = await jpegOf(drawn(64, 48));
  const bare = without(whole, 0xffdb);
  t.true(bare.length < whole.length);
  await decoder.decode(whole);
  const error = await t.throwsAsync(decoder.decode(bare));
  t.is(status(error), "IMAGE_CORRUPTED");
  t.regex(message(error), /quantization table/);
});

test("data that runs out is an error that says where, or a picture with a warning", async (t) => {
  using decoder = openDecoder();
  const picture = drawn(320, 240);
  for (const jpeg of [{}, { progressive: true }, { restartRows: 1 }]) {
    const whole = await jpegOf(picture, { jpeg });
    const cut = whole.subarray(0, whole.length >> 1);
    const error = await t.throwsAsync(decoder.decode(cut), { code: "ERR_POLYCODEC_TRUNCATED" });
    t.is(status(error), "IMAGE_TRUNCATED");
    t.regex(message(error), /row \d+ of 240: the coded data ends/);
    const partial = await decoder.decode(cut, { onTruncated: "partial" });
    t.deepEqual(partial.shape, [240, 320, 3]);
    t.regex(partial.warnings.join("\n"), /the coded data ends/);
  }
  const whole = await jpegOf(picture);
  const partial = await decoder.decode(whole.subarray(0, whole.length >> 1), { onTruncated: "partial" });
  const complete = await decoder.decode(whole);
  t.deepEqual(
    partial.data.slice(0, 320 * 3 * 64),
    complete.data.slice(0, 320 * 3 * 64),
    "the rows before the end are there",
  );
  // Nothing more comes: no difference to the last colour, which libjpeg repeats.
  t.is(new Set(partial.data.slice(-320 * 3)).size <= 3, true, "the rows behind it are of one colour");
});

test("a missing end-of-image marker alone is a warning", async (t) => {
  using decoder = openDecoder();
  const whole = await jpegOf(drawn(100, 75));
  const image = await decoder.decode(whole.subarray(0, whole.length - 2));
  t.deepEqual(image.warnings, ["no end-of-image marker"]);
  t.deepEqual(image.data, (await decoder.decode(whole)).data);
});

test("a progressive file that ends after few scans is a picture with a warning, before the first none", async (t) => {
  using decoder = openDecoder();
  const whole = await jpegOf(drawn(100, 75), { jpeg: { progressive: true } });
  const scans = scansOf(whole);
  t.true(scans.length > 5);
  for (const scan of [2, 4]) {
    // The tables of the scan stand before it, and harm nobody.
    const few = Buffer.concat([whole.subarray(0, scans[scan]), Buffer.from([0xff, 0xd9])]);
    const image = await decoder.decode(few);
    t.deepEqual(image.warnings, [`ends after scan ${scan}, before the picture has its full precision`]);
  }
  await t.throwsAsync(decoder.decode(whole.subarray(0, scans[0])), { instanceOf: Error });
});

test("a partial picture survives a cut inside the tables between two scans", async (t) => {
  using decoder = openDecoder();
  const whole = await jpegOf(drawn(100, 75), { jpeg: { progressive: true } });
  const [, , third] = scansOf(whole);
  // Three bytes into the Huffman table before the third scan; libjpeg takes the end for a bogus table.
  const table = Buffer.from(whole.buffer, whole.byteOffset, third).lastIndexOf(Buffer.from([0xff, 0xc4]));
  const cut = whole.subarray(0, table + 7);
  await t.throwsAsync(decoder.decode(cut), { code: "ERR_POLYCODEC_TRUNCATED" });
  t.deepEqual((await decoder.decode(cut, { onTruncated: "partial" })).shape, [75, 100, 3]);
});

test("scans and the memory for them are limited", async (t) => {
  using decoder = openDecoder();
  const whole = await jpegOf(drawn(100, 75), { jpeg: { progressive: true } });
  for (const limits of [{ maxScans: 3 }, { maxScanPixels: 100 * 75 * 3 }, { maxScratchBytes: 10_000 }]) {
    await t.throwsAsync(
      decoder.decode(whole, { limits }),
      { code: "ERR_POLYCODEC_LIMIT_EXCEEDED" },
      JSON.stringify(limits),
    );
  }
  await t.notThrowsAsync(decoder.decode(whole, { limits: { maxScans: 20 } }));
});

test("CMYK: unchanged samples, and RGB that honours Adobe's inversion", async (t) => {
  using decoder = openDecoder();
  const [width, height] = [32, 16];
  const samples = Uint8Array.from({ length: width * height * 4 }, (_, i) => [200, 120, 40, 220][i % 4]!);
  const layout = { width, height, channels: 4, sampleFormat: "I_UNCHANGED", colorSpec: "CMYK" } as const;
  const cmyk = Image.from(samples, { ...layout, inverted: true });
  for (const colorSpec of ["UNCHANGED", "YCCK"] as const) {
    const adobe = await jpegOf(cmyk, { quality: 100, colorSpec });
    const stored = await decoder.decode(adobe, { colorSpec: "UNCHANGED" });
    t.deepEqual(
      [stored.sampleFormat, stored.colorSpec, stored.channels, stored.inverted],
      ["I_UNCHANGED", "CMYK", 4, true],
    );
    const [c, m, y, k] = stored.data;
    t.true(
      [200, 120, 40, 220].every((value, i) => Math.abs(stored.data[i]! - value) <= 2),
      `${colorSpec}: ${[c, m, y, k]}`,
    );
    const times = (a: number) => Math.round((a * k!) / 255);
    t.deepEqual([...(await decoder.decode(adobe)).data.slice(0, 3)], [times(c!), times(m!), times(y!)]);
    t.deepEqual(
      [...(await decoder.decode(adobe, { sampleFormat: "I_BGR" })).data.slice(0, 3)],
      [times(y!), times(m!), times(c!)],
    );
  }
  // Ink as it is (0 is none) is written as Adobe's readers expect it: the other way round.
  const ink = Image.from(
    samples.map((value) => 255 - value),
    layout,
  );
  t.deepEqual(await jpegOf(ink, { quality: 100 }), await jpegOf(cmyk, { quality: 100 }));
  const plain = without(await jpegOf(cmyk, { quality: 100 }), 0xffee);
  const stored = await decoder.decode(plain, { colorSpec: "UNCHANGED" });
  t.false(stored.inverted);
  const [c, m, y, k] = [...stored.data.slice(0, 4)].map((value) => 255 - value) as [number, number, number, number];
  t.deepEqual(
    [...(await decoder.decode(plain)).data.slice(0, 3)],
    [c, m, y].map((ink) => Math.round((ink * k) / 255)),
  );
});

test("YCbCr out: as coded, of gray with chroma 128, of RGB by JFIF's formula", async (t) => {
  using decoder = openDecoder();
  const gray = await decoder.decode(await jpegOf(drawPicture(40, 30, { sampleFormat: "I_Y" })), { colorSpec: "SYCC" });
  t.deepEqual([gray.sampleFormat, gray.channels], ["I_YUV", 3]);
  t.true(gray.data.every((value, i) => i % 3 === 0 || value === 128));

  const asRgb = await jpegOf(drawn(40, 30), { colorSpec: "SRGB", quality: 95 });
  const rgb = await decoder.decode(asRgb);
  const yuv = await decoder.decode(asRgb, { colorSpec: "SYCC" });
  for (let i = 0; i < rgb.data.length; i += 3) {
    const [r, g, b] = rgb.data.slice(i, i + 3) as unknown as [number, number, number];
    const expected = [
      0.299 * r + 0.587 * g + 0.114 * b,
      128 - 0.168735892 * r - 0.331264108 * g + 0.5 * b,
      128 + 0.5 * r - 0.418687589 * g - 0.081312411 * b,
    ];
    for (const [c, value] of expected.entries())
      if (Math.abs(yuv.data[i + c]! - value) > 0.51)
        return t.fail(`${[r, g, b]}: channel ${c} is ${yuv.data[i + c]}, not ${value}`);
  }
});

test("upsampling and the transform follow their options", async (t) => {
  const bytes = await jpegOf(drawn(200, 100), { chromaSubsampling: "CSS_420", quality: 90 });
  const pixels = async (options: Record<string, boolean>) => {
    using decoder = openDecoder({ options: { "libjpeg-turbo": options } });
    return (await decoder.decode(bytes)).data;
  };
  const usual = await pixels({});
  t.deepEqual(await pixels({ fancyUpsampling: true, fastIdct: false }), usual);
  t.notDeepEqual(await pixels({ fancyUpsampling: false }), usual);
  t.notDeepEqual(await pixels({ fastIdct: true }), usual);
});

test("what libjpeg-turbo 2.1 lacks is refused by name, without a try", async (t) => {
  using decoder = openDecoder();
  const bytes = await jpegOf(drawn(16, 16));
  const frame = markerAt(bytes, 0xffc0);
  for (const [marker, precision] of [
    [0xc3, 8],
    [0xc1, 12],
    [0xc5, 8],
  ] as const) {
    const other = bytes.slice();
    other[frame + 1] = marker;
    other[frame + 4] = precision;
    const error = await t.throwsAsync(decoder.decode(other), { code: "ERR_POLYCODEC_UNSUPPORTED" });
    t.is(status(error), "ENCODING_UNSUPPORTED");
  }
});
