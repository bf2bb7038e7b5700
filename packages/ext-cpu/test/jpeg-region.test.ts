/** Regions and bands of an image equal the same part of the whole, bit for bit. */
import { seededRandom } from "@polycodec/core/testing";
import test from "ava";
import { drawn, jpegOf, openDecoder, scansOf, slice } from "./subject.js";

const samplings = ["CSS_444", "CSS_422", "CSS_420", "CSS_440", "CSS_411", "CSS_410", "CSS_GRAY"] as const;

for (const scale of [1, 2, 4, 8] as const) {
  test(`a region equals the slice of the whole at 1/${scale}, in every sampling, baseline and progressive`, async (t) => {
    // libjpeg-turbo 2.1.5 gets cropped widths wrong at reduced scales where chroma is 2x4 or 4x2 of luma, and its
    // upsampling and smoothing look across the edge of a crop.
    using decoder = openDecoder();
    const picture = drawn(181, 141);
    const random = seededRandom(scale);
    for (const chromaSubsampling of samplings) {
      const progressive = await jpegOf(picture, { chromaSubsampling, jpeg: { progressive: true } });
      // Two scans only: smoothing is at work.
      const few = Buffer.concat([progressive.subarray(0, scansOf(progressive)[2]), Buffer.from([0xff, 0xd9])]);
      const files = [
        await jpegOf(picture, { chromaSubsampling }),
        await jpegOf(picture, { chromaSubsampling, jpeg: { restartRows: 1 } }),
        progressive,
        few,
      ];
      for (const [i, bytes] of files.entries()) {
        const whole = await decoder.decode(bytes, { scale });
        const { width, height } = whole;
        const places = [
          [0, 0, 1, 1],
          [height - 1, width - 1, height, width],
          [0, width - 1, height, width],
          [height - 1, 0, height, width],
        ];
        for (let n = 0; n < 12; n++) {
          const y0 = Math.floor(random() * height);
          const x0 = Math.floor(random() * width);
          places.push([
            y0,
            x0,
            y0 + 1 + Math.floor(random() * (height - y0)),
            x0 + 1 + Math.floor(random() * (width - x0)),
          ]);
        }
        for (const [y0, x0, y1, x1] of places as [number, number, number, number][]) {
          const region = {
            start: [y0 * scale, x0 * scale] as const,
            end: [Math.min(y1 * scale, 141), Math.min(x1 * scale, 181)] as const,
          };
          const part = await decoder.decode(bytes, { scale, region });
          if (Buffer.compare(part.bytes, slice(whole, y0, x0, y1, x1)) !== 0)
            return t.fail(`${chromaSubsampling}, file ${i}: [${y0}, ${x0}] to [${y1}, ${x1}]`);
        }
      }
    }
    t.pass();
  });
}

test("one large image decoded in bands by several threads equals the one decoded by one", async (t) => {
  using many = openDecoder({ maxCpuThreads: 3 });
  using one = openDecoder({ maxCpuThreads: 1 });
  const picture = drawn(1531, 1013);
  for (const [chromaSubsampling, jpeg] of [
    ["CSS_420", { restartRows: 1 }],
    ["CSS_420", { restartRows: 3 }],
    ["CSS_422", { restartRows: 1 }],
    ["CSS_440", { restartRows: 1 }],
    ["CSS_444", { restartInterval: 48 }],
    ["CSS_410", { restartRows: 2 }],
    ["CSS_GRAY", { restartRows: 1 }],
    ["CSS_420", { restartInterval: 7 }],
  ] as const) {
    const bytes = await jpegOf(picture, { chromaSubsampling, jpeg });
    for (const scale of [1, 2] as const) {
      const expected = await one.decode(bytes, { scale });
      const got = await many.decode(bytes, { scale });
      t.is(Buffer.compare(got.bytes, expected.bytes), 0, `${chromaSubsampling} ${JSON.stringify(jpeg)} 1/${scale}`);
      t.deepEqual(got.warnings, expected.warnings);
    }
  }
});

test("a large image whose restart markers are damaged gives what one thread gives", async (t) => {
  using many = openDecoder({ maxCpuThreads: 3 });
  using one = openDecoder({ maxCpuThreads: 1 });
  const whole = await jpegOf(drawn(1531, 1013), { chromaSubsampling: "CSS_420", jpeg: { restartRows: 1 } });
  const random = seededRandom(5);
  for (let i = 0; i < 8; i++) {
    const bytes = whole.slice();
    for (let k = 0; k < 3; k++) bytes[1000 + Math.floor(random() * (bytes.length - 1000))] = Math.floor(random() * 256);
    const [a, b] = await Promise.allSettled([many.decode(bytes), one.decode(bytes)]);
    t.is(a.status, b.status);
    if (a.status === "fulfilled" && b.status === "fulfilled") {
      t.is(Buffer.compare(a.value.bytes, b.value.bytes), 0, `damage ${i}`);
      t.deepEqual(a.value.warnings, b.value.warnings);
    }
  }
});
