/** A folder in, a folder out: names, batches, bytes, failures. */
import { mkdtempSync, rmSync } from "node:fs";
import { copyFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { type Batch, BatchError, ImageBatchDecoder, ImageBatchEncoder } from "@polycodec/batch";
import { Decoder, Encoder, type Image } from "@polycodec/core";
import { drawPicture } from "@polycodec/core/testing";
import "@polycodec/ext-cpu";
import test, { type ExecutionContext } from "ava";
import { withExifOrientation } from "../../../test/exif-orientation.js";
import { pipe, programTest, writePnm } from "../../../test/programs.js";

function scratch(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), "polycodec-batch-"));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A folder of JPEGs called `0.jpg` and so on, of these sizes. */
async function photos(t: ExecutionContext, sizes: readonly (readonly [number, number])[]): Promise<string> {
  const folder = scratch(t);
  using encoder = new Encoder();
  for (const [i, [width, height]] of sizes.entries())
    await encoder.write(join(folder, `${i}.jpg`), drawPicture(width, height, { seed: i + 1 }), { quality: 90 });
  return folder;
}

const seven = Array.from({ length: 7 }, () => [61, 47] as const);
const imagesOf = (batch: Batch) => batch.data as readonly (Image | null)[];

programTest(
  ["cjpeg"],
  "7 files in batches of 3 are 3, 3 and 1, and equal cjpeg -quality 75 -sample 1x1 -dct int",
  async (t) => {
    const input = await photos(t, seven);
    const output = join(scratch(t), "out");
    const decoder = new ImageBatchDecoder({ inputPath: input, batchSize: 3 });
    const encoder = new ImageBatchEncoder({ outputPath: output });
    t.is(decoder.length, 7);
    await decoder.start();
    await encoder.start(decoder.files);
    const sizes: number[] = [];
    await encoder.writeAll(decoder, (results, batch) => {
      t.is(batch.batchIdx, sizes.length);
      sizes.push(results.length);
      t.deepEqual(batch.tensor?.shape, [batch.length, 47, 61, 3]);
    });
    await decoder.join();
    await encoder.join();
    t.deepEqual(sizes, [3, 3, 1]);
    const names = seven.map((_, i) => `out_${i}.jpg`);
    t.deepEqual((await readdir(output)).sort(), names);
    using plain = new Decoder();
    for (const [i, name] of names.entries()) {
      const { width, height, bytes: data } = await plain.decode(join(input, `${i}.jpg`));
      const options = ["-quality", "75", "-sample", "1x1", "-dct", "int"];
      const expected = pipe("cjpeg", options, writePnm({ width, height, channels: 3, data }));
      t.is(Buffer.compare(await readFile(join(output, name)), expected), 0, name);
    }
  },
);

test("a broken file among them: the others are written, and join names it and the reason", async (t) => {
  const input = await photos(t, seven);
  await writeFile(join(input, "3.jpg"), (await readFile(join(input, "3.jpg"))).subarray(0, 500));
  await writeFile(join(input, "5.jpg"), "no picture");
  for (const sizes of ["one size", "several sizes"]) {
    if (sizes === "several sizes")
      await writeFile(join(input, "1.jpg"), await new Encoder().encode(drawPicture(20, 20), { codec: "jpeg" }));
    const output = scratch(t);
    const decoder = new ImageBatchDecoder({ inputPath: input, batchSize: 3 });
    const encoder = new ImageBatchEncoder({ outputPath: output });
    for await (const batch of decoder) {
      const results = await encoder.write(batch);
      t.deepEqual(
        results.map(({ error }) => error !== undefined),
        batch.errors.map((error) => error !== null),
        "a result for every place",
      );
    }
    await decoder.join();
    const error = (await t.throwsAsync(encoder.join(), { instanceOf: BatchError })) as BatchError;
    t.deepEqual(
      error.failures.map(({ file, error: { code } }: { file: string; error: Error & { code?: string } }) => [
        basename(file),
        code,
      ]),
      [
        ["3.jpg", "ERR_POLYCODEC_TRUNCATED"],
        ["5.jpg", "ERR_POLYCODEC_UNKNOWN_CODEC"],
      ],
      sizes,
    );
    t.regex(error.message, /^2 of 7 images could not be written:\n.*3\.jpg: .*\n.*5\.jpg: .*no registered parser/);
    t.deepEqual(
      (await readdir(output)).sort(),
      [0, 1, 2, 4, 6].map((i) => `out_${i}.jpg`),
    );
  }
});

