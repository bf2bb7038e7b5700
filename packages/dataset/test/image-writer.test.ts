/** What ImageWriterStage writes, and what it refuses to. */
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { Encoder, Image } from "@polycodec/core";
import { drawPicture } from "@polycodec/core/testing";
import {
  DatasetError,
  type ImageObject,
  ImageReaderStage,
  ImageWriterStage,
  type ImageWriterStageOptions,
  readShardTable,
  type WriterNotes,
} from "@polycodec/dataset";
import "@polycodec/ext-cpu";
import test from "ava";
import { pipe, programTest, writePnm } from "../../../test/programs.js";
import { pythonWith, runScript } from "./python.js";
import { batchOf, drawnBatch, filesIn, imageObject, membersOf, scratch } from "./shards.js";

const fails = (code: DatasetError["code"], message = /./) => ({ instanceOf: DatasetError, code, message });

programTest(
  ["cjpeg"],
  "10 images, 4 a shard: names, members in order, JPEGs equal cjpeg -quality 92 -sample 2x2, a table a shard",
  async (t) => {
    const outputDir = join(scratch(t), "made/here");
    const stage = new ImageWriterStage({ outputDir, imagesPerTar: 4 });
    const batch = drawnBatch(10);
    const { data, metadata, taskId, datasetName } = await stage.process(batch);
    const base = stage.constructBaseName(batch);
    const shards = [0, 1, 2].map((i) => `${outputDir}/${base}-00000${i}`);
    t.deepEqual(
      data,
      [".tar", ".parquet"].flatMap((extension) => shards.map((shard) => shard + extension)),
    );
    t.deepEqual([taskId, datasetName], ["abc_0", "test"]);
    t.deepEqual(metadata, { outputDir, imagesPerTar: 4, numImages: 10, skipped: [] });
    t.deepEqual(await filesIn(outputDir), data.map((path) => basename(path)).sort());
    let place = 0;
    for (const shard of shards) {
      const rows = await readShardTable(readFileSync(`${shard}.parquet`), shard);
      for (const [i, { name, bytes }] of (await membersOf(`${shard}.tar`)).entries()) {
        const { imageData, ...image } = batch.data[place]!;
        const { width, height } = imageData!;
        t.is(name, `img${place++}.jpg`);
        t.like(rows[i], {
          imageId: image.imageId,
          tarFile: `${shard}.tar`,
          memberName: name,
          metadata: image.metadata!,
        });
        const pixels = writePnm({ width, height, channels: 3, data: imageData!.bytes });
        t.is(Buffer.compare(bytes, pipe("cjpeg", ["-quality", "92", "-sample", "2x2", "-dct", "int"], pixels)), 0);
      }
    }
    t.is(place, 10);
    t.false(batch.data[0]!.imageData!.isReleased);
    await stage.process({ ...batch, taskId: "other" });
    t.is((await filesIn(outputDir)).length, 12, "another task has other names");
  },
);

test("sidecar: metadata stand behind each image, as key.json, the same for all; an image left out has none", async (t) => {
  const outputDir = scratch(t);
  const images = [
    imageObject(0, { metadata: { caption: "é", k: [1, { x: null }] } }),
    imageObject(1, { metadata: { caption: "left out" }, imageData: null }),
    imageObject(2, { imageId: "a.b/c", metadata: undefined as never }),
  ];
  const stage = new ImageWriterStage({ outputDir, sidecar: "json", onBadImage: "skip" });
  const { data } = await stage.process(batchOf(images));
  const members = await membersOf(data[0]!);
  t.deepEqual(
    members.map(({ name, bytes }) => (name.endsWith(".json") ? [name, Buffer.from(bytes).toString()] : [name])),
    [["img0.jpg"], ["img0.json", '{"caption":"é","k":[1,{"x":null}]}'], ["a_b_c.jpg"], ["a_b_c.json", "{}"]],
  );
  t.deepEqual(
    (await readShardTable(readFileSync(data[1]!), data[1]!)).map(({ memberName }) => memberName),
    ["img0.jpg", "a_b_c.jpg"],
  );
  const found: unknown[] = [];
  const task = { taskId: "g", datasetName: "test", data, metadata: {} };
  for await (const batch of new ImageReaderStage({ tables: false }).process(task))
    for (const { imageId, metadata } of batch.data) found.push([imageId, metadata]);
  t.deepEqual(found, [
    ["img0", images[0]!.metadata],
    ["a_b_c", {}],
  ]);
});

