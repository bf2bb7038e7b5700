/** Storage in a folder, of this machine or shared. */
import { randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, link, mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { DatasetError } from "../errors.js";
import type { Storage, StorageWriter, StoredObject } from "./storage.js";

/** A folder as storage; it is made when something is written. `folder` stays as it is given in what is said of it. */
export function localStorage(folder: string): Storage {
  return new LocalStorage(folder);
}

/** Names that writers use until they commit: hidden, and so skipped by `ls`, globs and every reader of shards. */
const TEMPORARY = /^\..+\.[0-9a-f-]{36}\.tmp$/;

class LocalStorage implements Storage {
  constructor(readonly url: string) {}

  locate(name: string): string {
    return this.url.endsWith("/") ? this.url + name : `${this.url}/${name}`;
  }

  async prepare(): Promise<void> {
    const writer = await this.create(".probe");
    await writer.abort();
  }

  async create(name: string): Promise<StorageWriter> {
    const path = this.locate(name);
    const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`);
    return told(path, "write", async () => {
      await mkdir(dirname(path), { recursive: true });
      return new FileWriter(path, temporary, await open(temporary, "wx"));
    });
  }

  async read(name: string): Promise<Uint8Array | undefined> {
    const path = this.locate(name);
    return told(path, "read", async () => {
      try {
        return await readFile(path);
      } catch (error) {
        if (codeOf(error) === "ENOENT") return undefined;
        throw error;
      }
    });
  }

  async *readStream(name: string): AsyncGenerator<Uint8Array, void, void> {
    const path = this.locate(name);
    try {
      for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) yield chunk as Uint8Array;
    } catch (error) {
      throw failure(path, "read", error);
    }
  }

  async *list(prefix = ""): AsyncGenerator<StoredObject, void, void> {
    for await (const name of this.#names()) {
      if (!name.startsWith(prefix) || TEMPORARY.test(basename(name))) continue;
      const { size } = await told(name, "read", () => stat(this.locate(name)));
      yield { name, bytes: size };
    }
  }

  async exists(name: string): Promise<boolean> {
    const path = this.locate(name);
    return told(path, "read", async () => {
      try {
        await stat(path);
        return true;
      } catch (error) {
        if (codeOf(error) === "ENOENT") return false;
        throw error;
      }
    });
  }

  async remove(name: string): Promise<void> {
    const path = this.locate(name);
    await told(path, "remove", () => rm(path, { force: true }));
  }

  async sweep(): Promise<number> {
    let count = 0;
    for await (const name of this.#names()) {
      if (!TEMPORARY.test(basename(name))) continue;
      await this.remove(name);
      count++;
    }
    return count;
  }

  /** All files below the folder, in order of name. */
  async *#names(below = ""): AsyncGenerator<string, void, void> {
    const path = below === "" ? this.url : this.locate(below);
    const entries = await told(path, "read", async () => {
      try {
        return await readdir(path, { withFileTypes: true });
      } catch (error) {
        if (codeOf(error) === "ENOENT") return [];
        throw error;
      }
    });
    entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of entries) {
      const name = below + entry.name;
      if (entry.isDirectory()) yield* this.#names(`${name}/`);
      else yield name;
    }
  }
}

class FileWriter implements StorageWriter {
  #file: FileHandle | undefined;

  constructor(
    private readonly path: string,
    private readonly temporary: string,
    file: FileHandle,
  ) {
    this.#file = file;
  }

  async write(chunk: Uint8Array): Promise<void> {
    await this.#orNothing(() => this.#open().writeFile(chunk));
  }

  async commit({ ifAbsent = false }: { readonly ifAbsent?: boolean } = {}): Promise<"written" | "exists"> {
    return this.#orNothing(async () => {
      await this.#open().sync();
      await this.#close();
      if (ifAbsent) {
        const isFirst = await linked(this.temporary, this.path);
        await rm(this.temporary, { force: true });
        if (!isFirst) return "exists";
      } else await rename(this.temporary, this.path);
      await syncFolder(dirname(this.path));
      return "written";
    });
  }

  async abort(): Promise<void> {
    await this.#close().catch(() => undefined);
    await rm(this.temporary, { force: true }).catch(() => undefined);
  }

  /** What fails leaves no temporary file behind. */
  async #orNothing<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      await this.abort();
      throw failure(this.path, "write", error);
    }
  }

  #open(): FileHandle {
    if (!this.#file) throw new Error("it has been committed or aborted");
    return this.#file;
  }

  async #close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }
}

/** A link, unlike a rename, fails when the name is taken. */
async function linked(temporary: string, path: string): Promise<boolean> {
  try {
    await link(temporary, path);
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
}

/** A name is durable once its folder is. Some file systems cannot do that for folders, and then need not. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } catch (error) {
    if (!["EINVAL", "ENOTSUP", "EPERM"].includes(codeOf(error) ?? "")) throw error;
  } finally {
    await folder.close();
  }
}

async function told<T>(path: string, verb: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw failure(path, verb, error);
  }
}

function failure(path: string, verb: string, error: unknown): DatasetError {
  if (error instanceof DatasetError) return error;
  const fact = error instanceof Error ? error.message : String(error);
  return new DatasetError("ERR_DATASET_STORAGE", `${path}: cannot ${verb} it: ${fact}`, { cause: error });
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | undefined)?.code;
}