test("onError: skipped files are left out and join tells of them; or next rejects", async (t) => {
  const input = await photos(t, seven.slice(0, 4));
  await writeFile(join(input, "1.jpg"), "no picture");
  const skipping = new ImageBatchDecoder({ inputPath: input, batchSize: 4, onError: "skip" });
  const batch = (await skipping.next())!;
  t.deepEqual(
    [batch.length, imagesOf(batch).length, batch.errors, batch.tensor],
    [3, 3, [null, null, null], undefined],
  );
  t.is(await skipping.next(), null);
  await t.throwsAsync(skipping.join(), { instanceOf: BatchError, message: /^1 of 4 images could not be decoded:/ });
  const throwing = new ImageBatchDecoder({ inputPath: input, batchSize: 4, onError: "throw" });
  await t.throwsAsync(throwing.next(), { code: "ERR_POLYCODEC_UNKNOWN_CODEC" });
  await throwing.join();
});

test("a batch of one size lies in one piece, and is what each file decodes to; turned ones too", async (t) => {
  const corpus = await photos(t, [...seven.slice(0, 2), [47, 61]]);
  const turned = join(corpus, "2.jpg");
  await writeFile(turned, withExifOrientation(await readFile(turned), 6));
  using decoder = new Decoder();
  for (const channels of ["RGB", "BGR", "Y"] as const) {
    const batches = new ImageBatchDecoder({ inputPath: corpus, batchSize: 3, channels, decoder });
    const batch = (await batches.next())!;
    const depth = channels === "Y" ? 1 : 3;
    t.deepEqual(batch.tensor!.shape, [3, 47, 61, depth]);
    for (const [i, image] of imagesOf(batch).entries()) {
      const sampleFormat = channels === "Y" ? "I_Y" : channels === "BGR" ? "I_BGR" : "I_RGB";
      const expected = await decoder.decode(batch.fileInfo[i]!, { sampleFormat });
      t.is(Buffer.compare(image!.bytes, expected.bytes), 0, `${channels} ${i}`);
      t.is(image!.bytes.buffer, batch.tensor!.data.buffer, "the same memory");
    }
    await batches.join();
  }
});

test("small batches share memory, which goes back with the last of them; their places and failures are their own", async (t) => {
  const input = await photos(t, seven);
  await writeFile(join(input, "2.jpg"), "no picture");
  using decoder = new Decoder();
  const batches = new ImageBatchDecoder({ inputPath: input, batchSize: 2, decoder, readAhead: 7 });
  const all: Batch[] = [];
  for await (const batch of batches) all.push(batch);
  t.deepEqual(
    all.map(({ batchIdx, fileInfo, errors, tensor }) => [
      batchIdx,
      fileInfo.map((file) => basename(file, ".jpg")).join(""),
      errors.map((error) => error !== null),
      tensor!.shape[0],
    ]),
    [
      [0, "01", [false, false], 2],
      [1, "23", [true, false], 2],
      [2, "45", [false, false], 2],
      [3, "6", [false], 1],
    ],
  );
  const [first, ...others] = all as [Batch, ...Batch[]];
  const memory = first.tensor!.data.buffer;
  t.true(others.every(({ tensor }) => tensor!.data.buffer === memory));
  first.release();
  first.release();
  t.true(imagesOf(first).every((image) => image!.isReleased));
  for (const { data, fileInfo, tensor } of others)
    for (const [i, image] of (data as readonly (Image | null)[]).entries()) {
      const size = 61 * 47 * 3;
      const own = tensor!.data.subarray(i * size, (i + 1) * size);
      if (!image) t.true(own.every((sample) => sample === 0));
      else t.is(Buffer.compare(own, (await decoder.decode(fileInfo[i]!)).bytes), 0, fileInfo[i]);
    }
  for (const batch of others) batch.release();
  t.is(memory.byteLength, 0);
  const throwing = new ImageBatchDecoder({ inputPath: input, batchSize: 2, decoder, onError: "throw", readAhead: 7 });
  t.is((await throwing.next())!.batchIdx, 0);
  await t.throwsAsync(throwing.next(), { code: "ERR_POLYCODEC_UNKNOWN_CODEC" });
  t.is((await throwing.next())!.batchIdx, 2, "the others are not lost");
  await throwing.join();
  t.is(await throwing.next(), null);
});

