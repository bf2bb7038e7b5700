/** What ADAPTIVE_MINIMIZE_IDLE_TIME promises, on a virtual clock. Prints the whole table, not only what went wrong. */
import test from "ava";
import { cell, HINTS, LEARNING, percent, RATIOS, SEEDS, table, worksFor } from "./adaptive-table.js";
import { type BatchReport, type Device, mean, Simulator } from "./simulator.js";

test("two devices of any ratio, hint and batch size: idle at most 5 %, makespan at most 1.05 of the ideal", (t) => {
  const { lines, cells } = table([64, 256, 1024, 4096], {});
  t.log(lines.join("\n"));
  t.is(cells.length, RATIOS.length * HINTS.length * 4);
  for (const { idle, ratio } of cells) {
    t.true(idle >= 0 && idle <= 0.05, percent(idle));
    t.true(ratio <= 1.05, ratio.toFixed(3));
  }
});

test("three devices: idle at most 8 %", (t) => {
  for (const speeds of [
    [1, 1, 1],
    [10, 3, 1],
    [1, 3, 10],
    [1, 20, 3],
  ]) {
    for (const count of [64, 256, 1024, 4096]) {
      const { idle, ratio } = cell(
        speeds.map((speed, i) => ({ speed, hint: [0.6, 0.3, 0.1][i]! })),
        count,
      );
      t.log(`${speeds.join(":").padStart(7)} ${String(count).padStart(5)} | ${percent(idle)} ${ratio.toFixed(3)}`);
      t.true(idle <= 0.08, percent(idle));
    }
  }
});

/** Mean idle time of each batch over the seeds; `change` is called before each. */
function course(
  devices: () => Device[],
  batches: number,
  count: number,
  change: (devices: Device[], batch: number) => void,
): number[] {
  const idle: number[][] = Array.from({ length: batches }, () => []);
  for (let seed = 1; seed <= SEEDS; seed++) {
    const all = devices();
    const simulator = new Simulator(all, { seed });
    for (let b = 0; b < batches; b++) {
      change(all, b);
      idle[b]!.push(simulator.batch(worksFor(count, seed, b)).idle);
    }
  }
  return idle.map(mean);
}

for (const [what, from, to] of [
  ["slower", 5, 1],
  ["faster", 1, 5],
] as const) {
  test(`a device that gets five times ${what} in mid-run: idle under 5 % again within five batches`, (t) => {
    for (const count of [64, 256, 1024]) {
      const idle = course(
        () => [{ speed: from }, { speed: 2 }],
        10,
        count,
        (devices, b) => {
          if (b === 4) devices[0]!.speed = to;
        },
      );
      t.log(`${String(count).padStart(5)} | ${idle.map(percent).join(" ")}`);
      for (const part of idle.slice(9)) t.true(part < 0.05, percent(part));
    }
  });
}

/** Samples that devices were handed, by device. */
const handed = ({ calls }: BatchReport) => calls.map((list) => list.map(({ count }) => count));

test("a dead device costs no more than one chunk a batch, and its samples end well elsewhere", (t) => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    for (const [first, count] of [
      [0, 64],
      [1, 64],
      [0, 1024],
      [1, 1024],
    ] as const) {
      const devices: Device[] = [
        { speed: 1, startUpMs: 1 },
        { speed: 1, startUpMs: 1 },
      ];
      devices[first]!.isDead = true;
      const simulator = new Simulator(devices, { seed });
      for (let b = 0; b < 4; b++) {
        const report = simulator.batch(worksFor(count, seed, b));
        t.is(report.failed, 0);
        t.is(report.samples[1 - first], count);
        const chunks = handed(report)[first]!;
        t.true(chunks.length <= 1, `batch ${b}: ${chunks}`);
        if (b > 0)
          t.true(
            chunks.every((size) => size === 1),
            `a dead device is tried with one sample: ${chunks}`,
          );
      }
    }
  }
});

test("a device that dies in mid-run, and comes back, loses what it has in flight, and then gets its share again", (t) => {
  const devices: Device[] = [{ speed: 3, startUpMs: 0.1 }, { speed: 1 }];
  const simulator = new Simulator(devices, { seed: 1 });
  const batch = (b: number) => simulator.batch(worksFor(1024, 1, b));
  const before = [batch(0), batch(1)][1]!;
  t.true(before.samples[0]! > 500, String(before.samples));
  devices[0]!.isDead = true;
  const during = batch(2);
  t.true(handed(during)[0]!.length <= 2, "one that fails and one on its way");
  t.deepEqual([during.samples[1], during.failed], [1024, 0]);
  devices[0]!.isDead = false;
  const after = [batch(3), batch(4)][1]!;
  t.true(after.samples[0]! > 500 && after.idle < 0.05, `${after.samples} ${percent(after.idle)}`);
});

test("a dead device alone fails its samples and no others: each has its attempt, and the batch ends", (t) => {
  const simulator = new Simulator([
    { speed: 1, isDead: true, startUpMs: 1, accepts: (place) => place % 2 === 0 },
    { speed: 1, accepts: (place) => place % 2 === 1 },
  ]);
  const report = simulator.batch(worksFor(256, 1, 0));
  t.deepEqual([report.samples, report.failed], [[0, 128], 128]);
  t.true(report.calls[0]!.length <= 10, "in chunks that grow, so that it does not take 128 calls");
});

test("devices that fail a fifth of their samples: those end on the other, and idle time stays low", (t) => {
  for (const policy of ["ADAPTIVE_MINIMIZE_IDLE_TIME", "IGNORE", "FIXED"] as const) {
    const simulator = new Simulator([
      { speed: 3, policy, hint: 0.75, failureRate: 0.2 },
      { speed: 1, policy, hint: 0.25, failureRate: 0.2 },
    ]);
    for (let b = 0; b < 4; b++) {
      const { idle, samples, failed } = simulator.batch(worksFor(1024, 1, b));
      t.is(samples[0]! + samples[1]! + failed, 1024);
      t.true(failed > 10 && failed < 90, `one in 25 fails twice: ${failed}`);
      if (b >= LEARNING && policy !== "FIXED") t.true(idle < 0.05, `${policy} ${percent(idle)}`);
    }
  }
});

test("groups that accept different samples never wait for each other for ever", (t) => {
  // Of three devices each pair shares some samples: whoever declines must leave somebody who does not.
  for (let seed = 1; seed <= SEEDS; seed++) {
    const speeds = [
      [100, 2, 1],
      [1, 100, 2],
      [1, 2, 100],
    ][seed % 3]!;
    const devices = speeds.map(
      (speed, i): Device => ({
        speed,
        accepts: (place) => place % 4 !== i,
        miniBatch: 1 + (seed % 5),
        ...(i === seed % 4 ? { isDead: true } : {}),
      }),
    );
    const simulator = new Simulator(devices, { seed });
    for (let b = 0; b < 3; b++) t.is(simulator.batch(worksFor(64, seed, b)).failed, 0);
    const two = new Simulator(
      [
        { speed: 100, accepts: (place) => place < 8 },
        { speed: 1, accepts: (place) => place >= 8 },
        { speed: 2, accepts: (place) => place >= 8 },
      ],
      { seed },
    );
    for (let b = 0; b < 3; b++) t.is(two.batch(worksFor(64, seed, b)).failed, 0);
  }
});
