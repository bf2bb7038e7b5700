/** Shards that batches share: each is written as its images come, and appears when it is full. */
import { shardName } from "./base-name.js";
import { DatasetError } from "./errors.js";
import { type ExistingShards, pathIn } from "./existing-shards.js";
import { parquetBytes, type ShardRow } from "./shard-table.js";
import type { StorageWriter } from "./storage/storage.js";
import { TarArchive, type TarMember } from "./tar-writer.js";
import type { WriterSettings } from "./writer-options.js";

/** An image as it will lie in a shard. */
export interface EncodedImage {
  readonly key: string;
  /** The image itself, and what stands behind it. */
  readonly members: readonly TarMember[];
  /** But for `tarFile`. */
  readonly row: ShardRow;
}

interface OpenShard {
  readonly name: string;
  readonly writer: StorageWriter;
  readonly archive: TarArchive;
  readonly rows: ShardRow[];
  readonly keys: Set<string>;
}

/**
 * Fills one shard after the other. What has been added and fills none yet is under a temporary name; if it cannot be
 * written there, it is lost, and every later call says so.
 */
export class ShardFiller {
  readonly #settings: WriterSettings;
  readonly #existing: ExistingShards;
  readonly #onWritten: (shard: string) => void;
  #open: OpenShard | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(settings: WriterSettings, existing: ExistingShards, onWritten: (shard: string) => void) {
    this.#settings = settings;
    this.#existing = existing;
    this.#onWritten = onWritten;
  }

  /**
   * Adds a batch's images, in order; shards that it begins are called after `base`. Resolves to the names of those that it
   * has filled. One call at a time.
   *
   * @throws DatasetError (ERR_DATASET_DUPLICATE_ID) before anything is added; (ERR_DATASET_SHARD_EXISTS), StorageError
   */
  async add(images: readonly EncodedImage[], base: string): Promise<string[]> {
    this.#check();
    this.#refuseDuplicates(images);
    const filled: string[] = [];
    let begun = 0;
    return this.#guarded(async () => {
      for (const image of images) {
        this.#open ??= await this.#begin(shardName(base, begun++));
        await this.#append(this.#open, image);
        if (this.#open.rows.length === this.#settings.imagesPerTar) filled.push(await this.#finish());
      }
      return filled;
    });
  }

  /** Writes what is left as a shard with fewer images, and resolves to its name. @throws also what has failed before */
  async end(): Promise<string | undefined> {
    this.#check();
    return this.rest();
  }

  /** The same; what has failed before has been told. */
  async rest(): Promise<string | undefined> {
    return this.#open && this.#guarded(() => this.#finish());
  }

  /** Leaves nothing of what fills no shard. */
  async abort(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    await open?.writer.abort();
  }

  #check(): void {
    if (this.#failure) throw this.#failure.error;
  }

  #refuseDuplicates(images: readonly EncodedImage[]): void {
    if (!this.#open) return;
    const { keys, rows, name } = this.#open;
    const again = images.slice(0, this.#settings.imagesPerTar - rows.length).find(({ key }) => keys.has(key));
    if (again)
      throw new DatasetError(
        "ERR_DATASET_DUPLICATE_ID",
        `image ${again.row.imageId} (${again.row.originalPath}): ${name} holds a ${JSON.stringify(again.key)} already`,
      );
  }

  async #begin(name: string): Promise<OpenShard> {
    this.#existing.refuse(name);
    const { storage, existing } = this.#settings;
    const writer = await storage.create(`${name}.tar`, { ifAbsent: existing === "error" });
    return { name, writer, archive: new TarArchive(writer), rows: [], keys: new Set() };
  }

  async #append({ name, archive, rows, keys }: OpenShard, { key, members, row }: EncodedImage): Promise<void> {
    for (const member of members) await archive.add(member);
    rows.push({ ...row, tarFile: pathIn(this.#settings.storage, `${name}.tar`) });
    keys.add(key);
  }

  /** The tar gets its name first: where there is a table, the tar is whole. */
  async #finish(): Promise<string> {
    const { name, writer, archive, rows } = this.#open!;
    const { storage, existing } = this.#settings;
    await archive.end();
    const table = await storage.create(`${name}.parquet`, { ifAbsent: existing === "error" });
    try {
      await table.write(parquetBytes(rows, this.#settings));
      if ((await writer.commit()) === "exists") throw this.#existing.error(`${name}.tar`);
      if ((await table.commit()) === "exists") throw this.#existing.error(`${name}.parquet`);
    } finally {
      await table.abort();
    }
    this.#open = undefined;
    this.#onWritten(name);
    return name;
  }

  async #guarded<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      this.#failure = { error };
      await this.abort();
      throw error;
    }
  }
}
