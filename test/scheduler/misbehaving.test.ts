/** Backends that hang, throw and lie: the batch settles all the same, the reason says who, and the Decoder stays usable. */
import { DecodeError, type DecodeResult, Decoder, type DecoderOptions, Registry } from "@polycodec/core";
import type { DecodeTask, EncodeTask, Outcome } from "@polycodec/core/plugin";
import { type FakeBehaviour, fakeDecoder, fakeExtension, fakeStream, seededRandom } from "@polycodec/core/testing";
import test from "ava";

type Run = NonNullable<FakeBehaviour["run"]>;
const sources = (count: number) => Array.from({ length: count }, (_, i) => fakeStream(4, 4, i & 255));
const sleep = (ms: number) =>
  new Promise<void>((resolve) => {
    setTimeout(resolve, ms);
  });
const transferable = { memory: "transferable" } as const;

/** Writes the picture, as the fake decoder does by itself. */
function good(tasks: readonly (DecodeTask | EncodeTask)[]): Outcome[] {
  return (tasks as readonly DecodeTask[]).map((task) => {
    task.pixels.fill(task.bytes[12]!);
    return { status: "SUCCESS" };
  });
}

/** A misbehaving backend on a device of its own, first in priority, and a sound one on the CPU unless `alone`. */
function decoderWith(
  run: Run,
  options: DecoderOptions = {},
  alone = false,
  more: Partial<FakeBehaviour> = {},
): Decoder {
  const bad = fakeDecoder({ id: "bad", kind: "GPU_ONLY", priority: 100, run, ...more });
  const sound = fakeDecoder({ id: "sound", priority: 300 });
  return new Decoder({ registry: new Registry().use(fakeExtension(alone ? [bad] : [bad, sound])), ...options });
}

/** The first byte of each picture, or the attempts of the failure. */
const told = (results: readonly DecodeResult[]) =>
  results.map((result) =>
    result.status === "fulfilled"
      ? result.value.data[0]!
      : (result.reason as DecodeError).attempts
          .map(({ backend, status, message }) => `${backend} ${status} ${message ?? ""}`.trim())
          .join("; "),
  );
const firstBytes = (count: number) => Array.from({ length: count }, (_, i) => i & 255);

const MISDEEDS: readonly { readonly name: string; readonly run: Run; readonly says: RegExp }[] = [
  {
    name: "rejects",
    run: async () => {
      throw new Error("the device is gone");
    },
    says: /^bad FAIL the device is gone$/,
  },
  {
    name: "throws before it returns a promise",
    run: () => {
      throw new Error("not even a promise");
    },
    says: /^bad FAIL not even a promise$/,
  },
  { name: "throws what is no error", run: () => Promise.reject("a string"), says: /^bad FAIL a string$/ },
  {
    name: "returns too few outcomes",
    run: async (tasks) => good(tasks).slice(1),
    says: /^bad FAIL returned \d+ outcomes for \d+ tasks$/,
  },
  {
    name: "returns too many outcomes",
    run: async (tasks) => [...good(tasks), { status: "SUCCESS" }],
    says: /^bad FAIL returned \d+ outcomes for \d+ tasks$/,
  },
  { name: "returns nothing", run: () => Promise.resolve(undefined as never), says: /^bad FAIL ./ },
  {
    name: "accepts, then fails every sample",
    run: async (tasks) => tasks.map(() => ({ status: "FAIL", message: "on second thoughts" })),
    says: /^bad FAIL on second thoughts$/,
  },
  {
    name: "accepts, then says it cannot",
    run: async (tasks) => tasks.map(() => ({ status: "ENCODING_UNSUPPORTED" })),
    says: /^bad ENCODING_UNSUPPORTED$/,
  },
];

