/**
 * The lifetime rules of native/environment.hpp, each by number: worker_threads that end in mid-batch, processes that exit
 * with work in flight, memory that must outlive the values that stood for it.
 */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Worker } from "node:worker_threads";
import ava from "ava";
import { runtime } from "#core/runtime/load-addon.js";
import { ProcessingStatus } from "#core/status.js";
import { batchCall, column, decodeFields, eventually, instanceOf, library, pixelsOf, sleep } from "./noop-backend.js";

const test = ava.serial;
setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc") as () => void;
const program = new URL("runtime-lifetime-worker.js", import.meta.url);
process.env.POLYCODEC_TEST_BACKEND = library;

/** A worker with this role, and the next thing it says. */
function start(role: string): { worker: Worker; said: Promise<unknown> } {
  const worker = new Worker(program, { workerData: role });
  const said = new Promise<unknown>((resolve, reject) => {
    worker
      .once("message", resolve)
      .once("error", reject)
      .once("exit", () => reject(new Error("exited in silence")));
  });
  return { worker, said };
}

/** Runs a process with this role to its end. */
async function child(
  role: string,
  threads?: string,
): Promise<{ code: number | null; signal: string | null; out: string; ms: number }> {
  const begin = Date.now();
  const env = { ...process.env, ...(threads ? { POLYCODEC_THREADS: threads } : {}) };
  const running = spawn(process.execPath, [fileURLToPath(program), role], { stdio: ["ignore", "pipe", "pipe"], env });
  let out = "";
  running.stdout.on("data", (text) => {
    out += text;
  });
  running.stderr.on("data", (text) => {
    out += text;
  });
  const timer = setTimeout(() => running.kill("SIGKILL"), 60_000);
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) =>
    running.once("close", (...end) => resolve(end)),
  );
  clearTimeout(timer);
  return { code, signal, out, ms: Date.now() - begin };
}

/** Everything that the process counts is as if nothing had been. */
const nothingLeft = () =>
  eventually(() => {
    gc();
    const { liveTasks, liveReferences, liveSlabs, liveInstances, liveWorkers } = runtime().stats();
    return liveTasks + liveReferences + liveSlabs + liveInstances + liveWorkers === 0;
  }, "tasks, references, slabs, instances and workers are all gone");

test("rule 1: what a chunk uses is kept alive when nobody else holds it", async (t) => {
  const slow = instanceOf("slow", "decode", { milliseconds: 30 });
  const target = new Uint8Array(12);
  const chunk = runtime().decode(
    batchCall(),
    slow,
    Array.from({ length: 6 }, () => new Uint8Array(1 << 20).fill(9)),
    [...Array(5).fill(undefined), target],
    decodeFields(6, 2, 2),
    64,
  );
  t.is(runtime().stats().liveReferences, 1);
  for (let i = 0; i < 10; i++) {
    gc();
    void Array.from({ length: 20 }, () => new Uint8Array(1 << 20).fill(i));
    await sleep(2);
  }
  const result = await chunk;
  for (let i = 0; i < 5; i++) t.true(pixelsOf(result, i).every((value) => value === 9));
  t.deepEqual([...target], Array(12).fill(9));
});

test("rule 2: references are dropped when the chunk is over", async (t) => {
  await runtime().decode(batchCall(), instanceOf("copy"), [Uint8Array.of(1)], [], decodeFields(1, 2, 2), 1);
  t.is(runtime().stats().liveReferences, 0);
  await nothingLeft();
});

test("rules 3, 4: chunks that end at the same moment, in great number, all settle", async (t) => {
  const noop = instanceOf("noop");
  const fields = decodeFields(1, 2, 2);
  const results = await Promise.all(
    Array.from({ length: 5000 }, () =>
      runtime().decode(batchCall(), noop, [Uint8Array.of(1)], [new Uint8Array(12)], fields, 1),
    ),
  );
  t.true(results.every((result) => column(result, "status")[0] === ProcessingStatus.SUCCESS));
  runtime().destroyInstance(noop);
  await nothingLeft();
});

