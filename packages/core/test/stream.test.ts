/** decodeStream with a fake codec: order, windows, memory, leaving early. */
import test from "ava";
import { Decoder } from "#core/decoder.js";
import type { DecodeOptions } from "#core/params/decode-params.js";
import type { DecodeTask } from "#core/plugin.js";
import { Registry } from "#core/registry.js";
import { type FakeBehaviour, fakeDecoder, fakeExtension, fakeStream } from "#core/testing/fake-backend.js";

const decoderOf = (behaviour: FakeBehaviour = {}) =>
  new Decoder({ registry: new Registry().use(fakeExtension([fakeDecoder(behaviour)])) });
const transferable: DecodeOptions = { memory: "transferable" };

/** Fake streams, with a note of how many were drawn. */
function* drawn(count: number, note: { drawn: number }, side = 4): Generator<Uint8Array> {
  for (let i = 0; i < count; i++) {
    note.drawn++;
    yield fakeStream(side, side, i & 255);
  }
}

test("results come in order, with their place and source, from any kind of iterable", async (t) => {
  using decoder = decoderOf();
  const list = [...drawn(70, { drawn: 0 })];
  async function* asynchronous() {
    for (const source of list) {
      await null;
      yield source as Uint8Array;
    }
  }
  const kinds: (Iterable<Uint8Array> | AsyncIterable<Uint8Array>)[] = [list, new Set(list), asynchronous()];
  for (const sources of kinds) {
    let next = 0;
    for await (const { index, source, result } of decoder.decodeStream(sources, transferable)) {
      t.is(index, next);
      t.is(source, list[next]!);
      if (result.status === "rejected") throw result.reason;
      t.is(result.value.data[0], next);
      next++;
    }
    t.is(next, 70);
  }
});

test("a source that is slow to come holds up nobody", async (t) => {
  using decoder = decoderOf();
  let given = () => {};
  // Each source comes only after the result of the one before: a decoder that waits for more would wait for ever.
  async function* dependent() {
    for (let i = 0; i < 5; i++) {
      yield fakeStream(1, 1, i);
      await new Promise<void>((resolve) => {
        given = resolve;
      });
    }
  }
  let next = 0;
  for await (const { index } of decoder.decodeStream(dependent(), transferable)) {
    t.is(index, next++);
    given();
  }
  t.is(next, 5);
});

test("sources that come at once are decoded together, not one by one", async (t) => {
  const shares: number[] = [];
  using decoder = decoderOf({
    run: async (tasks) => {
      shares.push(tasks.length);
      for (const task of tasks) void (task as DecodeTask).pixels;
      return tasks.map(() => ({ status: "SUCCESS" as const }));
    },
  });
  async function* prompt() {
    yield* drawn(128, { drawn: 0 });
  }
  for await (const _ of decoder.decodeStream(prompt(), transferable)) void _;
  t.true(shares.length <= 20, `${shares}`);
});

test("leaving while the source keeps us waiting does not wait for it", async (t) => {
  let returned = false;
  async function* stuck() {
    try {
      yield fakeStream(1, 1);
      await new Promise((resume) => setTimeout(resume, 1500));
      yield fakeStream(1, 1);
    } finally {
      returned = true;
    }
  }
  using decoder = decoderOf();
  for await (const _ of decoder.decodeStream(stuck(), transferable)) break;
  t.false(returned);
  await new Promise((resume) => setTimeout(resume, 2000));
  t.true(returned, "and it is told when it comes");
});

test("aborting does not wait for a source either", async (t) => {
  using decoder = decoderOf();
  const controller = new AbortController();
  const reason = new Error("enough");
  async function* never() {
    yield fakeStream(1, 1);
    await new Promise(() => {});
  }
  const consume = async () => {
    for await (const _ of decoder.decodeStream(never(), { ...transferable, signal: controller.signal }))
      controller.abort(reason);
  };
  await t.throwsAsync(consume, { is: reason });
});

test("an empty stream ends", async (t) => {
  using decoder = decoderOf();
  for await (const _ of decoder.decodeStream([], transferable)) t.fail();
  t.pass();
});

test("damaged and unknown sources settle in their places", async (t) => {
  using decoder = decoderOf();
  const sources = [
    fakeStream(2, 2, 5),
    fakeStream(0, 2),
    Buffer.from("what is this"),
    new Uint8Array(0),
    fakeStream(2, 2, 6),
  ];
  const codes = [];
  for await (const { result } of decoder.decodeStream(sources, transferable)) {
    codes.push(result.status === "fulfilled" ? result.value.data[0] : (result.reason as { code?: string }).code);
  }
  t.deepEqual(codes, [5, "ERR_POLYCODEC_CORRUPTED", "ERR_POLYCODEC_UNKNOWN_CODEC", "ERR_POLYCODEC_UNKNOWN_CODEC", 6]);
});