for (const { name, run, says } of MISDEEDS) {
  test(`a backend that ${name}: others do its samples; alone, every sample says who and why`, async (t) => {
    using beside = decoderWith(run);
    t.deepEqual(told(await beside.decode(sources(40), transferable)), firstBytes(40));
    t.deepEqual(told(await beside.decode(sources(40), transferable)), firstBytes(40), "and again");
    using alone = decoderWith(run, {}, true);
    const results = await alone.decode(sources(20), transferable);
    t.is(results.length, 20);
    for (const reason of told(results)) t.regex(String(reason), says);
    for (const result of results) t.true(result.status === "rejected" && result.reason instanceof DecodeError);
  });
}

test("a backend that resolves twice, and rejects after that, is heard once", async (t) => {
  const run: Run = (tasks) =>
    new Promise((resolve, reject) => {
      resolve(good(tasks));
      resolve(tasks.map(() => ({ status: "FAIL" })));
      reject(new Error("too late"));
    });
  using decoder = decoderWith(run);
  t.deepEqual(told(await decoder.decode(sources(40), transferable)), firstBytes(40));
});

test("a thenable that calls back twice is heard once", async (t) => {
  const run = ((tasks: readonly DecodeTask[]) => ({
    // biome-ignore lint/suspicious/noThenProperty: it is what is tested
    then(resolve: (outcomes: Outcome[]) => void) {
      resolve(good(tasks));
      resolve([]);
      throw new Error("too late");
    },
  })) as unknown as Run;
  using decoder = decoderWith(run);
  t.deepEqual(told(await decoder.decode(sources(40), transferable)), firstBytes(40));
});

test("a backend that does not return is given up after watchdogMs: its samples go on, and it gets no more", async (t) => {
  let runs = 0;
  const run: Run = () => {
    runs++;
    return new Promise(() => undefined);
  };
  using decoder = decoderWith(run, { watchdogMs: 50 });
  t.deepEqual(told(await decoder.decode(sources(40), transferable)), firstBytes(40));
  t.is(runs, 1);
  t.deepEqual(told(await decoder.decode(sources(40), transferable)), firstBytes(40), "the Decoder stays usable");
  t.is(runs, 1, "and does not wait for the watchdog again");
});

test("alone, a backend that hangs is named by every sample, and by those of later calls", async (t) => {
  using decoder = decoderWith(() => new Promise(() => undefined), { watchdogMs: 30 }, true);
  for (const reason of told(await decoder.decode(sources(5), transferable)))
    t.regex(String(reason), /^bad FAIL did not return within 30 ms$/);
  const error = await t.throwsAsync(decoder.decode(fakeStream(4, 4), transferable), {
    instanceOf: DecodeError,
    code: "ERR_POLYCODEC_NO_BACKEND",
  });
  t.regex(error.message, /bad: has not returned from an earlier call/);
});

test("a backend that returns after it has been given up is used again, and what it writes then harms nobody", async (t) => {
  let release = () => {};
  let late = 0;
  let isLate = true;
  const run: Run = async (tasks) => {
    if (!isLate) return good(tasks);
    await new Promise<void>((resolve) => {
      release = resolve;
    });
    isLate = false;
    late = tasks.length;
    for (const task of tasks as readonly DecodeTask[]) task.pixels.fill(99);
    return tasks.map(() => ({ status: "SUCCESS" }));
  };
  using decoder = decoderWith(run, { watchdogMs: 30 });
  const results = await decoder.decode(sources(40), transferable);
  release();
  await sleep(5);
  t.true(late > 0);
  t.deepEqual(told(results), firstBytes(40));
  t.deepEqual(told(await decoder.decode(sources(40), transferable)), firstBytes(40));
  t.true(
    decoder
      .stats()
      .devices.flatMap(({ lanes }) => lanes)
      .find(({ backend }) => backend === "bad")!.samples > 0,
  );
});

