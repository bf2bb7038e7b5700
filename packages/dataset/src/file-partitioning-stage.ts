/** The source of a pipeline: files, divided into tasks. */
import { readdir, stat } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { contentHash } from "./base-name.js";
import { DatasetError } from "./errors.js";
import { type Checked, check, knownKeys } from "./options.js";
import type { Stage } from "./stage.js";
import type { FileGroupTask } from "./tasks.js";

/** Options of FilePartitioningStage. */
export interface FilePartitioningStageOptions {
  /** A folder, with all below it, or a list of files and folders (of these the files directly in them). */
  readonly filePaths: string | readonly string[];
  /** So many files a task. Default 1, unless `blocksize` is given; not both. */
  readonly filesPerPartition?: number;
  /** So many bytes a task, smallest files first; one that is larger goes alone. */
  readonly blocksize?: number;
  /** Which files, by extension and whatever their case. Default `[".tar"]`. */
  readonly fileExtensions?: readonly string[];
  /** At most so many tasks. Default all. */
  readonly limit?: number;
  /** Default: the name of the first file's folder. */
  readonly datasetName?: string;
}

const KEYS: Checked<FilePartitioningStageOptions> = {
  filePaths: check.textOrTexts,
  filesPerPartition: check.integer(1),
  blocksize: check.integer(1),
  fileExtensions: check.textOrTexts,
  limit: check.integer(0),
  datasetName: check.text,
};

interface Found {
  readonly path: string;
  readonly bytes: number;
}

/** Divides files into tasks, in order of path (of size, by `blocksize`). Ids are digests of the files' paths. */
export class FilePartitioningStage implements Stage<void, FileGroupTask> {
  readonly name = "file_partitioning";
  readonly isSource = true;
  readonly #options: FilePartitioningStageOptions;

  /** @throws DatasetError (ERR_DATASET_INVALID_OPTION) */
  constructor(options: FilePartitioningStageOptions) {
    this.#options = knownKeys("FilePartitioningStageOptions", options, KEYS);
    if (options?.filePaths === undefined)
      throw check.failure("FilePartitioningStageOptions.filePaths: expected a path");
    if (options.filesPerPartition !== undefined && options.blocksize !== undefined)
      throw check.failure("FilePartitioningStageOptions: expected filesPerPartition or blocksize, not both");
  }

  /** All tasks; none when there are no files. @throws DatasetError (ERR_DATASET_INVALID_OPTION) for a path that cannot be read */
  async *process(): AsyncGenerator<FileGroupTask, void, void> {
    const { filesPerPartition = 1, blocksize, limit = Number.POSITIVE_INFINITY } = this.#options;
    const files = await this.#files();
    const groups = blocksize === undefined ? byCount(files, filesPerPartition) : bySize(files, blocksize);
    const first = files[0]?.path ?? "";
    const datasetName = this.#options.datasetName ?? (basename(dirname(first)).toLowerCase() || "dataset");
    for (const [index, data] of groups.slice(0, limit).entries()) {
      const metadata = { partitionIndex: index, totalPartitions: groups.length, sourceFiles: data };
      yield { taskId: contentHash(data), datasetName, data, metadata };
    }
  }

  async #files(): Promise<Found[]> {
    const { filePaths, fileExtensions = [".tar"], blocksize } = this.#options;
    const wanted = new Set([fileExtensions].flat().map((extension) => extension.toLowerCase()));
    const found: Found[] = [];
    const add = async (path: string) => {
      if (wanted.has(extname(path).toLowerCase())) found.push({ path, bytes: (await stat(path)).size });
    };
    const list = typeof filePaths === "string" ? [filePaths] : filePaths;
    for (const path of list) {
      try {
        if (!(await stat(path)).isDirectory()) await add(path);
        else {
          const recursive = typeof filePaths === "string";
          for (const entry of await readdir(path, { withFileTypes: true, recursive }))
            if (entry.isFile() && !entry.name.startsWith(".")) await add(join(entry.parentPath, entry.name));
        }
      } catch (cause) {
        throw new DatasetError("ERR_DATASET_INVALID_OPTION", `${path}: ${(cause as Error).message}`, { cause });
      }
    }
    // By code points, as Python sorts; equal sizes stay in order of path.
    found.sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
    if (blocksize !== undefined) found.sort((a, b) => a.bytes - b.bytes);
    return found;
  }
}

function byCount(files: readonly Found[], count: number): string[][] {
  const groups: string[][] = [];
  for (let i = 0; i < files.length; i += count) groups.push(files.slice(i, i + count).map(({ path }) => path));
  return groups;
}

function bySize(files: readonly Found[], most: number): string[][] {
  const groups: string[][] = [];
  let room = 0;
  for (const { path, bytes } of files) {
    if (groups.length === 0 || bytes > room) {
      groups.push([]);
      room = most;
    }
    groups.at(-1)!.push(path);
    room -= bytes;
  }
  return groups;
}
