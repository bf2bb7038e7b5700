/** Whoever runs the tasks, and however often it is interrupted: the same shards. */
import { readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  arrayPlace,
  localLauncher,
  localStorage,
  type ShardFolderOptions,
  shardFolder,
  staticLauncher,
} from "@polycodec/dataset";
import test from "ava";
import { Encoder, Image } from "polycodec";
import { FakeCrashingStorage } from "./fake-crashing-storage.js";
import "./slow-fake-decoder.js";
import { smallImages, temporaryFolder } from "./small-images.js";

const MANIFEST = "_polycodec/manifest.jsonl";
const IMPORTS = [import.meta.resolve("polycodec"), new URL("./slow-fake-decoder.js", import.meta.url).href];

const manifestOf = (output: string) => readFile(join(output, MANIFEST), "utf8");

/** What an undisturbed run in this process writes. */
async function expected(source: string, output: string, options: Partial<ShardFolderOptions> = {}): Promise<string> {
  await shardFolder({ source, output, imagesPerTar: 3, ...options });
  return manifestOf(output);
}

test("one process, two worker processes and array jobs of 1, 3 and 7 write the same shards", async (t) => {
  const folder = await temporaryFolder(t);
  const source = join(folder, "source");
  await smallImages(source, 40);
  const alone = await expected(source, join(folder, "alone"));
  t.is(alone.trim().split("\n").length, 14);

  const workers = join(folder, "workers");
  const summary = await shardFolder({
    source,
    output: workers,
    imagesPerTar: 3,
    imports: IMPORTS,
    launcher: localLauncher({ workers: 2 }),
  });
  t.like(summary, { tasks: 14, committed: 14, images: 40, newImages: 40, present: 0, failures: [] });
  t.is(await manifestOf(workers), alone);

  for (const of of [1, 3, 7]) {
    const output = join(folder, `static-${of}`);
    let images = 0;
    for (let index = 0; index < of; index++) {
      const part = await shardFolder({ source, output, imagesPerTar: 3, launcher: staticLauncher({ index, of }) });
      images += part.newImages;
    }
    t.is(images, 40, `${of}`);
    t.is(await manifestOf(output), alone, `${of}`);
  }
});

test("a process that dies at any step of a run leaves what the next one completes", async (t) => {
  const folder = await temporaryFolder(t);
  const source = join(folder, "source");
  await smallImages(source, 5);
  const alone = await expected(source, join(folder, "alone"));
  for (const when of ["before", "after"] as const) {
    for (let step = 0, crashed = true; crashed; step++) {
      const output = join(folder, `${when}-${step}`);
      const dying = new FakeCrashingStorage(localStorage(output), step, when);
      await shardFolder({ source, output: dying.storage, imagesPerTar: 3 }).catch(() => {});
      crashed = dying.crashed;
      await shardFolder({ source, output, imagesPerTar: 3, resume: true });
      t.is(await manifestOf(output), alone, `${when} ${step}`);
      t.deepEqual(
        (await readdir(output)).filter((name) => name.startsWith(".")),
        [],
        `${when} ${step}`,
      );
      await rm(output, { recursive: true });
      if (!crashed) t.true(step > 15, `${step} steps`);
    }
  }
});

test.serial(
  "a task that kills its workers is given up after three; the others go on, and a run that resumes tries it again",
  async (t) => {
    const folder = await temporaryFolder(t);
    const source = join(folder, "source");
    const output = join(folder, "out");
    await smallImages(source, 9);
    process.env.FAKE_DECODER_DEADLY = "4";
    t.teardown(() => {
      delete process.env.FAKE_DECODER_DEADLY;
    });
    const warnings: string[] = [];
    const launcher = localLauncher({ workers: 1, attempts: 3, backoffMs: 1 });
    const options = { source, output, imagesPerTar: 3, imports: IMPORTS, launcher };
    const summary = await shardFolder({ ...options, onWarning: (message) => warnings.push(message) });
    t.like(summary, { committed: 2, images: 6 });
    t.is(summary.failures[0]?.task, 1);
    t.regex(summary.failures[0]!.error!.message, /a worker process died at it \(SIGKILL\)/);
    t.is(warnings.length, 3);
    t.deepEqual(await readdir(join(output, "_polycodec/failed")), ["000000001.json"]);
    await t.throwsAsync(readFile(join(output, MANIFEST)), { code: "ENOENT" });

    delete process.env.FAKE_DECODER_DEADLY;
    t.like(await shardFolder({ ...options, resume: true }), {
      committed: 3,
      images: 9,
      present: 2,
      newImages: 3,
      failures: [],
    });
    t.deepEqual(await readdir(join(output, "_polycodec/failed")), []);
  },
);

