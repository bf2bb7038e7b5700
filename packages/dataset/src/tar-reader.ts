/** Tar shards, member by member as they come off the storage. */
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { extract, type Header } from "tar-stream";
import { DatasetError } from "./errors.js";
import type { TarMember } from "./tar-writer.js";

export interface TarReaderOptions {
  /** Which members are wanted; the others are passed over, unread. */
  readonly wants: (name: string) => boolean;
  /** A wanted member may have so many bytes. */
  readonly maxMemberBytes: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The wanted regular files of an archive. One at a time is in memory; the storage is read no faster than they are taken.
 *
 * @throws DatasetError (ERR_DATASET_BAD_SHARD), `name` in its message; what the storage throws
 */
export async function* readTar(
  chunks: AsyncIterable<Uint8Array>,
  name: string,
  { wants, maxMemberBytes, signal }: TarReaderOptions,
): AsyncGenerator<TarMember, void, void> {
  const archive = extract();
  let fromStorage: unknown;
  let bytes = 0;
  const guarded = async function* () {
    try {
      for await (const chunk of chunks) {
        bytes += chunk.length;
        yield chunk;
      }
    } catch (error) {
      fromStorage = error;
      throw error;
    }
  };
  const reading = pipeline(Readable.from(guarded(), { objectMode: false }), archive, signal ? { signal } : {});
  reading.catch(() => undefined); // the loop below sees it
  let members = 0;
  try {
    for await (const entry of archive) {
      members++;
      const { header } = entry;
      if (!isFile(header) || !wants(header.name)) {
        entry.resume();
        continue;
      }
      const size = header.size ?? 0;
      if (size > maxMemberBytes)
        throw new DatasetError(
          "ERR_DATASET_BAD_SHARD",
          `${name}: member ${header.name} has ${size} bytes, maxMemberBytes allows ${maxMemberBytes}`,
        );
      const pieces: Uint8Array[] = [];
      for await (const piece of entry) pieces.push(piece as Uint8Array);
      yield { name: header.name, bytes: pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces) };
    }
    await reading;
    // An archive without members is two empty blocks; tar-stream takes anything shorter for one as well.
    if (members === 0 && bytes < 1024) throw new Error(`${bytes} bytes are no archive`);
  } catch (cause) {
    signal?.throwIfAborted();
    if (cause instanceof DatasetError) throw cause;
    if (fromStorage !== undefined) throw fromStorage;
    const fact = cause instanceof Error ? cause.message : String(cause);
    throw new DatasetError("ERR_DATASET_BAD_SHARD", `${name}: after ${members} members: ${fact}`, { cause });
  } finally {
    archive.destroy();
  }
}

function isFile({ type }: Header): boolean {
  return type === "file" || type === "contiguous-file";
}
