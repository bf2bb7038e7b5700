/**
 * Regions: what is decoded of a region is the slice of the whole picture, whatever the orientation, the scale and the
 * edges. The whole picture is decoded once, without orientation; what a region should hold is then looked up pixel by
 * pixel through the definition of the EXIF tag.
 */
import { CodeStream, Decoder, type Image, type Region } from "@polycodec/core";
import "@polycodec/ext-cpu";
import { seededRandom } from "@polycodec/core/testing";
import test from "ava";
import { jpegs8, read } from "./corpus.js";
import { corpusTest } from "./corpus-test.js";
import { shownSize, storedPlace, withExifOrientation } from "./exif-orientation.js";

const REGIONS = 30;
/** Sides are cut so that no region is larger than what is worth comparing pixel by pixel. */
const LONGEST_SIDE = 700;
const OUTSIDE = [11, 22, 33] as const;

/** A region of a picture of this size: single pixels, corners, edges, all of it if small, and chance; some reach out of it. */
function regionOf(i: number, width: number, height: number, step: number, random: () => number): Region {
  const side = (length: number) => 1 + Math.floor(random() * Math.min(length, LONGEST_SIDE));
  const place = (length: number) => Math.floor(random() * length);
  let [y0, x0, h, w] = [place(height), place(width), side(height), side(width)];
  switch (i % 10) {
    case 0:
      [h, w] = [1, 1];
      break;
    case 1:
      [y0, x0, h, w] = [height - 1, width - 1, 1, 1];
      break;
    case 2:
      [y0, x0] = [0, 0];
      break;
    case 3:
      [y0, x0] = [height - Math.min(h, height), width - Math.min(w, width)];
      break;
    case 4:
      [y0, x0, h, w] = [0, 0, Math.min(height, LONGEST_SIDE), 1];
      break;
    case 5:
      [y0, h] = [height - 1, 1];
      break;
    case 6:
      [y0, x0] = [y0 - h, x0 - w];
      break; // Reaches out at the top and to the left, or lies outside.
    case 7:
      [h, w] = [h + height - y0, w];
      break; // Reaches out at the bottom.
    default:
      [h, w] = [Math.min(h, height - y0), Math.min(w, width - x0)];
  }
  const down = (n: number) => Math.floor(n / step) * step;
  const start = [down(y0), down(x0)] as const;
  const end = [Math.max(start[0] + step, down(y0 + h)), Math.max(start[1] + step, down(x0 + w))] as const;
  return { start, end, outOfBoundsSamples: OUTSIDE };
}

/** The first pixel in which the decoded region is not what the whole picture says, as text. */
function fault(
  part: Image,
  whole: Image,
  { start, end }: Region,
  orientation: number,
  scale: number,
): string | undefined {
  const [y0, x0] = [Math.floor(start[0] / scale), Math.floor(start[1] / scale)];
  const [height, width] = [Math.ceil(end[0] / scale) - y0, Math.ceil(end[1] / scale) - x0];
  if (part.width !== width || part.height !== height || part.channels !== 3)
    return `is ${part.shape}, expected ${[height, width, 3]}`;
  const shown = shownSize(whole.width, whole.height, orientation);
  const { data } = part;
  const { data: from } = whole;
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += 3) {
      const [dy, dx] = [y0 + y, x0 + x];
      if (dy < 0 || dx < 0 || dy >= shown.height || dx >= shown.width) {
        if (data[at] !== OUTSIDE[0] || data[at + 1] !== OUTSIDE[1] || data[at + 2] !== OUTSIDE[2])
          return `outside at row ${y} column ${x}: ${[...data.subarray(at, at + 3)]}`;
        continue;
      }
      const [sy, sx] = storedPlace(dy, dx, whole.width, whole.height, orientation);
      const i = (sy * whole.width + sx) * 3;
      if (data[at] !== from[i] || data[at + 1] !== from[i + 1] || data[at + 2] !== from[i + 2]) {
        return `at row ${y} column ${x}: ${[...data.subarray(at, at + 3)]}, expected ${[...from.subarray(i, i + 3)]}`;
      }
    }
  }
  return undefined;
}

