/** Shards back into batches, and pipelines of stages. */
import { readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Decoder } from "@polycodec/core";
import { drawPicture } from "@polycodec/core/testing";
import {
  type DatasetError,
  type FileGroupTask,
  FilePartitioningStage,
  type ImageBatch,
  ImageReaderStage,
  ImageWriterStage,
  localStorage,
  Pipeline,
  type Stage,
  type StageProgress,
  type TarMember,
  writeTar,
} from "@polycodec/dataset";
import "@polycodec/ext-cpu";
import test from "ava";
import { batchOf, drawnBatch, imageObject, scratch } from "./shards.js";

const group = (data: readonly string[], taskId = "g"): FileGroupTask => ({
  taskId,
  datasetName: "d",
  data,
  metadata: {},
});

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

async function tarOf(folder: string, name: string, members: Iterable<TarMember>): Promise<string> {
  const writer = await localStorage(folder).create(name);
  await writeTar(members, writer);
  await writer.commit();
  return join(folder, name);
}

const jpeg = async (i: number) =>
  (await new ImageWriterStage({ outputDir: "." }).encodeImageToBytes(drawPicture(20 + i, 10)))[0];

test("what the writer wrote comes back: ids, paths, metadata, scores, pixels of the JPEG, in batches", async (t) => {
  const outputDir = scratch(t);
  const images = Array.from({ length: 7 }, (_, i) =>
    imageObject(i, { imageId: `a.b/${i}`, metadata: { k: [i, { é: null }] }, aestheticScore: i / 8 }),
  );
  const { data } = await new ImageWriterStage({ outputDir, imagesPerTar: 4 }).process(batchOf(images));
  const batches = await all(new ImageReaderStage({ batchSize: 3 }).process(group(data)));
  t.deepEqual(
    batches.map((batch) => [batch.taskId, batch.data.length]),
    [
      ["g_0", 3],
      ["g_1", 3],
      ["g_2", 1],
    ],
  );
  const back = batches.flatMap((batch) => batch.data);
  for (const [i, { imageData, ...image }] of back.entries()) {
    const { imageId, imagePath, metadata, aestheticScore } = images[i]!;
    t.deepEqual(image, { imageId, imagePath, metadata, aestheticScore, nsfwScore: null } as never);
    t.deepEqual(imageData!.shape, images[i]!.imageData!.shape);
  }
  const [plain] = await all(new ImageReaderStage({ tables: false }).process(group(data.slice(0, 1))));
  t.like(plain!.data[1], { imageId: "a_b_1", imagePath: `${data[0]}/a_b_1.jpg` });
  const [curator] = await all(new ImageReaderStage({ ids: "curator" }).process(group(data.slice(1, 2))));
  t.regex(curator!.data[2]!.imageId, /^images-[0-9a-f]{12}-000001_000002$/);
});

test("samples of other writers: sidecars, folders, other members; keys end at the first period of the last part", async (t) => {
  const text = (name: string, value: string) => ({ name, bytes: Buffer.from(value) });
  const tar = await tarOf(scratch(t), "x.tar", [
    text("v1.0/a.json", '{"w": 1}'),
    { name: "v1.0/a.seg.jpg", bytes: await jpeg(0) },
    text("v1.0/a.cls", "7"),
    { name: "b.JPG", bytes: await jpeg(1) },
    text("c.json", "[1]"),
    { name: "c.jpg", bytes: await jpeg(2) },
  ]);
  const [batch] = await all(new ImageReaderStage().process(group([tar])));
  t.deepEqual(
    batch!.data.map(({ imageId, metadata, imageData }) => [imageId, metadata, imageData!.width]),
    [
      ["v1.0/a", { w: 1 }, 20],
      ["b", {}, 21],
      ["c", { json: [1] }, 22],
    ],
  );
});

