/** Plans: from headers and wishes to a layout, as a table. */
import test from "ava";
import { CodeStream } from "#core/code-stream/code-stream.js";
import { toStored } from "#core/image/transform.js";
import { DEFAULT_LIMITS } from "#core/limits.js";
import { type DecodeOptions, readDecodeParams } from "#core/params/decode-params.js";
import { type PlannedDecode, planDecode } from "#core/plan/decode-plan.js";
import { relax } from "#core/plan/relax.js";
import type { CodeStreamInfo, Rectangle } from "#core/plugin.js";
import { fakeStream } from "#core/testing/fake-backend.js";

const ycc: CodeStreamInfo = {
  codec: "jpeg",
  numImages: 1,
  width: 101,
  height: 67,
  channels: 3,
  dtype: "uint8",
  precision: 8,
  sampleFormat: "I_YUV",
  colorSpec: "SYCC",
  chromaSubsampling: "CSS_420",
  orientation: 1,
};
const gray: CodeStreamInfo = {
  ...ycc,
  channels: 1,
  sampleFormat: "I_Y",
  colorSpec: "GRAY",
  chromaSubsampling: "CSS_GRAY",
};
const cmyk: CodeStreamInfo = {
  ...ycc,
  channels: 4,
  sampleFormat: "I_UNCHANGED",
  colorSpec: "YCCK",
  chromaSubsampling: "CSS_444",
  inverted: true,
};
const deep: CodeStreamInfo = { ...gray, dtype: "uint16", precision: 12 };
const { source } = CodeStream.from(fakeStream(101, 67));
const plan = (info: CodeStreamInfo, options: DecodeOptions = {}): PlannedDecode =>
  planDecode(
    source,
    info,
    undefined,
    readDecodeParams({ memory: "transferable", ...options }, DEFAULT_LIMITS),
    undefined,
  );
const rectangle = (y0: number, x0: number, y1: number, x1: number): Rectangle => ({ start: [y0, x0], end: [y1, x1] });

const formats: readonly (readonly [string, CodeStreamInfo, DecodeOptions, object])[] = [
  [
    "default",
    ycc,
    {},
    { sampleFormat: "I_RGB", colorSpec: "SRGB", channels: 3, dtype: "uint8", rowStride: 303, planeStride: 0 },
  ],
  ["gray file by default", gray, {}, { sampleFormat: "I_RGB", colorSpec: "SRGB", channels: 3 }],
  ["GRAY", ycc, { colorSpec: "GRAY" }, { sampleFormat: "I_Y", colorSpec: "GRAY", channels: 1, rowStride: 101 }],
  ["SYCC", ycc, { colorSpec: "SYCC" }, { sampleFormat: "I_YUV", colorSpec: "SYCC", channels: 3 }],
  ["planar YUV", ycc, { sampleFormat: "P_YUV" }, { sampleFormat: "P_YUV", rowStride: 101, planeStride: 101 * 67 }],
  ["RGBA", ycc, { sampleFormat: "I_RGBA" }, { channels: 4, rowStride: 404 }],
  ["unchanged YCbCr is RGB", ycc, { colorSpec: "UNCHANGED" }, { sampleFormat: "I_RGB", colorSpec: "SRGB" }],
  ["unchanged gray", gray, { colorSpec: "UNCHANGED" }, { sampleFormat: "I_Y", colorSpec: "GRAY", channels: 1 }],
  ["unchanged planar gray is as interleaved", gray, { sampleFormat: "P_UNCHANGED" }, { channels: 1 }],
  [
    "unchanged YCCK is CMYK",
    cmyk,
    { colorSpec: "UNCHANGED" },
    { sampleFormat: "I_UNCHANGED", colorSpec: "CMYK", channels: 4, rowStride: 404 },
  ],
  [
    "unchanged planar CMYK",
    cmyk,
    { sampleFormat: "P_UNCHANGED" },
    { sampleFormat: "P_UNCHANGED", colorSpec: "CMYK", planeStride: 101 * 67 },
  ],
  ["deep becomes 8 bits", deep, { colorSpec: "UNCHANGED" }, { dtype: "uint8", precision: 8, rowStride: 101 }],
  [
    "deep kept",
    deep,
    { colorSpec: "UNCHANGED", allowAnyDepth: true },
    { dtype: "uint16", precision: 12, rowStride: 202 },
  ],
];
for (const [what, info, options, expected] of formats) {
  test(`output format: ${what}`, (t) => {
    t.like(plan(info, options).output, expected);
  });
}

