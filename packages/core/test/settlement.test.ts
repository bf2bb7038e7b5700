/** How samples are settled among lanes: pure, so the tasks here are words, and the lanes are made of functions. */

import { seededRandom } from "@polycodec/core/testing";
import test from "ava";
import { LOAD_HINT_POLICIES } from "#core/enums.js";
import type { NativeOutcome } from "#core/runtime/task-packing.js";
import { Batch, settleSync } from "#core/schedule/batch.js";
import type { Lane } from "#core/schedule/lane.js";
import type { Group } from "#core/schedule/lanes.js";
import { type Sample, sampleOf } from "#core/schedule/sample.js";
import { type Demands, Settlement } from "#core/schedule/settlement.js";
import { Speed } from "#core/schedule/speed.js";
import { GroupStats, LaneStats } from "#core/schedule/stats.js";
import type { ProcessingStatus } from "#core/status.js";

type Word = string;
const plain: Demands<Word> = { relax: () => undefined, renew: (word) => word };

/** A lane that answers `accepts` with a function of the word. */
function lane(id: string, accepts: (word: Word) => ProcessingStatus = () => "SUCCESS"): Lane<Word> {
  const run = () => Promise.reject(new Error("a settlement runs nothing itself"));
  return {
    id,
    instance: { accepts, run },
    stats: new LaneStats(),
    isHung: false,
    off: undefined,
    switchOff: () => undefined,
    enter: () => Promise.resolve(true),
    leave: () => undefined,
    giveUp: () => undefined,
  };
}

function group(
  device: string,
  lanes: readonly Lane<Word>[],
  policy = LOAD_HINT_POLICIES[0] as (typeof LOAD_HINT_POLICIES)[number],
  loadHint = 0.5,
): Group<Word> {
  return {
    device,
    slots: 1,
    lanes,
    stats: new GroupStats(),
    share: { policy, loadHint, miniBatch: 1, speed: new Speed() },
  };
}

const samplesOf = (...words: Word[]) => words.map((word, i) => sampleOf(i, "word", word));
const attempts = (sample: Sample<Word>) => sample.attempts.map(({ backend, status }) => `${backend} ${status}`);
const statuses = (samples: readonly Sample<Word>[]) => samples.map(({ outcome }) => outcome?.status);

/** Settles on lanes of one device; returns each chunk as text. */
function play(
  samples: readonly Sample<Word>[],
  lanes: readonly Lane<Word>[],
  answer: (lane: string, word: Word) => ProcessingStatus,
  { demands = plain, strict = false } = {},
): string[] {
  const chunks: string[] = [];
  const groups = lanes.length === 0 ? [] : [group("cpu", lanes)];
  settleSync(
    samples,
    () => groups,
    demands,
    strict,
    (chunk) => {
      chunks.push(`${chunk.lane.id}: ${chunk.samples.map(({ offered }) => offered).join(" ")}`);
      return chunk.samples.map(({ offered }): NativeOutcome => ({ status: answer(chunk.lane.id, offered) }));
    },
  );
  return chunks;
}

test("on one device every sample goes to the first lane that accepts it, in one chunk a lane", (t) => {
  const lanes = [lane("first", (w) => (w.startsWith("a") ? "SUCCESS" : "ENCODING_UNSUPPORTED")), lane("second")];
  const samples = samplesOf("a1", "b1", "a2", "b2");
  t.deepEqual(
    play(samples, lanes, () => "SUCCESS"),
    ["first: a1 a2", "second: b1 b2"],
  );
  t.deepEqual(statuses(samples), ["SUCCESS", "SUCCESS", "SUCCESS", "SUCCESS"]);
  t.deepEqual(attempts(samples[1]!), ["first ENCODING_UNSUPPORTED"]);
  t.deepEqual(attempts(samples[0]!), []);
});

