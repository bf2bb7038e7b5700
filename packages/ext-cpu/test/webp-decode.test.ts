/** What is particular to WebP decoding: truncation, regions of interpolated colour, animations. */
import { type Image, Image as Images } from "@polycodec/core";
import { drawPicture, seededRandom } from "@polycodec/core/testing";
import test from "ava";
import { openDecoder, openEncoder, slice } from "./subject.js";
import { animation, chunk, pictureChunks, riff, vp8x } from "./webp-bytes.js";

const lossless = { codec: "webp", qualityType: "LOSSLESS" } as const;
const lossy = { codec: "webp", quality: 80 } as const;

async function webpOf(picture: Image, options: typeof lossless | typeof lossy): Promise<Uint8Array> {
  using encoder = openEncoder();
  return await encoder.encode(picture, options);
}

const translucent = (width: number, height: number, seed = 1) =>
  drawPicture(width, height, { seed, sampleFormat: "I_RGBA" });

/** All of one colour: red, green, blue, alpha. */
function plain(width: number, height: number, color: readonly number[]): Image {
  const data = Uint8Array.from({ length: width * height * 4 }, (_, i) => color[i % 4]!);
  return Images.from(data, { width, height, channels: 4, sampleFormat: "I_RGBA" });
}

for (const [name, options] of Object.entries({ lossless, lossy })) {
  test(`${name}: a picture cut short is an error, or its first rows, with a warning that counts them`, async (t) => {
    const bytes = await webpOf(translucent(150, 200), options);
    using decoder = openDecoder();
    const whole = await decoder.decode(bytes, { colorSpec: "UNCHANGED" });
    // Alpha comes first in a lossy file, and is most of this one.
    const half = bytes.subarray(0, Math.floor(bytes.length * (options === lossy ? 0.95 : 0.7)));
    await t.throwsAsync(decoder.decode(half), { code: "ERR_POLYCODEC_TRUNCATED" });
    const part = await decoder.decode(half, { colorSpec: "UNCHANGED", onTruncated: "partial" });
    const rows = Number(/ends after row (\d+) of 200/.exec(part.warnings.join())?.[1]);
    t.true(rows > 20 && rows < 200, part.warnings.join());
    const at = rows * 150 * 4;
    t.deepEqual(part.bytes.subarray(0, at), whole.bytes.subarray(0, at));
    t.true(part.bytes.subarray(at).every((sample) => sample === 0));

    const region = { start: [5, 7], end: [195, 143] } as const;
    const cut = await decoder.decode(half, { colorSpec: "UNCHANGED", onTruncated: "partial", region });
    const there = (rows - 4 - 5) * 136 * 4; // libwebp holds a row or two back for interpolation
    t.deepEqual(cut.bytes.subarray(0, there), slice(whole, 5, 7, rows - 4, 143));
    t.true(cut.bytes.subarray((rows + 2) * 136 * 4).every((sample) => sample === 0));
  });

  test(`${name}: regions with alpha equal the slice of the whole, wherever they begin`, async (t) => {
    const bytes = await webpOf(translucent(61, 47), options);
    using decoder = openDecoder();
    const whole = await decoder.decode(bytes, { colorSpec: "UNCHANGED" });
    const random = seededRandom(5);
    const below = (n: number) => Math.floor(random() * n);
    for (let i = 0; i < 200; i++) {
      const [y0, x0] = [below(47), below(61)];
      const [y1, x1] = [y0 + 1 + below(47 - y0), x0 + 1 + below(61 - x0)];
      const part = await decoder.decode(bytes, { colorSpec: "UNCHANGED", region: { start: [y0, x0], end: [y1, x1] } });
      t.deepEqual(part.bytes, slice(whole, y0, x0, y1, x1), `${[y0, x0, y1, x1]}`);
    }
  });

  test(`${name}: a region at a scale is the slice of the scaled picture`, async (t) => {
    const bytes = await webpOf(translucent(101, 83), options);
    using decoder = openDecoder();
    for (const scale of [2, 4, 8] as const) {
      const whole = await decoder.decode(bytes, { scale });
      const part = await decoder.decode(bytes, { scale, region: { start: [16, 24], end: [64, 80] } });
      t.deepEqual(part.bytes, slice(whole, 16 / scale, 24 / scale, 64 / scale, 80 / scale));
    }
  });
}

