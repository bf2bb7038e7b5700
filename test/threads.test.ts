/** Threads and teardown on real decodes: the size of the pool, workers that end in mid-batch, exits with work in flight. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Worker } from "node:worker_threads";
import { Encoder, runtimeStats } from "@polycodec/core";
import "@polycodec/ext-cpu";
import { drawPicture } from "@polycodec/core/testing";
import ava from "ava";

const test = ava.serial;
setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc") as () => void;
const program = new URL("threads/program.js", import.meta.url);
/** Long enough for any machine; what takes longer hangs. */
const HANG_MS = 60_000;

interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly out: string;
  readonly ms: number;
}

/** Runs a process with this role to its end. */
async function child(role: string, env: Record<string, string> = {}): Promise<Ended> {
  const begun = Date.now();
  const running = spawn(process.execPath, [fileURLToPath(program), role], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...env },
  });
  let out = "";
  for (const stream of [running.stdout, running.stderr])
    stream.on("data", (text) => {
      out += text;
    });
  const timer = setTimeout(() => running.kill("SIGKILL"), HANG_MS);
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) =>
    running.once("close", (...end) => resolve(end)),
  );
  clearTimeout(timer);
  return { code, signal, out, ms: Date.now() - begun };
}

async function encoded(): Promise<Uint8Array> {
  using encoder = new Encoder();
  // A copy in V8's memory: the code stream itself lies in the runtime's, and would be counted.
  return (await encoder.encode(drawPicture(800, 600), { codec: "jpeg", chromaSubsampling: "CSS_420" })).slice();
}

/** A worker_thread with this role, and the first thing it says. */
function start(role: string, bytes: Uint8Array, delay = 0): { worker: Worker; said: Promise<unknown> } {
  const worker = new Worker(program, { workerData: { role, bytes, delay } });
  const said = new Promise<unknown>((resolve, reject) => {
    worker
      .once("message", resolve)
      .once("error", reject)
      .once("exit", (code) => reject(new Error(`ended with ${code} and said nothing`)));
  });
  return { worker, said };
}

/** Waits until the runtime counts nothing alive but what this thread holds itself. */
async function nothingLeft(): Promise<string> {
  let left = "";
  for (const deadline = Date.now() + 10_000; Date.now() < deadline; ) {
    gc();
    await new Promise((resume) => setTimeout(resume, 20));
    const { liveTasks, liveReferences, liveSlabs, slabBytesInUse, liveInstances } = runtimeStats();
    const counters = { liveTasks, liveReferences, liveSlabs, slabBytesInUse, liveInstances };
    if (Object.values(counters).every((counter) => counter === 0)) return "nothing";
    left = JSON.stringify(counters);
  }
  return left;
}

for (const threads of [1, 3]) {
  test(`POLYCODEC_THREADS=${threads} makes an executor of ${threads} and no more`, async (t) => {
    const { code, signal, out } = await child("threads", { POLYCODEC_THREADS: String(threads) });
    t.deepEqual([code, signal], [0, null], out);
    const said = JSON.parse(out);
    t.is(said.threads, threads);
    t.is(said.good, 60);
    t.true(said.tasks >= 1 && said.tasks <= threads, out);
  });
}

test("a wrong POLYCODEC_THREADS is an error that names it", async (t) => {
  const { code, out } = await child("threads", { POLYCODEC_THREADS: "many" });
  t.not(code, 0);
  t.regex(out, /POLYCODEC_THREADS/);
});

test("eight workers decode at once, each the same pictures", async (t) => {
  const bytes = await encoded();
  const workers = Array.from({ length: 8 }, () => start("sums", bytes));
  const all = await Promise.all(workers.map(({ said }) => said as Promise<number[]>));
  const [first] = all[0]!;
  t.is(typeof first, "number", String(first));
  for (const sums of all) t.true(sums.length === 60 && sums.every((sum) => sum === first));
  await Promise.all(workers.map(({ worker }) => worker.terminate()));
});

test("a worker terminated in mid-batch, fifty times: no crash, and nothing is left", async (t) => {
  const bytes = await encoded();
  for (let i = 0; i < 50; i++) {
    const { worker, said } = start("forever", bytes, i % 10);
    await said;
    await worker.terminate();
  }
  t.is(await nothingLeft(), "nothing");
  const { worker, said } = start("sums", bytes);
  t.is(((await said) as number[]).length, 60, "and the runtime works as before");
  await worker.terminate();
});

test("several workers terminated together in mid-batch", async (t) => {
  const bytes = await encoded();
  for (let i = 0; i < 5; i++) {
    const workers = Array.from({ length: 4 }, (_, k) => start("forever", bytes, k));
    await Promise.all(workers.map(({ said }) => said));
    await Promise.all(workers.map(({ worker }) => worker.terminate()));
  }
  t.is(await nothingLeft(), "nothing");
});

for (const [role, most] of [
  ["exit", 15_000],
  ["exit-at-once", 15_000],
  ["exit-with-workers", 20_000],
] as const) {
  test(`a process exits with work in flight, cleanly and soon: ${role}`, async (t) => {
    for (let i = 0; i < 5; i++) {
      const { code, signal, out, ms } = await child(role);
      t.deepEqual([code, signal], [0, null], out);
      t.is(out, "");
      t.true(ms < most, `${ms} ms`);
    }
  });
}

test("a batch keeps the process alive until it is done, and no longer", async (t) => {
  const { code, signal, out, ms } = await child("fall-asleep");
  t.deepEqual([code, signal, out.trim()], [0, null, "60"]);
  t.true(ms < 20_000, `${ms} ms`);
});

test("an aborted batch lets the process end", async (t) => {
  const { code, signal, out } = await child("abort");
  t.deepEqual([code, signal], [0, null], out);
  t.regex(out, /AbortError|too late/);
});