test("rules 5, 9: a worker terminated in mid-batch, fifty times, neither crashes nor leaks", async (t) => {
  t.timeout(180_000);
  for (let round = 0; round < 50; round++) {
    const { worker, said } = start(round % 2 === 0 ? "busy" : "many");
    if (round % 2 === 0) t.is(await said, "started");
    else said.catch(() => {});
    // At another moment of its life each time, from before it has loaded anything on.
    await sleep(round % 2 === 0 ? round % 7 : round * 2);
    await worker.terminate();
  }
  await nothingLeft();
});

test("rule 6: a backend that does not listen is abandoned after two seconds", async (t) => {
  const { worker, said } = start("busy-deaf");
  await said;
  await eventually(() => runtime().stats().liveWorkers > 0, "a thread is at work");
  const begin = Date.now();
  await worker.terminate();
  const ms = Date.now() - begin;
  t.true(ms > 1500, `${ms} ms`);
  if (process.env.POLYCODEC_TIMED === "1") t.true(ms < 3900, `${ms} ms`);
  await nothingLeft();
});

test("rule 7: pending work keeps the process alive, finished work does not", async (t) => {
  const pending = await child("pending");
  t.deepEqual([pending.code, pending.signal, pending.out.trim()], [0, null, "settled"]);
  const loaded = await child("loaded");
  t.deepEqual([loaded.code, loaded.signal, loaded.out], [0, null, ""]);
});

test("rule 8: memory of samples that fail or are cancelled goes back at once", async (t) => {
  const call = batchCall();
  const chunk = runtime().decode(
    call,
    instanceOf("slow", "decode", { milliseconds: 60_000 }),
    Array(30).fill(Uint8Array.of(1)),
    [],
    decodeFields(30, 100, 100),
    64,
  );
  await sleep(10);
  runtime().cancelCall(call);
  await chunk;
  t.is(runtime().stats().liveSlabs, 0);
});

test("rule 10: eight workers load the runtime at once", async (t) => {
  const started = Array.from({ length: 8 }, () => start("once"));
  for (const { said } of started) t.deepEqual(await said, [ProcessingStatus.SUCCESS, 5]);
  await Promise.all(started.map(({ worker }) => worker.terminate()));
  await nothingLeft();
});

test("rule 10: a process exits with work in flight, at once if the backend listens", async (t) => {
  for (const threads of ["1", "4"]) {
    const { code, signal, out, ms } = await child("exit", threads);
    t.deepEqual([code, signal, out], [7, null, ""]);
    t.true(ms < 10_000, `${ms} ms`);
  }
});

test("rule 10: a process exits though a backend does not listen", async (t) => {
  const { code, signal, out } = await child("exit-deaf");
  t.deepEqual([code, signal, out], [7, null, ""]);
});

test("rule 10: an uncaught error ends the process as it always does", async (t) => {
  const { code, signal, out } = await child("throw");
  t.deepEqual([code, signal], [1, null]);
  t.regex(out, /on purpose/);
});

test("rule 10: a process exits while its workers are at work", async (t) => {
  const { code, signal, out } = await child("exit-with-workers");
  t.deepEqual([code, signal, out], [7, null, ""]);
});

test("rule 10: an addon that only a worker has loaded survives that worker", async (t) => {
  const script = `
    const { Worker } = require("node:worker_threads");
    const worker = new Worker(${JSON.stringify(fileURLToPath(program))}, { workerData: "busy" });
    worker.once("message", async () => { await worker.terminate(); setTimeout(() => console.log("alive"), 300); });`;
  const running = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  let out = "";
  running.stdout.on("data", (text) => {
    out += text;
  });
  const end = await new Promise((resolve) => running.once("close", (...both) => resolve(both)));
  t.deepEqual([end, out.trim()], [[0, null], "alive"]);
});