test("deadlineMs: the call rejects in time and names who had not returned; the Decoder stays usable", async (t) => {
  let isHanging = true;
  const run: Run = async (tasks, signal) => {
    if (isHanging) await new Promise<void>((resolve) => signal!.addEventListener("abort", () => resolve()));
    return isHanging ? tasks.map(() => ({ status: "CANCELLED" })) : good(tasks);
  };
  using decoder = decoderWith(run, { watchdogMs: 60_000 }, true);
  const begun = performance.now();
  const error = await t.throwsAsync(decoder.decode(sources(10), { ...transferable, deadlineMs: 40 }), {
    code: "ERR_POLYCODEC_TIMEOUT",
  });
  t.regex(error.message, /not done within 40 ms; bad had not returned/);
  t.true(performance.now() - begun < 30_000, "the deadline, not the watchdog");
  isHanging = false;
  t.deepEqual(told(await decoder.decode(sources(10), { ...transferable, deadlineMs: 60_000 })), firstBytes(10));
});

test("deadlineMs holds also for a backend that does not look at the signal", async (t) => {
  using decoder = decoderWith(() => new Promise(() => undefined), { watchdogMs: 100 }, true);
  await t.throwsAsync(decoder.decode(sources(3), { ...transferable, deadlineMs: 30 }), {
    code: "ERR_POLYCODEC_TIMEOUT",
    message: /bad had not returned/,
  });
});

for (const concurrency of [1, 3]) {
  test(`a lane's run is entered ${concurrency} times at once and no more, by many calls, whatever fails`, async (t) => {
    const random = seededRandom(7);
    let inside = 0;
    let most = 0;
    const run: Run = async (tasks) => {
      most = Math.max(most, ++inside);
      await sleep(random() * 3);
      inside--;
      if (random() < 0.2) throw new Error("now and then");
      return random() < 0.2 ? good(tasks).slice(1) : good(tasks);
    };
    for (const loadHintPolicy of ["IGNORE", "FIXED", "ADAPTIVE_MINIMIZE_IDLE_TIME"] as const) {
      using decoder = decoderWith(
        run,
        {
          backends: [
            { kind: "GPU_ONLY", loadHint: 0.5, loadHintPolicy },
            { kind: "CPU_ONLY", loadHint: 0.5, loadHintPolicy },
          ],
        },
        false,
        { concurrency },
      );
      const calls = await Promise.all(Array.from({ length: 12 }, () => decoder.decode(sources(30), transferable)));
      for (const results of calls) t.deepEqual(told(results), firstBytes(30));
    }
    t.is(inside, 0);
    t.true(most <= concurrency && most >= 1, `${most} at once`);
  });
}

test("an abort in mid-batch: the call rejects with the signal's reason, what has not begun is dropped, the next call works", async (t) => {
  let begun = 0;
  const run: Run = async (tasks, signal) => {
    begun += tasks.length;
    await sleep(20);
    return signal!.aborted ? tasks.map(() => ({ status: "CANCELLED" })) : good(tasks);
  };
  using decoder = decoderWith(run, {}, true);
  const controller = new AbortController();
  const work = decoder.decode(sources(200), { ...transferable, signal: controller.signal });
  setTimeout(() => controller.abort(new Error("enough")), 30);
  await t.throwsAsync(work, { message: "enough" });
  await sleep(60);
  t.true(begun < 200, `${begun} samples begun`);
  t.deepEqual(told(await decoder.decode(sources(8), transferable)), firstBytes(8));
});

test("accepts that throws is a refusal that says so", async (t) => {
  const accepts = () => {
    throw new Error("accepts is broken");
  };
  using decoder = decoderWith(async (tasks) => good(tasks), {}, false, { accepts });
  t.deepEqual(told(await decoder.decode(sources(10), transferable)), firstBytes(10));
  using alone = decoderWith(async (tasks) => good(tasks), {}, true, { accepts });
  for (const reason of told(await alone.decode(sources(3), transferable)))
    t.regex(String(reason), /^bad FAIL accepts: accepts is broken$/);
});
