/**
 * The other side of threads.test.ts: a worker_thread or a child process that decodes JPEGs. What it does is its first
 * argument (of the process) or its workerData.
 */
import { readdirSync, readFileSync } from "node:fs";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { Decoder, Encoder, runtimeStats } from "@polycodec/core";
import "@polycodec/ext-cpu";
import { drawPicture } from "@polycodec/core/testing";

const role: string = isMainThread ? process.argv[2]! : workerData.role;
const tell = (message: unknown) =>
  parentPort ? parentPort.postMessage(message) : console.log(JSON.stringify(message));

/** Makes a code stream, unless the parent sent one. */
async function stream(): Promise<Uint8Array> {
  if (!isMainThread && workerData.bytes) return workerData.bytes;
  using encoder = new Encoder();
  return encoder.encode(drawPicture(800, 600), { codec: "jpeg", chromaSubsampling: "CSS_420" });
}

/** Threads of the process by name: those of the executor are called polycodec-N. */
function executorThreads(): number {
  const names = readdirSync("/proc/self/task").map((id) => readFileSync(`/proc/self/task/${id}/comm`, "utf8").trim());
  return names.filter((name) => /^polycodec-\d+$/.test(name)).length;
}

/** A sum over all samples, to compare pictures by. */
const sum = (samples: Uint8Array) => samples.reduce((total, sample) => (total * 31 + sample) % 1_000_003, 7);

const bytes = await stream();
const batch = Array.from({ length: 60 }, () => bytes);
const decoder = new Decoder();

/** Decodes until somebody ends it. */
async function forever(): Promise<void> {
  while (true) {
    const reuse = await decoder.decode(batch);
    await decoder.decode(batch.slice(0, 20), { memory: "transferable" });
    const images = reuse.map((result) => (result.status === "fulfilled" ? result.value : undefined));
    await decoder.decode(batch, { images });
    for (const image of images) image?.release();
  }
}

switch (role) {
  case "threads": {
    const results = await decoder.decode(batch);
    tell({
      threads: runtimeStats().threads,
      tasks: executorThreads(),
      good: results.filter(({ status }) => status === "fulfilled").length,
    });
    break;
  }
  case "sums": {
    const results = await decoder.decode(batch);
    tell(results.map((result) => (result.status === "fulfilled" ? sum(result.value.bytes) : result.reason.message)));
    break;
  }
  case "forever":
    void forever();
    setTimeout(() => tell("at work"), 5 + workerData.delay);
    break;
  case "exit":
    void forever();
    setTimeout(() => process.exit(0), 60);
    break;
  case "exit-at-once":
    void decoder.decode(batch);
    process.exit(0);
    break;
  case "exit-with-workers":
    for (let i = 0; i < 3; i++)
      new Worker(new URL(import.meta.url), { workerData: { role: "forever", delay: 0, bytes } });
    void forever();
    setTimeout(() => process.exit(0), 400);
    break;
  case "fall-asleep":
    // Nothing holds the process when the batch is done; nothing ends it before.
    void decoder.decode(batch).then((results) => tell(results.length));
    break;
  case "abort": {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 15);
    await decoder.decode([...batch, ...batch, ...batch], { signal: controller.signal }).then(
      () => tell("too late"),
      (error: Error) => tell(error.name),
    );
    break;
  }
  default:
    throw new Error(`no role ${role}`);
}