test("sizes that differ: listed as they come, grouped, or refused", async (t) => {
  const a = [40, 30] as const;
  const b = [50, 20] as const;
  const input = await photos(t, [a, b, a, a, b, a, a]);
  const batchesOf = async (uniform: "allow" | "group" | "require") => {
    const batches = new ImageBatchDecoder({ inputPath: input, batchSize: 3, uniform });
    const found: [string, boolean][] = [];
    for await (const batch of batches) {
      const names = batch.fileInfo.map((file) => basename(file, ".jpg")).join("");
      found.push([names, batch.tensor !== undefined]);
      t.false(imagesOf(batch).includes(null));
    }
    return found;
  };
  t.deepEqual(await batchesOf("allow"), [
    ["012", false],
    ["345", false],
    ["6", true],
  ]);
  t.deepEqual(await batchesOf("group"), [
    ["023", true],
    ["14", true],
    ["56", true],
  ]);
  await t.throwsAsync(batchesOf("require"), { message: /0\.jpg is 40x30, .*1\.jpg is 50x20/ });
  const resized = new ImageBatchDecoder({ inputPath: input, batchSize: 4, resize: { width: 24, height: 16 } });
  t.deepEqual((await resized.next())!.tensor!.shape, [4, 16, 24, 3]);
  t.deepEqual((await resized.next())!.tensor!.shape, [3, 16, 24, 3]);
  await resized.join();
});

test("what is read: a folder's pictures in order of name, subfolders if asked, a list as it is, a file again and again", async (t) => {
  const input = await photos(t, [...seven.slice(0, 2)]);
  await writeFile(join(input, "notes.txt"), "no picture");
  await copyFile(join(input, "0.jpg"), join(input, "B.JPEG"));
  await mkdir(join(input, "sub"));
  await copyFile(join(input, "0.jpg"), join(input, "sub/é.jpg"));
  const named = (options: object) =>
    new ImageBatchDecoder({ inputPath: input, batchSize: 2, ...options }).files.map((file) => basename(file));
  t.deepEqual(named({}), ["0.jpg", "1.jpg", "B.JPEG"]);
  t.deepEqual(named({ recursive: true }), ["0.jpg", "1.jpg", "B.JPEG", "é.jpg"]);
  t.deepEqual(named({ extensions: [".txt"] }), ["notes.txt"]);
  t.deepEqual(named({ inputPath: [join(input, "1.jpg"), "none.jpg"] }), ["1.jpg", "none.jpg"]);
  t.deepEqual(named({ inputPath: join(input, "1.jpg") }), ["1.jpg", "1.jpg"]);
  t.deepEqual(named({ inputPath: join(input, "1.jpg"), repeatSingleFile: false }), ["1.jpg"]);
  t.throws(() => named({ inputPath: join(input, "missing") }), { code: "ERR_POLYCODEC_INVALID_ARGUMENT" });
  t.throws(() => named({ batchsize: 3 }), { code: "ERR_POLYCODEC_UNKNOWN_OPTION" });
  t.throws(() => named({ batchSize: 0 }), { message: /batchSize: expected a whole number of at least 1/ });
  t.is(await new ImageBatchDecoder({ inputPath: scratch(t), batchSize: 2 }).next(), null, "an empty folder");
});

test("names that collide are refused before anything is written, or numbered; the same file again is numbered", async (t) => {
  const input = await photos(t, seven.slice(0, 1));
  await mkdir(join(input, "sub"));
  await copyFile(join(input, "0.jpg"), join(input, "sub/0.jpg"));
  const [output, numbered] = [scratch(t), scratch(t)];
  const batches = new ImageBatchDecoder({ inputPath: input, batchSize: 2, recursive: true });
  const batch = (await batches.next())!;
  const throwing = new ImageBatchEncoder({ outputPath: output });
  await t.throwsAsync(throwing.start(batches.files), {
    message: /0\.jpg and .*sub\/0\.jpg would both become .*out_0\.jpg/,
  });
  await t.throwsAsync(throwing.write(batch), { code: "ERR_POLYCODEC_INVALID_ARGUMENT" });
  t.deepEqual(await readdir(output), []);
  const suffixing = new ImageBatchEncoder({ outputPath: numbered, onCollision: "suffix" });
  await suffixing.start(batches.files);
  await suffixing.write(batch);
  await suffixing.join();
  t.deepEqual((await readdir(numbered)).sort(), ["out_0.jpg", "out_0_1.jpg"]);
  const single = new ImageBatchDecoder({ inputPath: join(input, "0.jpg"), batchSize: 3 });
  await throwing.write((await single.next())!);
  await throwing.join();
  t.deepEqual((await readdir(output)).sort(), ["out_0.jpg", "out_0_1.jpg", "out_0_2.jpg"]);
});

