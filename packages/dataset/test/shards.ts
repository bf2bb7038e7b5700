/** Batches for tests, and what lies in shards. */
import { mkdtempSync, rmSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { drawPicture } from "@polycodec/core/testing";
import type { ImageBatch, ImageObject } from "@polycodec/dataset";
import type { ExecutionContext } from "ava";

export function scratch(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), "polycodec-dataset-"));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function imageObject(i: number, more: Partial<ImageObject> = {}): ImageObject {
  return {
    imagePath: `/src/${i}.jpg`,
    imageId: `img${i}`,
    metadata: { k: i },
    imageData: drawPicture(40 + i, 30, { seed: i + 1 }),
    ...more,
  };
}

export function batchOf(images: readonly ImageObject[], taskId = "abc_0"): ImageBatch {
  return { taskId, datasetName: "test", data: images, metadata: {} };
}

/** A batch of `count` drawn pictures. */
export function drawnBatch(count: number, taskId?: string): ImageBatch {
  return batchOf(
    Array.from({ length: count }, (_, i) => imageObject(i)),
    taskId,
  );
}

/** Members of a plain tar: names, contents and types as they stand in the headers. */
export async function membersOf(path: string): Promise<{ name: string; bytes: Buffer; type: string }[]> {
  const tar = await readFile(path);
  const members = [];
  for (let at = 0; tar[at] !== 0; ) {
    const size = Number.parseInt(tar.toString("latin1", at + 124, at + 135), 8);
    const name = tar.toString("latin1", at, at + 100).replace(/\0.*$/s, "");
    members.push({ name, type: String.fromCharCode(tar[at + 156]!), bytes: tar.subarray(at + 512, at + 512 + size) });
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return members;
}

export async function filesIn(folder: string): Promise<string[]> {
  return (await readdir(folder, { recursive: true })).sort();
}
