/** `packing: "fill"`: batches that share shards. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Decoder } from "@polycodec/core";
import { drawPicture } from "@polycodec/core/testing";
import {
  DatasetError,
  type FileGroupTask,
  type ImageBatch,
  type ImageObject,
  ImageReaderStage,
  ImageWriterStage,
  type ImageWriterStageOptions,
  localStorage,
  Pipeline,
  readShardTable,
  type Storage,
  StorageError,
  type WriterNotes,
} from "@polycodec/dataset";
import "@polycodec/ext-cpu";
import test from "ava";
import { batchOf, filesIn, imageObject, membersOf, scratch } from "./shards.js";

/** Batches of so many pictures each, numbered through. */
function batches(...sizes: readonly number[]): ImageBatch[] {
  let next = 0;
  return sizes.map((size, b) =>
    batchOf(
      Array.from({ length: size }, () => imageObject(next++)),
      `abc_${b}`,
    ),
  );
}

const filling = (outputDir: string, more: ImageWriterStageOptions = {}) =>
  new ImageWriterStage({ outputDir, imagesPerTar: 5, packing: "fill", ...more });

const tarsOf = ({ data }: FileGroupTask) => data.filter((path) => path.endsWith(".tar"));
const namesIn = async (tar: string) => (await membersOf(tar)).map(({ name }) => name);

test("shards are full but for the last, in the order of the batches; each is told of by the batch that fills it", async (t) => {
  const outputDir = scratch(t);
  const stage = filling(outputDir);
  const all = batches(4, 0, 4, 7, 2);
  const results: FileGroupTask[] = [];
  for (const batch of all) results.push(await stage.process(batch));
  t.deepEqual(
    results.map((result) => tarsOf(result).length),
    [0, 0, 1, 2, 0],
  );
  t.is((await filesIn(outputDir)).filter((name) => /^images-/.test(name)).length, 6, "what is not full is not there");
  const rest = (await stage.end())!;
  t.is(rest.taskId, "abc_4_end");
  t.is(await stage.end(), undefined);
  await stage.join();
  const tars = [...results, rest].flatMap(tarsOf);
  const places = [
    [0, 1, 2, 3, 4],
    [5, 6, 7, 8, 9],
    [10, 11, 12, 13, 14],
    [15, 16],
  ];
  for (const [i, tar] of tars.entries()) {
    t.deepEqual(
      await namesIn(tar),
      places[i]!.map((place) => `img${place}.jpg`),
    );
    const rows = await readShardTable(readFileSync(tar.replace(/tar$/, "parquet")), tar);
    t.deepEqual(
      rows.map(({ imageId, tarFile }) => [imageId, tarFile]),
      places[i]!.map((place) => [`img${place}`, tar]),
    );
  }
  t.is((await filesIn(outputDir)).length, 8);
  const base = (b: number) => join(outputDir, stage.constructBaseName(all[b]!));
  t.deepEqual(tars, [
    `${base(0)}-000000.tar`,
    `${base(2)}-000000.tar`,
    `${base(3)}-000000.tar`,
    `${base(4)}-000000.tar`,
  ]);
  t.deepEqual(
    results.map(({ metadata }) => (metadata as unknown as WriterNotes).numImages),
    [4, 0, 4, 7, 2],
  );
});

test("the same shards in a second run, with several tasks at a time, and in a pipeline", async (t) => {
  const [one, two, three] = [scratch(t), scratch(t), scratch(t)];
  const alone = filling(one);
  for (const batch of batches(4, 4, 3)) await alone.process(batch);
  await alone.join();
  const together = filling(two);
  await Promise.all(batches(4, 4, 3).map((batch) => together.process(batch)));
  await together.join();
  const { tasks } = await new Pipeline<ImageBatch>()
    .add(filling(three, { removeImageData: true }), { concurrency: 2 })
    .run(batches(4, 4, 3));
  t.deepEqual(
    tasks.map((task) => tarsOf(task).length),
    [0, 1, 1, 1],
    "and the last one comes at the end",
  );
  const contents = async (folder: string) =>
    Promise.all(
      (await filesIn(folder))
        .filter((name) => name.endsWith(".tar"))
        .map(async (name) => [name, readFileSync(join(folder, name)).toString("latin1")]),
    );
  t.is((await contents(one)).length, 3);
  t.deepEqual(await contents(two), await contents(one));
  t.deepEqual(await contents(three), await contents(one));
});

