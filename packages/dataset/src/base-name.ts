/** What shards are called. */
import { createHash } from "node:crypto";

/**
 * `images-84f5dfe7d827`: the first 12 hexadecimal digits of SHA-256 over the paths, sorted by code points and joined by
 * `|`, another `|` and the task's id. The same input has the same name in every run and on every machine; it is the name
 * that the reference gives.
 */
export function constructBaseName(paths: readonly string[], taskId: string): string {
  return `images-${contentHash(paths, taskId)}`;
}

/** The digest behind names and the ids of source tasks. */
export function contentHash(paths: readonly string[], seed = ""): string {
  // UTF-8 sorts as code points do; JavaScript's own order differs beyond the basic plane.
  const sorted = paths.map((path) => Buffer.from(path)).sort(Buffer.compare);
  const hash = createHash("sha256");
  sorted.forEach((path, i) => hash.update(i > 0 ? "|" : "").update(path));
  return hash.update(`|${seed}`).digest("hex").slice(0, 12);
}

/** `images-84f5dfe7d827-000002`: the third shard of its task. */
export function shardName(baseName: string, chunk: number): string {
  return `${baseName}-${String(chunk).padStart(6, "0")}`;
}
