/** Where shards lie. Names are relative to the storage, with slashes, and name whole things alone. */

export interface StoredObject {
  readonly name: string;
  readonly bytes: number;
}

/** Something being written. Nobody sees it under its name before `commit`. */
export interface StorageWriter {
  /** Resolves when more may come. @throws DatasetError (ERR_DATASET_STORAGE) */
  write(chunk: Uint8Array): Promise<void>;
  /**
   * Makes it durable and gives it its name, in one step: replacing what has that name, or with `ifAbsent` only where
   * nothing has. `"exists"`: somebody was first, and what was written here is gone.
   */
  commit(options?: { readonly ifAbsent?: boolean }): Promise<"written" | "exists">;
  /** Lets go of what was written. Safe after `commit`, and again. */
  abort(): Promise<void>;
}

/** @throws DatasetError (ERR_DATASET_STORAGE) from every method, with the system's error as its cause */
export interface Storage {
  /** For messages: `/data/out`, `s3://bucket/prefix`. */
  readonly url: string;
  /** How tables and tasks name it: the folder as it was given and the name. */
  locate(name: string): string;
  /** Makes the place ready, and finds out whether it can be written. */
  prepare(): Promise<void>;
  create(name: string): Promise<StorageWriter>;
  /** All of it; `undefined` when there is none. */
  read(name: string): Promise<Uint8Array | undefined>;
  readStream(name: string): AsyncIterable<Uint8Array>;
  /** Everything whose name begins with `prefix`, in any order; nothing that is still being written. */
  list(prefix?: string): AsyncIterable<StoredObject>;
  exists(name: string): Promise<boolean>;
  /** What is not there is no error. */
  remove(name: string): Promise<void>;
  /** Removes what writers that are no more have left; returns how many. Only when no writer is at work. */
  sweep(): Promise<number>;
}
