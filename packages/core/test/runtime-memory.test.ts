/** Pixel memory: new, given back, used again. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import test from "ava";
import { runtime } from "#core/runtime/load-addon.js";
import { batchCall, decodeFields, eventually, instanceOf } from "./noop-backend.js";

setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc") as () => void;
const live = () => runtime().stats().liveSlabs;

test.serial("memory is as long as asked for, and its slab is counted until it is released", async (t) => {
  const before = live();
  const buffers = [0, 1, 63, 64, 65_536, 5_000_000].map((length) => [length, runtime().allocate(length)] as const);
  for (const [length, buffer] of buffers) {
    t.is(buffer.byteLength, length);
    new Uint8Array(buffer).fill(255);
  }
  t.is(live(), before + 5, "the empty one has none");
  t.true(runtime().stats().slabBytesInUse >= 5_065_664);
  for (const [, buffer] of buffers) {
    runtime().release(buffer);
    t.is(buffer.byteLength, 0, "detached");
  }
  await eventually(() => live() === before, "slabs are back");
});

test.serial("released memory is used again", async (t) => {
  runtime().trim();
  const first = runtime().allocate(3_000_000);
  new Uint8Array(first)[7] = 123;
  runtime().release(first);
  await eventually(() => runtime().stats().slabBytesFree >= 3_000_000, "the slab is back");
  const again = runtime().allocate(2_990_000);
  t.is(new Uint8Array(again)[7], 123, "not cleared: it is the same memory");
  t.is(runtime().stats().slabBytesFree, 0);
  runtime().release(again);
});

test.serial("the garbage collector gives memory back too", async (t) => {
  const before = live();
  for (let i = 0; i < 50; i++) runtime().allocate(100_000);
  t.true(live() >= before + 50);
  await eventually(() => {
    gc();
    return live() <= before;
  }, "collected");
  t.pass();
});

test.serial("trim gives what is kept for reuse to the system", async (t) => {
  runtime().release(runtime().allocate(8_000_000));
  await eventually(() => runtime().stats().slabBytesFree >= 8_000_000, "the slab is back");
  const { slabBytesFree } = runtime().stats();
  t.is(runtime().trim(), slabBytesFree);
  t.is(runtime().stats().slabBytesFree, 0);
});

test.serial("decoding needs no more memory from the system than the first time", async (t) => {
  const instance = instanceOf("copy");
  const source = Uint8Array.of(1, 2, 3);
  let first = 0;
  for (let round = 0; round < 20; round++) {
    const { slabs } = await runtime().decode(
      batchCall(),
      instance,
      Array(10).fill(source),
      [],
      decodeFields(10, 300, 200),
      4,
    );
    for (const slab of slabs!) runtime().releaseSlab(slab!);
    await eventually(() => live() === 0, "slabs are back");
    const { slabBytesFree } = runtime().stats();
    first ||= slabBytesFree;
    t.is(slabBytesFree, first);
  }
});

test.serial("a slab is opened once, and released once", async (t) => {
  const fields = decodeFields(4, 300, 200);
  const sources = Array(4).fill(Uint8Array.of(1, 2, 3));
  const decoded = () => runtime().decode(batchCall(), instanceOf("copy"), sources, [], fields, 1);
  const before = live();
  const [released, opened, emptied, kept] = (await decoded()).slabs!;
  t.is(live(), before + 4);
  runtime().releaseSlab(released!);
  runtime().releaseSlab(released!);
  t.is(live(), before + 3);
  t.throws(() => runtime().openSlab(released!), { instanceOf: TypeError });

  const buffer = runtime().openSlab(opened!);
  t.is(buffer.byteLength, 180_000);
  runtime().releaseSlab(opened!);
  t.deepEqual([...new Uint8Array(buffer, 179_997)], [1, 2, 3]);
  t.throws(() => runtime().openSlab(opened!), { instanceOf: TypeError });

  runtime().release(runtime().openSlab(emptied!));
  await eventually(() => live() === before + 2, "the opened one is back");
  t.throws(() => runtime().openSlab({} as typeof kept & object), { instanceOf: TypeError });

  runtime().releaseSlab(kept!);
  runtime().release(buffer);
  await eventually(() => live() === before, "all are back");
});

test.serial("slabs that are forgotten come back", async (t) => {
  const before = live();
  await runtime().decode(batchCall(), instanceOf("copy"), [Uint8Array.of(1)], [], decodeFields(1, 300, 200), 1);
  await eventually(() => {
    gc();
    return live() <= before;
  }, "the collector has found it");
  t.pass();
});

test.serial("a failed sample keeps no memory", async (t) => {
  const before = live();
  const result = await runtime().decode(
    batchCall(),
    instanceOf("copy"),
    [Uint8Array.of(70)],
    [],
    decodeFields(1, 100, 100),
    1,
  );
  t.is(result.slabs, undefined);
  t.is(live(), before);
});

test("impossible sizes are errors", (t) => {
  t.throws(() => runtime().allocate(2 ** 60), { instanceOf: RangeError, code: "ERR_POLYCODEC_OUT_OF_MEMORY" });
  t.throws(() => runtime().release({} as ArrayBuffer), { instanceOf: TypeError });
});

test("transform converts on this thread, and refuses what does not fit", (t) => {
  const layout = (width: number, height: number, format: number) => [width, height, 3, 0, format, 2, 8, width * 3, 0];
  const plain = [1, 0, 0, 0, 0]; // not shrunk, no background
  const source = Uint8Array.from({ length: 12 }, (_, i) => i);
  const target = new Uint8Array(12);
  runtime().transform(source, target, Float64Array.from([2, 0, 0, ...plain, ...layout(2, 2, 6), ...layout(2, 2, 8)]));
  t.deepEqual([...target], [5, 4, 3, 2, 1, 0, 11, 10, 9, 8, 7, 6], "mirrored, and BGR");
  t.throws(
    () =>
      runtime().transform(
        source,
        target,
        Float64Array.from([1, 0, 1, ...plain, ...layout(2, 2, 6), ...layout(2, 2, 6)]),
      ),
    { instanceOf: TypeError },
  );
  t.throws(
    () =>
      runtime().transform(
        source,
        target.subarray(1),
        Float64Array.from([1, 0, 0, ...plain, ...layout(2, 2, 6), ...layout(2, 2, 6)]),
      ),
    { instanceOf: TypeError },
  );
});
