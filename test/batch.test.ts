/** Batches: order, reasons, fallback, abort, reuse, streams, memory; with real files, and with backends that misbehave. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { DecodeError, Decoder, type DecodeOptions, EncodeError, Encoder, Image, imagesOrNull, PolycodecError, Registry, runtimeStats } from "@polycodec/core";
import { extension as cpu } from "@polycodec/ext-cpu";
import type { DecodeTask, EncodeTask, Outcome } from "@polycodec/core/plugin";
import { drawPicture, type FakeBehaviour, fakeDecoder, fakeEncoder, fakeExtension, fakeStream } from "@polycodec/core/testing";
import test from "ava";
import { files, pathOf, read, someJpegs } from "./corpus.js";
import { corpusTest, serialCorpusTest } from "./corpus-test.js";

const attempts = (error: unknown) => (error as DecodeError).attempts.map(({ backend, status }) => `${backend} ${status}`);
const decoderOf = (...behaviours: FakeBehaviour[]) => new Decoder({ registry: new Registry().use(fakeExtension(behaviours.map(fakeDecoder))) });
const paint = (tasks: readonly (DecodeTask | EncodeTask)[]): Outcome[] => tasks.map((task) => {
  task.pixels.fill((task as DecodeTask).bytes[12]!);
  return { status: "SUCCESS" };
});

corpusTest("a batch with broken files: results in order, reasons name each backend tried, nothing else is disturbed", async (t) => {
  const good = someJpegs(40);
  const broken = files.filter(({ path, expect, strict }) => path.startsWith("broken/") && expect === "error" && strict).slice(0, 80);
  const mixed = good.flatMap((file, i) => [broken[2 * i], file, broken[2 * i + 1]].filter((one) => one !== undefined));
  using decoder = new Decoder();
  const alone = new Map<string, Uint8Array>();
  for (const file of good) {
    const image = await decoder.decode(read(file));
    alone.set(file.path, image.bytes.slice());
    image.release();
  }
  for (const memory of [false, true]) {
    const results = await decoder.decode(mixed.map((file) => (memory ? read(file) : pathOf(file))));
    t.is(results.length, mixed.length);
    for (const [i, result] of results.entries()) {
      const file = mixed[i]!;
      if (result.status === "fulfilled") {
        t.is(Buffer.compare(result.value.bytes, alone.get(file.path) ?? new Uint8Array(0)), 0, file.path);
        continue;
      }
      t.false(alone.has(file.path), `${file.path}: ${result.reason.message}`);
      t.true(result.reason instanceof DecodeError, file.path);
      const { message, code } = result.reason as DecodeError;
      if (!memory) t.true(message.startsWith(file.path.slice(file.path.lastIndexOf("/") + 1)), message);
      for (const { backend, status } of (result.reason as DecodeError).attempts) {
        t.is(backend, "libjpeg-turbo");
        t.true(message.includes(`${backend.padEnd(16)} ${status}`), message);
      }
      t.regex(code, /^ERR_POLYCODEC_/);
    }
    t.deepEqual(imagesOrNull(results).map((image) => image !== null), mixed.map(({ path }) => alone.has(path)));
  }
});

test("files that are missing, unreadable or empty settle with the fact", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "polycodec-"));
  try {
    await writeFile(join(folder, "empty.jpg"), "");
    using decoder = new Decoder();
    const results = await decoder.decode([join(folder, "missing.jpg"), folder, join(folder, "empty.jpg")]);
    const codes = results.map((result) => (result.status === "rejected" ? (result.reason as PolycodecError).code : "a picture"));
    t.deepEqual(codes, ["ERR_POLYCODEC_IO", "ERR_POLYCODEC_IO", "ERR_POLYCODEC_UNKNOWN_CODEC"]);
    t.regex((results[0] as PromiseRejectedResult).reason.message, /missing\.jpg.*(ENOENT|No such file)/);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("an empty batch is an empty result", async (t) => {
  using decoder = new Decoder();
  t.deepEqual(await decoder.decode([]), []);
  t.deepEqual(decoder.decodeSync([]), []);
});

test("what one backend fails, the next takes; a sample that all fail names all", async (t) => {
  using decoder = decoderOf(
    { id: "first", run: async (tasks) => tasks.map((task) => ((task as DecodeTask).info.width === 2 ? { status: "IMAGE_CORRUPTED", message: "row 1" } : paint([task])[0]!)) },
    { id: "second", accepts: (task) => ((task as DecodeTask).info.height === 3 ? "RESOLUTION_UNSUPPORTED" : "SUCCESS") },
  );
  const results = await decoder.decode([fakeStream(1, 1, 7), fakeStream(2, 2, 8), fakeStream(2, 3, 9), fakeStream(1, 1, 10)]);
  t.deepEqual(results.map((r) => r.status), ["fulfilled", "fulfilled", "rejected", "fulfilled"]);
  t.deepEqual(imagesOrNull(results).map((image) => image?.data[0]), [7, 8, undefined, 10]);
  const { reason } = results[2] as PromiseRejectedResult;
  t.deepEqual(attempts(reason), ["first IMAGE_CORRUPTED", "second RESOLUTION_UNSUPPORTED"]);
  t.is(reason.code, "ERR_POLYCODEC_CORRUPTED");
  t.regex(reason.message, /2x3.*no backend could decode it\n {2}first +IMAGE_CORRUPTED: row 1\n {2}second +RESOLUTION_UNSUPPORTED/s);
});

test("a fake backend in front of libjpeg-turbo fails, and libjpeg-turbo takes over", async (t) => {
  const broken = { ...fakeDecoder({ id: "broken", priority: 1, run: () => Promise.reject(new Error("no device")) }), codec: "jpeg" };
  const registry = new Registry().use(cpu).use({ name: "broken", version: "1.0.0", apiVersion: 1, decoders: [broken] });
  using decoder = new Decoder({ registry });
  using encoder = new Encoder({ registry });
  const bytes = await encoder.encode(drawPicture(140, 130), { codec: "jpeg" });
  t.like(await decoder.decode(bytes), { width: 140, height: 130 });
  await t.throwsAsync(decoder.decode(bytes.subarray(0, bytes.length >> 1)), { instanceOf: DecodeError, code: "ERR_POLYCODEC_TRUNCATED", message: /broken +FAIL: no device\n {2}libjpeg-turbo +IMAGE_TRUNCATED/ });
});

const liars: readonly (readonly [string, FakeBehaviour, RegExp])[] = [
  ["returns too few outcomes", { run: async (tasks) => paint(tasks).slice(1) }, /outcomes for 3 tasks/],
  ["returns too many outcomes", { run: async (tasks) => [...paint(tasks), { status: "SUCCESS" }] }, /4 outcomes for 3 tasks/],
  ["returns nothing", { run: (async () => undefined) as never }, /.+/],
  ["returns holes", { run: (async (tasks: readonly DecodeTask[]) => tasks.map(() => undefined)) as never }, /.+/],
  ["returns an unknown status", { run: (async (tasks: readonly DecodeTask[]) => tasks.map(() => ({ status: "FINE" }))) as never }, /.+/],
  ["rejects", { run: () => Promise.reject(new Error("it broke")) }, /it broke/],
  ["rejects with no error", { run: () => Promise.reject("just words") }, /just words/],
  ["throws instead of rejecting", { run: () => { throw new Error("thrown"); } }, /thrown/],
  ["throws in accepts", { accepts: () => { throw new Error("undecided"); } }, /undecided/],
  ["has an unknown answer in accepts", { accepts: () => "MAYBE" as never }, /MAYBE/],
];
for (const [what, behaviour, message] of liars) {
  test(`a backend that ${what} fails its share alone, and the next backend takes it`, async (t) => {
    const sources = [fakeStream(2, 2, 1), fakeStream(2, 2, 2), fakeStream(2, 2, 3)];
    using alone = decoderOf({ id: "liar", ...behaviour });
    for (const result of await alone.decode(sources)) {
      if (result.status === "fulfilled") continue; // Of too few outcomes some may be taken for what they are.
      t.true(result.reason instanceof DecodeError, String(result.reason.stack));
      t.is((result.reason as DecodeError).attempts[0]?.backend, "liar");
      t.regex(result.reason.message, message);
    }
    using helped = decoderOf({ id: "liar", ...behaviour }, { id: "honest" });
    const results = await helped.decode(sources);
    t.deepEqual(imagesOrNull(results).map((image) => image?.data[0]), [1, 2, 3]);
  });
}

test("limits do not fall back", async (t) => {
  let asked = 0;
  using decoder = decoderOf({ id: "first", run: async (tasks) => tasks.map(() => ({ status: "LIMIT_EXCEEDED", message: "501 scans" })) }, { id: "second", run: async (tasks) => { asked++; return paint(tasks); } });
  const error = await t.throwsAsync(decoder.decode(fakeStream(1, 1)), { instanceOf: DecodeError, code: "ERR_POLYCODEC_LIMIT_EXCEEDED" });
  t.deepEqual(attempts(error), ["first LIMIT_EXCEEDED"]);
  t.is(asked, 0);
  await t.throwsAsync(decoder.decode(fakeStream(100, 100), { limits: { maxPixels: 9999 } }), { code: "ERR_POLYCODEC_LIMIT_EXCEEDED", message: /100x100 is 10000 pixels/ });
});

test("no backend: the reasons are told, also of those that are off", async (t) => {
  using none = decoderOf();
  await t.throwsAsync(none.decode(fakeStream(1, 1)), { code: "ERR_POLYCODEC_NO_BACKEND", message: /no backend is registered for fake/ });
  using off = decoderOf({ id: "gpu", unavailable: "no CUDA device" });
  await t.throwsAsync(off.decode(fakeStream(1, 1)), { code: "ERR_POLYCODEC_NO_BACKEND", message: /gpu: no CUDA device/ });
  t.like(off.backends[0], { id: "gpu", available: false, reason: "no CUDA device" });
  using kinds = new Decoder({ registry: new Registry().use(fakeExtension()), backends: ["GPU_ONLY"] });
  await t.throwsAsync(kinds.decode(fakeStream(1, 1)), { code: "ERR_POLYCODEC_NO_BACKEND", message: /kind CPU_ONLY is not among the allowed GPU_ONLY/ });
});

test("a backend's runs overlap no more than its concurrency, over all calls", async (t) => {
  let running = 0;
  let most = 0;
  const run = async (tasks: readonly (DecodeTask | EncodeTask)[]) => {
    most = Math.max(most, ++running);
    await new Promise((resume) => setTimeout(resume, 2));
    running--;
    return paint(tasks);
  };
  for (const concurrency of [1, 3]) {
    most = 0;
    using decoder = decoderOf({ concurrency, run });
    await Promise.all(Array.from({ length: 10 }, () => decoder.decode([fakeStream(1, 1), fakeStream(1, 1)])));
    t.is(most, concurrency);
  }
});

test("aborted before and while: the call rejects with the reason, and the backend hears of it", async (t) => {
  const reason = new Error("the user went away");
  let signal: AbortSignal | undefined;
  let go = () => {};
  const started = new Promise<void>((resolve) => { go = resolve; });
  using decoder = decoderOf({ run: (tasks, given) => { signal = given; go(); return new Promise((resolve) => given?.addEventListener("abort", () => resolve(tasks.map(() => ({ status: "CANCELLED" }))))); } });
  await t.throwsAsync(decoder.decode([fakeStream(1, 1)], { signal: AbortSignal.abort(reason) }), { is: reason });
  const controller = new AbortController();
  const call = decoder.decode([fakeStream(1, 1)], { signal: controller.signal });
  await started;
  controller.abort(reason);
  await t.throwsAsync(call, { is: reason });
  t.true(signal?.aborted);
});

serialCorpusTest("a native batch that is aborted rejects at once, and its work stops soon", async (t) => {
  const path = pathOf(files.find(({ path }) => path.endsWith("speed_bench_prog.jpg"))!);
  using decoder = new Decoder();
  const controller = new AbortController();
  const reason = new Error("enough");
  const call = decoder.decode(Array.from({ length: 24 }, () => path), { signal: controller.signal });
  setTimeout(() => controller.abort(reason), 30);
  const begun = performance.now();
  await t.throwsAsync(call, { is: reason });
  t.true(performance.now() - begun < 2000);
  const wait = performance.now();
  while (runtimeStats().liveTasks > 0 && performance.now() - wait < 5000) await new Promise((resume) => setTimeout(resume, 10));
  t.is(runtimeStats().liveTasks, 0);
  t.true(performance.now() - wait < 3000, `${performance.now() - wait} ms until the last task had stopped`);
});

test("a listener is not left on the user's signal for every call", async (t) => {
  const controller = new AbortController();
  let listeners = 0;
  const { signal } = controller;
  const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
  signal.addEventListener = ((...args: Parameters<typeof add>) => { listeners++; add(...args); }) as never;
  signal.removeEventListener = ((...args: Parameters<typeof remove>) => { listeners--; remove(...args); }) as never;
  using decoder = decoderOf({});
  for (let i = 0; i < 5; i++) await decoder.decode(fakeStream(1, 1), { signal });
  decoder.decodeSync(fakeStream(1, 1), { signal });
  for await (const _ of decoder.decodeStream([fakeStream(1, 1)], { signal })) void _;
  t.is(listeners, 0);
});

test("an image that is decoded into is busy: no second call may have it, nor may it be released", async (t) => {
  using decoder = new Decoder();
  using encoder = new Encoder();
  const bytes = await encoder.encode(drawPicture(1500, 1200), { codec: "jpeg" });
  const image = Image.from(new Uint8Array(1500 * 1200 * 3), { width: 1500, height: 1200 });
  const busy = { code: "ERR_POLYCODEC_IMAGE_BUSY" };
  const call = decoder.decode(bytes, { images: image });
  t.throws(() => image.release(), busy);
  t.throws(() => decoder.decodeSync(bytes, { images: image }), busy);
  await t.throwsAsync(decoder.decode(bytes, { images: image }), busy);
  t.is(await call, image);
  t.notThrows(() => image.release());
});

test("two calls that start together for one image: the second is refused, whatever the order of events", async (t) => {
  using decoder = new Decoder();
  using encoder = new Encoder();
  const bytes = await encoder.encode(drawPicture(300, 200), { codec: "jpeg" });
  const image = Image.from(new Uint8Array(300 * 200 * 3), { width: 300, height: 200 });
  const results = await Promise.allSettled([decoder.decode(bytes, { images: image }), decoder.decode(bytes, { images: image })]);
  t.deepEqual(results.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
  t.is((results.find(({ status }) => status === "rejected") as PromiseRejectedResult).reason.code, "ERR_POLYCODEC_IMAGE_BUSY");
});

test("an image is busy after an abort until its decode has really ended", async (t) => {
  let finish = () => {};
  using decoder = decoderOf({ run: (tasks) => new Promise((resolve) => { finish = () => resolve(paint(tasks)); }) });
  const image = Image.from(new Uint8Array(3), { width: 1, height: 1 });
  const controller = new AbortController();
  const call = decoder.decode(fakeStream(1, 1), { images: image, signal: controller.signal });
  await new Promise((resume) => setTimeout(resume, 5));
  const reason = new Error("enough");
  controller.abort(reason);
  await t.throwsAsync(call, { is: reason });
  t.throws(() => image.release(), { code: "ERR_POLYCODEC_IMAGE_BUSY" });
  finish();
  await new Promise((resume) => setTimeout(resume, 5));
  t.notThrows(() => image.release());
});

test("reused images hold the new picture and its layout; failures leave the others alone", async (t) => {
  using decoder = new Decoder();
  using encoder = new Encoder();
  const pictures = [drawPicture(60, 40, { seed: 1 }), drawPicture(20, 30, { seed: 2 })];
  const streams = (await encoder.encode(pictures, { codec: "jpeg", quality: 100 })).map((r) => (r as PromiseFulfilledResult<Uint8Array>).value);
  const images = [0, 1, 2].map(() => Image.from(new Uint8Array(60 * 40 * 3), { width: 60, height: 40 }));
  const results = await decoder.decode([streams[1]!, streams[0]!.subarray(0, 200), streams[0]!], { images });
  t.deepEqual(results.map((r) => r.status), ["fulfilled", "rejected", "fulfilled"]);
  t.like(images[0], { width: 20, height: 30, rowStride: 60 });
  t.like(images[2], { width: 60, height: 40 });
  const fresh = await decoder.decode(streams[0]!);
  t.is(Buffer.compare(images[2]!.bytes, fresh.bytes), 0);
  const again = await decoder.decode([streams[0]!], { images: [images[0]!] });
  t.is((again[0] as PromiseFulfilledResult<Image>).value, images[0]!);
  t.is(Buffer.compare(images[0]!.bytes, fresh.bytes), 0);
});

test("release gives the memory back: views are empty, and the slab returns", async (t) => {
  using decoder = new Decoder();
  using encoder = new Encoder();
  const bytes = await encoder.encode(drawPicture(640, 480), { codec: "jpeg" });
  const image = await decoder.decode(bytes);
  const { data } = image;
  const live = runtimeStats().liveSlabs;
  image.release();
  t.is(data.length, 0);
  t.true(image.isReleased);
  t.throws(() => image.data, { code: "ERR_POLYCODEC_IMAGE_RELEASED" });
  for (let i = 0; i < 50 && runtimeStats().liveSlabs >= live; i++) await new Promise((resume) => setTimeout(resume, 5));
  t.true(runtimeStats().liveSlabs < live, `${runtimeStats().liveSlabs} live slabs, ${live} before`);
});

test("10,000 released pictures do not pile up", async (t) => {
  using decoder = new Decoder();
  using encoder = new Encoder();
  const bytes = await encoder.encode(drawPicture(320, 240), { codec: "jpeg" });
  const batch = Array.from({ length: 100 }, () => bytes);
  let most = 0;
  for (let i = 0; i < 20; i++) {
    for (const image of imagesOrNull(await decoder.decode(batch))) image?.release();
    most = Math.max(most, runtimeStats().liveSlabs);
  }
  t.true(most <= 400, `${most} live slabs at most, after ${20 * 100} pictures`);
});

serialCorpusTest("a stream holds no more than its window, keeps order, and cancels when it is left early", async (t) => {
  const list = [...someJpegs(60)];
  const sources = Array.from({ length: 240 }, (_, i) => pathOf(list[i % list.length]!));
  const windowBytes = 8 << 20;
  using decoder = new Decoder();
  const before = runtimeStats().slabBytesInUse;
  let next = 0;
  let most = 0;
  for await (const { index, source, result } of decoder.decodeStream(sources, { limits: { windowBytes } })) {
    t.is(index, next++);
    t.is(source, sources[index]!);
    most = Math.max(most, runtimeStats().slabBytesInUse - before);
    if (result.status === "fulfilled") result.value.release();
  }
  t.is(next, 240);
  // Slab sizes are rounded up, released slabs return a turn of the event loop later, and a larger picture goes alone.
  const largest = Math.max(...list.map(({ width, height }) => width * height * 3));
  t.true(most <= 3 * (windowBytes + 2 * largest), `${most} bytes at most`);
  t.log(`${(most / 2 ** 20).toFixed(1)} MiB of pictures at most, window of ${windowBytes / 2 ** 20} MiB, largest picture ${(largest / 2 ** 20).toFixed(1)} MiB`);

  for await (const { index, result } of decoder.decodeStream(sources)) {
    if (result.status === "fulfilled") result.value.release();
    if (index === 3) break;
  }
  const wait = performance.now();
  while (runtimeStats().liveTasks > 0 && performance.now() - wait < 5000) await new Promise((resume) => setTimeout(resume, 5));
  t.is(runtimeStats().liveTasks, 0);
});

corpusTest("decodeSync gives what decode gives, errors included", async (t) => {
  using decoder = new Decoder();
  const sources = [...someJpegs(12).map(pathOf), pathOf(files.find(({ path, format, expect }) => path.startsWith("broken/") && format === "jpeg" && expect === "error")!)];
  const waited = await decoder.decode(sources);
  const blocked = decoder.decodeSync(sources);
  for (const [i, result] of blocked.entries()) {
    const other = waited[i]!;
    t.is(result.status, other.status);
    if (result.status === "fulfilled" && other.status === "fulfilled") t.is(Buffer.compare(result.value.bytes, other.value.bytes), 0, sources[i]);
    if (result.status === "rejected" && other.status === "rejected") t.is(result.reason.message, other.reason.message);
  }
  t.throws(() => decoder.decodeSync(sources.at(-1)!), { instanceOf: DecodeError });
});

test("sync refuses what has no blocking form", async (t) => {
  const registry = new Registry().use(fakeExtension([{ ...fakeDecoder(), create: () => ({ accepts: () => "SUCCESS" as const, run: async (tasks) => paint(tasks) }) }]));
  using decoder = new Decoder({ registry });
  t.throws(() => decoder.decodeSync(fakeStream(1, 1)), { code: "ERR_POLYCODEC_SYNC_UNSUPPORTED" });
  t.is((await decoder.decode(fakeStream(1, 1, 3))).data[0], 3);
  const random = { size: 13, readAt: async (offset: number, length: number) => fakeStream(1, 1, 4).slice(offset, offset + length) };
  t.throws(() => decoder.decodeSync(random), { code: "ERR_POLYCODEC_SYNC_UNSUPPORTED" });
});

test("a source of random access is read by its readAt, and what it throws is told", async (t) => {
  using decoder = new Decoder();
  using encoder = new Encoder();
  const bytes = await encoder.encode(drawPicture(200, 100), { codec: "jpeg" });
  const asked: number[] = [];
  const source = { size: bytes.length, readAt: async (offset: number, length: number) => { asked.push(length); return bytes.slice(offset, offset + length); } };
  t.is(Buffer.compare((await decoder.decode(source)).bytes, (await decoder.decode(bytes)).bytes), 0);
  t.true(asked.length >= 2);
  const broken = { size: 5000, readAt: () => Promise.reject(new Error("the cable is out")) };
  await t.throwsAsync(decoder.decode(broken), { code: "ERR_POLYCODEC_IO", message: /the cable is out/ });
  const throws = { size: 5000, readAt: () => { throw new Error("not even a promise"); } };
  await t.throwsAsync(decoder.decode(throws), { code: "ERR_POLYCODEC_IO", message: /not even a promise/ });
  const short = { size: bytes.length, readAt: async (offset: number, length: number) => bytes.slice(offset, offset + Math.min(length, 100)) };
  const [settled] = await decoder.decode([short]);
  t.true(settled!.status === "fulfilled" || settled!.reason instanceof PolycodecError);
  const nothing = { size: 5000, readAt: async () => undefined as never };
  await t.throwsAsync(decoder.decode(nothing), { instanceOf: PolycodecError });
});

test("an encode batch: order, reasons, fallback", async (t) => {
  const encode = new Registry().use(fakeExtension([fakeDecoder()], [
    fakeEncoder({ id: "first", run: async (tasks) => tasks.map((task) => ((task as EncodeTask).input.width === 2 ? { status: "FAIL", message: "two is too much" } : { status: "SUCCESS", bytes: Uint8Array.of(1) })) }),
    fakeEncoder({ id: "second", accepts: (task) => ((task as EncodeTask).input.height === 3 ? "SAMPLE_TYPE_UNSUPPORTED" : "SUCCESS") }),
  ]));
  using encoder = new Encoder({ registry: encode });
  const results = await encoder.encode([drawPicture(1, 1), drawPicture(2, 2), drawPicture(2, 3)], { codec: "fake" });
  t.deepEqual(results.map((r) => (r.status === "fulfilled" ? r.value.length : attempts(r.reason))), [1, 13, ["first FAIL", "second SAMPLE_TYPE_UNSUPPORTED"]]);
  t.true((results[2] as PromiseRejectedResult).reason instanceof EncodeError);
});

test("an encoder that says SUCCESS without bytes has failed", async (t) => {
  using encoder = new Encoder({ registry: new Registry().use(fakeExtension([], [fakeEncoder({ run: async (tasks) => tasks.map(() => ({ status: "SUCCESS" })) })])) });
  await t.throwsAsync(encoder.encode(drawPicture(1, 1), { codec: "fake" }), { instanceOf: EncodeError, code: "ERR_POLYCODEC_FAILED" });
});

test("writing: whole files only, none replaced unless asked, collisions are found before work starts", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "polycodec-"));
  try {
    using encoder = new Encoder();
    using decoder = new Decoder();
    const picture = drawPicture(50, 40);
    const [a, b] = [join(folder, "a.jpg"), join(folder, "b.jpeg")];
    await t.throwsAsync(encoder.write([a, a], [picture, picture]), { instanceOf: TypeError, message: /two images go to/ });
    await t.throwsAsync(encoder.write([a, b], [picture]), { instanceOf: TypeError });
    await t.throwsAsync(encoder.write(join(folder, "a.xyz"), picture), { code: "ERR_POLYCODEC_UNKNOWN_CODEC" });
    await writeFile(b, "mine");
    const results = await encoder.write([a, b], [picture, picture]);
    t.deepEqual(results.map((r) => (r.status === "fulfilled" ? r.value : (r.reason as PolycodecError).code)), [a, "ERR_POLYCODEC_FILE_EXISTS"]);
    t.is(await readFile(b, "utf8"), "mine");
    t.is(await encoder.write(b, picture, { overwrite: true }), b);
    t.like(await decoder.decode(b), { width: 50, height: 40 });
    t.is(Buffer.compare(await readFile(a), await readFile(b)), 0);
    await t.throwsAsync(encoder.write(join(folder, "none", "a.jpg"), picture), { code: "ERR_POLYCODEC_IO" });
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("transferable memory can be posted to a worker and back; recycled memory cannot be lost that way", async (t) => {
  using decoder = new Decoder();
  using encoder = new Encoder();
  const bytes = await encoder.encode(drawPicture(64, 48), { codec: "jpeg" });
  const image = await decoder.decode(bytes, { memory: "transferable" });
  const before = image.bytes.slice();
  const worker = new Worker("const { parentPort } = require('node:worker_threads'); parentPort.once('message', (m) => parentPort.postMessage(m, [m.buffer]));", { eval: true });
  const { buffer } = image.bytes;
  const back = await new Promise<Uint8Array>((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
    worker.postMessage(image.bytes, [buffer as ArrayBuffer]);
  });
  t.is(buffer.byteLength, 0);
  t.true(image.isReleased);
  t.is(Buffer.compare(back, before), 0);
  await worker.terminate();
  const recycled = await decoder.decode(bytes);
  const kept = recycled.bytes.slice();
  try {
    structuredClone(recycled.bytes.buffer, { transfer: [recycled.bytes.buffer as ArrayBuffer] });
  } catch {
    t.is(Buffer.compare(recycled.bytes, kept), 0, "refused, and still there");
  }
  t.pass();
});

test("closing lets calls in flight finish, and refuses later ones", async (t) => {
  const decoder = new Decoder();
  const encoder = new Encoder();
  const bytes = await encoder.encode(drawPicture(800, 600), { codec: "jpeg" });
  const call = decoder.decode(Array.from({ length: 8 }, () => bytes));
  const encodes = encoder.encode([drawPicture(300, 300)], { codec: "jpeg" });
  decoder.close();
  decoder.close();
  encoder.close();
  t.true((await call).every(({ status }) => status === "fulfilled"));
  t.true((await encodes).every(({ status }) => status === "fulfilled"));
  const closed = { code: "ERR_POLYCODEC_CLOSED" };
  await t.throwsAsync(decoder.decode(bytes), closed);
  t.throws(() => decoder.decodeSync(bytes), closed);
  await t.throwsAsync(encoder.encode(drawPicture(1, 1), { codec: "jpeg" }), closed);
  t.throws(() => encoder.encodeSync(drawPicture(1, 1), { codec: "jpeg" }), closed);
});

test("arguments of the wrong type are the caller's error, and reject", async (t) => {
  using decoder = new Decoder();
  using encoder = new Encoder();
  for (const source of [undefined, null, 5, {}, { size: 5 }, () => 0]) await t.throwsAsync(decoder.decode(source as never), { instanceOf: TypeError }, String(source));
  await t.throwsAsync(decoder.decode(new Uint8Array(4), { scale: 3 } as unknown as DecodeOptions), { instanceOf: TypeError });
  await t.throwsAsync(encoder.encode(new Uint8Array(4) as never, { codec: "jpeg" }), { instanceOf: TypeError, message: /Image\.from/ });
  await t.throwsAsync(encoder.encode(drawPicture(1, 1), {}), { instanceOf: TypeError, message: /codec/ });
  await t.throwsAsync(encoder.encode(drawPicture(1, 1), { codec: "jpg" }), { code: "ERR_POLYCODEC_UNKNOWN_CODEC", message: /did you mean jpeg/ });
});
