/** When those who share work will be done with it. */

/** Somebody who begins at a time in ms, and then does so much work in each. */
export type Worker = readonly [at: number, perMs: number];

/** When `work` would be done by all together, each from when it begins; Infinity if there is nobody. */
export function doneTogether(work: number, ready: readonly Worker[]): number {
  const inTurn = ready.toSorted((a, b) => a[0] - b[0]);
  let speed = 0;
  let sum = 0;
  let end = Infinity;
  for (const [at, perMs] of inTurn) {
    if (end <= at) break;
    speed += perMs;
    sum += at * perMs;
    end = (work + sum) / speed;
  }
  return end;
}
