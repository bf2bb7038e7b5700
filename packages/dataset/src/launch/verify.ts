/** Checks that committed shards are still what their records say. */
import type { Storage } from "../storage/storage.js";
import { committedTasks, revoke } from "./commit.js";
import { inOrder } from "./finish.js";
import { digest } from "./shard-task.js";

/** Reads every shard. One that is missing or has other bytes loses its record, and is written again. Returns those tasks. */
export async function revokeDamaged(storage: Storage, onDamage: (message: string) => void): Promise<number[]> {
  const damaged: number[] = [];
  for await (const record of inOrder(
    storage,
    [...(await committedTasks(storage))].sort((a, b) => a - b),
  )) {
    for (const { name, sha256 } of record.files) {
      const there = await digest(storage, name).catch(() => undefined);
      if (there === sha256) continue;
      onDamage(
        `${storage.url}: ${name} ${there === undefined ? "cannot be read" : "has other bytes than when it was committed"}; task ${record.task} is done again`,
      );
      await revoke(storage, record);
      damaged.push(record.task);
      break;
    }
  }
  return damaged;
}