test("a file that exists stays as it is, unless overwrite is true", async (t) => {
  const input = await photos(t, seven.slice(0, 2));
  const output = scratch(t);
  await writeFile(join(output, "out_1.jpg"), "mine");
  const decoder = new ImageBatchDecoder({ inputPath: input, batchSize: 2 });
  const batch = (await decoder.next())!;
  const careful = new ImageBatchEncoder({ outputPath: output });
  await t.throwsAsync(careful.start(decoder.files), { code: "ERR_POLYCODEC_FILE_EXISTS", message: /out_1\.jpg/ });
  await careful.write(batch);
  const error = (await t.throwsAsync(careful.join(), { instanceOf: BatchError })) as BatchError;
  t.like(error.failures, [{ file: join(input, "1.jpg"), path: join(output, "out_1.jpg") }]);
  t.is(await readFile(join(output, "out_1.jpg"), "utf8"), "mine");
  const bold = new ImageBatchEncoder({ outputPath: output, overwrite: true, releaseImages: true });
  await bold.start(decoder.files);
  await bold.write(batch);
  await bold.join();
  t.not(await readFile(join(output, "out_1.jpg"), "utf8"), "mine");
  t.true(imagesOf(batch).every((image) => image!.isReleased));
  await t.throwsAsync(new ImageBatchEncoder({ outputPath: join(output, "none"), createDir: false }).start(), {
    code: "ERR_POLYCODEC_IO",
  });
});

test("data may be replaced by a tensor, and names and parameters chosen", async (t) => {
  const output = scratch(t);
  const encoder = new ImageBatchEncoder({
    outputPath: output,
    codec: "png",
    name: (file, i) => `${basename(file)}-${i}.png`,
  });
  const a = drawPicture(5, 4);
  const b = drawPicture(5, 4, { seed: 2 });
  const data = Buffer.concat([a.bytes, b.bytes]);
  await encoder.write({ batchIdx: 0, data: { data, shape: [2, 4, 5, 3] }, fileInfo: ["x", "y"] });
  using decoder = new Decoder();
  const sources = [join(output, "x-0.png"), join(output, "no-such.png")];
  const planes = await decoder.decodeTensor(sources, { crop: { width: 5, height: 4 }, dtype: "uint8" });
  const [, failed] = await encoder.write({ batchIdx: 1, data: planes, fileInfo: ["z", "missing"] });
  t.regex(failed!.error!.message, /no-such\.png/);
  for (const [name, image] of [
    ["x-0.png", a],
    ["y-1.png", b],
    ["z-0.png", a],
  ] as const)
    t.is(Buffer.compare((await decoder.decode(join(output, name))).bytes, image.bytes), 0, name);
  await t.throwsAsync(encoder.write({ batchIdx: 2, data: [a, b], fileInfo: ["w"] }), {
    message: /2 images and 1 files/,
  });
  await t.throwsAsync(encoder.join(), { message: /^1 of 4 images/ });
});

test("a released image and one that the codec refuses are failures of their own; later batches are written", async (t) => {
  const output = scratch(t);
  const encoder = new ImageBatchEncoder({ outputPath: output });
  const released = drawPicture(8, 8);
  released.release();
  const deep = drawPicture(8, 8, { dtype: "uint16" });
  const [bad, worse] = await encoder.write({ batchIdx: 0, data: [deep, released], fileInfo: ["deep", "released"] });
  t.like([bad!.error, worse!.error], [{ code: "ERR_POLYCODEC_UNSUPPORTED" }, { code: "ERR_POLYCODEC_IMAGE_RELEASED" }]);
  t.like(await encoder.write({ batchIdx: 1, data: [drawPicture(8, 8)], fileInfo: ["good"] }), [{ error: undefined }]);
  await t.throwsAsync(encoder.join(), { message: /^2 of 3 images/ });
  t.deepEqual(await readdir(output), ["out_good.jpg"]);
});

test("a slow consumer has readAhead batches waiting, not more", async (t) => {
  const input = await photos(
    t,
    Array.from({ length: 12 }, () => [8, 8] as const),
  );
  using decoder = new Decoder();
  const decoded = () =>
    decoder
      .stats()
      .devices.flatMap(({ lanes }) => lanes)
      .reduce((sum, { samples }) => sum + samples, 0);
  const batches = new ImageBatchDecoder({ inputPath: input, batchSize: 2, readAhead: 1, decoder });
  await batches.next();
  await new Promise((resolve) => setTimeout(resolve, 200));
  t.is(decoded(), 6);
  await batches.next();
  await new Promise((resolve) => setTimeout(resolve, 200));
  t.is(decoded(), 8);
  await batches.join();
});
