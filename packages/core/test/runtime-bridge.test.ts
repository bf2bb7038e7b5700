/** Chunks through the bridge, on backends that do next to nothing. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ava from "ava";
import { runtime } from "#core/runtime/load-addon.js";
import { ProcessingStatus } from "#core/status.js";
import {
  batchCall,
  column,
  compile,
  decodeFields,
  encodeFields,
  eventually,
  folder,
  idle,
  instanceOf,
  layout,
  library,
  pixelsOf,
  sleep,
} from "./noop-backend.js";

// One after the other: some look at how many threads are idle, some at counters of the whole process.
const test = ava.serial;
const { SUCCESS, CANCELLED, FAIL, IMAGE_CORRUPTED, IO_ERROR, RESOLUTION_UNSUPPORTED } = ProcessingStatus;
const bytes = (...values: number[]) => Uint8Array.from(values);
const repeated = (pattern: Uint8Array, length: number) =>
  Uint8Array.from({ length }, (_, i) => pattern[i % pattern.length]!);

test("a library says what it has, and opening it again gives the same", (t) => {
  const { handle: _, ...facts } = runtime().openLibrary(library);
  t.like(facts, { name: "runtime-test", version: "1.0.0", libraries: "no library" });
  t.deepEqual(
    facts.decoders.map(({ id, batch }) => [id, batch]),
    [
      ["noop", false],
      ["copy", false],
      ["slow", false],
      ["deaf", false],
      ["spread", false],
      ["pair", false],
      ["batch", true],
    ],
  );
  t.deepEqual(facts.encoders, [
    { id: "copy", codec: "test", batch: false },
    { id: "batch", codec: "test", batch: true },
  ]);
});

test("a library that cannot be opened, or is none, is an error that says so", (t) => {
  t.throws(() => runtime().openLibrary(join(folder, "missing.so")), {
    message: /missing\.so: cannot open shared object file/,
  });
  const empty = join(folder, "empty.c");
  writeFileSync(empty, "extern int polycodec_nothing; int polycodec_nothing;\n");
  t.throws(() => runtime().openLibrary(compile(empty, "empty.so")), { message: /exports no polycodec_extension_v1/ });
});

test("a library for another version of the header is refused", (t) => {
  const source = join(folder, "future.c");
  writeFileSync(
    source,
    `#include "polycodec.h"
    static const polycodec_extension e = {sizeof(polycodec_extension), 9, 0, "x", "1", 0, 0, 0};
    const polycodec_extension* polycodec_extension_v1(const polycodec_host* h) { (void)h; return &e; }\n`,
  );
  t.throws(() => runtime().openLibrary(compile(source, "future.so")), {
    message: /made for version 9 of polycodec\.h; this is version 1/,
  });
});

test("an instance that declines says why, with its status", (t) => {
  const error = t.throws(() => instanceOf("copy", "decode", { refuse: "no device" }));
  t.is(error?.message, "refuses: no device");
  t.is((error as Error & { status?: number }).status, ProcessingStatus.BACKEND_UNSUPPORTED);
  t.throws(() => instanceOf("nobody"), { message: /has no backend "nobody" to decode/ });
});

for (const id of ["copy", "batch"]) {
  test(`${id}: bytes and files are decoded to new memory and into targets, in order`, async (t) => {
    const instance = instanceOf(id);
    const path = join(folder, `${id}.bin`);
    writeFileSync(path, bytes(9, 8, 7));
    const target = new Uint8Array(200);
    const sources = [bytes(1, 2, 3, 4, 5), path, bytes(6, 7), bytes()];
    const fields = decodeFields(4, 5, 4, (i) => (i === 2 ? { targetOffset: 100 } : {}));
    const result = await runtime().decode(
      batchCall(),
      instance,
      sources,
      [undefined, undefined, target, undefined],
      fields,
      4,
    );
    t.deepEqual(column(result, "status"), [SUCCESS, SUCCESS, SUCCESS, ProcessingStatus.IMAGE_TRUNCATED]);
    t.deepEqual(pixelsOf(result, 0), repeated(bytes(1, 2, 3, 4, 5), 60));
    t.deepEqual(pixelsOf(result, 1), repeated(bytes(9, 8, 7), 60));
    t.deepEqual(target.subarray(100, 160), repeated(bytes(6, 7), 60));
    t.true(target.subarray(0, 100).every((value) => value === 0) && target.subarray(160).every((value) => value === 0));
    t.false(2 in result.slabs! || 3 in result.slabs!);
    t.is(result.messages![3], "row 0 of 4: no data");
    runtime().destroyInstance(instance);
  });

  test(`${id}: a bad sample is an outcome with its message; a warned one succeeds`, async (t) => {
    const result = await runtime().decode(
      batchCall(),
      instanceOf(id),
      [bytes(70, 1), bytes(87, 1), "/nowhere/x.jpg", folder],
      [],
      decodeFields(4, 2, 2),
      2,
    );
    t.deepEqual(column(result, "status"), [IMAGE_CORRUPTED, SUCCESS, IO_ERROR, IO_ERROR]);
    t.is(result.messages![0], "told to fail with 2 bytes");
    t.is(result.messages![2], "/nowhere/x.jpg: No such file or directory (ENOENT)");
    t.is(result.messages![3], `${folder}: Is a directory (EISDIR)`);
    t.deepEqual([...result.warnings!], [undefined, ["first of 2", "second"], undefined, undefined]);
  });
}

test("worker and times of an outcome are the executor's and process.hrtime's", async (t) => {
  const before = Number(process.hrtime.bigint());
  const result = await runtime().decode(
    batchCall(),
    instanceOf("slow", "decode", { milliseconds: 2 }),
    Array(8).fill(bytes(1)),
    [],
    decodeFields(8, 2, 2),
    8,
  );
  const after = Number(process.hrtime.bigint());
  const starts = column(result, "startNs");
  column(result, "endNs").forEach((end, i) => t.true(starts[i]! > before && end - starts[i]! > 1.9e6 && end < after));
  t.true(column(result, "worker").every((worker) => worker >= 0 && worker < runtime().stats().threads));
});

test("nothing of a call is larger than its memory, whatever the numbers say", async (t) => {
  const instance = instanceOf("copy");
  const wrong = [
    { targetOffset: 1 },
    { byteLength: 59 },
    { "output.rowStride": 2 ** 62 },
    { hasFill: 1, "target.height": 5 },
    { "output.dtype": 99 },
    { transform: 1, transformOrientation: 1, transformShrink: 1, transformX0: 1, ...layout("final", 5, 4) },
  ];
  const result = await runtime().decode(
    batchCall(),
    instance,
    wrong.map(() => bytes(1)),
    [],
    decodeFields(wrong.length, 5, 4, (i) => wrong[i]!),
    2,
  );
  t.deepEqual(
    column(result, "status"),
    wrong.map(() => FAIL),
  );
  t.regex(result.messages![0]!, /do not fit/);
  t.regex(result.messages![5]!, /conversion does not exist/);
  t.throws(() => runtime().decode(batchCall(), instance, [bytes(1)], [], new Float64Array(3), 1), {
    instanceOf: TypeError,
  });
  t.throws(
    () => runtime().decode(batchCall(), instanceOf("copy", "encode"), [bytes(1)], [], decodeFields(1, 2, 2), 1),
    { instanceOf: TypeError },
  );
  t.throws(() => runtime().decode({} as never, instance, [bytes(1)], [], decodeFields(1, 2, 2), 1), {
    instanceOf: TypeError,
  });
  t.throws(() => runtime().decode(batchCall(), instance, [1 as never], [], decodeFields(1, 2, 2), 1), {
    instanceOf: TypeError,
  });
});

test("what lies outside a region is filled; the backend writes its part", async (t) => {
  // A 2 x 2 part at (1, 1) of a 4 x 3 target.
  const fields = decodeFields(1, 2, 2, () => ({
    "output.rowStride": 12,
    byteLength: 36,
    targetOffset: 15,
    hasFill: 1,
    fill0: 10,
    fill1: 20,
    fill2: 30,
    ...layout("target", 4, 3),
  }));
  const result = await runtime().decode(batchCall(), instanceOf("copy"), [bytes(1, 2, 3)], [], fields, 1);
  const expected = repeated(bytes(10, 20, 30), 36);
  for (const at of [15, 18, 27, 30]) expected.set([1, 2, 3], at);
  t.deepEqual(pixelsOf(result, 0), expected);
});

test("a conversion that the backend leaves to the runtime is done in its worker", async (t) => {
  // 3 x 2 RGB, turned clockwise (orientation 6) to 2 x 3, and made BGR.
  const fields = decodeFields(1, 3, 2, () => ({
    ...layout("final", 2, 3),
    "final.sampleFormat": 8,
    transform: 1,
    transformOrientation: 6,
    transformShrink: 1,
    byteLength: 18,
  }));
  const source = Uint8Array.from({ length: 18 }, (_, i) => i);
  const result = await runtime().decode(batchCall(), instanceOf("copy"), [source], [], fields, 1);
  const pixel = (n: number) => [3 * n + 2, 3 * n + 1, 3 * n];
  t.deepEqual([...pixelsOf(result, 0)], [3, 0, 4, 1, 5, 2].flatMap(pixel));
});

test("decodeSync is decode, blocking", (t) => {
  for (const id of ["copy", "batch"]) {
    const result = runtime().decodeSync(
      batchCall(),
      instanceOf(id),
      [bytes(1, 2, 3), bytes(70)],
      [],
      decodeFields(2, 4, 2),
      2,
    );
    t.deepEqual(column(result, "status"), [SUCCESS, IMAGE_CORRUPTED]);
    t.deepEqual(pixelsOf(result, 0), repeated(bytes(1, 2, 3), 24));
  }
});

test("an empty chunk settles", async (t) => {
  t.is((await runtime().decode(batchCall(), instanceOf("copy"), [], [], new Float64Array(0), 1)).outcomes.length, 0);
  t.is(runtime().decodeSync(batchCall(), instanceOf("copy"), [], [], new Float64Array(0), 1).outcomes.length, 0);
});

test("cancelling settles queued tasks at once and running ones at their next look", async (t) => {
  const call = batchCall();
  const slow = instanceOf("slow", "decode", { milliseconds: 20_000 });
  const chunk = runtime().decode(call, slow, Array(500).fill(bytes(1)), [], decodeFields(500, 2, 2), 64);
  const other = runtime().decode(batchCall(), instanceOf("copy"), [bytes(1)], [], decodeFields(1, 2, 2), 1);
  await sleep(20);
  const start = Date.now();
  runtime().cancelCall(call);
  const result = await chunk;
  // Of 20 s for each of 500: what ends before one of them could has been cut short.
  t.true(Date.now() - start < 15_000);
  t.true(column(result, "status").every((status) => status === CANCELLED));
  t.is(result.slabs, undefined);
  t.deepEqual(column(await other, "status"), [SUCCESS]);
  const late = await runtime().decode(call, slow, [bytes(1)], [], decodeFields(1, 2, 2), 1);
  t.deepEqual(column(late, "status"), [CANCELLED]);
});

test("threads that do not come back are replaced when their call is given up, until they do", async (t) => {
  const stuck = batchCall();
  const { threads } = runtime().stats();
  const deaf = instanceOf("deaf", "decode", { milliseconds: 1500 });
  let isBack = false;
  const hung = runtime()
    .decode(stuck, deaf, Array(threads).fill(bytes(1)), [], decodeFields(threads, 2, 2), 0)
    .then((result) => {
      isBack = true;
      return result;
    });
  await sleep(50); // until all threads have begun
  runtime().giveUpCall(stuck);
  const other = await runtime().decode(batchCall(), instanceOf("copy"), [bytes(1)], [], decodeFields(1, 2, 2), 1);
  t.deepEqual(column(other, "status"), [SUCCESS]);
  t.false(isBack);
  t.deepEqual(column(await hung, "status"), Array(threads).fill(SUCCESS));
});

test("no more threads than asked for work on a chunk", async (t) => {
  const result = await runtime().decode(
    batchCall(),
    instanceOf("slow", "decode", { milliseconds: 3 }),
    Array(10).fill(bytes(1)),
    [],
    decodeFields(10, 2, 2),
    1,
  );
  const spans = column(result, "startNs")
    .map((start, i) => [start, column(result, "endNs")[i]!] as const)
    .sort((a, b) => a[0] - b[0]);
  for (let i = 1; i < spans.length; i++) t.true(spans[i]![0] >= spans[i - 1]![1]);
});

test("one image is spread over the idle threads, and only over as many as it may have", async (t) => {
  const { threads } = runtime().stats();
  for (const allowed of [1, 2, 64, 0]) {
    const result = await runtime().decode(
      batchCall(),
      instanceOf("spread"),
      [bytes(1)],
      [],
      decodeFields(1, 4, 40),
      allowed,
    );
    const pixels = pixelsOf(result, 0);
    t.is(pixels[0], Math.min(allowed || threads, threads));
    t.true(pixels.every((value, i) => i === 0 || value === Math.floor(i / 12)));
  }
});

for (const id of ["copy", "batch"]) {
  test(`${id}: pixels, parameters and metadata reach the encoder; bytes and files come out`, async (t) => {
    const instance = instanceOf(id, "encode");
    const pixels = Uint8Array.from({ length: 3 * 8 }, (_, i) => i);
    const path = join(folder, `${id}.out`);
    const metadata = [[1, bytes(50, 51), 5, bytes(60)], undefined];
    const args = [
      encodeFields(2, 2, 3, 3, 8),
      { title: "hello", quality: 90, fast: true },
      metadata,
      [undefined, path],
      false,
      2,
    ] as const;
    const result = await runtime().encode(batchCall(), instance, [pixels, pixels], ...args);
    t.deepEqual(column(result, "status"), [SUCCESS, SUCCESS]);
    const rows = [0, 8, 16].flatMap((at) => [...pixels.subarray(at, at + 6)]);
    const head = [...Buffer.from("hello"), 90];
    t.deepEqual([...new Uint8Array(result.buffers![0]!)], [...head, 1, 50, 51, 5, 60, ...rows]);
    t.deepEqual([...readFileSync(path)], [...head, ...rows]);
    t.deepEqual(column(result, "size"), [29, 24]);
    const again = runtime().encodeSync(batchCall(), instance, [pixels, pixels], ...args);
    t.deepEqual(column(again, "status"), [SUCCESS, IO_ERROR]);
    t.is(again.messages![1], `${path}: File exists (EEXIST)`);
  });
}

test("an encoder's refusal, and pixels that are too few, are outcomes", async (t) => {
  const encode = (pixels: Uint8Array, width: number) =>
    runtime().encode(
      batchCall(),
      instanceOf("copy", "encode"),
      [pixels],
      encodeFields(1, width, 2),
      {},
      [undefined],
      [undefined],
      false,
      1,
    );
  t.is((await encode(new Uint8Array(6), 1)).messages![0], "too narrow");
  t.deepEqual(column(await encode(new Uint8Array(6), 1), "status"), [RESOLUTION_UNSUPPORTED]);
  t.regex((await encode(new Uint8Array(11), 2)).messages![0]!, /fewer than their layout says/);
});

test("instances and their workers go when the handle and the last chunk are gone", async (t) => {
  await eventually(idle, "idle");
  const before = runtime().stats();
  const instance = instanceOf("slow", "decode", { milliseconds: 30 });
  t.is(runtime().stats().liveInstances, before.liveInstances + 1);
  const chunk = runtime().decode(batchCall(), instance, Array(4).fill(bytes(1)), [], decodeFields(4, 2, 2), 4);
  runtime().destroyInstance(instance);
  runtime().destroyInstance(instance);
  t.deepEqual(column(await chunk, "status"), Array(4).fill(SUCCESS));
  await eventually(
    () =>
      runtime().stats().liveInstances <= before.liveInstances && runtime().stats().liveWorkers <= before.liveWorkers,
    "the instance is gone",
  );
  t.throws(() => runtime().decode(batchCall(), instance, [bytes(1)], [], decodeFields(1, 2, 2), 1), {
    instanceOf: TypeError,
  });
});

/** By itself on an idle machine, with POLYCODEC_TIMED=1; bench/ has the bar. */
const timed = process.env.POLYCODEC_TIMED === "1" ? test : test.skip;

timed("the road of an empty task through the bridge is short", async (t) => {
  const count = 10_000;
  const args = [Array(count).fill(bytes(1)), Array(count).fill(new Uint8Array(12)), decodeFields(count, 2, 2)] as const;
  const instance = instanceOf("noop");
  let best = Infinity;
  for (let round = 0; round < 10; round++) {
    const start = performance.now();
    await runtime().decode(batchCall(), instance, ...args, 64);
    best = Math.min(best, ((performance.now() - start) * 1000) / count);
  }
  t.log(`${best.toFixed(3)} us per item`);
  // The bar is 0.5 us on an idle machine (bench/). Twice that tells a mistake from a busy one, and sanitizers cost.
  t.true(best < (process.env.ASAN_OPTIONS ? 5 : 1));
});

test("all threads work on a chunk that may use all", async (t) => {
  const slow = instanceOf("slow", "decode", { milliseconds: 5 });
  const sources = Array(40).fill(bytes(1));
  const result = await runtime().decode(batchCall(), slow, sources, [], decodeFields(40, 2, 2), 0);
  t.is(new Set(column(result, "worker")).size, Math.min(runtime().stats().threads, 40));
});
