/** What each policy gives to whom: tables for small cases, and properties over many random ones. */

import { seededRandom } from "@polycodec/core/testing";
import test from "ava";
import type { LoadHintPolicy } from "#core/enums.js";
import { Division, type Share } from "#core/schedule/division.js";
import { divideFixed, fixedShare } from "#core/schedule/fixed-shares.js";
import { Speed } from "#core/schedule/speed.js";
import { type Device, Simulator, worksOf } from "./simulator.js";

const between = (random: () => number, low: number, high: number) => low + Math.floor(random() * (high - low + 1));

test("the share that a hint stands for", (t) => {
  // hint, samples, mini-batch, share
  for (const [hint, samples, miniBatch, share] of [
    [0, 100, 1, 0],
    [1, 100, 1, 100],
    [0.5, 10, 1, 5],
    [0.5, 11, 1, 6],
    [0.3, 1, 1, 0],
    [0.5, 1, 1, 1],
    [0.04, 10, 5, 0],
    [0.05, 10, 5, 5],
    [0.5, 10, 5, 5],
    [0.5, 40, 5, 20],
    [0.6, 10, 5, 10],
    [1, 7, 5, 10],
    [0.333, 9, 2, 4],
  ] as const)
    t.is(fixedShare(hint, samples, miniBatch), share, `${hint} of ${samples}, by ${miniBatch}`);
});

/** `groups[i]`: who accepts sample i. `due[g]`: what is due to group g, or `-` for one without a FIXED share. */
const divided = (groups: readonly string[], due: readonly (number | "-")[]) =>
  divideFixed(
    groups.map((list) => ({ groups: [...list].map(Number) })),
    due.map((count) => (count === "-" ? undefined : count)),
  )
    .map((list) => list.join(""))
    .join(" ");

test("FIXED divides in group order; what no later group could take goes to a group whatever its share", (t) => {
  t.is(divided(["01", "01", "01", "01"], [2, 2]), "0 0 1 1");
  t.is(divided(["01", "01", "01", "01"], [1, 0]), "0 1 1 1", "the last group takes the rest");
  t.is(divided(["01", "01", "01", "01"], [9, 9]), "0 0 0 0");
  t.is(divided(["01", "01", "01", "01"], [0, 4]), "1 1 1 1", "a hint of 0 gets nothing");
  t.is(divided(["01", "0", "0", "1"], [1, 1]), "1 0 0 1", "what only one group accepts counts to its share first");
  t.is(divided(["0", "0", "0", "1"], [0, 0]), "0 0 0 1", "and goes there even beyond it");
  t.is(divided(["01", "01", "02", "012"], [1, 1, 1]), "0 1 2 2");
  t.is(divided(["01", "01", "01", "01"], [1, "-"]), "0 1 1 1");
  t.is(
    divided(["01", "01", "01", "01"], ["-", 1]),
    "1 0 0 0",
    "the rest goes to the group without a FIXED share, even if it is the first",
  );
  t.is(divided(["012", "012", "012", "01"], ["-", 1, "-"]), "1 02 02 0");
  t.is(divided([], [1, 1]), "");
});

/** From the definition, one group after the other: how many samples each gets. */
function expectedShares(
  accepted: readonly (readonly number[])[],
  hints: readonly number[],
  miniBatches: readonly number[],
): number[] {
  let rest = [...accepted];
  return hints.map((hint, g) => {
    const eligible = rest.filter((groups) => groups.includes(g));
    const nobodyLater = eligible.filter((groups) => Math.max(...groups) === g);
    const byHint = Math.min(
      eligible.length,
      Math.ceil(Math.round(hint * accepted.length) / miniBatches[g]!) * miniBatches[g]!,
    );
    const share = Math.max(nobodyLater.length, g === hints.length - 1 ? eligible.length : byHint);
    let others = share - nobodyLater.length;
    rest = rest.filter((groups) => !(groups.includes(g) && (Math.max(...groups) === g || others-- > 0)));
    return share;
  });
}

