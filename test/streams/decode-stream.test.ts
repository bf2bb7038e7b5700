/** decodeStream where several things happen at once: unordered, left from outside, ended by its source. (Windows: core's own tests.) */
import { type DecodedItem, Decoder, Encoder, runtimeStats } from "@polycodec/core";
import type { DecodeTask } from "@polycodec/core/plugin";
import { drawPicture, fakeStream } from "@polycodec/core/testing";
import "@polycodec/ext-cpu";
import ava from "ava";
import { decoderOf, paint } from "../fake-decoders.js";

const test = ava.serial;
const transferable = { memory: "transferable" } as const;

test("in order a slow sample holds up those behind it; unordered it does not", async (t) => {
  for (const ordered of [true, false]) {
    let release = () => {};
    const slow = new Promise<void>((resolve) => {
      release = resolve;
    });
    using decoder = decoderOf(
      {
        id: "slow",
        priority: 1,
        accepts: (task) => ((task as DecodeTask).info.width === 9 ? "SUCCESS" : "CODESTREAM_UNSUPPORTED"),
        run: async (tasks) => {
          await slow;
          return paint(tasks);
        },
      },
      { id: "fast", priority: 2, kind: "GPU_ONLY" },
    );
    const sources = [fakeStream(9, 9), ...Array.from({ length: 8 }, (_, i) => fakeStream(1, 1, i))];
    const seen: number[] = [];
    if (ordered) setTimeout(release, 50);
    for await (const { index, result } of decoder.decodeStream(sources, { ...transferable, ordered })) {
      t.is(result.status, "fulfilled");
      seen.push(index);
      if (seen.length === 8) release();
    }
    if (ordered) t.deepEqual(seen, [0, 1, 2, 3, 4, 5, 6, 7, 8]);
    else t.deepEqual([seen.at(-1), seen.toSorted()], [0, [0, 1, 2, 3, 4, 5, 6, 7, 8]]);
  }
});

test("return() from outside ends a next() that waits, and cancels", async (t) => {
  let heard = false;
  using decoder = decoderOf({
    run: (tasks, signal) =>
      new Promise((resolve) => {
        signal!.addEventListener("abort", () => {
          heard = true;
          resolve(tasks.map(() => ({ status: "CANCELLED" })));
        });
      }),
  });
  const stream = decoder.decodeStream([fakeStream(1, 1), fakeStream(1, 1)], transferable);
  const waiting = stream.next();
  await new Promise((resume) => setTimeout(resume, 20));
  t.deepEqual(await stream.return!(), { value: undefined, done: true });
  t.deepEqual(await waiting, { value: undefined, done: true });
  t.true(heard);
  t.deepEqual(await stream.next(), { value: undefined, done: true });
});

test("a backend that does not look at its signal is not waited for for ever", async (t) => {
  using decoder = decoderOf({ run: () => new Promise(() => {}) });
  const stream = decoder.decodeStream([fakeStream(1, 1)], transferable);
  void stream.next();
  await new Promise((resume) => setTimeout(resume, 20));
  const begun = performance.now();
  await stream.return!();
  t.true(performance.now() - begun < 10_000);
});

test("what the source throws comes after the results before it, once", async (t) => {
  const broken = new Error("the list ended badly");
  async function* sources() {
    for (let i = 0; i < 50; i++) yield fakeStream(1, 1, i);
    throw broken;
  }
  using decoder = decoderOf({});
  const stream = decoder.decodeStream(sources(), transferable);
  const seen: DecodedItem[] = [];
  await t.throwsAsync(
    async () => {
      for await (const item of stream) seen.push(item);
    },
    { is: broken },
  );
  t.is(seen.length, 50);
  t.deepEqual(await stream.next(), { value: undefined, done: true });
});

test("several next() at once get the results in order", async (t) => {
  using decoder = decoderOf({});
  const stream = decoder.decodeStream(
    Array.from({ length: 10 }, (_, i) => fakeStream(1, 1, i)),
    transferable,
  );
  const results = await Promise.all(Array.from({ length: 12 }, () => stream.next()));
  t.deepEqual(
    results.map(({ value, done }) => (done ? "done" : (value as DecodedItem).index)),
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, "done", "done"],
  );
});

test("pictures that nobody has seen are let go of when the loop is left", async (t) => {
  using encoder = new Encoder();
  using decoder = new Decoder();
  const jpeg = (await encoder.encode(drawPicture(400, 300), { codec: "jpeg" })).slice();
  for await (const { result } of decoder.decodeStream(Array.from({ length: 100 }, () => jpeg))) {
    if (result.status === "fulfilled") result.value.release();
    await new Promise((resume) => setTimeout(resume, 30)); // more are finished meanwhile
    break;
  }
  for (const begun = performance.now(); runtimeStats().liveSlabs > 0 && performance.now() - begun < 5000; )
    await new Promise((resume) => setImmediate(resume));
  t.is(runtimeStats().liveSlabs, 0);
});

test("what is no iterable is refused at once; a string is one path, not many", (t) => {
  using decoder = decoderOf({});
  for (const sources of ["photo.jpg", 5, null, undefined, {}])
    t.throws(() => decoder.decodeStream(sources as never), { instanceOf: TypeError, message: /expected an iterable/ });
});
