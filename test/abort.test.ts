/** Calls that end early: aborted, left, closed. */
import { Decoder, Encoder, runtimeStats } from "@polycodec/core";
import { drawPicture, fakeStream } from "@polycodec/core/testing";
import "@polycodec/ext-cpu";
import test from "ava";
import { files, pathOf, someJpegs } from "./corpus.js";
import { serialCorpusTest } from "./corpus-test.js";
import { decoderOf } from "./fake-decoders.js";

test("aborted before and while: the call rejects with the reason, and the backend hears of it", async (t) => {
  const reason = new Error("the user went away");
  let signal: AbortSignal | undefined;
  let go = () => {};
  const started = new Promise<void>((resolve) => {
    go = resolve;
  });
  using decoder = decoderOf({
    run: (tasks, given) => {
      signal = given;
      go();
      return new Promise((resolve) =>
        given?.addEventListener("abort", () => resolve(tasks.map(() => ({ status: "CANCELLED" })))),
      );
    },
  });
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
  const call = decoder.decode(
    Array.from({ length: 24 }, () => path),
    { signal: controller.signal },
  );
  setTimeout(() => controller.abort(reason), 30);
  const begun = performance.now();
  await t.throwsAsync(call, { is: reason });
  if (process.env.POLYCODEC_TIMED === "1") t.true(performance.now() - begun < 2000);
  const wait = performance.now();
  while (runtimeStats().liveTasks > 0 && performance.now() - wait < 20_000)
    await new Promise((resume) => setTimeout(resume, 10));
  t.is(runtimeStats().liveTasks, 0);
  t.log(`${Math.round(performance.now() - wait)} ms until the last task had stopped`);
  if (process.env.POLYCODEC_TIMED === "1") t.true(performance.now() - wait < 3000);
});

test("a listener is not left on the user's signal for every call", async (t) => {
  const controller = new AbortController();
  let listeners = 0;
  const { signal } = controller;
  const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
  signal.addEventListener = ((...args: Parameters<typeof add>) => {
    listeners++;
    add(...args);
  }) as never;
  signal.removeEventListener = ((...args: Parameters<typeof remove>) => {
    listeners--;
    remove(...args);
  }) as never;
  using decoder = decoderOf({});
  for (let i = 0; i < 5; i++) await decoder.decode(fakeStream(1, 1), { signal });
  decoder.decodeSync(fakeStream(1, 1), { signal });
  for await (const _ of decoder.decodeStream([fakeStream(1, 1)], { signal })) void _;
  t.is(listeners, 0);
});

serialCorpusTest(
  "a stream holds no more than its window, keeps order, and cancels when it is left early",
  async (t) => {
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
    t.log(
      `${(most / 2 ** 20).toFixed(1)} MiB of pictures at most, window of ${windowBytes / 2 ** 20} MiB, largest picture ${(largest / 2 ** 20).toFixed(1)} MiB`,
    );

    for await (const { index, result } of decoder.decodeStream(sources)) {
      if (result.status === "fulfilled") result.value.release();
      if (index === 3) break;
    }
    const wait = performance.now();
    while (runtimeStats().liveTasks > 0 && performance.now() - wait < 5000)
      await new Promise((resume) => setTimeout(resume, 5));
    t.is(runtimeStats().liveTasks, 0);
  },
);

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
