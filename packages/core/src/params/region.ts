/** Regions as users give them. */
import { ArgumentRangeError, ArgumentTypeError } from "../errors.js";
import type { Rectangle } from "../plugin.js";
import { asObject, expected, listOf, number, optional, readOptions } from "./options.js";

/**
 * A part of an image in pixels of the full-resolution, displayed (oriented) image: `start` is included, `end` is not.
 * It may reach past the edges; pixels outside have the values `outOfBoundsSamples` (default 0 for every channel).
 */
export interface Region extends Rectangle {
  /** One value for all channels, or one each; at most 5. Default 0. */
  readonly outOfBoundsSamples?: readonly number[];
}

/** Beyond this a region's corners, times 16 bytes, would no longer be exact in 32 bits. */
const MAX_COORDINATE = 2 ** 30;

const checks = {
  start: corner,
  end: corner,
  outOfBoundsSamples: optional(listOf(number(-Number.MAX_VALUE, Number.MAX_VALUE))),
};

function corner(value: unknown, name: string): readonly [number, number] {
  if (!Array.isArray(value) || value.length !== 2) throw expected(name, "[y, x]", value);
  for (const coordinate of value) {
    if (!Number.isInteger(coordinate)) throw expected(name, "two integers", coordinate);
    if (Math.abs(coordinate) > MAX_COORDINATE)
      throw new ArgumentRangeError(`${name}: ${coordinate} is beyond ${MAX_COORDINATE}`);
  }
  return Object.freeze([value[0], value[1]] as const);
}

/** Checks a region: `{ start: [y, x], end: [y, x] }` with `start` below `end` in both axes. */
export function readRegion(value: unknown, name: string): Region {
  const { start, end, outOfBoundsSamples } = readOptions(name, asObject(value, name), checks);
  if (start[0] >= end[0] || start[1] >= end[1]) {
    throw new ArgumentRangeError(`${name}: start [${start}] must be below end [${end}] in both axes`);
  }
  if (outOfBoundsSamples && (outOfBoundsSamples.length === 0 || outOfBoundsSamples.length > 5)) {
    throw new ArgumentTypeError(`${name}.outOfBoundsSamples: expected 1 to 5 values, got ${outOfBoundsSamples.length}`);
  }
  return Object.freeze({ start, end, ...(outOfBoundsSamples ? { outOfBoundsSamples } : {}) });
}
