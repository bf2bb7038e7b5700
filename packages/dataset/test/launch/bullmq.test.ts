/** Tasks over a queue in Redis, without violence; kill.test.ts has the other part. */
import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { drawPicture } from "@polycodec/core/testing";
import { shardFolder, type TaskOutcome } from "@polycodec/dataset";
import { type BullmqLauncherOptions, bullmqLauncher } from "@polycodec/dataset/bullmq";
import test from "ava";
import { Redis } from "ioredis";
import "polycodec";
import { freePort, RedisServer } from "./redis-server.js";
import "./slow-fake-decoder.js";
import { smallImages, temporaryFolder } from "./small-images.js";

const MANIFEST = "_polycodec/manifest.jsonl";
const QUICK = { backoffMs: 20, lockMs: 1000, pollMs: 100, attempts: 3 };

test.serial("two processes that are told the same share the work; nothing is left in Redis", async (t) => {
  const folder = await temporaryFolder(t);
  const source = join(folder, "source");
  const output = join(folder, "out");
  await smallImages(source, 60);
  const redis = await RedisServer.start(t, join(folder, "redis"));
  const outcomes: TaskOutcome[][] = [[], []];
  const progress = [0, 0];
  const summaries = await Promise.all(
    [0, 1].map((place) =>
      shardFolder({
        source,
        output,
        imagesPerTar: 3,
        launcher: bullmqLauncher({ redis: redis.url, ...QUICK }),
        onOutcome: (outcome) => outcomes[place]!.push(outcome),
        onProgress: (images) => {
          progress[place]! += images;
        },
      }),
    ),
  );
  for (const [place, summary] of summaries.entries()) {
    t.like(summary, { tasks: 20, committed: 20, images: 60, failures: [] });
    // Each sees what became of every task that was open when it came, whoever did it.
    t.is(outcomes[place]!.length + summary.present, 20);
    t.is(progress[place]!, summary.newImages);
  }
  t.is((await readdir(output)).length, 41);
  const client = new Redis(redis.url);
  const keys = await client.keys("*:task-*");
  client.disconnect();
  t.deepEqual(keys, []);
});

test.serial(
  "a task that fails is tried again, then given up and reported with its reason; its job stays for a dashboard",
  async (t) => {
    const folder = await temporaryFolder(t);
    const source = join(folder, "source");
    const output = join(folder, "out");
    await smallImages(source, 9);
    const redis = await RedisServer.start(t, join(folder, "redis"));
    const options = { source, output, imagesPerTar: 3 };
    const launcher = bullmqLauncher({ redis: redis.url, ...QUICK, queue: "given-up" });
    const withoutOne = {
      ...launcher,
      launch: async (work: Parameters<typeof launcher.launch>[0]) => {
        await rename(join(source, "0000004.ppm"), join(folder, "away"));
        await launcher.launch(work);
        await rename(join(folder, "away"), join(source, "0000004.ppm"));
      },
    };
    const summary = await shardFolder({ ...options, launcher: withoutOne });
    t.like(summary, { committed: 2, images: 6 });
    t.is(summary.failures[0]?.error?.code, "ERR_POLYCODEC_IO");
    t.regex(summary.failures[0]!.error!.message, /0000004\.ppm/);
    const client = new Redis(redis.url);
    const job = await client.hgetall("bull:given-up:task-1");
    client.disconnect();
    t.like(job, { name: "shard", atm: "3" });
    t.deepEqual(JSON.parse(job.data!), { output, run: JSON.parse(job.data!).run, task: 1 });

    t.like(await shardFolder({ ...options, launcher }), { committed: 3, images: 9, present: 2, failures: [] });
  },
);

test.serial("a job says how far it is: images, bytes, and percent where dashboards look", async (t) => {
  const folder = await temporaryFolder(t);
  const source = join(folder, "source");
  const count = 40;
  await mkdir(source);
  const { bytes } = drawPicture(1200, 900);
  const picture = Buffer.concat([Buffer.from("P6 1200 900 255\n"), bytes]);
  for (let i = 0; i < count; i++) await writeFile(join(source, `${i}.ppm`), picture);
  const redis = await RedisServer.start(t, join(folder, "redis"));
  const client = new Redis(redis.url);
  t.teardown(async () => client.disconnect());
  const told: Promise<string | null>[] = [];
  await shardFolder({
    source,
    output: join(folder, "out"),
    imagesPerTar: count,
    launcher: bullmqLauncher({ redis: redis.url, ...QUICK, queue: "far" }),
    onProgress: () => void told.push(client.hget("bull:far:task-0", "progress")),
  });
  const [first] = (await Promise.all(told)).filter((text) => text !== null);
  const { images, sourceBytes, progress } = JSON.parse(first!);
  t.true(images > 0 && images <= count);
  t.is(sourceBytes, images * picture.length);
  t.is(progress, Math.round((100 * images) / count));
});

test.serial("what the queue has lost is put into it again", async (t) => {
  const folder = await temporaryFolder(t);
  const source = join(folder, "source");
  const output = join(folder, "out");
  await smallImages(source, 30);
  const redis = await RedisServer.start(t, join(folder, "redis"));
  const client = new Redis(redis.url);
  t.teardown(async () => client.disconnect());
  let settled = 0;
  const summary = await shardFolder({
    source,
    output,
    imagesPerTar: 3,
    launcher: bullmqLauncher({ redis: redis.url, ...QUICK, tasksPerSecond: 5 }),
    // Somebody empties Redis in the middle.
    onOutcome: () => void (++settled === 4 && client.flushall()),
  });
  t.like(summary, { tasks: 10, committed: 10, images: 30, failures: [] });
  await shardFolder({ source, output: join(folder, "alone"), imagesPerTar: 3 });
  t.is(await readFile(join(output, MANIFEST), "utf8"), await readFile(join(folder, "alone", MANIFEST), "utf8"));
});

test.serial("a Redis that is not there is told at once, without its password", async (t) => {
  const folder = await temporaryFolder(t);
  const source = join(folder, "source");
  await smallImages(source, 3);
  const port = await freePort();
  const options: BullmqLauncherOptions = { redis: `redis://user:secret@127.0.0.1:${port}`, ...QUICK };
  const error = await t.throwsAsync(
    shardFolder({ source, output: join(folder, "out"), launcher: bullmqLauncher(options) }),
    {
      code: "ERR_POLYCODEC_IO",
    },
  );
  t.regex(error!.message, /no Redis answers: .*ECONNREFUSED/);
  t.notRegex(error!.message, /secret/);
});

test.serial("an abort ends a run whose Redis is away", async (t) => {
  const folder = await temporaryFolder(t);
  const source = join(folder, "source");
  await smallImages(source, 9);
  const redis = await RedisServer.start(t, join(folder, "redis"));
  const abort = new AbortController();
  const warnings: string[] = [];
  const run = shardFolder({
    source,
    output: join(folder, "out"),
    imagesPerTar: 3,
    launcher: bullmqLauncher({ redis: redis.url, ...QUICK, tasksPerSecond: 1 }),
    signal: abort.signal,
    onOutcome: () => void redis.stop("SIGKILL"),
    onWarning(message) {
      warnings.push(message);
      abort.abort();
    },
  });
  await t.throwsAsync(run, { any: true, name: "AbortError" });
  t.regex(warnings[0]!, /redis:\/\/127.0.0.1:\d+: connection lost/);
});
