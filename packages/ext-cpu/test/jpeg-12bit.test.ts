/**
 * JPEG of 12 bits a sample. No encoder here makes them, but one byte does: the same coefficients in a frame that says 12
 * instead of 8 bits are the same picture, around 2048 instead of 128.
 */
import { type DecodeError, Decoder, type EncodeOptions, Image, Registry } from "@polycodec/core";
import { testBackend } from "@polycodec/core/testing";
import { extension } from "@polycodec/ext-cpu/extension";
import test from "ava";
import { drawn, jpegOf, markerAt, openEncoder, scansOf, slice, withDecoders } from "./subject.js";

const registry = new Registry().use(withDecoders("libjpeg-turbo", "jpeg-lossless", "jpeg-12bit"));
const openDecoder = () => new Decoder({ registry });

const AS_STORED = { colorSpec: "UNCHANGED", allowAnyDepth: true } as const;
const SOF0 = 0xffc0;
const SOF2 = 0xffc2;

/** A JPEG of 8 bits with its precision raised to 12; a baseline frame becomes an extended one. */
function raised(jpeg: Uint8Array): Uint8Array {
  const to = jpeg.slice();
  const progressive = scansOf(jpeg).length > 1;
  const frame = markerAt(jpeg, progressive ? SOF2 : SOF0);
  if (!progressive) to[frame + 1] = 0xc1;
  to[frame + 4] = 12;
  return to;
}
const twelveBitOf = async (picture: Image, options: Omit<EncodeOptions, "codec"> = {}) =>
  raised(await jpegOf(picture, options));

const run = (name: string, body: () => Promise<void>) =>
  test(name, async (t) => {
    await body();
    t.pass();
  });
const sizes = [
  [1, 1],
  [7, 5],
  [64, 48],
  [193, 131],
] as const;
for (const progressive of [false, true]) {
  using encoder = openEncoder();
  const samples = sizes.map(([width, height]) => ({
    name: `${width}x${height}`,
    bytes: raised(encoder.encodeSync(drawn(width, height), { codec: "jpeg", quality: 90, jpeg: { progressive } })),
  }));
  testBackend((name, body) => run(`${progressive ? "progressive" : "sequential"}: ${name}`, body), {
    extension,
    codec: "jpeg",
    decoder: "jpeg-12bit",
    samples,
    scales: true,
  });
}

test("the same coefficients are the same picture as at 8 bits, but for the rounding", async (t) => {
  using decoder = openDecoder();
  for (const chromaSubsampling of ["CSS_444", "CSS_422", "CSS_420", "CSS_440", "CSS_411", "CSS_410"] as const) {
    for (const [width, height] of [
      [75, 53],
      [16, 16],
      [5, 3],
    ] as const) {
      const eight = await jpegOf(drawn(width, height), { quality: 90, chromaSubsampling });
      const expected = await decoder.decode(eight, { sampleFormat: "I_YUV" });
      const image = await decoder.decode(raised(eight), { sampleFormat: "I_YUV", allowAnyDepth: true });
      t.deepEqual([image.dtype, image.precision], ["uint16", 12]);
      let most = 0;
      for (let i = 0; i < image.data.length; i++) {
        const level = Math.min(255, Math.max(0, image.data[i]! - 2048 + 128));
        most = Math.max(most, Math.abs(level - expected.data[i]!));
      }
      t.true(most <= 1, `${chromaSubsampling} ${width}x${height}: ${most}`);
    }
  }
});

test("progressive scans add up to what one sequential scan says, with restart markers too", async (t) => {
  using decoder = openDecoder();
  const picture = drawn(131, 77);
  for (const chromaSubsampling of ["CSS_444", "CSS_420"] as const) {
    for (const restartInterval of [0, 7]) {
      const options = { quality: 92, chromaSubsampling };
      const sequential = await twelveBitOf(picture, { ...options, jpeg: { restartInterval } });
      const progressive = await twelveBitOf(picture, { ...options, jpeg: { progressive: true, restartInterval } });
      t.true(scansOf(progressive).length > 5);
      const expected = await decoder.decode(sequential, AS_STORED);
      t.deepEqual(
        (await decoder.decode(progressive, AS_STORED)).data,
        expected.data,
        `${chromaSubsampling} ${restartInterval}`,
      );
    }
  }
});