test("at most windowItems are drawn ahead of the consumer", async (t) => {
  using decoder = decoderOf();
  const note = { drawn: 0 };
  let consumed = 0;
  for await (const _ of decoder.decodeStream(drawn(500, note), { ...transferable, limits: { windowItems: 16 } })) {
    t.true(note.drawn - consumed <= 16, `${note.drawn} drawn, ${consumed} consumed`);
    consumed++;
  }
  t.is(consumed, 500);
});

test("at most windowBytes of pictures are planned or held ahead; a larger picture goes alone", async (t) => {
  const side = 64;
  const bytes = side * side * 3;
  let live = 0;
  let most = 0;
  using decoder = decoderOf({
    run: async (tasks) => {
      live += tasks.length;
      most = Math.max(most, live);
      for (const task of tasks) void (task as DecodeTask).pixels;
      return tasks.map(() => ({ status: "SUCCESS" as const }));
    },
  });
  const limits = { windowBytes: bytes * 8 };
  let count = 0;
  for await (const { result } of decoder.decodeStream(drawn(100, { drawn: 0 }, side), { ...transferable, limits })) {
    t.is(result.status, "fulfilled");
    live--;
    count++;
  }
  t.is(count, 100);
  t.true(most <= 8, `${most} pictures at once, 8 allowed`);
  for await (const { result } of decoder.decodeStream(drawn(5, { drawn: 0 }, side), {
    ...transferable,
    limits: { windowBytes: 1 },
  }))
    t.is(result.status, "fulfilled");
});

test("leaving early stops drawing, returns the source iterator and cancels what is in flight", async (t) => {
  const note = { drawn: 0 };
  let returned = false;
  function* sources() {
    try {
      yield* drawn(1000, note);
    } finally {
      returned = true;
    }
  }
  using decoder = decoderOf();
  for await (const { index } of decoder.decodeStream(sources(), { ...transferable, limits: { windowItems: 8 } }))
    if (index === 3) break;
  t.true(returned);
  t.true(note.drawn <= 20, `${note.drawn} drawn`);
});

test("leaving early tells backends through their signal", async (t) => {
  const signals: AbortSignal[] = [];
  using decoder = decoderOf({
    run: async (tasks, signal) => {
      signals.push(signal!);
      for (const task of tasks) void (task as DecodeTask).pixels;
      return tasks.map(() => ({ status: "SUCCESS" as const }));
    },
  });
  for await (const _ of decoder.decodeStream(drawn(100, { drawn: 0 }), { ...transferable, limits: { windowItems: 8 } }))
    break;
  t.true(signals.length > 0 && signals.every((signal) => signal.aborted));
});

test("an error of the source iterable reaches the consumer as it is", async (t) => {
  const broken = new Error("the list ended badly");
  function* sources() {
    yield fakeStream(1, 1);
    throw broken;
  }
  using decoder = decoderOf();
  await t.throwsAsync(
    async () => {
      for await (const _ of decoder.decodeStream(sources(), transferable)) void _;
    },
    { is: broken },
  );
});

test("a source of the wrong type is the caller's error", async (t) => {
  using decoder = decoderOf();
  await t.throwsAsync(
    async () => {
      for await (const _ of decoder.decodeStream([5 as never], transferable)) void _;
    },
    { instanceOf: TypeError },
  );
});

test("aborting rejects with the reason, before and between items", async (t) => {
  using decoder = decoderOf();
  const reason = new Error("enough");
  const before = async () => {
    for await (const _ of decoder.decodeStream(drawn(5, { drawn: 0 }), {
      ...transferable,
      signal: AbortSignal.abort(reason),
    }))
      void _;
  };
  await t.throwsAsync(before, { is: reason });
  const controller = new AbortController();
  let seen = 0;
  const between = async () => {
    for await (const _ of decoder.decodeStream(drawn(500, { drawn: 0 }), {
      ...transferable,
      signal: controller.signal,
      limits: { windowItems: 8 },
    }))
      if (++seen === 5) controller.abort(reason);
  };
  await t.throwsAsync(between, { is: reason });
  t.true(seen < 30, `${seen} items after the abort at 5`);
});

test("images cannot be reused in a stream, and a closed decoder says so", async (t) => {
  const decoder = decoderOf();
  const consume = async (options: DecodeOptions) => {
    for await (const _ of decoder.decodeStream([fakeStream(1, 1)], options)) void _;
  };
  await t.throwsAsync(() => consume({ images: [] }), { instanceOf: TypeError });
  decoder.close();
  await t.throwsAsync(() => consume(transferable), { code: "ERR_POLYCODEC_CLOSED" });
});
