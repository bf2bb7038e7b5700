/** Shards in a bucket that fails: requests refused, answers lost, uploads cut off, workers killed. */
import { join } from "node:path";
import { put, type Storage, StorageError } from "@polycodec/dataset";
import { s3Storage } from "@polycodec/dataset/s3";
import test from "ava";
import "polycodec";
import "./slow-fake-decoder.js";
import { CREDENTIALS, FakeFaultyS3 } from "./fake-faulty-s3.js";
import { random } from "./kill-run.js";
import { surviveKills, TASKS } from "./kill-scenario.js";
import { temporaryFolder } from "./small-images.js";

/** The folder of kill.test.ts sees 30; POLYCODEC_S3_KILLS=30 does it here. */
const KILLS = Number(process.env.POLYCODEC_S3_KILLS ?? 6);
const PART = 5 * 1024 * 1024;

Object.assign(process.env, CREDENTIALS);

function bucket(s3: FakeFaultyS3, url = s3.url): Storage {
  return s3Storage({ url, partBytes: PART, config: { endpoint: s3.endpoint, forcePathStyle: true } });
}

test.serial(
  `${TASKS} tasks into a bucket that fails, ${KILLS} workers killed, Redis restarted twice, one full stop`,
  async (t) => {
    t.timeout(300_000);
    const folder = await temporaryFolder(t);
    const s3 = await FakeFaultyS3.start(t, join(folder, "s3"), random(3));
    s3.faults = { refused: 0.05, answerLost: 0.05, cut: 0.05 };
    const storage = bucket(s3);
    t.teardown(() => storage.close());
    const environment = { ...CREDENTIALS, AWS_ENDPOINT_URL: s3.endpoint };
    await surviveKills(t, folder, { output: s3.url, environment, storage, kills: KILLS });
    for (const [fault, times] of Object.entries(s3.happened)) t.true(times > 10, `${fault}: ${times}`);
    t.deepEqual([...s3.uploads], []);
  },
);

test.serial(
  "an object of several parts arrives whole through refused, lost and cut requests; first writer wins",
  async (t) => {
    const folder = await temporaryFolder(t);
    const s3 = await FakeFaultyS3.start(t, folder, random(5));
    const storage = bucket(s3);
    t.teardown(() => storage.close());
    const content = Buffer.alloc(2 * PART + 123, "polycodec");
    s3.faults = { refused: 0.2, answerLost: 0, cut: 0.2 };
    t.is(await put(storage, "a.tar", content, { ifAbsent: true }), "written");
    t.is(await put(storage, "a.tar", Buffer.alloc(2 * PART, 1), { ifAbsent: true }), "exists");
    t.is(await put(storage, "small", Buffer.from("one"), { ifAbsent: true }), "written");
    t.is(await put(storage, "small", Buffer.from("two"), { ifAbsent: true }), "exists");
    s3.faults = { refused: 0, answerLost: 0, cut: 0 };
    t.true(Buffer.from((await storage.read("a.tar"))!).equals(content));
    t.is(Buffer.from((await storage.read("small"))!).toString(), "one");
    t.true((s3.requests.get("PUT partNumber") ?? 0) >= 6);
    t.is(await storage.read("nothing"), undefined);

    // An upload that is given up leaves nothing, neither an object nor parts that cost money.
    const writer = await storage.create("b.tar");
    await writer.write(content);
    await writer.abort();
    t.is(await storage.read("b.tar"), undefined);
    t.deepEqual([...s3.uploads], []);
  },
);

test.serial("unfinished uploads of others are swept when the run is complete, and left alone before", async (t) => {
  const folder = await temporaryFolder(t);
  const s3 = await FakeFaultyS3.start(t, folder, random(6));
  const storage = bucket(s3);
  t.teardown(() => storage.close());
  s3.uploads.set("left-behind", "run/images-0.tar");
  s3.uploads.set("another-run", "elsewhere/images-0.tar");
  t.is(await storage.sweep(), 0);
  t.is(await storage.sweep({ all: true }), 1);
  t.deepEqual([...s3.uploads.keys()], ["another-run"]);
});

test.serial("a bucket that is not there, and a URL without one, are named", async (t) => {
  const folder = await temporaryFolder(t);
  const s3 = await FakeFaultyS3.start(t, folder, random(7));
  const storage = bucket(s3, "s3://missing/run");
  t.teardown(() => storage.close());
  const error = await t.throwsAsync(() => put(storage, "a", Buffer.from("a")), { instanceOf: StorageError });
  t.regex(error!.message, /^s3:\/\/missing\/run: a: NoSuchBucket/);
  t.true(error!.isFatal);
  t.throws(() => s3Storage({ url: "s3:///prefix" }), { instanceOf: TypeError, message: /expected s3:\/\/bucket/ });
});