test("FIXED gives the documented share, for every batch size: 10,000 random cases", (t) => {
  const random = seededRandom(4);
  for (let k = 0; k < 10_000; k++) {
    const groups = between(random, 1, 4);
    const inWindows = groups > 1 && k % 4 === 0;
    const hints = Array.from({ length: groups }, () => [0, 1, random(), random() / 2][between(random, 0, 3)]!);
    const miniBatches = hints.map(() => [1, 1, 2, 5, 8, 32][between(random, 0, 5)]!);
    const count = [between(random, 0, 12), between(random, 0, 300), 2 ** between(random, 0, 9)][between(random, 0, 2)]!;
    const exclusive = inWindows ? 0 : random() < 0.3 ? 0 : random();
    const accepted = Array.from({ length: count }, () => {
      const list = hints.map((_, g) => g).filter(() => random() >= exclusive);
      return list.length > 0 ? list : [between(random, 0, groups - 1)];
    });
    const division = new Division(
      hints.map(
        (loadHint, g): Share => ({ policy: "FIXED", loadHint, miniBatch: miniBatches[g]!, speed: new Speed() }),
      ),
    );
    const got = hints.map(() => 0);
    let now = 0;
    const drain = () => {
      for (let any = true; any; ) {
        any = false;
        for (let g = 0; g < groups; g++) {
          const chunk = division.pull(g, now);
          if (chunk.length === 0) continue;
          any = true;
          got[g]! += chunk.length;
          division.finished(g, chunk, chunk.length * (1 + random()), (now += 10));
        }
      }
    };
    const window = inWindows ? between(random, 1, 64) : Math.max(1, count);
    for (let start = 0; start < count; start += window) {
      division.add(accepted.slice(start, start + window).map((list) => ({ work: 1, groups: list })));
      if (random() < 0.7) drain();
    }
    drain();
    const expected = expectedShares(accepted, hints, miniBatches);
    const about = `case ${k}: ${count} samples, window ${window}, hints ${hints}, mini-batches ${miniBatches}: ${got}, expected ${expected}`;
    t.is(
      got.reduce((sum, one) => sum + one, 0),
      count,
      about,
    );
    if (!inWindows) t.deepEqual(got, expected, about);
    // What is still to come is not known: the last window may be too small for the mini-batch that its first sample begins.
    else
      got.forEach((share, g) => {
        t.true(Math.abs(share - expected[g]!) <= (groups - 1) * Math.max(...miniBatches), about);
      });
  }
});

test("windows carry the remainder: with mini-batches of 1 many small windows give the share of the whole", (t) => {
  for (const window of [1, 2, 3, 7, 64]) {
    for (const hint of [0, 0.1, 0.25, 0.5, 0.77, 1]) {
      const division = new Division(
        [hint, 1].map((loadHint): Share => ({ policy: "FIXED", loadHint, miniBatch: 1, speed: new Speed() })),
      );
      let first = 0;
      for (let start = 0; start < 200; start += window) {
        division.add(Array.from({ length: Math.min(window, 200 - start) }, () => ({ work: 1, groups: [0, 1] })));
        for (let chunk = division.pull(0, start); chunk.length > 0; chunk = division.pull(0, start)) {
          first += chunk.length;
          division.finished(0, chunk, 1, start);
        }
      }
      t.is(first, Math.round(hint * 200), `window ${window}, hint ${hint}`);
    }
  }
});

/** What a group gets when it is asked again and again, everything being done at once: the sizes of its chunks. */
function chunkSizes(
  policy: LoadHintPolicy,
  {
    count,
    miniBatch,
    perMs = [1, 1],
    hint = 0.5,
  }: { count: number; miniBatch: number; perMs?: readonly number[]; hint?: number },
): number[] {
  const shares = perMs.map((rate): Share => {
    const speed = new Speed();
    speed.observe(100, 100 / rate);
    return { policy, loadHint: hint, miniBatch, speed };
  });
  const division = new Division(shares);
  division.add(Array.from({ length: count }, () => ({ work: 1, groups: [0, 1] })));
  const sizes: number[] = [];
  for (let chunk = division.pull(0, 0); chunk.length > 0; chunk = division.pull(0, 0)) {
    sizes.push(chunk.length);
    division.finished(0, chunk, chunk.length / perMs[0]!, 0);
  }
  return sizes;
}

test("chunks are about 30 ms, whole mini-batches, and shrink to the end", (t) => {
  t.deepEqual(chunkSizes("FIXED", { count: 200, miniBatch: 1 }), [30, 30, 30, 10]);
  t.deepEqual(chunkSizes("FIXED", { count: 200, miniBatch: 8 }), [32, 32, 32, 8]);
  t.deepEqual(chunkSizes("FIXED", { count: 3, miniBatch: 8 }), [3]);
  for (const policy of ["IGNORE", "ADAPTIVE_MINIMIZE_IDLE_TIME"] as const) {
    const sizes = chunkSizes(policy, { count: 400, miniBatch: 1 });
    t.is(sizes[0], 30, policy);
    t.is(sizes.at(-1), 1, policy);
    t.deepEqual(
      sizes,
      sizes.slice().sort((a, b) => b - a),
      policy,
    );
    const inEights = chunkSizes(policy, { count: 400, miniBatch: 8 });
    t.true(
      inEights.every((size) => size % 8 === 0),
      `${policy}: ${inEights}`,
    );
  }
});

