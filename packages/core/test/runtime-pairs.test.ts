/** Two samples of a chunk in one call of the backend: what each gets is what it gets alone. */
import ava from "ava";
import { runtime } from "#core/runtime/load-addon.js";
import { ProcessingStatus } from "#core/status.js";
import { batchCall, column, decodeFields, eventually, idle, instanceOf, pixelsOf, sleep } from "./noop-backend.js";

// One after the other: pairs are made where no other call waits.
const test = ava.serial;
const { SUCCESS, CANCELLED, FAIL, IMAGE_CORRUPTED } = ProcessingStatus;
const bytes = (...values: number[]) => Uint8Array.from(values);

test("samples in pairs keep their places, statuses, warnings and times", async (t) => {
  const count = 200;
  const kind = (i: number) => (i % 7 === 3 ? 70 : i % 5 === 2 ? 88 : i % 60); // 'F' fails, 'X' goes alone
  const sources = Array.from({ length: count }, (_, i) => bytes(kind(i), i));
  // Some do not get as far as the backend.
  const isUnfit = (i: number) => i % 11 === 6;
  const fields = decodeFields(count, 2, 2, (i) => (isUnfit(i) ? { byteLength: 1 } : {}));
  const before = Number(process.hrtime.bigint());
  const result = await runtime().decode(
    batchCall(),
    instanceOf("pair", "decode", { milliseconds: 1 }),
    sources,
    [],
    fields,
    0,
  );
  const after = Number(process.hrtime.bigint());
  const expected = sources.map((_, i) => (isUnfit(i) ? FAIL : kind(i) === 70 ? IMAGE_CORRUPTED : SUCCESS));
  t.deepEqual(column(result, "status"), expected);
  const paired = sources.filter((_, i) => result.warnings?.[i]?.includes("paired"));
  t.true(paired.length > count / 4, `${paired.length} of ${count} in pairs`);
  t.true(paired.every(([first]) => first !== 88));
  for (const [i, source] of sources.entries()) {
    if (expected[i] !== SUCCESS) t.is(result.slabs?.[i], undefined);
    else
      t.deepEqual(
        [...pixelsOf(result, i).subarray(2, 8)],
        [2, 3, 4, 5, 6, 7].map((at) => source[at % 2]),
      );
  }
  // No thread has been in two places at once.
  const workers = column(result, "worker");
  const ends = column(result, "endNs");
  const spans = column(result, "startNs").map((start, i) => ({ start, end: ends[i]!, worker: workers[i]! }));
  spans.sort((a, b) => a.start - b.start || a.end - b.end);
  const free = new Map<number, number>();
  for (const { start, end, worker } of spans) {
    t.true(start > before && start <= end && end < after && start >= (free.get(worker) ?? 0));
    free.set(worker, end);
  }
  await eventually(idle, "nothing is left");
});

test("cancelling settles both of a pair", async (t) => {
  const call = batchCall();
  const instance = instanceOf("pair", "decode", { milliseconds: 20_000 });
  const chunk = runtime().decode(call, instance, Array(50).fill(bytes(1)), [], decodeFields(50, 2, 2), 0);
  await sleep(20);
  runtime().cancelCall(call);
  t.true(column(await chunk, "status").every((status) => status === CANCELLED));
  await eventually(idle, "nothing is left");
});

test("an urgent sample overtakes pairs", async (t) => {
  const call = batchCall();
  const instance = instanceOf("pair", "decode", { milliseconds: 20_000 });
  const chunk = runtime().decode(call, instance, Array(50).fill(bytes(1)), [], decodeFields(50, 2, 2), 0);
  await sleep(20);
  const urgent = runtime().openCall({ urgency: "interactive" });
  const one = await runtime().decode(urgent, instanceOf("pair"), [bytes(1)], [], decodeFields(1, 2, 2), 0);
  t.deepEqual(column(one, "status"), [SUCCESS]);
  runtime().cancelCall(call);
  await chunk;
});
