/** Classes whose batches are several times as long, so that the end of a batch, when threads run out of pictures, counts little. */
import { readFileSync, writeFileSync } from "node:fs";
import type { MadeClass } from "./make-class.js";

/** Every picture `times` times in a batch. */
export function repeated(made: MadeClass, times: number): MadeClass {
  if (times === 1) return made;
  const list = made.list.replace(/\.txt$/, `-${times}.txt`);
  writeFileSync(list, readFileSync(made.list, "utf8").repeat(times));
  const often = <T>(all: readonly T[]): T[] => Array.from({ length: times }, () => all).flat();
  return { ...made, pictures: often(made.pictures), pixels: often(made.pixels), list };
}
