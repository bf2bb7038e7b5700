/** What the output of a writer held when it began, and what becomes of it. */
import { DatasetError } from "./errors.js";
import type { WriterSettings } from "./writer-options.js";

export class ExistingShards {
  readonly #settings: WriterSettings;
  readonly #names = new Set<string>();
  #looked: Promise<void> | undefined;

  constructor(settings: WriterSettings) {
    this.#settings = settings;
  }

  /** Once, and only if `existing` asks for it. @throws DatasetError (ERR_DATASET_NOT_EMPTY), StorageError */
  look(): Promise<void> {
    this.#looked ??= this.#look();
    return this.#looked;
  }

  async #look(): Promise<void> {
    const { existing, storage } = this.#settings;
    if (existing === "replace") return;
    for await (const name of storage.list("")) if (/\.(tar|parquet)$/.test(name)) this.#names.add(name);
    const { size } = this.#names;
    if (existing !== "refuse" || size === 0) return;
    const [first] = this.#names;
    throw new DatasetError(
      "ERR_DATASET_NOT_EMPTY",
      `${storage.url} holds ${size} ${size === 1 ? "file" : "files"} of another run, such as ${first}`,
    );
  }

  /** @throws DatasetError (ERR_DATASET_SHARD_EXISTS) if that is what `existing` asks for */
  refuse(shard: string): void {
    if (this.#settings.existing !== "error") return;
    for (const name of [`${shard}.tar`, `${shard}.parquet`]) if (this.#names.has(name)) throw this.error(name);
  }

  isKept(shard: string): boolean {
    if (this.#settings.existing !== "keep") return false;
    return this.#names.has(`${shard}.tar`) && this.#names.has(`${shard}.parquet`);
  }

  error(name: string): DatasetError {
    return new DatasetError("ERR_DATASET_SHARD_EXISTS", `${pathIn(this.#settings.storage, name)} exists already`);
  }
}

/** A name as tables and tasks tell it. */
export function pathIn({ url }: { readonly url: string }, name: string): string {
  return url.endsWith("/") ? url + name : `${url}/${name}`;
}