test("an image that cannot be decoded is left out and told, or fails its shard; a file that cannot be read is no such image", async (t) => {
  const folder = await temporaryFolder(t);
  const source = join(folder, "source");
  await smallImages(source, 4);
  await writeFile(join(source, "0000001.png"), Buffer.from("\x89PNG\r\n\x1a\nno", "latin1"));
  await writeFile(join(source, "notes.txt"), "not a picture");
  const skipped = join(folder, "skipped");
  t.like(await shardFolder({ source, output: skipped, imagesPerTar: 3 }), {
    images: 4,
    skipped: 1,
    skippedFiles: 1,
    failures: [],
  });
  const record = JSON.parse(await readFile(join(skipped, "_polycodec/done/000000000.json"), "utf8")) as {
    skipped: { path: string; code: string }[];
  };
  t.is(record.skipped[0]?.path, "0000001.png");
  t.regex(record.skipped[0]!.code, /^ERR_POLYCODEC_(CORRUPTED|TRUNCATED)$/);

  const failed = await shardFolder({ source, output: join(folder, "failed"), imagesPerTar: 3, onBadImage: "fail" });
  t.like(failed, { committed: 1, images: 2 });
  t.is(failed.failures[0]?.error?.code, "ERR_DATASET_BAD_IMAGE");
  t.regex(failed.failures[0]!.error!.message, /^0000001\.png: /);

  // The plan names a file that is gone: that may be the weather, so its task fails and can be resumed.
  const output = join(folder, "gone");
  const launcher = localLauncher({ attempts: 2, backoffMs: 1 });
  await rm(join(source, "0000001.png"));
  const away = {
    ...launcher,
    launch: async (work: Parameters<typeof launcher.launch>[0]) => {
      await rename(join(source, "0000003.ppm"), join(folder, "away"));
      await launcher.launch(work);
    },
  };
  const gone = await shardFolder({ source, output, imagesPerTar: 3, launcher: away });
  t.like(gone, { committed: 1, images: 3, skipped: 0 });
  t.is(gone.failures[0]?.error?.code, "ERR_POLYCODEC_IO");
  await rename(join(folder, "away"), join(source, "0000003.ppm"));
  t.like(await shardFolder({ source, output, imagesPerTar: 3, resume: true }), { committed: 2, images: 4 });
});

test("a machine without a backend fails its tasks, and leaves no image out; one that has it completes the run", async (t) => {
  const folder = await temporaryFolder(t);
  const source = join(folder, "source");
  const output = join(folder, "out");
  await smallImages(source, 4);
  using encoder = new Encoder();
  await encoder.write(
    join(source, "0000001.png"),
    Image.from(new Uint8Array(48), { width: 4, height: 4, channels: 3 }),
  );
  const options = { source, output, imagesPerTar: 3 };
  const poor = await shardFolder({
    ...options,
    imports: [import.meta.resolve("./fake-machine-without-png.js")],
    launcher: localLauncher({ workers: 1, attempts: 2, backoffMs: 1 }),
  });
  t.like(poor, { tasks: 2, committed: 1, images: 2, skipped: 0 });
  t.like(poor.failures, [{ task: 0, error: { code: "ERR_POLYCODEC_NO_BACKEND" } }]);
  t.like(await shardFolder({ ...options, resume: true }), { committed: 2, images: 5, skipped: 0, failures: [] });
});

test("images whose names differ in their extension or by a slash alone keep different keys", async (t) => {
  const folder = await temporaryFolder(t);
  const source = join(folder, "source");
  await smallImages(source, 1);
  await smallImages(join(source, "a"), 1);
  const bytes = await readFile(join(source, "0000000.ppm"));
  await writeFile(join(source, "0000000.pnm"), bytes);
  await writeFile(join(source, "a_0000000.ppm"), bytes);
  const output = join(folder, "out");
  t.like(await shardFolder({ source, output, recursive: true }), { images: 4, failures: [] });
  const tar = (await readdir(output)).find((name) => name.endsWith(".tar"))!;
  const names = [...String(await readFile(join(output, tar), "latin1")).matchAll(/(\w+)\.jpg\0/g)].map(
    ([, name]) => name,
  );
  t.deepEqual(names, ["0000000_pnm", "0000000_ppm", "a_0000000_ppm_000002", "a_0000000_ppm_000003"]);
});

test("a shard that was damaged later is found by verify, and written again", async (t) => {
  const folder = await temporaryFolder(t);
  const source = join(folder, "source");
  const output = join(folder, "out");
  await smallImages(source, 6);
  const alone = await expected(source, output);
  const [damaged, lost] = (await readdir(output)).filter((name) => name.endsWith(".tar"));
  await writeFile(join(output, damaged!), "damaged");
  await rm(join(output, lost!));
  const warnings: string[] = [];
  const options = { source, output, imagesPerTar: 3, resume: true };
  t.like(await shardFolder(options), { newImages: 0 });
  t.like(await shardFolder({ ...options, verify: true, onWarning: (message) => warnings.push(message) }), {
    newImages: 6,
    committed: 2,
  });
  t.is(warnings.length, 2);
  t.is(await manifestOf(output), alone);
});

test("an abort stops a run, in this process or in workers, and leaves no temporary file of it", async (t) => {
  const folder = await temporaryFolder(t);
  const source = join(folder, "source");
  await smallImages(source, 30);
  const alone = await expected(source, join(folder, "alone"));
  for (const workers of [0, 1]) {
    const output = join(folder, `aborted-${workers}`);
    const abort = new AbortController();
    const options = { source, output, imagesPerTar: 3, imports: IMPORTS, launcher: localLauncher({ workers }) };
    const run = shardFolder({ ...options, signal: abort.signal, onOutcome: () => abort.abort() });
    await t.throwsAsync(run, { any: true, name: "AbortError" });
    t.deepEqual(
      (await readdir(output)).filter((name) => name.startsWith(".")),
      [],
    );
    t.like(await shardFolder({ ...options, resume: true }), { committed: 10, images: 30 });
    t.is(await manifestOf(output), alone);
  }
});

test("the place in an array job comes from Slurm or Kubernetes", (t) => {
  t.is(arrayPlace({}), undefined);
  const slurm = {
    SLURM_ARRAY_TASK_ID: "14",
    SLURM_ARRAY_TASK_MIN: "10",
    SLURM_ARRAY_TASK_STEP: "2",
    SLURM_ARRAY_TASK_COUNT: "5",
  };
  t.deepEqual(arrayPlace(slurm), { index: 2, of: 5 });
  t.deepEqual(arrayPlace({ JOB_COMPLETION_INDEX: "3" }), { index: 3, of: undefined });
  t.throws(() => staticLauncher({ index: 3, of: 3 }), { instanceOf: RangeError, message: /index 3 of 3/ });
});
