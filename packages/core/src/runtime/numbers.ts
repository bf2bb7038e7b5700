/**
 * Arrays of numbers that are used again. Not for the sake of the allocation: whenever V8 allocates memory for an
 * ArrayBuffer while the pixels of some fifty small images are young, it first collects young garbage.
 */

/** So many arrays are kept: more are in use at once only while many calls are at work. */
const KEPT = 32;
const free: Float64Array<ArrayBuffer>[] = [];

/** `length` zeros, to be given back with `giveBack`. */
export function borrow(length: number): Float64Array<ArrayBuffer> {
  for (let i = free.length - 1; i >= 0; i--) {
    const { buffer } = free[i]!;
    if (buffer.byteLength < 8 * length) continue;
    free.splice(i, 1);
    return new Float64Array(buffer, 0, length).fill(0);
  }
  return new Float64Array(new ArrayBuffer(8 * Math.max(1024, 2 ** Math.ceil(Math.log2(length + 1)))), 0, length);
}

/** Nobody reads or writes it any more. */
export function giveBack(numbers: Float64Array<ArrayBuffer>): void {
  if (free.length < KEPT) free.push(numbers);
}
