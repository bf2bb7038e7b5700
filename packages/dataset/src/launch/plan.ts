/**
 * Cuts a folder of images into tasks. The lists go to the storage, not into a queue: a thousand paths are 60 kB, and a job
 * that says "task 17" is a few hundred bytes. Memory is bounded by one list and the shards' names.
 */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { PolycodecError, registry } from "@polycodec/core";
import { constructBaseName, shardName } from "../base-name.js";
import { put, type Storage } from "../storage/storage.js";
import { type PlanPart, publishRun, type RunConfig, type RunRecord, sha256, type Task } from "./run-record.js";

const PART_BYTES = 4 * 1024 * 1024;

/** Lists the source, writes the plan and then the record that makes it count. */
export async function planRun(storage: Storage, config: RunConfig, signal?: AbortSignal): Promise<RunRecord> {
  const parts: PlanPart[] = [];
  const names = new Set<string>();
  const found = { skipped: 0 };
  let images = 0;
  let tasks = 0;
  let lines: string[] = [];
  let bytes = 0;

  async function flush(): Promise<void> {
    if (lines.length === 0) return;
    const content = Buffer.from(lines.join(""));
    const digest = sha256(content);
    // Named by content: two machines that plan at once write the same objects, or different ones.
    const name = `_polycodec/plan/${digest.slice(0, 16)}.jsonl`;
    await put(storage, name, content);
    parts.push({ name, firstTask: tasks - lines.length, sha256: digest });
    lines = [];
    bytes = 0;
  }

  async function add(files: readonly string[]): Promise<void> {
    const line = `${JSON.stringify(nextTask(tasks, files, names))}\n`;
    images += files.length;
    tasks++;
    lines.push(line);
    bytes += Buffer.byteLength(line);
    if (bytes >= PART_BYTES) await flush();
  }

  let files: string[] = [];
  for await (const file of imagesOf(config.source, config.recursive, found)) {
    signal?.throwIfAborted();
    files.push(file);
    if (files.length < config.imagesPerTar) continue;
    await add(files);
    files = [];
  }
  if (files.length > 0) await add(files);
  if (images === 0) {
    const others =
      found.skipped > 0 ? `: none of its ${found.skipped} files has an extension of a codec that can be decoded` : "";
    throw new PolycodecError("ERR_POLYCODEC_INVALID_ARGUMENT", `${config.source}: no images${others}`);
  }
  await flush();
  return publishRun(storage, { version: 1, config, images, tasks, skippedFiles: found.skipped, parts });
}

/** The tasks of a run, read list by list; the last list is kept, because tasks are handed out nearly in order. */
export function taskReader(storage: Storage, record: RunRecord): (index: number) => Promise<Task> {
  let cached: { part: PlanPart; tasks: Promise<readonly Task[]> } | undefined;
  return async (index) => {
    const part = record.parts.findLast(({ firstTask }) => firstTask <= index);
    if (!part || index >= record.tasks) throw new RangeError(`task ${index} of ${record.tasks}`);
    if (cached?.part !== part) cached = { part, tasks: readPart(storage, part) };
    return (await cached.tasks)[index - part.firstTask]!;
  };
}

async function readPart(storage: Storage, part: PlanPart): Promise<readonly Task[]> {
  const content = await storage.read(part.name);
  if (!content || sha256(content) !== part.sha256) {
    const fact = content ? "is not what the run's record says (sha256)" : "is missing";
    throw new PolycodecError("ERR_POLYCODEC_CORRUPTED", `${storage.url}: ${part.name} ${fact}`);
  }
  return Buffer.from(content)
    .toString("utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Task);
}

/**
 * The name is 48 bits of a hash, as the reference has it: among a million tasks two are equal in one run of 560. The
 * second one then gets another id, and with it another name.
 */
function nextTask(index: number, files: readonly string[], names: Set<string>): Task {
  for (let again = 0; ; again++) {
    const id = again === 0 ? String(index) : `${index}_${again}`;
    const name = shardName(constructBaseName(files, id), 0);
    if (names.has(name)) continue;
    names.add(name);
    return { index, id, name, files };
  }
}

/** In order of name within each folder; hidden files are left out, as `ls` leaves them out. Links to folders are not followed. */
async function* imagesOf(
  source: string,
  recursive: boolean,
  found: { skipped: number },
  below = "",
): AsyncGenerator<string> {
  const entries = await readdir(join(source, below), { withFileTypes: true }).catch((cause: Error) => {
    throw new PolycodecError("ERR_POLYCODEC_IO", `${join(source, below)}: ${cause.message}`, { cause });
  });
  entries.sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
  for (const entry of entries) {
    if (entry.name.startsWith(".")) continue;
    const path = below ? `${below}/${entry.name}` : entry.name;
    if (entry.isDirectory()) {
      if (recursive) yield* imagesOf(source, recursive, found, path);
    } else if (isDecodable(entry.name)) yield path;
    else found.skipped++;
  }
}

/** A format that nobody here can decode is no image of the run; a backend that is missing on one machine alone fails its tasks. */
function isDecodable(name: string): boolean {
  const codec = registry.codecOf(name);
  return codec !== undefined && registry.decoders.some((decoder) => decoder.codec === codec);
}
