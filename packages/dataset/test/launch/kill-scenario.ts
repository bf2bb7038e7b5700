/**
 * 200 tasks over a queue: workers killed, Redis restarted twice, everything stopped once and resumed. Afterwards each image
 * is in exactly one shard, nothing is half-written and nothing was done again; the same for every storage.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Storage, shardFolder } from "@polycodec/dataset";
import type { ExecutionContext } from "ava";
import { KillRun } from "./kill-run.js";
import { RedisServer } from "./redis-server.js";
import { smallImages } from "./small-images.js";

export const TASKS = 200;
const IMAGES_PER_TAR = 3;
const WORKERS = 4;
const DONE = "_polycodec/done/";
const MANIFEST = "_polycodec/manifest.jsonl";
/** The last worker is killed when so many tasks are committed; the first ones evenly before. */
const LAST_KILL_AT = 150;
/** Tasks from here on wait for the last kill, however slow the machine is to start new workers. */
const FIRST_WAITING = 190;
/** The share of the kills before the full stop. */
const BEFORE_STOP = 0.6;

export interface Place {
  /** Of the storage, for the processes that are killed. */
  readonly output: string;
  /** What they need to reach it. */
  readonly environment?: Record<string, string>;
  /** The same storage, to look into it from here. */
  readonly storage: Storage;
  readonly kills: number;
}

/** `folder` is for all that the run needs besides its output. */
export async function surviveKills(t: ExecutionContext, folder: string, place: Place): Promise<void> {
  const { output, storage, kills } = place;
  const source = join(folder, "source");
  const log = join(folder, "decoded.log");
  await smallImages(source, TASKS * IMAGES_PER_TAR);
  const redis = await RedisServer.start(t, join(folder, "redis"));
  const orders = { source, output, imagesPerTar: IMAGES_PER_TAR, redis: redis.url, workers: WORKERS };
  const gate = join(folder, "gate");
  const environment = {
    FAKE_DECODER_MS: "40",
    FAKE_DECODER_LOG: log,
    FAKE_DECODER_GATE: `${FIRST_WAITING * IMAGES_PER_TAR}:${gate}`,
    ...place.environment,
  };

  let killed = 0;
  async function killSome(run: KillRun, until: number, stopRedis: "SIGTERM" | "SIGKILL"): Promise<void> {
    const restart = Math.floor((killed + until) / 2);
    while (run.isRunning && killed < until) {
      // By what is done, not by the clock: a slow machine gets on between two kills, a fast one is not done before the last.
      await run.waitFor(async () => (await commitRecords(storage)).length >= (killed * LAST_KILL_AT) / kills);
      if (await run.killOne()) killed++;
      if (killed !== restart) continue;
      await redis.stop(stopRedis);
      await redis.start();
    }
  }

  const first = new KillRun(orders, environment, 1);
  t.teardown(() => first.killAll());
  await killSome(first, Math.round(kills * BEFORE_STOP), "SIGTERM");
  await first.killAll();
  const before = new Map<string, string>();
  for (const name of await commitRecords(storage)) before.set(name, await content(storage, name));
  t.true(before.size > 0 && before.size < TASKS, `${before.size} tasks committed at the full stop`);
  const decodedBefore = (await readFile(log, "utf8")).length;

  const second = new KillRun(orders, environment, 2);
  t.teardown(() => second.killAll());
  await killSome(second, kills, "SIGKILL");
  await writeFile(gate, "");
  const summary = await second.summary();
  t.is(killed, kills);
  t.deepEqual(summary.failures, []);
  t.like(summary, { committed: TASKS, images: TASKS * IMAGES_PER_TAR, skipped: 0, present: before.size });

  // What was committed at the stop is what is there now (a record says who wrote it when), and none of it was decoded again.
  for (const [name, record] of before) t.is(await content(storage, name), record, name);
  const again = (await readFile(log, "utf8")).slice(decodedBefore).split("\n").filter(Boolean).map(Number);
  const doneBefore = new Set([...before.keys()].map(taskOf));
  t.deepEqual(
    again.filter((image) => doneBefore.has(Math.floor(image / IMAGES_PER_TAR))),
    [],
  );

  // All bytes are those of an undisturbed run, and nothing is there that its manifest does not name.
  const alone = join(folder, "alone");
  await shardFolder({ source, output: alone, imagesPerTar: IMAGES_PER_TAR });
  const manifest = await readFile(join(alone, MANIFEST), "utf8");
  t.is(await content(storage, MANIFEST), manifest);
  const named = manifest
    .trim()
    .split("\n")
    .flatMap((line) => (JSON.parse(line) as { files: { name: string; sha256: string }[] }).files);
  const stored = (await names(storage, "")).filter((name) => !name.startsWith("_polycodec/"));
  t.deepEqual(stored.sort(), named.map(({ name }) => name).sort());
  const copy = join(folder, "copy");
  await mkdir(copy);
  for (const { name, sha256 } of named) {
    const bytes = (await storage.read(name))!;
    t.is(createHash("sha256").update(bytes).digest("hex"), sha256, name);
    await writeFile(join(copy, name), bytes);
  }

  // Every image exactly once, by another reader of tar.
  const command = 'for f in *.tar; do tar tf "$f" || exit 1; done';
  const members = (await promisify(execFile)("sh", ["-c", command], { cwd: copy })).stdout;
  t.deepEqual(
    members.trim().split("\n").sort(),
    Array.from({ length: TASKS * IMAGES_PER_TAR }, (_, i) => `${String(i).padStart(7, "0")}.jpg`),
  );
}

function commitRecords(storage: Storage): Promise<string[]> {
  return names(storage, DONE);
}

function taskOf(record: string): number {
  return Number.parseInt(record.slice(DONE.length), 10);
}

async function content(storage: Storage, name: string): Promise<string> {
  return Buffer.from((await storage.read(name)) ?? []).toString();
}

async function names(storage: Storage, prefix: string): Promise<string[]> {
  const found: string[] = [];
  for await (const name of storage.list(prefix)) found.push(name);
  return found;
}
