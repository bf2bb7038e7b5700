/** The reference's own class and ours, on the same arrays: names, tars and tables. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { Image } from "@polycodec/core";
import { drawPicture } from "@polycodec/core/testing";
import { type ImageBatch, type ImageObject, ImageWriterStage } from "@polycodec/dataset";
import "@polycodec/ext-cpu";
import test from "ava";
import { pythonWith, runScript } from "./python.js";
import { batchOf, scratch } from "./shards.js";

const curator = pythonWith("nemo_curator", "pyarrow", "PIL");

/** Colour and gray, ids and none, names that need the extended header, metadata of every kind. */
function tasks(): ImageBatch[] {
  const gray = drawPicture(61, 47, { sampleFormat: "I_Y", seed: 3 });
  const images: ImageObject[] = [
    { imagePath: "/src/0.jpg", imageId: "first", metadata: { k: 0, s: "a'b" }, imageData: drawPicture(333, 250) },
    { imagePath: "/src/ü.jpg", imageId: "schön", metadata: {}, imageData: gray },
    { imagePath: "/src/𝄞.jpg", imageId: "", metadata: { none: null, t: true }, imageData: drawPicture(1, 1) },
    {
      imagePath: "/src/\uffee.jpg",
      imageId: "x".repeat(120),
      metadata: { f: 0.1, big: 1e22 },
      imageData: drawPicture(8, 8),
    },
    { imagePath: "/src/4.jpg", imageId: "a/b.c", metadata: { l: [1, ["é\n", 2.5]] }, imageData: drawPicture(101, 67) },
    {
      imagePath: "/src/5.jpg",
      imageId: "漢".repeat(120),
      metadata: { q: "\"'\u200b" },
      imageData: drawPicture(64, 48),
    },
    { imagePath: "/src/6.jpg", imageId: "last", metadata: { e: 1e-7, n: -12 }, imageData: drawPicture(17, 900) },
  ];
  return [batchOf(images, "4f2a_0_3"), batchOf(images.slice(2, 4), "r77"), batchOf([], "none")];
}

const title = "names are equal, tars byte for byte, tables by pyarrow: the reference's class and ours";
(("missing" in curator ? test.skip : test) as typeof test)(
  "missing" in curator ? `${title} (${curator.missing})` : title,
  async (t) => {
    if ("missing" in curator) return;
    const folder = scratch(t);
    const theirs = join(folder, "theirs");
    const ours = join(folder, "ours");
    const work = tasks();
    const job = {
      outputDir: theirs,
      imagesPerTar: 3,
      tasks: work.map(({ taskId, data }, i) => ({
        taskId,
        images: data.map(({ imageData, ...image }, j) => {
          const pixels = join(folder, `${i}-${j}.bin`);
          const { width, height, channels } = imageData!;
          writeFileSync(pixels, imageData!.packed());
          return { ...image, pixels, shape: channels === 1 ? [height, width] : [height, width, channels] };
        }),
      })),
    };
    writeFileSync(join(folder, "job.json"), JSON.stringify(job));
    const expected = runScript<string[][]>(curator.python, "write_shards.py", join(folder, "job.json"));

    const got: (readonly string[])[] = [];
    const stage = new ImageWriterStage({ outputDir: ours, imagesPerTar: 3, compatibility: "curator" });
    for (const task of work) got.push((await stage.process(task)).data);
    t.deepEqual(
      got.map((paths) => paths.map((path) => basename(path))),
      expected.map((paths) => paths.map((path) => basename(path))),
    );
    t.is(got.flat().length, 8);
    for (const path of expected.flat().filter((name) => name.endsWith(".tar")))
      t.is(Buffer.compare(readFileSync(path), readFileSync(join(ours, basename(path)))), 0, basename(path));

    // `tar_file` is the path as written; so ours is written again where theirs lies.
    const inPlace = join(folder, "again");
    mkdirSync(inPlace);
    const tables = expected.flat().filter((name) => name.endsWith(".parquet"));
    const copies = tables.map((path) => join(inPlace, basename(path)));
    for (const [i, path] of tables.entries()) writeFileSync(copies[i]!, readFileSync(path));
    const again = new ImageWriterStage({ outputDir: theirs, imagesPerTar: 3, compatibility: "curator" });
    for (const task of work) await again.process(task);
    t.deepEqual(
      runScript<boolean[]>(curator.python, "read_shards.py", "equal-tables", ...copies, ...tables),
      tables.map(() => true),
    );
  },
);

test("the facts that the reference's class was seen to keep to, without it", async (t) => {
  const folder = scratch(t);
  const stage = new ImageWriterStage({ outputDir: folder, compatibility: "curator" });
  const data = Array.from({ length: 5 }, (_, i) => ({
    imagePath: `/src/${i}.jpg`,
    imageId: `id${i}`,
    metadata: {},
    imageData: Image.from(new Uint8Array(48).fill(i), { width: 4, height: 4, channels: 3 }),
  }));
  const { data: paths } = await stage.process(batchOf(data, "abc_0"));
  t.deepEqual(paths, [`${folder}/images-84f5dfe7d827-000000.tar`, `${folder}/images-84f5dfe7d827-000000.parquet`]);
});