test("one large picture is fed in steps, with the same result", async (t) => {
  const picture = drawPicture(2100, 2050);
  for (const options of [lossy, { ...lossless, webp: { method: 0 } }]) {
    const bytes = await webpOf(picture, options);
    using decoder = openDecoder();
    const whole = await decoder.decode(bytes);
    const top = await decoder.decode(bytes, { region: { start: [0, 0], end: [2050, 1000] } });
    t.deepEqual(top.bytes, slice(whole, 0, 0, 2050, 1000));
    if (options === lossy) continue;
    t.deepEqual(whole.bytes, picture.bytes);
  }
});

test("scratch memory is limited before it is taken", async (t) => {
  const bytes = await webpOf(translucent(300, 200), lossless);
  using decoder = openDecoder();
  await t.throwsAsync(decoder.decode(bytes, { limits: { maxScratchBytes: 100_000 } }), {
    code: "ERR_POLYCODEC_LIMIT_EXCEEDED",
    message: /bytes of scratch memory/,
  });
});

test("frames are the canvas as it is shown: blended, replaced, cleared", async (t) => {
  const [red, blue, half] = [
    plain(8, 8, [255, 0, 0, 255]),
    plain(4, 4, [0, 0, 255, 255]),
    plain(4, 4, [0, 255, 0, 128]),
  ];
  const of = async (picture: Image) => ({
    webp: await webpOf(picture, lossless),
    width: picture.width,
    height: picture.height,
  });
  const bytes = animation(8, 8, [
    { ...(await of(red)) },
    { ...(await of(blue)), x: 2, y: 2, clears: true },
    { ...(await of(half)), x: 0, y: 0 },
    { ...(await of(half)), x: 4, y: 4, replaces: true },
    { ...(await of(red)), clears: true },
    { ...(await of(half)), x: 4, y: 0, durationMs: 70 },
  ]);
  using decoder = openDecoder();
  const at = async (imageIdx: number, y: number, x: number) => {
    const image = await decoder.decode(bytes, { imageIdx, colorSpec: "UNCHANGED" });
    t.deepEqual(image.shape, [8, 8, 4]);
    return [...image.bytes.subarray((y * 8 + x) * 4, (y * 8 + x) * 4 + 4)];
  };
  t.deepEqual(await at(0, 3, 3), [255, 0, 0, 255]);
  t.deepEqual(await at(1, 3, 3), [0, 0, 255, 255]);
  t.deepEqual(await at(1, 0, 0), [255, 0, 0, 255]);
  t.deepEqual(await at(2, 5, 5), [0, 0, 0, 0], "the second frame's place is cleared");
  t.deepEqual(await at(2, 3, 3), [0, 255, 0, 128], "over nothing, a colour stays as it is");
  const [r, g, b, a] = await at(2, 0, 0);
  t.true(Math.abs(r! - 127) <= 1 && Math.abs(g! - 128) <= 1 && b === 0 && a === 255, `${[r, g, b, a]}`);
  t.deepEqual(await at(3, 5, 5), [0, 255, 0, 128], "replaced, not blended");
  t.deepEqual(await at(3, 7, 0), [255, 0, 0, 255]);
  t.deepEqual(await at(4, 5, 5), [255, 0, 0, 255]);
  t.deepEqual(await at(5, 0, 4), [0, 255, 0, 128]);
  t.deepEqual(await at(5, 7, 7), [0, 0, 0, 0], "the whole canvas was cleared");
  await t.throwsAsync(decoder.decode(bytes, { imageIdx: 6 }), { message: /image 6 of a file of 6/ });
  const scaled = await decoder.decode(bytes, { imageIdx: 0, scale: 4, colorSpec: "UNCHANGED" });
  t.deepEqual(scaled.shape, [2, 2, 4]);
  t.deepEqual([...scaled.bytes], [...plain(2, 2, [255, 0, 0, 255]).bytes]);
});