test("pictures without an id are called after their place among all; two of one id are refused before anything is added", async (t) => {
  const outputDir = scratch(t);
  const stage = filling(outputDir);
  const nameless = batches(3, 3).map(({ data, taskId }) =>
    batchOf(
      data.map((image) => ({ ...image, imageId: "" })),
      taskId,
    ),
  );
  await stage.process(nameless[0]!);
  const [tar] = tarsOf(await stage.process(nameless[1]!));
  t.deepEqual(await namesIn(tar!), ["000000.jpg", "000001.jpg", "000002.jpg", "000003.jpg", "000004.jpg"]);
  const again = batchOf([imageObject(20), imageObject(21, { imageId: "000005" })], "twice");
  await t.throwsAsync(stage.process(again), {
    instanceOf: DatasetError,
    code: "ERR_DATASET_DUPLICATE_ID",
    message: /image 000005 \(\/src\/21\.jpg\).*holds a "000005" already/,
  });
  const rest = (await stage.end())!;
  t.deepEqual(await namesIn(tarsOf(rest)[0]!), ["000005.jpg"]);
});

test("a batch that fails adds nothing, and the others go on; skipped pictures leave no gaps", async (t) => {
  const outputDir = scratch(t);
  const [first, second, third] = batches(3, 3, 3) as [ImageBatch, ImageBatch, ImageBatch];
  const bad = (batch: ImageBatch): ImageBatch => {
    const data: ImageObject[] = batch.data.map((image, i) => (i === 1 ? { ...image, imageData: null } : image));
    return { ...batch, data };
  };
  const strict = filling(outputDir);
  await strict.process(first);
  await t.throwsAsync(strict.process(bad(second)), { code: "ERR_DATASET_NO_IMAGE" });
  await t.throwsAsync(strict.process(second, { signal: AbortSignal.abort(new Error("stop")) }), { message: "stop" });
  const [tar] = tarsOf(await strict.process(third));
  t.deepEqual(await namesIn(tar!), ["img0.jpg", "img1.jpg", "img2.jpg", "img6.jpg", "img7.jpg"]);
  await strict.join();
  t.is((await filesIn(outputDir)).length, 4);
  const lenient = filling(scratch(t), { onBadImage: "skip", sidecar: "json" });
  await lenient.process(bad(first));
  const result = await lenient.process(second);
  t.deepEqual(
    (await namesIn(tarsOf(result)[0]!)).filter((name) => name.endsWith(".jpg")),
    ["img0.jpg", "img2.jpg", "img3.jpg", "img4.jpg", "img5.jpg"],
  );
});

/** A folder that is full after so many bytes. */
function fakeFullStorage(storage: Storage, room: number): Storage {
  let written = 0;
  return {
    ...storage,
    url: storage.url,
    async create(name, options) {
      const writer = await storage.create(name, options);
      const write = async (bytes: Uint8Array) => {
        written += bytes.length;
        if (written > room) throw new StorageError(`${name}: no space left`, true);
        await writer.write(bytes);
      };
      return { write, commit: () => writer.commit(), abort: () => writer.abort() };
    },
  };
}

