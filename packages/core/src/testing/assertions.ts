import assert from "node:assert/strict";
import { PolycodecError } from "../errors.js";

/** Asserts that an error is one that users may see: ours, with a code. */
export function assertCoded(error: unknown): true {
  assert.ok(
    error instanceof PolycodecError && error.code.startsWith("ERR_POLYCODEC_"),
    String((error as Error)?.stack ?? error),
  );
  return true;
}

/** Asserts that two runs of samples are equal; says where they first differ instead of printing them. */
export function assertSameSamples(actual: ArrayLike<number>, expected: ArrayLike<number>, what: string): void {
  assert.equal(actual.length, expected.length, `${what}: number of samples`);
  for (let i = 0; i < expected.length; i++) {
    if (actual[i] !== expected[i]) assert.fail(`${what}: sample ${i} is ${actual[i]}, expected ${expected[i]}`);
  }
}