test("a scaled picture has its sides divided and rounded up, and swapped by orientation from 5 on", (t) => {
  for (const [scale, width, height] of [
    [1, 101, 67],
    [2, 51, 34],
    [4, 26, 17],
    [8, 13, 9],
  ] as const) {
    t.like(plan(ycc, { scale }).output, { width, height });
    t.like(plan({ ...ycc, orientation: 6 }, { scale }).output, { width: height, height: width });
    t.like(plan({ ...ycc, orientation: 6 }, { scale, applyExifOrientation: false }), {
      orientation: 1,
      output: { width, height },
    });
  }
});

test("a region is widened to whole pixels of the scaled picture", (t) => {
  t.like(plan(ycc, { scale: 4, region: rectangle(3, 5, 9, 11) }), {
    region: rectangle(0, 1, 3, 3),
    output: { width: 2, height: 3 },
  });
  t.like(plan(ycc, { scale: 8, region: rectangle(64, 96, 67, 101) }), {
    region: rectangle(8, 12, 9, 13),
    output: { width: 1, height: 1 },
  });
});

test("a region of the displayed picture is found in the stored one: every pixel of every orientation", (t) => {
  // The definition: where pixel (y, x) of the displayed picture comes from.
  const [width, height] = [5, 3];
  const from: Record<number, (y: number, x: number) => [number, number]> = {
    1: (y, x) => [y, x],
    2: (y, x) => [y, width - 1 - x],
    3: (y, x) => [height - 1 - y, width - 1 - x],
    4: (y, x) => [height - 1 - y, x],
    5: (y, x) => [x, y],
    6: (y, x) => [height - 1 - x, y],
    7: (y, x) => [height - 1 - x, width - 1 - y],
    8: (y, x) => [x, width - 1 - y],
  };
  for (let orientation = 1; orientation <= 8; orientation++) {
    const [shownWidth, shownHeight] = orientation >= 5 ? [height, width] : [width, height];
    for (let y = 0; y < shownHeight; y++) {
      for (let x = 0; x < shownWidth; x++) {
        const [sy, sx] = from[orientation]!(y, x);
        t.deepEqual(
          toStored(rectangle(y, x, y + 1, x + 1), width, height, orientation),
          rectangle(sy, sx, sy + 1, sx + 1),
          `orientation ${orientation}`,
        );
      }
    }
    t.deepEqual(
      toStored(rectangle(0, 0, shownHeight, shownWidth), width, height, orientation),
      rectangle(0, 0, height, width),
    );
  }
});

test("a region past the edge: the target is as asked, the backend gets the part with a picture in it", (t) => {
  const task = plan(ycc, { region: { ...rectangle(-2, -3, 10, 20), outOfBoundsSamples: [9] } });
  t.like(task, {
    region: rectangle(0, 0, 10, 20),
    targetOffset: 2 * 23 * 3 + 3 * 3,
    target: { width: 23, height: 12, rowStride: 69 },
    final: { width: 20, height: 10, rowStride: 69 },
  });
  const { pixels } = task;
  t.is(pixels.byteOffset, 2 * 69 + 9);
  t.true(task.memory().every((sample) => sample === 9));
  t.is(plan(ycc, { region: rectangle(0, 0, 67, 101) }).outOfBounds, undefined);
  const planar = plan(ycc, { sampleFormat: "P_RGB", region: rectangle(60, 90, 70, 110) });
  t.like(planar, {
    targetOffset: 0,
    region: rectangle(60, 90, 67, 101),
    final: { width: 11, height: 7, rowStride: 20, planeStride: 200 },
  });
});

