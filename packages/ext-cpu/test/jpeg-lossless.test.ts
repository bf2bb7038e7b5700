/** Lossless JPEG: conformance, exact round trips of everything it holds, what it refuses, and what becomes of damage. */
import {
  type DecodeError,
  Decoder,
  type EncodeError,
  type EncodeOptions,
  Image,
  type Metadata,
  Registry,
} from "@polycodec/core";
import { drawPicture, seededRandom, testBackend } from "@polycodec/core/testing";
import { extension } from "@polycodec/ext-cpu/extension";
import test from "ava";
import { drawn, jpegOf, markerAt, scansOf, slice, withDecoders } from "./subject.js";

const registry = new Registry().use(withDecoders("libjpeg-turbo", "jpeg-lossless", "jpeg-12bit"));
const openDecoder = () => new Decoder({ registry });

const LOSSLESS = { qualityType: "LOSSLESS" } as const;
const AS_STORED = { colorSpec: "UNCHANGED", allowAnyDepth: true } as const;
const lossless = (picture: Image, jpeg: EncodeOptions["jpeg"] = {}) => jpegOf(picture, { ...LOSSLESS, jpeg });

const run = (name: string, body: () => Promise<void>) =>
  test(name, async (t) => {
    await body();
    t.pass();
  });
testBackend(run, {
  extension,
  codec: "jpeg",
  decoder: "jpeg-lossless",
  encoder: "jpeg-lossless",
  encodeOptions: LOSSLESS,
  scales: true,
});
testBackend((name, body) => run(`restart markers, predictor 6: ${name}`, body), {
  extension,
  codec: "jpeg",
  decoder: "jpeg-lossless",
  encoder: "jpeg-lossless",
  encodeOptions: { ...LOSSLESS, jpeg: { predictor: 6, restartRows: 3 } },
});

/** Samples of `precision` bits: smooth, noisy, or jumping from one end to the other, by `kind`. */
function samplesOf(kind: number, width: number, height: number, channels: number, precision: number): Image {
  const random = seededRandom(kind * 100 + precision);
  const most = 2 ** precision - 1;
  const data = precision <= 8 ? new Uint8Array(width * height * channels) : new Uint16Array(width * height * channels);
  for (let i = 0; i < data.length; i++) {
    const x = Math.floor(i / channels) % width;
    data[i] = kind === 0 ? (most * x) / width : kind === 1 ? random() * (most + 1) : random() < 0.5 ? 0 : most;
  }
  return Image.from(data, {
    width,
    height,
    channels,
    precision,
    ...(channels === 4 ? { sampleFormat: "I_UNCHANGED", colorSpec: "CMYK" } : {}),
  });
}

test("what goes in comes out: 2 to 16 bits, 1 to 4 components, every predictor", async (t) => {
  using decoder = openDecoder();
  let pictures = 0;
  for (let precision = 2; precision <= 16; precision++) {
    for (let predictor = 1; predictor <= 7; predictor++) {
      const channels = 1 + ((precision + predictor) % 4);
      for (const kind of [0, 1, 2]) {
        const picture = samplesOf(kind, 23, 9, channels, precision);
        const back = await decoder.decode(await lossless(picture, { predictor }), AS_STORED);
        t.deepEqual(back.data, picture.data, `${precision} bits, ${channels} components, predictor ${predictor}`);
        t.deepEqual([back.precision, back.dtype], [precision, picture.dtype]);
        pictures++;
      }
    }
  }
  t.is(pictures, 15 * 7 * 3);
});

test("a difference of 32768, which has no bits behind its code", async (t) => {
  using decoder = openDecoder();
  const picture = Image.from(
    Uint16Array.from({ length: 64 }, (_, i) => (i % 2 ? 32_768 : 0)),
    { width: 8, height: 8 },
  );
  for (let predictor = 1; predictor <= 7; predictor++) {
    t.deepEqual((await decoder.decode(await lossless(picture, { predictor }), AS_STORED)).data, picture.data);
  }
});

test("the point transform leaves out the lowest bits, and nothing else", async (t) => {
  using decoder = openDecoder();
  for (const [precision, pointTransform] of [
    [8, 3],
    [12, 11],
    [16, 15],
    [16, 1],
  ] as const) {
    const picture = samplesOf(1, 40, 30, 3, precision);
    const back = await decoder.decode(await lossless(picture, { pointTransform, predictor: 7 }), AS_STORED);
    t.deepEqual(
      [...back.data],
      [...picture.data].map((sample) => (sample >> pointTransform) << pointTransform),
    );
  }
});