test("only frames that are still seen are decoded: a damaged one under a cleared canvas disturbs nobody", async (t) => {
  const good = { webp: await webpOf(plain(6, 6, [9, 8, 7, 255]), lossless), width: 6, height: 6 };
  const broken = { ...good, webp: good.webp.map((byte, i) => (i > 26 ? 0xff : byte)) };
  using decoder = openDecoder();
  const cleared = animation(6, 6, [{ ...broken, clears: true }, good]);
  t.deepEqual([...(await decoder.decode(cleared, { imageIdx: 1 })).bytes.subarray(0, 3)], [9, 8, 7]);
  await t.throwsAsync(decoder.decode(cleared), { code: "ERR_POLYCODEC_CORRUPTED" });
  const seen = animation(6, 6, [broken, { ...good, width: 6, height: 6 }, good]);
  t.deepEqual([...(await decoder.decode(seen, { imageIdx: 2 })).bytes.subarray(0, 3)], [9, 8, 7]);
});

test("frames drawn upon more pixels than maxScanPixels are refused; those upon nothing are not", async (t) => {
  const see = { webp: await webpOf(plain(10, 10, [1, 2, 3, 99]), lossless), width: 10, height: 10 };
  const bytes = animation(10, 10, [see, see, see, { ...see, replaces: true }]);
  using decoder = openDecoder();
  const limits = { maxScanPixels: 250 };
  await t.throwsAsync(decoder.decode(bytes, { imageIdx: 2, limits }), { code: "ERR_POLYCODEC_LIMIT_EXCEEDED" });
  await t.notThrowsAsync(decoder.decode(bytes, { imageIdx: 1, limits }));
  await t.notThrowsAsync(decoder.decode(bytes, { imageIdx: 3, limits }));
});

test("frames out of the canvas, of another size than said, and animations without frames are damaged", async (t) => {
  const frame = { webp: await webpOf(plain(4, 4, [1, 2, 3, 255]), lossless), width: 4, height: 4 };
  using decoder = openDecoder();
  const refused = async (bytes: Uint8Array, message: RegExp, code = "ERR_POLYCODEC_CORRUPTED") =>
    void (await t.throwsAsync(decoder.decode(bytes), { code, message }));
  await refused(animation(6, 6, [{ ...frame, x: 4 }]), /4 x 4 at \(4, 0\) reaches out of the canvas of 6 x 6/);
  await refused(animation(6, 6, [{ ...frame, width: 5 }]), /frame 0: headers disagree: 4 x 4, and 5 x 4/);
  await refused(animation(6, 6, []), /ends before its first frame/, "ERR_POLYCODEC_TRUNCATED");
  const other = riff(vp8x(5, 4, 0x10), pictureChunks(frame.webp));
  await refused(other, /a picture of 4x4 on a canvas of 5x4/);
  await refused(riff(chunk("ABCD", Buffer.alloc(8))), /a chunk "ABCD" where the picture is expected/);
});

test("an animation cut short has its whole frames, and a part of the last one on demand", async (t) => {
  const frame = { webp: await webpOf(translucent(64, 64), lossless), width: 64, height: 64, replaces: true };
  const bytes = animation(64, 64, [frame, frame]);
  const cut = bytes.subarray(0, bytes.length - frame.webp.length / 2);
  using decoder = openDecoder();
  t.deepEqual((await decoder.decode(cut, { imageIdx: 0 })).bytes, (await decoder.decode(bytes, { imageIdx: 0 })).bytes);
  await t.throwsAsync(decoder.decode(cut, { imageIdx: 1 }), { code: "ERR_POLYCODEC_TRUNCATED" });
  const part = await decoder.decode(cut, { imageIdx: 1, onTruncated: "partial" });
  t.regex(part.warnings.join(), /frame 1: ends after row \d+ of 64/);
});