test("an empty batch writes nothing and gives no names", async (t) => {
  const outputDir = scratch(t);
  const stage = new ImageWriterStage({ outputDir });
  const { data, metadata } = await stage.process(batchOf([]));
  t.deepEqual([data, (metadata as unknown as WriterNotes).numImages], [[], 0]);
  await stage.process(batchOf([]));
  t.deepEqual(await filesIn(outputDir), []);
});

test("RGBA is flattened on white, one channel is gray, 16 bits and floats are scaled: each as its 8-bit like", async (t) => {
  const rgb = drawPicture(32, 24);
  const gray = drawPicture(32, 24, { sampleFormat: "I_Y" });
  const count = 32 * 24;
  const size = { width: 32, height: 24 } as const;
  const rgba = new Uint8Array(count * 4);
  const white = new Uint8Array(rgb.bytes);
  for (let i = 0; i < count; i++) {
    const opacity = i % 3 === 0 ? 0 : 255;
    rgba.set([...rgb.bytes.subarray(i * 3, i * 3 + 3), opacity], i * 4);
    if (opacity === 0) white.fill(255, i * 3, i * 3 + 3);
  }
  const planes = new Uint8Array(count * 3);
  for (let i = 0; i < count * 3; i++) planes[(i % 3) * count + Math.floor(i / 3)] = rgb.bytes[i]!;
  const padded = new Uint8Array(24 * 100);
  for (let y = 0; y < 24; y++) padded.set(rgb.bytes.subarray(y * 96, y * 96 + 96), y * 100);
  const half = new Uint16Array(count * 3); // 0, 0.5, 1
  for (let i = 0; i < half.length; i++) half[i] = [0, 0x3800, 0x3c00][i % 3]!;
  const cases: [string, Image, Image][] = [
    ["rgba", Image.from(rgba, { ...size, channels: 4 }), Image.from(white, { ...size, channels: 3 })],
    [
      "ya",
      Image.from(
        Uint8Array.from({ length: count * 2 }, (_, i) => (i % 2 ? 255 : gray.bytes[i / 2]!)),
        size,
      ),
      gray,
    ],
    ["one-channel", Image.from(gray.bytes, { ...size, channels: 1 }), gray],
    ["planar", Image.from(planes, { ...size, sampleFormat: "P_RGB" }), rgb],
    ["padded", Image.from(padded, { ...size, channels: 3, rowStride: 100 }), rgb],
    [
      "uint16",
      Image.from(
        Uint16Array.from(rgb.bytes, (v) => v * 257),
        size,
      ),
      rgb,
    ],
    [
      "int8",
      Image.from(
        Int8Array.from(rgb.bytes, (v) => v - 128),
        size,
      ),
      rgb,
    ],
    [
      "float32",
      Image.from(
        Float32Array.from(rgb.bytes, (v) => v / 255),
        size,
      ),
      rgb,
    ],
    [
      "float64",
      Image.from(
        Float64Array.from(rgb.bytes, (v, i) => (i === 5 ? Number.NaN : v / 255)),
        size,
      ),
      Image.from(
        rgb.bytes.map((v, i) => (i === 5 ? 0 : v)),
        size,
      ),
    ],
    [
      "float16",
      Image.from(half, { ...size, dtype: "float16" }),
      Image.from(
        Uint8Array.from(half, (_, i) => [0, 128, 255][i % 3]!),
        size,
      ),
    ],
  ];
  const outputDir = scratch(t);
  const stage = new ImageWriterStage({ outputDir });
  const objects = cases.map(([imageId, imageData], i) => imageObject(i, { imageId, imageData }));
  const { data } = await stage.process(batchOf(objects));
  const members = await membersOf(data[0]!);
  for (const [i, [name, , like]] of cases.entries()) {
    const [expected, extension] = await stage.encodeImageToBytes(like);
    t.is(Buffer.compare(members[i]!.bytes, expected), 0, name);
    t.is(members[i]!.name, name + extension);
  }
  const bytes = new ImageWriterStage({ outputDir: scratch(t), floatRange: 255, background: [0, 0, 0] });
  const floats = Image.from(Float32Array.from(rgb.bytes), size);
  t.deepEqual((await bytes.encodeImageToBytes(floats))[0], (await stage.encodeImageToBytes(rgb))[0]);
  const error = fails("ERR_DATASET_BAD_IMAGE", /floats from 0 to 1; floatRange: 255/);
  await t.throwsAsync(stage.encodeImageToBytes(floats), error);
});

