/** How a window of samples is settled among lanes: pure, so the lanes here are made of words. */
import test from "ava";
import type { NativeOutcome } from "#core/runtime/native-backend.js";
import {
  type Chunk,
  type Relax,
  type Sample,
  sampleOf,
  settle,
  settleAsync,
  settleSync,
} from "#core/schedule/batch.js";
import type { Lane } from "#core/schedule/lanes.js";
import type { ProcessingStatus } from "#core/status.js";

type Word = string;
const neverRelax: Relax<Word> = () => undefined;

/** A lane that answers `accepts` with a function of the word. */
function lane(id: string, accepts: (word: Word) => ProcessingStatus = () => "SUCCESS"): Lane<Word> {
  return {
    id,
    instance: { accepts, run: () => Promise.reject(new Error("settle runs nothing itself")) },
    enter: () => Promise.resolve(),
    leave: () => {},
  };
}

const samplesOf = (...words: Word[]) => words.map((word, i) => sampleOf(i, "word", word));
const shares = (chunks: readonly Chunk<Word>[]) =>
  chunks.map((chunk) => `${chunk.lane.id}: ${chunk.samples.map(({ offered }) => offered).join(" ")}`);

/** Drives `settle` with an outcome per lane and word; returns the rounds as text. */
function play(
  samples: readonly Sample<Word>[],
  lanes: readonly Lane<Word>[],
  answer: (lane: string, word: Word) => ProcessingStatus,
  relax = neverRelax,
): string[][] {
  const rounds: string[][] = [];
  settleSync(
    settle(samples, () => lanes, relax),
    (chunk) => {
      rounds.push(shares([chunk]));
      return chunk.samples.map(({ offered }): NativeOutcome => ({ status: answer(chunk.lane.id, offered) }));
    },
  );
  return rounds;
}
const attempts = (sample: Sample<Word>) => sample.attempts.map(({ backend, status }) => `${backend} ${status}`);

test("every sample goes to the first lane that accepts it, in one chunk a lane", (t) => {
  const lanes = [lane("first", (w) => (w.startsWith("a") ? "SUCCESS" : "ENCODING_UNSUPPORTED")), lane("second")];
  const samples = samplesOf("a1", "b1", "a2", "b2");
  const rounds = settle(samples, () => lanes, neverRelax);
  const step = rounds.next();
  t.deepEqual(shares(step.value as Chunk<Word>[]), ["first: a1 a2", "second: b1 b2"]);
  t.true(
    rounds.next([
      [{ status: "SUCCESS" }, { status: "SUCCESS" }],
      [{ status: "SUCCESS" }, { status: "SUCCESS" }],
    ]).done,
  );
  t.deepEqual(
    samples.map(({ outcome }) => outcome?.status),
    ["SUCCESS", "SUCCESS", "SUCCESS", "SUCCESS"],
  );
  t.deepEqual(attempts(samples[1]!), ["first ENCODING_UNSUPPORTED"]);
  t.deepEqual(attempts(samples[0]!), []);
});

test("what fails goes on to the next lane, and every attempt is written down in order", (t) => {
  const samples = samplesOf("x", "y");
  const rounds = play(samples, [lane("one"), lane("two"), lane("three")], (id, word) =>
    word === "y" || id === "three" ? "SUCCESS" : "IMAGE_CORRUPTED",
  );
  t.deepEqual(rounds, [["one: x y"], ["two: x"], ["three: x"]]);
  t.deepEqual(attempts(samples[0]!), ["one IMAGE_CORRUPTED", "two IMAGE_CORRUPTED"]);
  t.is(samples[0]!.outcome?.status, "SUCCESS");
  t.deepEqual(attempts(samples[1]!), []);
});

test("when the lanes are used up a sample is left without an outcome", (t) => {
  const samples = samplesOf("x");
  play(samples, [lane("one"), lane("two")], () => "FAIL");
  t.is(samples[0]!.outcome, undefined);
  t.deepEqual(attempts(samples[0]!), ["one FAIL", "two FAIL"]);
});

test("limits and cancellation do not fall back", (t) => {
  for (const status of ["LIMIT_EXCEEDED", "CANCELLED"] as const) {
    const samples = samplesOf("x");
    t.deepEqual(
      play(samples, [lane("one"), lane("two")], () => status),
      [["one: x"]],
    );
    t.deepEqual(attempts(samples[0]!), [`one ${status}`]);
    t.is(samples[0]!.outcome, undefined);
  }
});

test("no lane, no samples: nothing is run", (t) => {
  t.deepEqual(
    play(samplesOf("x"), [], () => "SUCCESS"),
    [],
  );
  t.deepEqual(
    play([], [lane("one")], () => "SUCCESS"),
    [],
  );
});

