/**
 * Where shards are written: a folder, or a bucket. Names are relative, with `/` between their parts. An object appears
 * under its name whole or not at all; that is all that the rest relies on.
 */
import { PolycodecError } from "@polycodec/core";

export interface Storage {
  /** For people: `/data/out`, `s3://bucket/prefix`. */
  readonly url: string;
  /** Begins an object, of which nothing is visible under `name` before `commit()`. */
  create(name: string, options?: CreateOptions): Promise<StorageWriter>;
  /** The whole object; `undefined` if there is none. For records: a shard is read by `readStream`. */
  read(name: string): Promise<Uint8Array | undefined>;
  /** The object's bytes in order. Rejects with a StorageError if there is none. */
  readStream(name: string): AsyncIterable<Uint8Array>;
  /** Names of the objects that begin with `prefix`, in no particular order. Temporary ones are left out. */
  list(prefix: string): AsyncIterable<string>;
  /** An object that is not there is no error. */
  remove(name: string): Promise<void>;
  /**
   * Removes what interrupted attempts have left: temporary files, unfinished uploads. Without `all` only those of which
   * it is certain that nobody is at work on them any more. Returns how many there were.
   */
  sweep(options?: { readonly all?: boolean }): Promise<number>;
  close(): Promise<void>;
}

export interface CreateOptions {
  /** First writer wins: an object of this name that is there already stays. Default false: it is replaced. */
  readonly ifAbsent?: boolean;
}

export interface StorageWriter {
  /** Resolves when more may come. The bytes belong to the writer until then. */
  write(bytes: Uint8Array): Promise<void>;
  /** Makes the object durable, then visible. `"exists"`: another writer was first (`ifAbsent`), and nothing is left of this one. */
  commit(): Promise<"written" | "exists">;
  /** Leaves nothing behind. Does nothing after `commit()`. */
  abort(): Promise<void>;
}

/** The storage cannot do what it was asked to do; the system's or the service's error is the `cause`. */
export class StorageError extends PolycodecError {
  override readonly name = "StorageError";
  constructor(
    message: string,
    /** Trying again is useless, here and for every other task: it is full, read-only or forbidden. */
    readonly isFatal: boolean,
    options?: ErrorOptions,
  ) {
    super("ERR_POLYCODEC_IO", message, options);
  }
}

/** Writes one small object. */
export async function put(
  storage: Storage,
  name: string,
  bytes: Uint8Array,
  options?: CreateOptions,
): Promise<"written" | "exists"> {
  const writer = await storage.create(name, options);
  try {
    await writer.write(bytes);
    return await writer.commit();
  } finally {
    await writer.abort();
  }
}

export async function readJson<T>(storage: Storage, name: string): Promise<T | undefined> {
  const bytes = await storage.read(name);
  return bytes && (JSON.parse(Buffer.from(bytes).toString("utf8")) as T);
}

export function jsonBytes(value: unknown): Uint8Array {
  return Buffer.from(`${JSON.stringify(value)}\n`);
}
