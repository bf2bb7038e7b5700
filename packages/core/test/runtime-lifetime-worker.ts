/**
 * The other side of runtime-lifetime.test.ts: a worker_thread or a child process that has work in flight. What it does is
 * its first argument (of the process) or its workerData.
 */
import { isMainThread, parentPort, workerData } from "node:worker_threads";
import { runtime } from "#core/runtime/load-addon.js";
import { batchCall, column, decodeFields, instanceOf, pixelsOf } from "./noop-backend.js";

const role: string = isMainThread ? process.argv[2]! : workerData;
const tell = (message: unknown) => (parentPort ? parentPort.postMessage(message) : console.log(message));
const sources = (count: number) => Array.from({ length: count }, () => new Uint8Array(100_000).fill(1));

/** Some chunks at once: new memory, targets of V8's, targets on slabs. */
function inFlight(milliseconds: number, backend = "slow"): Promise<unknown> {
  const instance = instanceOf(backend, "decode", { milliseconds });
  const targets = [() => undefined, () => new Uint8Array(30_000), () => new Uint8Array(runtime().allocate(30_000))];
  return Promise.all(
    targets.map((target) => {
      const list = Array.from({ length: 20 }, target);
      return runtime().decode(batchCall(), instance, sources(20), list, decodeFields(20, 100, 100), 64);
    }),
  );
}

switch (role) {
  case "once": {
    const result = await runtime().decode(
      batchCall(),
      instanceOf("copy"),
      [Uint8Array.of(5)],
      [],
      decodeFields(1, 2, 2),
      2,
    );
    tell([column(result, "status")[0], pixelsOf(result, 0)[11]]);
    break;
  }
  case "many":
    await inFlight(0);
    tell("done");
    break;
  case "busy":
    void inFlight(60_000);
    tell("started");
    break;
  case "busy-deaf":
    void inFlight(4000, "deaf");
    tell("started");
    break;
  case "exit":
    void inFlight(60_000);
    setTimeout(() => process.exit(7), 20);
    break;
  case "exit-deaf":
    void inFlight(4000, "deaf");
    setTimeout(() => process.exit(7), 20);
    break;
  case "throw":
    void inFlight(60_000);
    setTimeout(() => {
      throw new Error("on purpose");
    }, 20);
    break;
  case "pending":
    // Nothing but the chunk keeps the event loop alive.
    void inFlight(3).then(() => tell("settled"));
    break;
  case "loaded":
    // Loaded, used, idle: nothing keeps the event loop alive.
    await inFlight(0);
    setInterval(() => {}, 1 << 30).unref();
    break;
  case "exit-with-workers": {
    const { Worker } = await import("node:worker_threads");
    for (let i = 0; i < 3; i++) new Worker(new URL(import.meta.url), { workerData: "busy" }).on("message", () => {});
    void inFlight(60_000);
    setTimeout(() => process.exit(7), 300);
    break;
  }
  default:
    throw new Error(`no role ${role}`);
}