test("samples of several codecs go to the lanes of theirs", (t) => {
  const samples = [sampleOf(0, "a", "x"), sampleOf(1, "b", "y")];
  const byCodec: Record<string, Lane<Word>[]> = { a: [lane("for-a")], b: [lane("for-b")] };
  const rounds = settle(samples, (codec) => byCodec[codec]!, neverRelax);
  t.deepEqual(shares(rounds.next().value as Chunk<Word>[]), ["for-a: x", "for-b: y"]);
});

test("a request that is refused is made plainer step by step, and a later lane is offered the whole of it again", (t) => {
  const drop: Relax<Word> = (word, refused) =>
    refused === "ORIENTATION_UNSUPPORTED"
      ? word.replace("+turn", "")
      : refused === "ROI_UNSUPPORTED"
        ? word.replace("+crop", "")
        : undefined;
  const picky = lane("picky", (w) =>
    w.includes("+turn") ? "ORIENTATION_UNSUPPORTED" : w.includes("+crop") ? "ROI_UNSUPPORTED" : "SUCCESS",
  );
  const able = lane("able");
  const samples = samplesOf("x+turn+crop");
  const rounds = play(samples, [picky, able], (id) => (id === "picky" ? "FAIL" : "SUCCESS"), drop);
  t.deepEqual(rounds, [["picky: x"], ["able: x+turn+crop"]]);
  t.is(samples[0]!.offered, "x+turn+crop");
  t.deepEqual(attempts(samples[0]!), ["picky FAIL"]);
});

test("a refusal that is about the bytes is not relaxed", (t) => {
  let asked = 0;
  const samples = samplesOf("x");
  play(
    samples,
    [lane("one", () => "ENCODING_UNSUPPORTED")],
    () => "SUCCESS",
    () => {
      asked++;
      return "y";
    },
  );
  t.is(asked, 0);
  t.deepEqual(attempts(samples[0]!), ["one ENCODING_UNSUPPORTED"]);
});

test("relaxing ends even if it is never enough, and the first reason is told", (t) => {
  const samples = samplesOf("x");
  play(
    samples,
    [lane("one", (w) => (w === "x" ? "ROI_UNSUPPORTED" : "ORIENTATION_UNSUPPORTED"))],
    () => "SUCCESS",
    (word) => `${word}!`,
  );
  t.deepEqual(attempts(samples[0]!), ["one ROI_UNSUPPORTED"]);
});

test("a lane that throws in accepts fails those samples, not the batch", (t) => {
  const broken = lane("broken", (w) => {
    if (w === "x") throw new Error("accepts is broken");
    return "SUCCESS";
  });
  const samples = samplesOf("x", "y");
  play(samples, [broken, lane("sound")], () => "SUCCESS");
  t.deepEqual(
    samples.map(({ outcome }) => outcome?.status),
    ["SUCCESS", "SUCCESS"],
  );
  t.deepEqual(attempts(samples[0]!), ["broken FAIL"]);
  t.regex(samples[0]!.attempts[0]!.message!, /accepts is broken/);
});

test("a lane that returns too few outcomes fails the samples without one", (t) => {
  const samples = samplesOf("x", "y");
  const lanes = [lane("short")];
  settleSync(
    settle(samples, () => lanes, neverRelax),
    () => [{ status: "SUCCESS" }],
  );
  t.is(samples[0]!.outcome?.status, "SUCCESS");
  t.is(samples[1]!.outcome, undefined);
  t.regex(samples[1]!.attempts[0]!.message!, /returned 1 outcomes for 2 tasks/);
});

test("a run that rejects or throws fails its share, which falls back; lanes are left whatever happens", async (t) => {
  const calls: string[] = [];
  const counted = (id: string): Lane<Word> => ({
    ...lane(id),
    enter: () => {
      calls.push(`enter ${id}`);
      return Promise.resolve();
    },
    leave: () => {
      calls.push(`leave ${id}`);
    },
  });
  const samples = samplesOf("x", "y");
  const lanes = [counted("one"), counted("two")];
  await settleAsync(
    settle(samples, () => lanes, neverRelax),
    async ({ lane: { id }, samples: share }) => {
      if (id === "one") throw new Error("the device is gone");
      return share.map(() => ({ status: "SUCCESS" as const }));
    },
  );
  t.deepEqual(
    samples.map(({ outcome }) => outcome?.status),
    ["SUCCESS", "SUCCESS"],
  );
  t.deepEqual(samples[0]!.attempts, [{ backend: "one", status: "FAIL", message: "the device is gone" }]);
  t.deepEqual(calls, ["enter one", "leave one", "enter two", "leave two"]);
});

test("chunks of one round run side by side", async (t) => {
  const lanes = [lane("a", (w) => (w === "a" ? "SUCCESS" : "ENCODING_UNSUPPORTED")), lane("b")];
  let running = 0;
  let most = 0;
  await settleAsync(
    settle(samplesOf("a", "b"), () => lanes, neverRelax),
    async ({ samples }) => {
      most = Math.max(most, ++running);
      await new Promise((resume) => setImmediate(resume));
      running--;
      return samples.map(() => ({ status: "SUCCESS" as const }));
    },
  );
  t.is(most, 2);
});