test("a member that is no picture, a shard that is cut, missing or damaged: typed errors that name it", async (t) => {
  const folder = scratch(t);
  const tar = await tarOf(folder, "x.tar", [
    { name: "a.jpg", bytes: await jpeg(0) },
    { name: "b.jpg", bytes: Buffer.from("no picture") },
    { name: "c.jpg", bytes: await jpeg(1) },
  ]);
  const read = (path: string, options = {}) => all(new ImageReaderStage(options).process(group([path])));
  await t.throwsAsync(read(tar), { code: "ERR_DATASET_BAD_IMAGE", message: /x\.tar: member b\.jpg: / });
  const [batch] = await read(tar, { onBadImage: "skip" });
  t.deepEqual(
    batch!.data.map(({ imageId }) => imageId),
    ["a", "c"],
  );
  t.like(batch!.metadata.skipped, [{ imageId: "b", imagePath: `${tar}/b.jpg` }]);
  await writeFile(join(folder, "cut.tar"), readFileSync(tar).subarray(0, 700));
  await t.throwsAsync(read(join(folder, "cut.tar")), {
    code: "ERR_DATASET_BAD_SHARD",
    message: /cut\.tar: after 1 members/,
  });
  await t.throwsAsync(read(join(folder, "none.tar")), { code: "ERR_POLYCODEC_IO", message: /none\.tar/ });
  await writeFile(join(folder, "x.parquet"), "no table");
  await t.throwsAsync(read(tar), { code: "ERR_DATASET_BAD_SHARD", message: /x\.parquet/ });
  await t.throwsAsync(read(tar, { tables: false, maxMemberBytes: 100 }), {
    message: /member a\.jpg has \d+ bytes, maxMemberBytes allows 100/,
  });
  const json = await tarOf(folder, "j.tar", [{ name: "a.json", bytes: Buffer.from("{") }]);
  await t.throwsAsync(read(json), { code: "ERR_DATASET_BAD_SHARD", message: /member a\.json/ });
  const stop = AbortSignal.abort(new Error("enough"));
  await t.throwsAsync(all(new ImageReaderStage({ tables: false }).process(group([tar]), { signal: stop })), {
    message: "enough",
  });
});

test("a shard is read as far as is asked for: little more than a window of members is in memory", async (t) => {
  const picture = await jpeg(0);
  const folder = scratch(t);
  const tar = await tarOf(
    folder,
    "big.tar",
    (function* () {
      for (let i = 0; i < 4000; i++) yield { name: `${i}.jpg`, bytes: Buffer.concat([picture, Buffer.alloc(20_000)]) };
    })(),
  );
  let read = 0;
  const local = localStorage(folder);
  const storage = {
    ...local,
    async *readStream(name: string) {
      for await (const chunk of local.readStream(name)) {
        read += chunk.length;
        yield chunk;
      }
    },
  };
  using decoder = new Decoder({ limits: { windowItems: 32 } });
  const batches = new ImageReaderStage({ batchSize: 10, storage, decoder, tables: false }).process(group([tar]));
  t.is((await batches.next()).value!.data.length, 10);
  await new Promise((resolve) => setTimeout(resolve, 100));
  t.true(read < 8 * 2 ** 20, `${read} bytes of 80 MB`);
  await batches.return();
});

test("files are divided by count or by size, with ids that depend on their paths alone", async (t) => {
  const folder = join(scratch(t), "Photos");
  await mkdir(join(folder, "sub"), { recursive: true });
  for (const [name, size] of [
    ["b.tar", 10],
    ["a.tar", 40],
    ["sub/c.TAR", 20],
    ["x.txt", 1],
    [".h.tar", 1],
  ] as const)
    await writeFile(join(folder, name), new Uint8Array(size));
  const tasks = async (options: object) => all(new FilePartitioningStage({ filePaths: folder, ...options }).process());
  const names = async (options: object) =>
    (await tasks(options)).map(({ data }) => data.map((path) => path.slice(folder.length + 1)).join());
  t.deepEqual(await names({}), ["a.tar", "b.tar", "sub/c.TAR"]);
  t.deepEqual(await names({ filesPerPartition: 2 }), ["a.tar,b.tar", "sub/c.TAR"]);
  t.deepEqual(await names({ blocksize: 30 }), ["b.tar,sub/c.TAR", "a.tar"]);
  t.deepEqual(await names({ filePaths: [folder], limit: 1 }), ["a.tar"]);
  t.deepEqual(await names({ fileExtensions: [".txt"] }), ["x.txt"]);
  const [first] = await tasks({});
  t.like(first, { datasetName: "photos", metadata: { partitionIndex: 0, totalPartitions: 3 } });
  t.regex(first!.taskId, /^[0-9a-f]{12}$/);
  t.is((await tasks({ filePaths: [join(folder, "a.tar")] }))[0]!.taskId, first!.taskId);
  await t.throwsAsync(tasks({ filePaths: join(folder, "none") }), { code: "ERR_DATASET_INVALID_OPTION" });
  t.throws(() => new FilePartitioningStage({ filePaths: folder, filesPerPartition: 1, blocksize: 1 }), {
    message: /not both/,
  });
});

