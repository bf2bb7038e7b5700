/** What the images of a shard are called in it: their paths without extension, as far as that tells them apart. */
import { memberKey } from "../member-names.js";

/**
 * One id an image, whose keys differ. `a/b.jpg` is `a/b`; beside `a/b.png` it is `a/b.jpg`; if the keys are still the same
 * (`a_b.jpg`), its place is added.
 */
export function imageIds(paths: readonly string[]): string[] {
  let ids = paths.map((path) => path.replace(/\.[^./]*$/, ""));
  ids = renameRepeated(ids, (place) => paths[place]!);
  return renameRepeated(ids, (place) => `${ids[place]}_${String(place).padStart(6, "0")}`);
}

function renameRepeated(ids: readonly string[], other: (place: number) => string): string[] {
  const count = new Map<string, number>();
  for (const id of ids) count.set(memberKey(id), (count.get(memberKey(id)) ?? 0) + 1);
  return ids.map((id, place) => (count.get(memberKey(id))! > 1 ? other(place) : id));
}
