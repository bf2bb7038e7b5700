/** Workers are killed, Redis is restarted, everything is stopped: every image ends up in exactly one shard all the same. */
import { execFile } from "node:child_process";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { shardFolder } from "@polycodec/dataset";
import test from "ava";
import "polycodec";
import "./slow-fake-decoder.js";
import { KillRun } from "./kill-run.js";
import { RedisServer } from "./redis-server.js";
import { smallImages, temporaryFolder } from "./small-images.js";

const run = promisify(execFile);
const TASKS = 200;
const IMAGES_PER_TAR = 5;
const KILLS = 30;
const MANIFEST = "_polycodec/manifest.jsonl";

test.serial(
  "200 tasks, 30 workers killed, Redis restarted twice, one full stop: each image once, and nothing done again",
  async (t) => {
    t.timeout(300_000);
    const folder = await temporaryFolder(t);
    const source = join(folder, "source");
    const output = join(folder, "out");
    const log = join(folder, "decoded.log");
    await smallImages(source, TASKS * IMAGES_PER_TAR);
    const redis = await RedisServer.start(t, join(folder, "redis"));
    const orders = { source, output, imagesPerTar: IMAGES_PER_TAR, redis: redis.url, workers: 4 };
    const environment = { FAKE_DECODER_MS: "40", FAKE_DECODER_LOG: log };

    const first = new KillRun(orders, environment, 1);
    t.teardown(() => first.killAll());
    for (let i = 1; i <= 18; i++) {
      await first.killOne();
      if (i === 9) {
        await redis.stop("SIGTERM");
        await redis.start();
      }
    }
    await first.killAll();
    const before = await committed(output);
    t.true(before.size > 0 && before.size < TASKS, `${before.size} tasks committed at the full stop`);
    const decodedBefore = (await readFile(log, "utf8")).length;

    const second = new KillRun(orders, environment, 2);
    t.teardown(() => second.killAll());
    for (let i = 1; i <= KILLS - 18; i++) {
      await second.killOne();
      if (i === 4) {
        await redis.stop("SIGKILL");
        await redis.start();
      }
    }
    const summary = await second.summary();
    t.is(first.kills + second.kills, KILLS);
    t.deepEqual(summary.failures, []);
    t.like(summary, { committed: TASKS, images: TASKS * IMAGES_PER_TAR, skipped: 0, present: before.size });

    // What was committed at the stop is what is there now, and none of its images was decoded again.
    for (const [name, time] of before) t.is((await stat(join(output, "_polycodec/done", name))).mtimeMs, time, name);
    const again = (await readFile(log, "utf8")).slice(decodedBefore).split("\n").filter(Boolean).map(Number);
    const doneBefore = new Set([...before.keys()].map((name) => Number.parseInt(name, 10)));
    t.deepEqual(
      again.filter((image) => doneBefore.has(Math.floor(image / IMAGES_PER_TAR))),
      [],
    );

    // Every image exactly once, by another reader of tar.
    const members = (await run("sh", ["-c", 'for f in *.tar; do tar tf "$f" || exit 1; done'], { cwd: output })).stdout;
    t.deepEqual(
      members.trim().split("\n").sort(),
      numbers(TASKS * IMAGES_PER_TAR).map((i) => `${String(i).padStart(7, "0")}.jpg`),
    );

    // No file is there that the manifest does not name, and all bytes are those of an undisturbed run.
    const manifest = await readFile(join(output, MANIFEST), "utf8");
    const named = manifest
      .trim()
      .split("\n")
      .flatMap((line) => (JSON.parse(line) as { files: { name: string }[] }).files.map((file) => file.name));
    t.deepEqual((await readdir(output)).sort(), [...named, "_polycodec"].sort());
    await shardFolder({ source, output: join(folder, "alone"), imagesPerTar: IMAGES_PER_TAR });
    t.is(await readFile(join(folder, "alone", MANIFEST), "utf8"), manifest);
  },
);

/** The commit records, and when they were written. */
async function committed(output: string): Promise<Map<string, number>> {
  const folder = join(output, "_polycodec/done");
  const names = (await readdir(folder)).filter((name) => !name.startsWith("."));
  return new Map(
    await Promise.all(names.map(async (name) => [name, (await stat(join(folder, name))).mtimeMs] as const)),
  );
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