test("a pipeline from shards to shards: ids along the way, progress, results in order, the same again", async (t) => {
  const folder = scratch(t);
  const input = new ImageWriterStage({ outputDir: join(folder, "in"), imagesPerTar: 5 });
  await input.process(drawnBatch(12));
  const run = async (outputDir: string) => {
    const ids: string[] = [];
    const even: Stage<ImageBatch, ImageBatch> = {
      name: "even",
      async process(batch) {
        ids.push(batch.taskId);
        return { ...batch, data: batch.data.filter(({ metadata }) => (metadata!.k as number) % 2 === 0) };
      },
    };
    let last: readonly StageProgress[] = [];
    const result = await new Pipeline()
      .add(new FilePartitioningStage({ filePaths: join(folder, "in") }))
      .add(new ImageReaderStage({ batchSize: 3 }))
      .add(even, { concurrency: 2 })
      .add(new ImageWriterStage({ outputDir, removeImageData: true }))
      .run({
        progress: true,
        onProgress: (stages) => {
          last = stages;
        },
      });
    return { ids, result, last };
  };
  const { ids, result, last } = await run(join(folder, "a"));
  t.is(ids.length, 5);
  for (const id of ids) t.regex(id, /^[0-9a-f]{12}_[01]$/);
  t.deepEqual(
    result.tasks.map(({ taskId }) => taskId),
    ids.map((id) => `${id}_0_0`),
  );
  t.deepEqual(
    last.map(({ name, tasksIn, tasksOut, items, isDone }) => [name, tasksIn, tasksOut, items, isDone]),
    [
      ["file_partitioning", 1, 3, 3, true],
      ["image_reader", 3, 5, 12, true],
      ["even", 5, 5, 6, true],
      ["image_writer", 5, 5, 10, true],
    ],
  );
  const again = await run(join(folder, "b"));
  const paths = (tasks: readonly FileGroupTask[]) => tasks.flatMap(({ data }) => data);
  for (const [i, path] of paths(again.result.tasks).entries()) {
    const other = paths(result.tasks)[i]!;
    t.is(path.replace("/b/", "/a/"), other);
    if (path.endsWith(".tar")) t.is(Buffer.compare(readFileSync(path), readFileSync(other)), 0);
  }
});

test("a stage that fails ends the run with its name and task; or is told of, and the others go on; join is called", async (t) => {
  const calls: string[] = [];
  const picky: Stage<number, number> = {
    name: "picky",
    start: () => void calls.push("start"),
    async process(n) {
      if (n === 2) throw new Error("two");
      return n * 10;
    },
    join: () => void calls.push("join"),
  };
  const twice: Stage<number, number> = { name: "twice", process: (n) => [n, n + 1] };
  const pipeline = new Pipeline<number>().add(picky).add(twice);
  const error = (await t.throwsAsync(pipeline.run([1, 2, 3]), {
    code: "ERR_DATASET_STAGE_FAILED",
    message: "picky: two",
  })) as DatasetError;
  t.is((error.cause as Error).message, "two");
  t.deepEqual(calls, ["start", "join"]);
  const { tasks, failures, stages } = await pipeline.run([1, 2, 3], { ignoreFailures: true });
  t.deepEqual(tasks, [10, 11, 30, 31]);
  t.like(failures, [{ stage: "picky", taskId: "", reason: { message: "picky: two" } }]);
  t.is(stages[0]!.failed, 1);
  const late: Stage<number, number> = {
    name: "late",
    process: async (n) => n,
    join: () => Promise.reject(new Error("late")),
  };
  await t.throwsAsync(new Pipeline<number>().add(late).run([1]), { message: "late" });
  t.throws(() => new Pipeline<number>().add({ name: "none" } as never), { message: /expected a stage/ });
});

test("stages run side by side, in order, and no further ahead than one result each; an abort stops them", async (t) => {
  let running = 0;
  let most = 0;
  const slow: Stage<number, number> = {
    name: "slow",
    async process(n) {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 20 - n));
      running--;
      return n;
    },
  };
  const numbers = Array.from({ length: 9 }, (_, i) => i);
  t.deepEqual((await new Pipeline<number>().add(slow, { concurrency: 3 }).run(numbers)).tasks, numbers);
  t.is(most, 3);
  let drawn = 0;
  const endless = function* () {
    for (;;) yield drawn++;
  };
  const stop = new AbortController();
  const stuck: Stage<number, number> = {
    name: "stuck",
    process: (n, { signal } = {}) =>
      new Promise((resolve, reject) => {
        if (n < 2) resolve(n);
        else signal!.addEventListener("abort", () => reject(signal!.reason));
      }),
  };
  const running2 = new Pipeline<number>().add(stuck).add(slow).run(endless(), { signal: stop.signal });
  setTimeout(() => stop.abort(new Error("enough")), 100);
  await t.throwsAsync(running2, { message: "enough" });
  t.true(drawn <= 4, String(drawn));
});
