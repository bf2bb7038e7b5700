/** Images' ids as names in a tar. */
import { DatasetError } from "./errors.js";

/**
 * What readers of shards stumble over: they take a name up to the first period of its last part as the key, and slashes
 * as folders. Control characters are nobody's friends.
 */
const UNSAFE = /[./\\\p{Cc}]/gu;

/** An id as a key that every reader takes as it is: `a.b/c` becomes `a_b_c`. */
export function memberKey(id: string): string {
  return id.replace(UNSAFE, "_");
}

/**
 * The keys of a batch's images; one without an id is called after its place, six digits, counted from `first`. `raw` leaves
 * ids as they are.
 *
 * @throws DatasetError (ERR_DATASET_DUPLICATE_ID) when two are the same: readers would take them for one sample
 */
export function memberKeys(
  ids: readonly string[],
  { raw = false, first = 0 }: { readonly raw?: boolean; readonly first?: number } = {},
): string[] {
  const places = new Map<string, number>();
  return idsOrPlaces(ids, first).map((id, i) => {
    const key = raw ? id : memberKey(id);
    const other = places.get(key);
    if (other !== undefined) {
      const both = ids[other] === ids[i] ? `have the id ${JSON.stringify(id)}` : `would be ${JSON.stringify(key)}`;
      const names = ids[other] === ids[i] ? "" : `, ids ${JSON.stringify(ids[other])} and ${JSON.stringify(ids[i])},`;
      throw new DatasetError("ERR_DATASET_DUPLICATE_ID", `images ${other} and ${i}${names} ${both}`);
    }
    places.set(key, i);
    return key;
  });
}

/** Ids, and places for those that have none. */
export function idsOrPlaces(ids: readonly string[], first = 0): string[] {
  return ids.map((id, i) => id || String(first + i).padStart(6, "0"));
}