test("an image that cannot be encoded fails its task, of which nothing is written; or is left out and told of", async (t) => {
  const outputDir = scratch(t);
  const five = Image.from(new Uint8Array(8 * 8 * 5), { width: 8, height: 8, channels: 5 });
  const images = [
    imageObject(0),
    imageObject(1),
    imageObject(2, { imageData: five }),
    imageObject(3, { imageData: null }),
  ];
  const strict = new ImageWriterStage({ outputDir, imagesPerTar: 2 });
  await t.throwsAsync(
    strict.process(batchOf(images)),
    fails("ERR_DATASET_NO_IMAGE", /abc_0: image img3 \(\/src\/3\.jpg\)/),
  );
  await t.throwsAsync(
    strict.process(batchOf(images.slice(0, 3))),
    fails("ERR_DATASET_BAD_IMAGE", /^image img2 \(\/src\/2\.jpg\): /),
  );
  t.deepEqual(await filesIn(outputDir), [], "the first shard is not there either");
  t.is((await strict.process(batchOf(images.slice(0, 2)))).data.length, 2, "after a failure the task may come again");
  const lenient = new ImageWriterStage({ outputDir: join(outputDir, "b"), imagesPerTar: 2, onBadImage: "skip" });
  const { data, metadata } = await lenient.process(batchOf([...images, imageObject(4)]));
  const { numImages, skipped } = metadata as unknown as WriterNotes;
  t.deepEqual(
    [numImages, skipped.map(({ imageId, reason }) => [imageId, (reason as DatasetError).code])],
    [
      3,
      [
        ["img2", "ERR_DATASET_BAD_IMAGE"],
        ["img3", "ERR_DATASET_NO_IMAGE"],
      ],
    ],
  );
  t.deepEqual(
    data.map((path) => path.replace(/^.*-/, "")),
    ["000000.tar", "000002.tar", "000000.parquet", "000002.parquet"],
    "a shard without images is none",
  );
  using encoder = new Encoder();
  encoder.close();
  const closed = new ImageWriterStage({ outputDir: join(outputDir, "c"), onBadImage: "skip", encoder });
  await t.throwsAsync(closed.process(drawnBatch(2)), { code: "ERR_POLYCODEC_CLOSED" }, "not the images' fault");
});

test("two images of one id, two tasks of one id: typed errors, before anything is written", async (t) => {
  const outputDir = scratch(t);
  const stage = new ImageWriterStage({ outputDir });
  const twice = batchOf([imageObject(0), imageObject(1, { imageId: "img0" })]);
  await t.throwsAsync(stage.process(twice), fails("ERR_DATASET_DUPLICATE_ID"));
  t.deepEqual(await filesIn(outputDir), []);
  await stage.process(drawnBatch(2));
  await t.throwsAsync(
    stage.process(drawnBatch(2)),
    fails("ERR_DATASET_DUPLICATE_TASK", /^task abc_0: .* as images-[0-9a-f]{12}$/),
  );
  const both = new ImageWriterStage({ outputDir: join(outputDir, "b") });
  const outcomes = await Promise.allSettled([both.process(drawnBatch(2)), both.process(drawnBatch(2))]);
  t.deepEqual(
    outcomes.map(({ status }) => status),
    ["fulfilled", "rejected"],
  );
  await stage.process(drawnBatch(3)); // the same id, other images: another name
  t.is((await filesIn(outputDir)).filter((name) => name.endsWith(".tar")).length, 2 + 1);
});