test("the order in memory makes no difference: planar, BGR, padded rows", async (t) => {
  const picture = drawPicture(61, 47, { dtype: "uint16" });
  const { width, height, data } = picture;
  const plane = width * height;
  const expected = await lossless(picture);
  const arranged = (place: (pixel: number, c: number) => number, length = plane * 3) => {
    const to = new Uint16Array(length);
    for (let i = 0; i < plane; i++) for (let c = 0; c < 3; c++) to[place(i, c)] = data[i * 3 + c]!;
    return to;
  };
  const bgr = Image.from(
    arranged((i, c) => i * 3 + 2 - c),
    { width, height, sampleFormat: "I_BGR" },
  );
  const planar = Image.from(
    arranged((i, c) => c * plane + i),
    { width, height, sampleFormat: "P_RGB" },
  );
  const row = width * 3 + 5;
  const place = (i: number, c: number) => Math.floor(i / width) * row + (i % width) * 3 + c;
  const padded = Image.from(arranged(place, row * height), { width, height, channels: 3, rowStride: 2 * row });
  for (const image of [bgr, planar, padded]) t.deepEqual(await lossless(image), expected, image.sampleFormat);
});

test("YCbCr stays YCbCr, and the colours are those of the same samples coded as RGB", async (t) => {
  using decoder = openDecoder();
  const rgb = await decoder.decode(await lossless(drawn(50, 40)));
  const yuv = await decoder.decode(await lossless(rgb), { colorSpec: "SYCC" });
  const coded = await lossless(yuv);
  t.deepEqual((await decoder.decode(coded, { colorSpec: "SYCC" })).data, yuv.data);
  t.deepEqual(
    (await decoder.decode(coded, { colorSpec: "GRAY" })).data,
    (await decoder.decode(await lossless(rgb), { colorSpec: "GRAY" })).data,
  );
  const back = await decoder.decode(coded);
  let most = 0;
  for (let i = 0; i < back.data.length; i++) most = Math.max(most, Math.abs(back.data[i]! - rgb.data[i]!));
  t.true(most <= 2, `${most}: the rounding of there and back`);
});

test("CMYK keeps its samples and whether they are inverted, and RGB of it follows", async (t) => {
  using decoder = openDecoder();
  for (const inverted of [false, true]) {
    const data = Uint8Array.of(0, 0, 0, inverted ? 255 : 0, 51, 102, 153, 204);
    const picture = Image.from(data, {
      width: 2,
      height: 1,
      sampleFormat: "I_UNCHANGED",
      channels: 4,
      colorSpec: "CMYK",
      inverted,
    });
    const bytes = await lossless(picture);
    const back = await decoder.decode(bytes, AS_STORED);
    t.deepEqual([back.data, back.inverted, back.colorSpec], [data, inverted, "CMYK"]);
    const expected = inverted ? [0, 0, 0, 41, 82, 122] : [255, 255, 255, 41, 31, 20];
    t.deepEqual([...(await decoder.decode(bytes)).data], expected);
  }
});

test("16 bits as 8, as gray, as floats' uint16: the default output is 8 bits", async (t) => {
  using decoder = openDecoder();
  const picture = samplesOf(1, 31, 17, 1, 16);
  const bytes = await lossless(picture);
  const eight = await decoder.decode(bytes, { colorSpec: "GRAY" });
  t.is(eight.dtype, "uint8");
  t.deepEqual(
    [...eight.data],
    [...picture.data].map((sample) => Math.round(sample / 257)),
  );
});

test("a scaled picture holds the means, and its regions are parts of it", async (t) => {
  using decoder = openDecoder();
  const picture = samplesOf(1, 21, 13, 1, 12);
  const bytes = await lossless(picture);
  const small = await decoder.decode(bytes, { ...AS_STORED, scale: 4 });
  t.deepEqual([small.width, small.height], [6, 4]);
  const mean = (y0: number, x0: number) => {
    const samples = [];
    for (let y = y0; y < Math.min(y0 + 4, 13); y++)
      for (let x = x0; x < Math.min(x0 + 4, 21); x++) samples.push(picture.data[y * 21 + x]!);
    return Math.floor((samples.reduce((a, b) => a + b) + Math.floor(samples.length / 2)) / samples.length);
  };
  t.deepEqual(
    [...small.data],
    Array.from({ length: 24 }, (_, i) => mean(4 * Math.floor(i / 6), 4 * (i % 6))),
  );
  const color = await lossless(drawn(90, 70));
  const half = await decoder.decode(color, { scale: 2 });
  const part = await decoder.decode(color, { scale: 2, region: { start: [10, 20], end: [60, 84] } });
  t.deepEqual(part.packed(), slice(half, 5, 10, 30, 42));
});

test("metadata is written and read", async (t) => {
  using decoder = openDecoder();
  const metadata: Metadata[] = [
    { kind: "COMMENT", format: "RAW", id: 0, bytes: new TextEncoder().encode("drawn") },
    { kind: "ICC_PROFILE", format: "RAW", id: 0, bytes: new Uint8Array(100_000).fill(7) },
  ];
  const read = await decoder.getMetadata(await jpegOf(drawn(16, 16), { ...LOSSLESS, metadata }));
  for (const { kind, bytes } of metadata)
    t.deepEqual(Uint8Array.from(read.find((piece) => piece.kind === kind)!.bytes), Uint8Array.from(bytes));
});

