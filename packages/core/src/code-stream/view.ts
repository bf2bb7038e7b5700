/** Which image of a code stream, and which part of it. */
import { ArgumentTypeError } from "../errors.js";
import { integer, optional, readOptions, withDefault } from "../params/options.js";
import { type Region, readRegion } from "../params/region.js";

export interface CodeStreamView {
  /** 0-based. Default 0. */
  readonly imageIdx?: number;
  /** In full-resolution pixels of the displayed image. Default all of it. */
  readonly region?: Region;
}

const checks = { imageIdx: withDefault(integer(0, 2 ** 31 - 1), 0), region: optional(readRegion) };

/** The view of a view: regions do not nest. */
export function narrow(outer: CodeStreamView | undefined, raw: CodeStreamView): CodeStreamView {
  const { imageIdx, region } = readOptions("CodeStreamView", raw, checks);
  if (outer?.region && region)
    throw new ArgumentTypeError("a sub code stream of a sub code stream cannot have another region");
  const inner = region ?? outer?.region;
  return Object.freeze({
    imageIdx: raw.imageIdx === undefined ? (outer?.imageIdx ?? 0) : imageIdx,
    ...(inner ? { region: inner } : {}),
  });
}