test("ids with periods and slashes become one part, and stay as they are in the table; without an id it is the place", async (t) => {
  const ids = ["a.b/c", "", "long".repeat(30), "schön", "x y"];
  const { data } = await new ImageWriterStage({ outputDir: scratch(t), imagesPerTar: 2 }).process(
    batchOf(ids.map((imageId, i) => imageObject(i, { imageId }))),
  );
  const names = (await Promise.all(data.slice(0, 3).map(membersOf))).flat().filter(({ type }) => type === "0");
  t.deepEqual(
    names.map(({ name }) => name),
    ["a_b_c.jpg", "000001.jpg", `${"long".repeat(25)}`, "sch?n.jpg", "x y.jpg"],
  );
  const rows = (await Promise.all(data.slice(3).map((path) => readShardTable(readFileSync(path), path)))).flat();
  t.deepEqual(
    rows.map(({ imageId }) => imageId),
    ["a.b/c", "000001", ...ids.slice(2)],
  );
  t.deepEqual(
    rows.map(({ memberName }) => memberName),
    ["a_b_c.jpg", "000001.jpg", `${ids[2]}.jpg`, "schön.jpg", "x y.jpg"],
  );
});

test("an output that holds shards: replaced, kept, an error, or refused at the start; others' shards are left alone", async (t) => {
  const outputDir = scratch(t);
  const written = (await new ImageWriterStage({ outputDir }).process(drawnBatch(2))).data;
  const foreign = join(outputDir, "images-000000000000-000000.tar");
  await writeFile(foreign, "somebody's");
  await writeFile(written[0]!, "old");
  const stage = (options: Partial<ImageWriterStageOptions>) => new ImageWriterStage({ outputDir, ...options });
  const refusing = stage({ existing: "refuse" });
  await t.throwsAsync(
    refusing.start(),
    fails("ERR_DATASET_NOT_EMPTY", /holds 3 files of another run, such as images-/),
  );
  await t.throwsAsync(refusing.process(drawnBatch(1, "new")), fails("ERR_DATASET_NOT_EMPTY"));
  await t.throwsAsync(
    stage({ existing: "error" }).process(drawnBatch(2)),
    fails("ERR_DATASET_SHARD_EXISTS", /\.tar exists/),
  );
  const { data } = await stage({ existing: "keep" }).process(drawnBatch(2));
  t.deepEqual([data, readFileSync(data[0]!, "utf8")], [written, "old"]);
  const late = stage({ existing: "error" });
  await late.start();
  await writeFile(join(outputDir, `${late.constructBaseName(drawnBatch(3))}-000000.parquet`), "since then");
  await t.throwsAsync(late.process(drawnBatch(3)), fails("ERR_DATASET_SHARD_EXISTS"));
  await stage({}).process(drawnBatch(2));
  t.not(readFileSync(data[0]!, "utf8"), "old");
  t.is(readFileSync(foreign, "utf8"), "somebody's");
  const empty = scratch(t);
  await new ImageWriterStage({ outputDir: empty, existing: "refuse" }).process(drawnBatch(1));
});

test("names that are not deterministic are the stage's own, and differ from task to task", async (t) => {
  const outputDir = scratch(t);
  const stages = [0, 1].map(() => new ImageWriterStage({ outputDir, deterministicName: false, imagesPerTar: 1 }));
  for (const stage of stages) for (let i = 0; i < 2; i++) await stage.process(drawnBatch(2));
  const names = (await filesIn(outputDir)).filter((name) => name.endsWith(".tar"));
  t.is(names.length, 8);
  t.is(new Set(names.map((name) => /^images-([0-9a-f]{16})-00000[01]-00000[01]\.tar$/.exec(name)![1])).size, 2);
});