test("a group of unknown speed has one chunk at a time: a mini-batch, or by its hint if adaptive", (t) => {
  for (const [policy, hint, miniBatch, size] of [
    ["FIXED", 0.5, 1, 1],
    ["IGNORE", 0.5, 4, 4],
    ["ADAPTIVE_MINIMIZE_IDLE_TIME", 0.5, 1, 8],
    ["ADAPTIVE_MINIMIZE_IDLE_TIME", 1, 1, 16],
    ["ADAPTIVE_MINIMIZE_IDLE_TIME", 0, 1, 1],
    ["ADAPTIVE_MINIMIZE_IDLE_TIME", 0.5, 8, 8],
  ] as const) {
    const division = new Division([0, 1].map((): Share => ({ policy, loadHint: hint, miniBatch, speed: new Speed() })));
    division.add(Array.from({ length: 256 }, () => ({ work: 1, groups: [0, 1] })));
    t.is(division.pull(0, 0).length, size, `${policy} ${hint} ${miniBatch}`);
    t.is(division.pull(0, 0).length, 0);
  }
});

test("IGNORE takes in order, ADAPTIVE gives the fast group the large samples and the slow one the small", (t) => {
  const works = [5, 1, 4, 2, 3, 6, 9, 7, 8, 10];
  const taken = (policy: LoadHintPolicy, group: number) => {
    const speeds = [4, 1].map((rate) => {
      const speed = new Speed();
      speed.observe(100, 100 / rate);
      return speed;
    });
    const division = new Division(speeds.map((speed): Share => ({ policy, loadHint: 0.5, miniBatch: 2, speed })));
    division.add(works.map((work) => ({ work, groups: [0, 1] })));
    return division.pull(group, 0).map(({ work }) => work);
  };
  t.deepEqual(taken("IGNORE", 1), [5, 1]);
  t.deepEqual(taken("ADAPTIVE_MINIMIZE_IDLE_TIME", 1), [1, 2]);
  t.deepEqual(taken("ADAPTIVE_MINIMIZE_IDLE_TIME", 0), [10, 9]);
});

test("IGNORE leaves no device idle while work waits that it accepts", (t) => {
  const random = seededRandom(11);
  for (let k = 0; k < 300; k++) {
    const devices = Array.from({ length: between(random, 1, 4) }, (): Device => {
      const [modulus, refused] = [between(random, 2, 5), between(random, 0, 8)];
      return {
        speed: 0.1 + 10 * random(),
        policy: "IGNORE",
        hint: random(),
        miniBatch: between(random, 1, 8),
        startUpMs: random() < 0.5 ? 0 : 5 * random(),
        failureRate: random() < 0.7 ? 0 : 0.3,
        accepts: (place) => place % modulus !== refused,
      };
    });
    const simulator = new Simulator(devices, { seed: k });
    for (let b = 0; b < 2; b++) {
      simulator.batch(worksOf(between(random, 1, 200), k), (busy, waiting) => {
        devices.forEach(({ accepts }, d) => {
          if (devices.length === 1 || busy.includes(d)) return;
          if (devices[d]!.failureRate! > 0) return; // what it has failed, it is not offered again
          const idleWith = waiting.filter((place) => accepts!(place));
          t.is(idleWith.length, 0, `case ${k}: device ${d} is idle, and ${idleWith.length} samples wait for it`);
        });
      });
    }
  }
});

test("FIXED and the others beside each other: the fixed share is kept, the rest is divided by speed", (t) => {
  const simulator = new Simulator([{ speed: 3 }, { speed: 1 }, { speed: 1, policy: "FIXED", hint: 0.1 }]);
  for (let b = 0; b < 4; b++) {
    const { samples } = simulator.batch(worksOf(1000, b, { sigma: 0 }));
    t.is(samples[2], 100);
    if (b >= 2) t.true(Math.abs(samples[0]! / 900 - 0.75) < 0.03, String(samples));
  }
});
