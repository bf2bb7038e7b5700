/** The shards of one batch: they appear together, after all of them could be written, or not at all. */
import type { Encoder } from "@polycodec/core";
import { shardName } from "./base-name.js";
import { type ExistingShards, pathIn } from "./existing-shards.js";
import { type Member, shardMembers } from "./shard-members.js";
import { parquetBytes, type ShardRow } from "./shard-table.js";
import type { StorageWriter } from "./storage/storage.js";
import { writeTar } from "./tar-writer.js";
import type { WriterSettings } from "./writer-options.js";

export interface ShardWriting {
  readonly settings: WriterSettings;
  readonly encoder: Encoder;
  readonly existing: ExistingShards;
  /** Told of an image that cannot be written; it is left out, unless this throws. */
  refuse(member: Member, cause: unknown): void;
  /** Told of what becomes of shards, for people. */
  say(text: string): void;
  readonly signal: AbortSignal | undefined;
}

/** Written, and seen by nobody yet. */
interface Unseen {
  readonly name: string;
  readonly writer: StorageWriter;
}

/** Resolves to the names of the shards, without extension. */
export async function writeShards(base: string, members: readonly Member[], writing: ShardWriting): Promise<string[]> {
  const { settings, existing, say } = writing;
  const { imagesPerTar, storage } = settings;
  const unseen: Unseen[] = [];
  const shards: string[] = [];
  try {
    for (let start = 0; start < members.length; start += imagesPerTar) {
      const shard = shardName(base, start / imagesPerTar);
      existing.refuse(shard);
      if (existing.isKept(shard)) {
        say(`kept ${pathIn(storage, shard)}.tar`);
        shards.push(shard);
      } else if (await writeShard(shard, members.slice(start, start + imagesPerTar), writing, unseen))
        shards.push(shard);
    }
    for (const { name, writer } of unseen) {
      if ((await writer.commit()) === "exists") throw existing.error(name); // since the start
      say(`wrote ${pathIn(storage, name)}`);
    }
  } finally {
    await Promise.all(unseen.map(({ writer }) => writer.abort()));
  }
  return shards;
}

/** Writes tar and table as far as they can be without anybody seeing them. Is there anything in them? */
async function writeShard(
  shard: string,
  chunk: readonly Member[],
  { settings, encoder, refuse, signal }: ShardWriting,
  unseen: Unseen[],
): Promise<boolean> {
  const { storage, existing } = settings;
  const create = (name: string) => storage.create(name, { ifAbsent: existing === "error" });
  const tar = await create(`${shard}.tar`);
  const rows: ShardRow[] = [];
  try {
    const contents = { tarFile: pathIn(storage, `${shard}.tar`), rows, refuse, signal };
    await writeTar(shardMembers(chunk, encoder, settings, contents), tar);
    if (rows.length > 0) {
      const table = await create(`${shard}.parquet`);
      // The tar gets its name first: where there is a table, the tar is whole.
      unseen.push({ name: `${shard}.tar`, writer: tar }, { name: `${shard}.parquet`, writer: table });
      await table.write(parquetBytes(rows, settings));
    } else await tar.abort();
  } catch (error) {
    await tar.abort();
    throw error;
  }
  return rows.length > 0;
}