test("removeImageData releases what has been written, and nothing of a task that failed", async (t) => {
  const stage = new ImageWriterStage({ outputDir: scratch(t), removeImageData: true });
  const batch = drawnBatch(2);
  const images = batch.data.map(({ imageData }) => imageData!);
  const bad = batchOf([...batch.data, imageObject(2, { imageId: "img0" })]);
  await t.throwsAsync(stage.process(bad), fails("ERR_DATASET_DUPLICATE_ID"));
  t.false(images[0]!.isReleased);
  await stage.process(batch);
  t.true(images.every(({ isReleased }) => isReleased));
  t.deepEqual(
    batch.data.map(({ imageData }) => imageData),
    [null, null],
  );
});

test("an abort leaves nothing behind", async (t) => {
  const outputDir = scratch(t);
  const stage = new ImageWriterStage({ outputDir, imagesPerTar: 4 });
  const stop = new AbortController();
  const images: ImageObject[] = Array.from({ length: 40 }, (_, i) =>
    imageObject(i, { imageData: drawPicture(600, 400) }),
  );
  const writing = stage.process(batchOf(images), { signal: stop.signal });
  setTimeout(() => stop.abort(new Error("enough")), 20);
  await t.throwsAsync(writing, { message: "enough" });
  t.deepEqual(await filesIn(outputDir), []);
});

test("options are checked at the door", (t) => {
  const make = (options: object) => () => new ImageWriterStage(options);
  const wrong = (message: RegExp) => fails("ERR_DATASET_INVALID_OPTION", message);
  t.throws(make({}), wrong(/outputDir or storage/));
  t.throws(make({ outputDir: "x", images_per_tar: 3 }), wrong(/unknown option "images_per_tar", expected outputDir, /));
  t.throws(
    make({ outputDir: "x", imagesPerTar: 0 }),
    wrong(/imagesPerTar: expected a whole number of at least 1, got 0/),
  );
  t.throws(
    make({ outputDir: "x", metadataFormat: "repr" }),
    wrong(/expected one of "json", "python-repr", got "repr"/),
  );
});

test("writeTar and writeParquet stand alone, as in the reference", async (t) => {
  const outputDir = scratch(t);
  const stage = new ImageWriterStage({ outputDir });
  t.is(await stage.writeTar("mine", [{ name: "a.jpg", bytes: Uint8Array.of(1) }]), `${outputDir}/mine.tar`);
  const row = { imageId: "a", tarFile: "t", memberName: "m", originalPath: "p", metadata: {} };
  t.is(await stage.writeParquet("mine", [row]), `${outputDir}/mine.parquet`);
  t.deepEqual(await filesIn(outputDir), ["mine.parquet", "mine.tar"]);
});

for (const [reader, modules] of [
  ["webdataset", ["webdataset", "PIL"]],
  ["datasets", ["datasets", "PIL"]],
] as const) {
  const python = pythonWith(...modules);
  const title = `${reader} reads every shard: keys, sizes, colour and gray`;
  (("missing" in python ? test.skip : test) as typeof test)(title, async (t) => {
    if ("missing" in python) return;
    const ids = ["a.b/c", "", "long".repeat(40), "schön", "x y"];
    const images = ids.map((imageId, i) => imageObject(i, { imageId }));
    const gray = drawPicture(20, 10, { sampleFormat: "I_Y" });
    const { data } = await new ImageWriterStage({ outputDir: scratch(t), imagesPerTar: 4 }).process(
      batchOf([...images, imageObject(5, { imageId: "gray", imageData: gray })]),
    );
    const found = runScript<unknown[][]>(
      python.python,
      "read_shards.py",
      reader,
      ...data.filter((path) => path.endsWith(".tar")),
    );
    t.deepEqual(found, [
      ["a_b_c", 40, 30, "RGB"],
      ["000001", 41, 30, "RGB"],
      ["long".repeat(40), 42, 30, "RGB"],
      ["schön", 43, 30, "RGB"],
      ["x y", 44, 30, "RGB"],
      ["gray", 20, 10, "L"],
    ]);
  });
}
