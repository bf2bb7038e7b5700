/** Every JPEG of the corpus against the manifest, against djpeg of the same library, and every broken one. */
import { Decoder, ERROR_CODES, PolycodecError } from "@polycodec/core";
import "@polycodec/ext-cpu";
import test from "ava";
import { type CorpusFile, files, jpegs, pathOf, read } from "./corpus.js";
import { corpusTest } from "./corpus-test.js";
import { has, pipe, readPnm } from "./programs.js";

const strict = jpegs.filter(
  (file) =>
    file.strict &&
    file.expect === "ok" &&
    file.bit_depth === 8 &&
    (file.path.startsWith("jpeg/") || file.path.endsWith(".jpg")),
);
const isCmyk = ({ tags }: CorpusFile) => tags.includes("cmyk") || tags.includes("ycck");

/** What was compared, for the table at the end. */
const table: Record<string, { files: number; agree: number }> = {};
/** Counts a file; what disagrees is added to `failures`, so that a test tells of all of it at once. */
function count(row: string, agrees: boolean, failures: string[] = [], failure = ""): void {
  const line = (table[row] ??= { files: 0, agree: 0 });
  line.files++;
  if (agrees) line.agree++;
  else failures.push(failure);
}

/** The means of the samples as stored. Pillow inverts CMYK; imagecodecs gives what libjpeg does. */
function storedMeans(file: CorpusFile): readonly number[] {
  return (isCmyk(file) ? file.others!["imagecodecs.jpeg8"]?.mean : undefined) ?? file.oracle!.mean;
}

/** The mean of each channel of interleaved samples. */
function means(data: ArrayLike<number>, channels: number): number[] {
  const sums = new Array<number>(channels).fill(0);
  for (let i = 0; i < data.length; i += channels) for (let c = 0; c < channels; c++) sums[c]! += data[i + c]!;
  return sums.map((sum) => (sum * channels) / data.length);
}

corpusTest(
  "as stored, every JPEG has the manifest's shape, and the oracle's means within 1 (CMYK within 3)",
  async (t) => {
    t.is(strict.length, 188);
    const failures: string[] = [];
    using decoder = new Decoder();
    for (let start = 0; start < strict.length; start += 16) {
      const share = strict.slice(start, start + 16);
      const results = await decoder.decode(share.map(pathOf), { applyExifOrientation: false, colorSpec: "UNCHANGED" });
      for (const [i, result] of results.entries()) {
        const { path, oracle } = share[i]!;
        const kind = isCmyk(share[i]!) ? "CMYK and YCCK" : share[i]!.channels === 1 ? "gray" : "colour";
        if (result.status === "rejected") {
          count(`means, ${kind}`, false, failures, `${path}: ${result.reason.message}`);
          continue;
        }
        using image = result.value;
        const shape = image.channels === 1 && oracle!.shape.length === 2 ? image.shape.slice(0, 2) : [...image.shape];
        const found = means(image.data, image.channels);
        const wanted = storedMeans(share[i]!);
        const tolerance = isCmyk(share[i]!) ? 3 : 1;
        const agrees =
          shape.join() === oracle!.shape.join() && found.every((mean, c) => Math.abs(mean - wanted[c]!) <= tolerance);
        count(
          `means, ${kind}`,
          agrees,
          failures,
          `${path}: ${shape} with means ${found}, ${oracle!.name} has ${oracle!.shape} with ${wanted}`,
        );
      }
    }
    t.deepEqual(failures, []);
  },
);

const against: typeof corpusTest = has("djpeg")
  ? corpusTest
  : (title, body) => {
      test.skip(`${title} (no djpeg; Debian's libjpeg-turbo-progs has it)`, body);
    };

