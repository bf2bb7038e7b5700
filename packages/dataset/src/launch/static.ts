/** An array job: process I of N takes the tasks whose hash falls to I. No service, no messages; the storage is all they share. */
import { createHash } from "node:crypto";
import type { Launcher } from "./launcher.js";
import { type LocalLauncherOptions, localLauncher } from "./local.js";

export interface ArrayPlace {
  /** From 0. */
  readonly index: number;
  readonly of: number;
}

export interface StaticLauncherOptions extends LocalLauncherOptions, ArrayPlace {}

/** @throws RangeError if `index` is not a whole number from 0 to `of` - 1 */
export function staticLauncher({ index, of, ...options }: StaticLauncherOptions): Launcher {
  if (!Number.isInteger(of) || of < 1 || !Number.isInteger(index) || index < 0 || index >= of) {
    throw new RangeError(
      `index ${index} of ${of}: expected a whole number from 0 to one below the number of processes`,
    );
  }
  const local = localLauncher(options);
  return {
    name: `static ${index} of ${of}`,
    isShared: true,
    async launch(work) {
      const pending: number[] = [];
      for (const task of work.pending) {
        if (shareOf((await work.taskAt(task)).id, of) === index) pending.push(task);
      }
      await local.launch({ ...work, pending });
    },
  };
}

/** Whose task this is: the first 16 hexadecimal digits of the id's SHA-256, modulo N, as the reference system has it. */
export function shareOf(taskId: string, of: number): number {
  const digest = createHash("sha256").update(taskId).digest("hex");
  return Number(BigInt(`0x${digest.slice(0, 16)}`) % BigInt(of));
}

/**
 * The place of this process in an array job of Slurm (`SLURM_ARRAY_TASK_ID`, `_MIN`, `_STEP`, `_COUNT`) or of Kubernetes
 * (`JOB_COMPLETION_INDEX`, which comes without the number of all: `of`). `undefined` outside of one.
 */
export function arrayPlace(environment: NodeJS.ProcessEnv): { index: number; of: number | undefined } | undefined {
  const number = (name: string) => (environment[name] === undefined ? undefined : Number(environment[name]));
  const slurm = number("SLURM_ARRAY_TASK_ID");
  if (slurm !== undefined) {
    const first = number("SLURM_ARRAY_TASK_MIN") ?? 0;
    return { index: (slurm - first) / (number("SLURM_ARRAY_TASK_STEP") ?? 1), of: number("SLURM_ARRAY_TASK_COUNT") };
  }
  const kubernetes = number("JOB_COMPLETION_INDEX");
  return kubernetes === undefined ? undefined : { index: kubernetes, of: undefined };
}