for (const scale of [1, 2, 4, 8] as const) {
  corpusTest(
    `regions at 1/${scale} equal the slice of the whole, in every orientation, and are filled outside`,
    async (t) => {
      using decoder = new Decoder();
      const failures: string[] = [];
      let compared = 0;
      for (const file of jpegs8) {
        const bytes = read(file);
        const [whole] = await decoder.decode([bytes], { applyExifOrientation: false, scale });
        if (whole!.status === "rejected") continue; // Those that are not strict; corpus.test.ts tells.
        const random = seededRandom(file.bytes + scale);
        const count = scale === 1 ? REGIONS : REGIONS / 3;
        const cases = Array.from({ length: count }, (_, i) => {
          // Every ninth takes the file as it is, the others the orientations in turn, beginning elsewhere with each file.
          const own = i % 9 === 8;
          const forced = ((i + file.bytes) % 8) + 1;
          const stream = CodeStream.from(own ? bytes : withExifOrientation(bytes, forced));
          const { orientation } = stream;
          const { width, height } = shownSize(file.width, file.height, orientation);
          return {
            stream,
            orientation,
            expected: own ? orientation : forced,
            region: regionOf(i, width, height, scale, random),
          };
        });
        const results = await decoder.decode(
          cases.map(({ stream, region }) => stream.region(region)),
          { scale },
        );
        for (const [i, result] of results.entries()) {
          const { orientation, expected, region } = cases[i]!;
          compared++;
          const what =
            result.status === "rejected"
              ? result.reason.message
              : orientation !== expected
                ? `orientation ${orientation}, expected ${expected}`
                : fault(result.value, whole!.value, region, orientation, scale);
          if (what !== undefined)
            failures.push(`${file.path} [${region.start}] to [${region.end}], orientation ${orientation}: ${what}`);
          if (result.status === "fulfilled") result.value.release();
        }
        whole!.value.release();
      }
      t.log(`${compared} regions of ${jpegs8.length} files, ${failures.length} differ`);
      t.deepEqual(failures.slice(0, 20), []);
    },
  );
}

corpusTest("a region as an option, of planar and gray pictures, and a region of a region", async (t) => {
  using decoder = new Decoder();
  const file = jpegs8.find(({ path }) => path.includes("fox410"))!;
  const bytes = read(file);
  const whole = await decoder.decode(bytes, { sampleFormat: "P_RGB" });
  const region = { start: [10, 20], end: [50, 90], outOfBoundsSamples: [0] } as const;
  const part = await decoder.decode(bytes, { region, sampleFormat: "P_RGB" });
  t.deepEqual(part.shape, [3, 40, 70]);
  for (const [c, y, x] of [
    [0, 0, 0],
    [1, 17, 33],
    [2, 39, 69],
  ] as const) {
    t.is(part.data[(c * 40 + y) * 70 + x], whole.data[(c * whole.height + y + 10) * whole.width + x + 20]);
  }
  const gray = await decoder.decode(bytes, { region, colorSpec: "GRAY" });
  const wholeGray = await decoder.decode(bytes, { colorSpec: "GRAY" });
  t.is(gray.data[0], wholeGray.data[10 * wholeGray.width + 20]!);
  const stream = CodeStream.from(bytes).region(region);
  t.throws(() => stream.region({ start: [0, 0], end: [1, 1] }), { instanceOf: TypeError });
  await t.throwsAsync(decoder.decode(stream, { region }), { instanceOf: TypeError, message: /another region/ });
});

test("the orientation segment that these tests insert is one that the parser reads", (t) => {
  for (let orientation = 1; orientation <= 8; orientation++) {
    const frame = [0xff, 0xc0, 0, 11, 8, 0, 3, 0, 5, 1, 1, 0x11, 0, 0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0];
    t.is(
      CodeStream.from(withExifOrientation(Uint8Array.from([0xff, 0xd8, ...frame]), orientation)).orientation,
      orientation,
    );
  }
});