test("what would lose, or has no place in a lossless JPEG, is refused with its reason", async (t) => {
  const refusal = async (picture: Image, options: Omit<EncodeOptions, "codec">) => {
    const error = (await t.throwsAsync(jpegOf(picture, { ...LOSSLESS, ...options }))) as EncodeError;
    const { status, message } = error.attempts.find(({ backend }) => backend === "jpeg-lossless")!;
    return status === "FAIL" ? message : status;
  };
  const rgb = drawn(10, 8);
  t.is(await refusal(rgb, { chromaSubsampling: "CSS_420" }), "SAMPLING_UNSUPPORTED");
  t.is(await refusal(rgb, { colorSpec: "SYCC" }), "COLOR_SPEC_UNSUPPORTED");
  t.is(await refusal(rgb, { colorSpec: "GRAY" }), "COLOR_SPEC_UNSUPPORTED");
  t.is(await refusal(rgb, { jpeg: { progressive: true } }), "ENCODING_UNSUPPORTED");
  t.is(await refusal(drawPicture(4, 4, { sampleFormat: "I_RGBA" }), {}), "SAMPLE_FORMAT_UNSUPPORTED");
  t.is(await refusal(Image.from(new Float32Array(4), { width: 2, height: 2 }), {}), "SAMPLE_TYPE_UNSUPPORTED");
  t.regex((await refusal(rgb, { jpeg: { pointTransform: 8 } }))!, /point transform 8 at 8 bits/);
  t.regex((await refusal(rgb, { jpeg: { restartInterval: 15 } }))!, /multiple of the 10 pixels of a row/);
  const loud = Image.from(Uint16Array.of(1, 5000), { width: 1, height: 2, precision: 12 });
  t.regex((await refusal(loud, {}))!, /row 1 of 2: a sample of more than 12 bits/);
  await t.throwsAsync(lossless(rgb, { predictor: 0 }), { instanceOf: RangeError });
});

test("a file cut short: an error that names the row, or what is above it with a warning", async (t) => {
  using decoder = openDecoder();
  const picture = drawn(60, 50);
  const bytes = await lossless(picture);
  const cut = bytes.subarray(0, bytes.length / 2);
  const error = (await t.throwsAsync(decoder.decode(cut))) as DecodeError;
  const attempt = error.attempts.find(({ backend }) => backend === "jpeg-lossless")!;
  t.is(attempt.status, "IMAGE_TRUNCATED");
  const row = Number(/row (\d+) of 50: the coded data ends/.exec(attempt.message!)![1]);
  t.true(row > 10 && row < 40);
  const partial = await decoder.decode(cut, { onTruncated: "partial" });
  t.regex(partial.warnings[0]!, new RegExp(`row ${row} of 50`));
  t.deepEqual(slice(partial, 0, 0, row, 60), slice(picture, 0, 0, row, 60));
  t.true(slice(partial, row, 0, 50, 60).every((sample) => sample === 128));
});

test("of a region no more rows are read than it needs: what comes after may be missing", async (t) => {
  using decoder = openDecoder();
  const picture = drawn(60, 50);
  const bytes = await lossless(picture, { restartRows: 2 });
  const cut = bytes.subarray(0, Math.floor(bytes.length * 0.6));
  const region = { start: [3, 5], end: [20, 44] } as const;
  const part = await decoder.decode(cut, { region });
  t.deepEqual(part.packed(), slice(picture, 3, 5, 20, 44));
  t.deepEqual(part.warnings, []);
  await t.throwsAsync(decoder.decode(cut, { region: { ...region, end: [50, 44] } }), {
    code: "ERR_POLYCODEC_TRUNCATED",
  });
});

test("damage is found: a missing restart marker, a code that is none, a sample of too many bits, an odd interval", async (t) => {
  using decoder = openDecoder();
  const reason = async (bytes: Uint8Array) => {
    const error = (await t.throwsAsync(decoder.decode(bytes))) as DecodeError;
    const { status, message } = error.attempts.find(({ backend }) => backend === "jpeg-lossless")!;
    return `${status} ${message}`;
  };
  const bytes = await lossless(drawn(40, 32), { restartRows: 4 });
  const changed = (change: (copy: Uint8Array) => void) => {
    const copy = bytes.slice();
    change(copy);
    return copy;
  };
  const scan = scansOf(bytes)[0]!;
  const restart = bytes.findIndex((byte, i) => i > scan && byte === 0xff && bytes[i + 1] === 0xd2);
  t.regex(
    await reason(changed((copy) => void (copy[restart + 1] = 0xd5))),
    /^IMAGE_CORRUPTED row 12 of 32: marker FFD5, the restart marker FFD2/,
  );
  const interval = markerAt(bytes, 0xffdd);
  t.regex(
    await reason(changed((copy) => void (copy[interval + 5] = 161))),
    /^IMAGE_CORRUPTED restart interval 161, no multiple of the 40/,
  );
  t.regex(await reason(changed((copy) => copy.fill(0xfe, scan + 20, scan + 60))), /^IMAGE_CORRUPTED row \d+ of 32/);
  t.regex(await reason(changed((copy) => void (copy[scan + 11] = 8))), /^IMAGE_CORRUPTED scan header with predictor 8/);
});