test("a shard that cannot be written is lost with what was added before: every later call says so, nothing half-written stays", async (t) => {
  const shards: number[] = [];
  let isFull = true;
  for (let room = 1000; isFull; room += 1000) {
    const outputDir = scratch(t);
    const storage = fakeFullStorage(localStorage(outputDir), room);
    const stage = new ImageWriterStage({ storage, imagesPerTar: 4, packing: "fill" });
    const [first, second, third] = batches(3, 3, 3) as [ImageBatch, ImageBatch, ImageBatch];
    await stage.process(first);
    const failed: (Error | undefined)[] = [];
    for (const work of [() => stage.process(second), () => stage.process(third), () => stage.end()])
      failed.push(await settled(work()));
    isFull = failed.some((error) => error !== undefined);
    t.is(failed.at(-1)?.constructor, isFull ? StorageError : undefined, `${room} bytes: also the last call`);
    await stage.join();
    const files = await filesIn(outputDir);
    t.deepEqual(
      files.filter((name) => name.endsWith(".tar")).map((name) => name.replace(/tar$/, "parquet")),
      files.filter((name) => name.endsWith(".parquet")),
      `${room} bytes: whole shards, each with its table`,
    );
    t.true(
      files.every((name) => /\.(tar|parquet)$/.test(name)),
      `${room} bytes: and nothing else`,
    );
    shards.push(files.length / 2);
  }
  t.deepEqual(shards, [...shards].sort(), "with more room there are more of them");
  t.deepEqual([...new Set(shards)], [0, 1, 2, 3]);
  const run = new Pipeline<ImageBatch>().add(
    new ImageWriterStage({ storage: fakeFullStorage(localStorage(scratch(t)), 0), packing: "fill" }),
  );
  const { failures } = await run.run(batches(3), { ignoreFailures: true });
  t.regex(failures[0]!.reason.message, /no space left/);
  await t.throwsAsync(run.run(batches(3)), { code: "ERR_DATASET_STAGE_FAILED" });
});

async function settled(work: Promise<unknown>): Promise<Error | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

test("join writes what nobody has ended, unless the pipeline has failed; what would make no sense is refused", async (t) => {
  const outputDir = scratch(t);
  const stage = filling(outputDir);
  await stage.process(batches(2)[0]!);
  await stage.join();
  t.is((await filesIn(outputDir)).length, 2);
  const other = scratch(t);
  const broken = {
    name: "broken",
    process: async (): Promise<never> => {
      throw new Error("broken");
    },
  };
  await t.throwsAsync(
    new Pipeline<ImageBatch>()
      .add(filling(other))
      .add(broken)
      .run(batches(1, 1, 1, 1)),
    { message: /broken/ },
  );
  t.deepEqual(await filesIn(other), []);
  t.throws(() => filling(outputDir, { existing: "keep" }), { code: "ERR_DATASET_INVALID_OPTION", message: /"keep"/ });
  const careful = filling(outputDir, { existing: "error" });
  await t.throwsAsync(careful.process(batches(2)[0]!), { code: "ERR_DATASET_SHARD_EXISTS" });
});

test("codec: other files in the tar, as they are; what the codec does not take is a bad image; unknown ones are refused", async (t) => {
  const outputDir = scratch(t);
  const stage = new ImageWriterStage({ outputDir, codec: "png", encode: { png: { preset: "fast" } } });
  const deep = drawPicture(20, 10, { dtype: "uint16" });
  const batch = batchOf([imageObject(0), imageObject(1, { imageData: deep }), imageObject(2)]);
  const { data } = await stage.process(batch);
  t.deepEqual(await namesIn(data[0]!), ["img0.png", "img1.png", "img2.png"]);
  const read: ImageObject[] = [];
  for await (const { data: images } of new ImageReaderStage().process({ ...batch, data })) read.push(...images);
  t.deepEqual(
    read.map(({ imageId }) => imageId),
    ["img0", "img1", "img2"],
  );
  t.is(Buffer.compare(read[0]!.imageData!.packed(), batch.data[0]!.imageData!.packed()), 0);
  const [, { bytes }] = (await membersOf(data[0]!)) as [unknown, { bytes: Buffer }];
  using decoder = new Decoder();
  const kept = await decoder.decode(new Uint8Array(bytes), { colorSpec: "UNCHANGED", allowAnyDepth: true });
  t.deepEqual([kept.dtype, Buffer.compare(kept.packed(), deep.packed())], ["uint16", 0], "16 bits stay");
  const webp = new ImageWriterStage({ outputDir, codec: "webp", quality: 60, onBadImage: "skip" });
  const result = await webp.process(batch);
  t.deepEqual(await namesIn(result.data[0]!), ["img0.webp", "img2.webp"]);
  const { skipped } = result.metadata as unknown as WriterNotes;
  t.like(skipped, [{ imageId: "img1", reason: { code: "ERR_DATASET_BAD_IMAGE" } }]);
  t.throws(() => new ImageWriterStage({ outputDir, codec: "jpg" }), {
    code: "ERR_DATASET_INVALID_OPTION",
    message: /codec: expected one of .*jpeg.*got "jpg"/,
  });
});