test("gray, RGB-coded and CMYK frames", async (t) => {
  using decoder = openDecoder();
  const gray = await decoder.decode(
    await twelveBitOf(drawn(40, 30), { colorSpec: "GRAY", chromaSubsampling: "CSS_GRAY" }),
    AS_STORED,
  );
  t.deepEqual([gray.channels, gray.precision, gray.colorSpec], [1, 12, "GRAY"]);
  const rgb = await decoder.decode(await twelveBitOf(drawn(40, 30), { colorSpec: "SRGB" }), AS_STORED);
  t.deepEqual([rgb.channels, rgb.colorSpec], [3, "SRGB"]);
  const ink = Image.from(new Uint8Array(40 * 30 * 4).fill(100), {
    width: 40,
    height: 30,
    sampleFormat: "I_UNCHANGED",
    channels: 4,
    colorSpec: "CMYK",
    inverted: true,
  });
  for (const colorSpec of ["CMYK", "YCCK"] as const) {
    const cmyk = await decoder.decode(await twelveBitOf(ink, { colorSpec, quality: 100 }), AS_STORED);
    t.deepEqual([cmyk.colorSpec, cmyk.inverted], ["CMYK", true]);
    t.true(
      cmyk.data.every((sample, i) =>
        i % 4 === 3 || colorSpec === "CMYK" ? Math.abs(sample - (2048 - 28)) <= 1 : true,
      ),
      colorSpec,
    );
  }
});

test("a sequential frame cut short: an error that names the row of MCUs, or what is above it with a warning", async (t) => {
  using decoder = openDecoder();
  const bytes = await twelveBitOf(drawn(96, 80), { quality: 95 });
  const whole = await decoder.decode(bytes);
  const cut = bytes.subarray(0, Math.floor(bytes.length * 0.6));
  const error = (await t.throwsAsync(decoder.decode(cut))) as DecodeError;
  const attempt = error.attempts.find(({ backend }) => backend === "jpeg-12bit")!;
  t.is(attempt.status, "IMAGE_TRUNCATED");
  const row = 8 * Number(/row (\d+) of 10: the coded data ends/.exec(attempt.message!)![1]);
  const partial = await decoder.decode(cut, { onTruncated: "partial" });
  t.is(partial.warnings.length, 1);
  t.deepEqual(slice(partial, 0, 0, row, 96), slice(whole, 0, 0, row, 96));
  t.true(
    slice(partial, row + 8, 0, 80, 96).every((sample) => sample === 128),
    "what is missing is gray",
  );
});

test("a progressive frame without its last scans: an error, or the coarser picture with a warning", async (t) => {
  using decoder = openDecoder();
  const bytes = await twelveBitOf(drawn(96, 80), { jpeg: { progressive: true } });
  const cut = bytes.subarray(0, scansOf(bytes)[3]! + 40);
  const error = (await t.throwsAsync(decoder.decode(cut))) as DecodeError;
  t.is(error.attempts.find(({ backend }) => backend === "jpeg-12bit")!.status, "IMAGE_TRUNCATED");
  t.is((await decoder.decode(cut, { onTruncated: "partial" })).warnings.length, 1);
});

test("a region equals the slice of the whole, whatever is subsampled, and needs no rows below it", async (t) => {
  using decoder = openDecoder();
  for (const chromaSubsampling of ["CSS_444", "CSS_420", "CSS_440", "CSS_410"] as const) {
    for (const progressive of [false, true]) {
      const bytes = await twelveBitOf(drawn(90, 120), { quality: 95, chromaSubsampling, jpeg: { progressive } });
      const whole = await decoder.decode(bytes);
      for (const [y0, x0, y1, x1] of [
        [0, 0, 1, 1],
        [15, 3, 17, 80],
        [16, 16, 32, 32],
        [31, 0, 65, 90],
        [119, 89, 120, 90],
      ] as const) {
        const part = await decoder.decode(bytes, { region: { start: [y0, x0], end: [y1, x1] } });
        t.deepEqual(part.packed(), slice(whole, y0, x0, y1, x1), `${chromaSubsampling} ${progressive} ${y0},${x0}`);
      }
      if (progressive) continue;
      const cut = bytes.subarray(0, Math.floor(bytes.length * 0.7));
      const part = await decoder.decode(cut, { region: { start: [2, 2], end: [40, 40] } });
      t.deepEqual(part.packed(), slice(whole, 2, 2, 40, 40));
    }
  }
});

test("more scans than allowed are refused", async (t) => {
  using decoder = openDecoder();
  const bytes = await twelveBitOf(drawn(32, 32), { jpeg: { progressive: true } });
  await t.throwsAsync(decoder.decode(bytes, { limits: { maxScans: 3 } }), { code: "ERR_POLYCODEC_LIMIT_EXCEEDED" });
  await t.throwsAsync(decoder.decode(bytes, { limits: { maxScanPixels: 5000 } }), {
    code: "ERR_POLYCODEC_LIMIT_EXCEEDED",
  });
  await t.throwsAsync(decoder.decode(bytes, { ...AS_STORED, limits: { maxScratchBytes: 6000 } }), {
    code: "ERR_POLYCODEC_LIMIT_EXCEEDED",
  });
});
