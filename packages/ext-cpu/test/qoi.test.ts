/** QOI: the conformance suite, exact round trips, and the chunks of the format. */
import { CodeStream, type DecodeError } from "@polycodec/core";
import { seededRandom, testBackend } from "@polycodec/core/testing";
import { extension } from "@polycodec/ext-cpu/extension";
import test from "ava";
import { givesBack, noisy } from "./round-trip.js";
import { drawn, openDecoder, openEncoder, registry } from "./subject.js";

testBackend(
  (name, body) =>
    test(name, async (t) => {
      await body();
      t.pass();
    }),
  { extension, codec: "qoi", decoder: "qoi", encoder: "qoi" },
);

const codec = "qoi";

test("pictures come back as they were, in any order of their channels", async (t) => {
  for (const sampleFormat of ["I_RGB", "P_RGB", "I_BGR", "P_BGR"] as const)
    await givesBack(t, { channels: 3, sampleFormat }, { codec });
  for (const sampleFormat of ["I_RGBA", "P_RGBA"] as const)
    await givesBack(t, { channels: 4, sampleFormat }, { codec });
  await givesBack(t, { channels: 3, sampleFormat: "I_UNCHANGED" }, { codec });
});

test("gray is written as colour and comes back as the same gray", async (t) => {
  using encoder = openEncoder();
  using decoder = openDecoder();
  const gray = noisy(40, 30, { channels: 1 });
  const bytes = await encoder.encode(gray, { codec });
  t.deepEqual((await decoder.decode(bytes, { colorSpec: "GRAY" })).data, gray.data);
  const withAlpha = noisy(40, 30, { channels: 2 });
  const back = await decoder.decode(await encoder.encode(withAlpha, { codec }), {
    sampleFormat: "I_YA",
    colorSpec: "GRAY",
  });
  t.deepEqual(back.data, withAlpha.data);
});

/** A header for three channels, the chunks, and the end marker. */
function qoi(width: number, height: number, chunks: readonly number[], channels = 3): Uint8Array {
  const head = Buffer.alloc(14);
  head.write("qoif");
  head.writeUInt32BE(width, 4);
  head.writeUInt32BE(height, 8);
  head[12] = channels;
  return Uint8Array.from([...head, ...chunks, 0, 0, 0, 0, 0, 0, 0, 1]);
}

const placeOfBlack = (11 * 255) % 64;

test("every chunk means what the specification says", async (t) => {
  using decoder = openDecoder();
  // RGB; differences of -2, -1, +1; green -32 with red -8 and blue +7 beside it; a run of 2; an index; RGBA.
  const chunks = [0xfe, 10, 20, 30, 0x47, 0x80, 0x0f, 0xc1, placeOfBlack, 0xff, 1, 2, 3, 4];
  const image = await decoder.decode(qoi(7, 1, chunks, 4), { colorSpec: "UNCHANGED" });
  const third = [8 - 40, 19 - 32, 31 - 25].map((v) => v & 255);
  t.deepEqual(
    [...image.data],
    [
      [10, 20, 30, 255],
      [8, 19, 31, 255],
      [...third, 255],
      [...third, 255],
      [...third, 255],
      [0, 0, 0, 0], // no chunk has put opaque black in its place: transparent black, as at the beginning
      [1, 2, 3, 4],
    ].flat(),
  );
});

test("a run crosses rows, and one that comes first repeats opaque black and is remembered", async (t) => {
  using decoder = openDecoder();
  const image = await decoder.decode(qoi(3, 2, [0xc3, 0xfe, 9, 9, 9, placeOfBlack]));
  t.deepEqual([...image.data], [...new Array(12).fill(0), 9, 9, 9, 0, 0, 0]);
});

test("runs of more than 62 pixels are written in pieces", async (t) => {
  using encoder = openEncoder();
  using decoder = openDecoder();
  for (const length of [61, 62, 63, 124, 125]) {
    const image = noisy(length, 1, { channels: 3 });
    image.data.fill(0);
    const bytes = await encoder.encode(image, { codec });
    t.is(bytes.length, 14 + Math.ceil(length / 62) + 8);
    t.deepEqual((await decoder.decode(bytes)).data, image.data);
  }
});

test("chunks that end early are an error that names the row, or a picture with a warning", async (t) => {
  using encoder = openEncoder();
  using decoder = openDecoder();
  const picture = drawn(50, 40);
  const whole = await encoder.encode(picture, { codec });
  const cut = whole.subarray(0, whole.length >> 1);
  const error = (await t.throwsAsync(decoder.decode(cut), { code: "ERR_POLYCODEC_TRUNCATED" })) as DecodeError;
  t.regex(error.attempts[0]!.message!, /^row \d+ of 40: the file ends$/);
  const partial = await decoder.decode(cut, { onTruncated: "partial" });
  t.regex(partial.warnings.join(), /row \d+ of 40: the file ends/);
  const rows = Number(/row (\d+)/.exec(partial.warnings[0]!)![1]);
  t.true(rows > 5 && rows < 35);
  t.deepEqual(partial.data.slice(0, rows * 150), picture.data.slice(0, rows * 150));
  t.true(partial.data.slice(rows * 150).every((v) => v === 0));
});

test("headers that break the rules are refused", async (t) => {
  using decoder = openDecoder();
  const good = qoi(2, 2, [0xc3]);
  const changed = (at: number, value: number) => Uint8Array.from(good, (byte, i) => (i === at ? value : byte));
  for (const bytes of [changed(7, 0), changed(11, 0), changed(12, 2), changed(12, 5), changed(13, 2)])
    await t.throwsAsync(decoder.decode(bytes), { code: "ERR_POLYCODEC_CORRUPTED" });
  await t.throwsAsync(decoder.decode(good.subarray(0, 13)), { code: "ERR_POLYCODEC_TRUNCATED" });
  t.is((await CodeStream.from(good, registry).open()).codecName, codec);
});

test("colour spec, quality, subsampling and depth that the format lacks are refused with the reason", async (t) => {
  using encoder = openEncoder();
  const picture = drawn(8, 8);
  for (const [options, status] of [
    [{ quality: 80 }, "QUALITY_TYPE_UNSUPPORTED"],
    [{ colorSpec: "SYCC" }, "COLOR_SPEC_UNSUPPORTED"],
    [{ chromaSubsampling: "CSS_420" }, "SAMPLING_UNSUPPORTED"],
  ] as const) {
    const error = (await t.throwsAsync(encoder.encode(picture, { codec, ...options }))) as DecodeError;
    t.is(error.attempts[0]?.status, status);
  }
  const deep = (await t.throwsAsync(
    encoder.encode(noisy(4, 4, { channels: 3, dtype: "uint16" }), { codec }),
  )) as DecodeError;
  t.is(deep.attempts[0]?.status, "SAMPLE_TYPE_UNSUPPORTED");
  await t.notThrowsAsync(encoder.encode(picture, { codec, qualityType: "LOSSLESS" }));
});

test("a worst case, no pixel like another, fits the memory that is asked for", async (t) => {
  using encoder = openEncoder();
  using decoder = openDecoder();
  const random = seededRandom(5);
  const image = noisy(300, 200, { channels: 4 });
  for (let i = 0; i < image.data.length; i++) image.data[i] = Math.floor(random() * 256);
  const bytes = await encoder.encode(image, { codec });
  t.true(bytes.length > 300 * 200 * 4.9);
  t.deepEqual((await decoder.decode(bytes, { colorSpec: "UNCHANGED" })).data, image.data);
});