test("what fails goes on to the next lane, and every attempt is written down in order", (t) => {
  const samples = samplesOf("x", "y");
  const chunks = play(samples, [lane("one"), lane("two"), lane("three")], (id, word) =>
    word === "y" || id === "three" ? "SUCCESS" : "IMAGE_CORRUPTED",
  );
  t.deepEqual(chunks, ["one: x y", "two: x", "three: x"]);
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

test("limits and cancellation do not fall back, and a corrupt verdict does not if strict", (t) => {
  for (const [status, strict] of [
    ["LIMIT_EXCEEDED", false],
    ["CANCELLED", false],
    ["IMAGE_CORRUPTED", true],
    ["IMAGE_TRUNCATED", true],
  ] as const) {
    const samples = samplesOf("x");
    t.deepEqual(
      play(samples, [lane("one"), lane("two")], () => status, { strict }),
      ["one: x"],
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
  const groups: Record<string, Group<Word>[]> = {
    a: [group("cpu", [lane("for-a")])],
    b: [group("cpu", [lane("for-b")])],
  };
  const settlement = new Settlement<Word>(
    (codec) => groups[codec]!,
    plain,
    false,
    () => undefined,
  );
  settlement.add([sampleOf(0, "a", "x"), sampleOf(1, "b", "y")]);
  t.deepEqual(
    settlement
      .take(0)
      .map(({ chunks }) => chunks.map(({ lane: { id }, samples }) => `${id} ${samples[0]!.task}`).join()),
    ["for-a x", "for-b y"],
  );
});

test("a request that is refused is made plainer step by step, and a later lane is offered the whole of it again", (t) => {
  const relax: Demands<Word>["relax"] = (word, refused) =>
    refused === "ORIENTATION_UNSUPPORTED"
      ? word.replace("+turn", "")
      : refused === "ROI_UNSUPPORTED"
        ? word.replace("+crop", "")
        : undefined;
  const picky = lane("picky", (w) =>
    w.includes("+turn") ? "ORIENTATION_UNSUPPORTED" : w.includes("+crop") ? "ROI_UNSUPPORTED" : "SUCCESS",
  );
  const samples = samplesOf("x+turn+crop");
  const chunks = play(samples, [picky, lane("able")], (id) => (id === "picky" ? "FAIL" : "SUCCESS"), {
    demands: { ...plain, relax },
  });
  t.deepEqual(chunks, ["picky: x", "able: x+turn+crop"]);
  t.is(samples[0]!.offered, "x+turn+crop");
  t.deepEqual(attempts(samples[0]!), ["picky FAIL"]);
});

test("a picture is shrunk by core only if no lane scales it, and never for a shortcut", (t) => {
  const relax: Demands<Word>["relax"] = (word, refused) =>
    refused === "SCALE_UNSUPPORTED" ? word.replace("+scale", "") : undefined;
  const rigid = lane("rigid", (w) => (w.includes("+scale") ? "SCALE_UNSUPPORTED" : "SUCCESS"));
  const demands = { demands: { ...plain, relax } };
  const able = lane("able");
  t.deepEqual(
    play(samplesOf("x+scale"), [rigid, able], () => "SUCCESS", demands),
    ["able: x+scale"],
  );
  const samples = samplesOf("x+scale");
  t.deepEqual(
    play(samples, [rigid, lane("other", () => "ENCODING_UNSUPPORTED")], () => "SUCCESS", demands),
    ["rigid: x"],
  );
  t.deepEqual(attempts(samples[0]!), ["other ENCODING_UNSUPPORTED"]);
  t.deepEqual(
    play(samplesOf("x+scale"), [rigid, able], (id) => (id === "able" ? "FAIL" : "SUCCESS"), demands),
    ["able: x+scale", "rigid: x"],
  );
  const failing = samplesOf("x+scale");
  t.deepEqual(
    play(failing, [{ ...rigid, isShortcut: true }, able], () => "FAIL", demands),
    ["able: x+scale"],
  );
  t.deepEqual(attempts(failing[0]!), ["able FAIL"]);
});

test("a refusal that is about the bytes is not relaxed; relaxing ends even if it is never enough", (t) => {
  let asked = 0;
  const relax = () => {
    asked++;
    return "y";
  };
  const samples = samplesOf("x");
  play(samples, [lane("one", () => "ENCODING_UNSUPPORTED")], () => "SUCCESS", { demands: { ...plain, relax } });
  t.is(asked, 0);
  t.deepEqual(attempts(samples[0]!), ["one ENCODING_UNSUPPORTED"]);
  const endless = samplesOf("x");
  play(endless, [lane("one", (w) => (w === "x" ? "ROI_UNSUPPORTED" : "ORIENTATION_UNSUPPORTED"))], () => "SUCCESS", {
    demands: { ...plain, relax },
  });
  t.deepEqual(attempts(endless[0]!), ["one ROI_UNSUPPORTED"]);
});

test("a lane that throws in accepts, or returns too few outcomes, fails those samples and not the batch", (t) => {
  const broken = lane("broken", (w) => {
    if (w === "x") throw new Error("accepts is broken");
    return "SUCCESS";
  });
  const samples = samplesOf("x", "y");
  play(samples, [broken, lane("sound")], () => "SUCCESS");
  t.deepEqual(statuses(samples), ["SUCCESS", "SUCCESS"]);
  t.regex(samples[0]!.attempts[0]!.message!, /accepts is broken/);
  const short = samplesOf("x", "y");
  settleSync(
    short,
    () => [group("cpu", [lane("short")])],
    plain,
    false,
    () => [{ status: "SUCCESS" }],
  );
  t.deepEqual(statuses(short), ["SUCCESS", undefined]);
  t.regex(short[1]!.attempts[0]!.message!, /returned 1 outcomes for 2 tasks/);
});

test("a run that rejects fails its share, which falls back; lanes are left whatever happens", async (t) => {
  const calls: string[] = [];
  const counted = (id: string): Lane<Word> => ({
    ...lane(id),
    enter: () => {
      calls.push(`enter ${id}`);
      return Promise.resolve(true);
    },
    leave: () => {
      calls.push(`leave ${id}`);
    },
  });
  const samples = samplesOf("x", "y");
  const groups = [group("cpu", [counted("one"), counted("two")])];
  const batch = new Batch<Word>(
    () => groups,
    plain,
    async ({ lane: { id }, samples: share }) => {
      if (id === "one") throw new Error("the device is gone");
      return share.map(() => ({ status: "SUCCESS" as const }));
    },
    { strict: false, watchdogMs: 0 },
  );
  await batch.add(samples);
  t.deepEqual(statuses(samples), ["SUCCESS", "SUCCESS"]);
  t.deepEqual(samples[0]!.attempts, [{ backend: "one", status: "FAIL", message: "the device is gone" }]);
  t.deepEqual(calls, ["enter one", "leave one", "enter two", "leave two"]);
});

test("in every order of failures, refusals and additions, each sample settles exactly once, on two devices and by every policy", async (t) => {
  for (const policy of LOAD_HINT_POLICIES) {
    for (let seed = 1; seed <= 60; seed++) {
      const random = seededRandom(seed);
      const entered = new Map<string, number>();
      const lanes = ["a1", "a2", "b1", "b2"].map((id) =>
        lane(id, () => (random() < 0.2 ? "ENCODING_UNSUPPORTED" : "SUCCESS")),
      );
      const groups = [
        group("gpu:0", lanes.slice(0, 2), policy, random()),
        group("cpu", lanes.slice(2), policy, random()),
      ];
      const batch = new Batch<Word>(
        () => groups,
        plain,
        async ({ lane: { id }, samples }) => {
          entered.set(id, (entered.get(id) ?? 0) + 1);
          if (random() < 0.5) await new Promise((resume) => setImmediate(resume));
          if (random() < 0.1) throw new Error("all of it failed");
          const statusOf = (): ProcessingStatus =>
            random() < 0.7 ? "SUCCESS" : random() < 0.1 ? "LIMIT_EXCEEDED" : "IMAGE_CORRUPTED";
          return samples
            .slice(0, random() < 0.1 ? samples.length - 1 : samples.length)
            .map(() => ({ status: statusOf() }));
        },
        { strict: false, watchdogMs: 0 },
      );
      const all: Sample<Word>[] = [];
      const adds: Promise<void>[] = [];
      for (let k = 0; k < 3; k++) {
        const samples = Array.from({ length: Math.floor(random() * 40) }, (_, i) =>
          sampleOf(all.length + i, "word", `w${i}`, 1 + random()),
        );
        all.push(...samples);
        adds.push(batch.add(samples));
        if (random() < 0.5) await new Promise((resume) => setImmediate(resume));
      }
      await Promise.all(adds);
      for (const sample of all) {
        const asked = sample.attempts.map(({ backend }) => backend);
        t.is(new Set(asked).size, asked.length, `policy ${policy}, seed ${seed}: a lane was asked twice: ${asked}`);
        const final = sample.attempts.at(-1)?.status === "LIMIT_EXCEEDED";
        t.true(
          sample.outcome?.status === "SUCCESS" || final || asked.length === 4,
          `policy ${policy}, seed ${seed}: ${attempts(sample)}`,
        );
      }
    }
  }
});

test("a backend that does not return is given up: its samples go on to others, later ones do not wait for it", async (t) => {
  let waiting = 0;
  const hanging: Lane<Word> = {
    ...lane("hangs"),
    giveUp() {
      waiting++;
    },
    get isHung() {
      return waiting > 0;
    },
    enter: () => Promise.resolve(waiting === 0),
  };
  const groups = [group("gpu:0", [hanging], "FIXED", 1), group("cpu", [lane("sound")], "FIXED", 1)];
  const batch = new Batch<Word>(
    () => groups,
    plain,
    ({ lane: { id }, samples }) =>
      id === "hangs"
        ? new Promise(() => undefined)
        : Promise.resolve(samples.map(() => ({ status: "SUCCESS" as const }))),
    { strict: false, watchdogMs: 20 },
  );
  const samples = samplesOf("x", "y", "z");
  await batch.add(samples);
  t.deepEqual(statuses(samples), ["SUCCESS", "SUCCESS", "SUCCESS"]);
  t.regex(
    samples.flatMap(({ attempts: list }) => list.map(({ message }) => message ?? "")).join(),
    /did not return within 20 ms/,
  );
});