test("a region wholly outside has nothing to decode", (t) => {
  const task = plan(ycc, { region: { ...rectangle(100, 200, 110, 210), outOfBoundsSamples: [1, 2, 3] } });
  t.true(task.isEmpty);
  t.deepEqual([...task.memory().subarray(0, 6)], [1, 2, 3, 1, 2, 3]);
  t.like(task.target, { width: 10, height: 10 });
});

test("limits hold for pixels before scaling, and for bytes of what is produced", (t) => {
  const limit = { code: "ERR_POLYCODEC_LIMIT_EXCEEDED" };
  t.throws(() => plan(ycc, { scale: 8, limits: { maxPixels: 6766 } }), limit);
  t.notThrows(() => plan(ycc, { limits: { maxPixels: 6767 } }));
  t.throws(() => plan(ycc, { limits: { maxDecodedBytes: 101 * 67 * 3 - 1 } }), limit);
  t.notThrows(() => plan(ycc, { limits: { maxDecodedBytes: 101 * 67 * 3 } }));
  t.throws(
    () => plan(ycc, { region: rectangle(-20_000, -20_000, 20_000, 20_000) }),
    limit,
    "a region past the edge costs what it covers",
  );
});

test("relaxing orientation: the backend gives the stored picture, core turns it", (t) => {
  const task = plan({ ...ycc, orientation: 6 }, { region: rectangle(10, 20, 40, 60) });
  t.like(task.output, { width: 40, height: 30 });
  const plainer = relax(task, "ORIENTATION_UNSUPPORTED")!;
  t.like(plainer, {
    orientation: 1,
    region: task.region,
    output: { width: 30, height: 40, rowStride: 90 },
    transform: { orientation: 6, y0: 0, x0: 0 },
    final: { width: 40, height: 30 },
  });
  t.is(relax(plainer, "ORIENTATION_UNSUPPORTED"), undefined);
});

test("relaxing the region, before or after the orientation: whole picture, cropped and then turned by core", (t) => {
  const task = plan({ ...ycc, orientation: 6 }, { region: rectangle(10, 20, 40, 60) });
  const {
    start: [y0, x0],
  } = task.region!;
  const expected = {
    orientation: 1,
    region: undefined,
    output: { width: 101, height: 67 },
    transform: { orientation: 6, y0, x0 },
  };
  t.like(relax(task, "ROI_UNSUPPORTED"), expected);
  t.like(relax(relax(task, "ORIENTATION_UNSUPPORTED")!, "ROI_UNSUPPORTED"), expected);
  t.is(relax(plan(ycc), "ROI_UNSUPPORTED"), undefined);
});

test("relaxing the format keeps what was relaxed before, and never asks for what core cannot convert", (t) => {
  const rgb: CodeStreamInfo = { ...ycc, colorSpec: "SRGB", sampleFormat: "I_RGB" };
  const task = plan({ ...rgb, orientation: 3 }, { sampleFormat: "P_BGR", region: rectangle(0, 0, 5, 6) });
  const plainer = relax(relax(task, "ROI_UNSUPPORTED")!, "SAMPLE_FORMAT_UNSUPPORTED")!;
  t.like(plainer, {
    output: { sampleFormat: "I_RGB", width: 101 },
    transform: { orientation: 3, y0: 62, x0: 95 },
    final: { sampleFormat: "P_BGR" },
  });
  t.is(relax(plan(rgb), "SAMPLE_FORMAT_UNSUPPORTED"), undefined, "nothing plainer than what was asked");
  t.is(relax(plan(cmyk), "COLOR_SPEC_UNSUPPORTED"), undefined, "core cannot make RGB of CMYK");
  t.like(relax(plan(deep), "SAMPLE_TYPE_UNSUPPORTED"), {
    output: { dtype: "uint16", precision: 12 },
    final: { dtype: "uint8" },
  });
});

test("a relaxed task that would need more scratch memory than allowed is not made", (t) => {
  const task = plan(ycc, { region: rectangle(0, 0, 1, 1), limits: { maxScratchBytes: 101 * 67 * 3 - 1 } });
  t.is(relax(task, "ROI_UNSUPPORTED"), undefined);
});
