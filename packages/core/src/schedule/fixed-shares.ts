/**
 * FIXED shares: a group gets `min(eligible, roundUp(round(hint x samples), miniBatch))` samples, in group order. What no
 * later group could take goes to it whatever its share; the rest goes to the groups that have no FIXED share, or, if
 * all have, to the last that accepts it.
 */

/** How many of `total` samples a hint stands for. */
export function fixedShare(loadHint: number, total: number, miniBatch: number): number {
  return Math.ceil(Math.round(loadHint * total) / miniBatch) * miniBatch;
}

/**
 * For each sample the groups that may take it: one group of a FIXED share, or all the others that accept it.
 * `left[g]` says how many more are due to group g, `undefined` that it has no FIXED share; the counts are brought down
 * by what is given, and below zero by what nobody else accepts.
 */
export function divideFixed(
  samples: readonly { readonly groups: readonly number[] }[],
  left: (number | undefined)[],
): (readonly number[])[] {
  const candidates: (readonly number[] | undefined)[] = new Array(samples.length);
  for (let g = 0; g < left.length; g++) {
    if (left[g] === undefined) continue;
    const optional: number[] = [];
    samples.forEach(({ groups }, i) => {
      if (candidates[i] || !groups.includes(g)) return;
      if (groups.some((other) => other > g || left[other] === undefined)) optional.push(i);
      else {
        candidates[i] = [g];
        left[g]!--;
      }
    });
    for (const i of optional) {
      if (left[g]! <= 0) break;
      candidates[i] = [g];
      left[g]!--;
    }
  }
  return samples.map(({ groups }, i) => candidates[i] ?? groups.filter((g) => left[g] === undefined));
}