for (const scale of [1, 2, 4, 8] as const) {
  against(`gray and colour files as RGB at 1/${scale} equal djpeg -dct int byte for byte`, async (t) => {
    const failures: string[] = [];
    using decoder = new Decoder();
    for (const file of strict.filter((one) => !isCmyk(one) && (scale === 1 || one.bytes < 1_000_000))) {
      const bytes = read(file);
      const expected = readPnm(pipe("djpeg", ["-dct", "int", "-pnm", "-scale", `1/${scale}`], bytes));
      using image = await decoder.decode(bytes, { applyExifOrientation: false, scale });
      const wanted = expected.channels === 3 ? expected.data : tripled(expected.data);
      const equal = Buffer.compare(image.bytes, wanted) === 0;
      const sizes = [image.width, image.height, image.channels].join() === [expected.width, expected.height, 3].join();
      const row = `djpeg 1/${scale}, ${expected.channels === 1 ? "gray" : "colour"}`;
      count(
        row,
        sizes && equal,
        failures,
        `${file.path}: ${image.shape} ${equal || difference(image.bytes, wanted, image.width)}`,
      );
    }
    t.deepEqual(failures, []);
  });
}

function tripled(gray: Uint8Array): Uint8Array {
  const rgb = new Uint8Array(gray.length * 3);
  for (let i = 0; i < gray.length; i++) rgb[3 * i] = rgb[3 * i + 1] = rgb[3 * i + 2] = gray[i]!;
  return rgb;
}

/** Where two pictures of three channels differ first, and how much at most. */
function difference(a: Uint8Array, b: Uint8Array, width: number): string {
  let first = -1;
  let most = 0;
  let differ = 0;
  for (let i = 0; i < a.length; i++) {
    if (a[i] === b[i]) continue;
    if (first < 0) first = i;
    differ++;
    most = Math.max(most, Math.abs(a[i]! - b[i]!));
  }
  const pixel = Math.floor(first / 3);
  return `${differ} of ${a.length} samples differ, by ${most} at most, first at row ${Math.floor(pixel / width)} column ${pixel % width} channel ${first % 3}`;
}

against("gray and luma of colour files equal djpeg -grayscale", async (t) => {
  const failures: string[] = [];
  using decoder = new Decoder();
  for (const file of strict.filter((one) => !isCmyk(one) && one.bytes < 300_000)) {
    const bytes = read(file);
    const expected = readPnm(pipe("djpeg", ["-dct", "int", "-pnm", "-grayscale"], bytes));
    const image = await decoder.decode(bytes, { applyExifOrientation: false, colorSpec: "GRAY" });
    count("djpeg -grayscale", Buffer.compare(image.bytes, expected.data) === 0, failures, file.path);
  }
  t.deepEqual(failures, []);
});

corpusTest("every broken JPEG that all decoders refuse gives a PolycodecError with a code", async (t) => {
  const broken = files.filter(
    ({ path, format, expect, strict }) =>
      path.startsWith("broken/") && format === "jpeg" && expect === "error" && strict,
  );
  t.is(broken.length, 56);
  const failures: string[] = [];
  using decoder = new Decoder();
  const results = await decoder.decode(broken.map(pathOf));
  for (const [i, result] of results.entries()) {
    const { path } = broken[i]!;
    if (result.status === "fulfilled") {
      count("broken, an error with a code", false, failures, `${path}: gave a picture`);
      continue;
    }
    const { reason } = result;
    const code = String((reason as PolycodecError).code);
    count(`broken: ${code}`, true);
    const coded = reason instanceof PolycodecError && code in ERROR_CODES;
    const again = await decoder.decode([read(broken[i]!)]);
    const same = again[0]!.status === "rejected" && (again[0]!.reason as PolycodecError).code === code;
    count(
      "broken, an error with a code",
      coded && same,
      failures,
      `${path}: ${reason.stack}; from memory the same: ${same}`,
    );
  }
  t.deepEqual(failures, []);
});

corpusTest("files on which decoders disagree settle, one way or the other", async (t) => {
  const doubtful = files.filter(({ format, strict }) => format === "jpeg" && !strict);
  using decoder = new Decoder();
  const results = await decoder.decode(doubtful.map(pathOf));
  for (const [i, result] of results.entries()) {
    if (result.status === "rejected") t.true(result.reason instanceof PolycodecError, doubtful[i]!.path);
    count(`doubtful: ${result.status === "fulfilled" ? "a picture" : (result.reason as PolycodecError).code}`, true);
  }
  t.is(results.length, doubtful.length);
});

test.after.always(() => {
  const rows = Object.entries(table).sort(([a], [b]) => (a < b ? -1 : 1));
  if (rows.length > 0) console.table(Object.fromEntries(rows));
});
