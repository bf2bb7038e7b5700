/** A folder as storage: a local or a shared file system. */
import { createReadStream } from "node:fs";
import { type FileHandle, link, mkdir, open, readdir, readFile, rename, rm, stat, unlink } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join, relative, sep } from "node:path";
import { type CreateOptions, type Storage, StorageError, type StorageWriter } from "./storage.js";

/** A temporary file that has not been written to for so long belongs to an attempt that is gone. */
const STALE_MS = 60 * 60 * 1000;
/** `.images-0000.tar.HOST.PID.3.tmp`: who writes it, so that it can be told whether anybody still does. */
const TEMPORARY = /^\..+\.([0-9a-zA-Z-]+)\.(\d+)\.\d+\.tmp$/;
const HOST = hostname().replace(/[^0-9a-zA-Z-]/g, "-") || "host";
let files = 0;

export function localStorage(folder: string): Storage {
  const inFolder = (name: string) => join(folder, ...name.split("/"));
  const made = new Set<string>();

  async function create(name: string, { ifAbsent = false }: CreateOptions = {}): Promise<StorageWriter> {
    const path = inFolder(name);
    const parent = dirname(path);
    const temporary = join(parent, `.${basename(path)}.${HOST}.${process.pid}.${++files}.tmp`);
    const file = await attempt(temporary, async () => {
      if (!made.has(parent)) await makeFolder(parent);
      made.add(parent);
      return open(temporary, "wx");
    });
    return writer(file, temporary, path, ifAbsent);
  }

  async function* list(prefix: string): AsyncGenerator<string> {
    // The deepest folder that the prefix names in full.
    const start = inFolder(prefix.slice(0, prefix.lastIndexOf("/") + 1));
    for await (const path of filesBelow(start)) {
      const name = relative(folder, path).split(sep).join("/");
      if (name.startsWith(prefix) && !TEMPORARY.test(basename(path))) yield name;
    }
  }

  return {
    url: folder,
    create,
    list,
    read: (name) =>
      attempt(inFolder(name), () => readFile(inFolder(name)).catch((error) => nothingIf(error, "ENOENT", "ENOTDIR"))),
    async *readStream(name) {
      try {
        for await (const piece of createReadStream(inFolder(name), { highWaterMark: 1 << 20 })) yield piece as Buffer;
      } catch (error) {
        throw storageError(inFolder(name), error);
      }
    },
    remove: (name) => attempt(inFolder(name), () => rm(inFolder(name), { force: true })),
    async sweep({ all = false } = {}) {
      let removed = 0;
      for await (const path of filesBelow(folder)) {
        if (!TEMPORARY.test(basename(path)) || !(all || (await isAbandoned(path)))) continue;
        await attempt(path, () => rm(path, { force: true }));
        removed++;
      }
      return removed;
    },
    async close() {},
  };
}

/** Temporary name, fsync, then the real name: a crash leaves the whole object or none. */
function writer(file: FileHandle, temporary: string, path: string, ifAbsent: boolean): StorageWriter {
  let settled = false;

  async function abort(): Promise<void> {
    if (settled) return;
    settled = true;
    await file.close().catch(() => {});
    await rm(temporary, { force: true }).catch(() => {}); // The failure that led here says more.
  }

  /** `link` fails where `rename` would replace: that is what makes the first writer win, on shared file systems too. */
  async function publish(): Promise<"written" | "exists"> {
    await file.sync();
    await file.close();
    if (!ifAbsent) await rename(temporary, path);
    else {
      try {
        await link(temporary, path);
      } catch (error) {
        nothingIf(error, "EEXIST");
        return "exists";
      } finally {
        await unlink(temporary);
      }
    }
    await syncFolder(dirname(path));
    return "written";
  }

  return {
    write: async (bytes) => {
      try {
        await file.writeFile(bytes); // From the current position on.
      } catch (error) {
        await abort();
        throw storageError(path, error);
      }
    },
    commit: async () => {
      try {
        const outcome = await publish();
        settled = true;
        return outcome;
      } catch (error) {
        await abort();
        throw storageError(path, error);
      }
    },
    abort,
  };
}

/** `mkdir -p`. Node says ENOENT where the system says EROFS; the first folder that is missing gets the truth. */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    nothingIf(error, "ENOENT");
    let missing = path;
    while (!(await statOrNothing(dirname(missing)))) missing = dirname(missing);
    await mkdir(missing);
    await mkdir(path, { recursive: true });
  }
}

/** A new name lasts when its folder is on the disk. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } catch (error) {
    nothingIf(error, "EINVAL", "ENOTSUP"); // Some network file systems do it by themselves.
  } finally {
    await handle.close();
  }
}

async function isAbandoned(path: string): Promise<boolean> {
  const [, host, pid] = TEMPORARY.exec(basename(path)) ?? [];
  if (host === HOST) {
    try {
      process.kill(Number(pid), 0);
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === "ESRCH";
    }
  }
  const found = await statOrNothing(path);
  return found !== undefined && Date.now() - found.mtimeMs > STALE_MS;
}

async function* filesBelow(folder: string): AsyncGenerator<string> {
  const entries = await attempt(folder, () =>
    readdir(folder, { withFileTypes: true }).catch((error) => nothingIf(error, "ENOENT")),
  );
  for (const entry of entries ?? []) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    else if (entry.isFile()) yield path;
  }
}

/** Others remove files while we look. */
function statOrNothing(path: string) {
  return stat(path).catch((error) => nothingIf(error, "ENOENT"));
}

function nothingIf(error: unknown, ...codes: string[]): undefined {
  if (!codes.includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
}

async function attempt<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw storageError(path, error);
  }
}

const FATAL: Readonly<Record<string, string>> = {
  ENOSPC: "no space left on the device",
  EDQUOT: "the disk quota is used up",
  EROFS: "the file system is read-only",
  EACCES: "permission denied",
  EPERM: "operation not permitted",
  ENOTDIR: "a part of the path is no folder",
};

function storageError(path: string, cause: unknown): StorageError {
  if (cause instanceof StorageError) return cause;
  const { code = "", message } = cause as NodeJS.ErrnoException;
  const fact = FATAL[code];
  return new StorageError(`${path}: ${fact ? `${fact} (${code})` : message}`, fact !== undefined, { cause });
}
