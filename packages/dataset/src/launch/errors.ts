/** What can be wrong with a run, besides its storage. */
import { DatasetError } from "../errors.js";

/** Why a run cannot be started in an output that is not empty. */
export type RunConflict =
  /** It holds this very run: `resume` goes on with it. */
  | "same-run"
  /** It holds a run with another source or other settings. */
  | "other-run"
  /** It holds shards, and no record of a run. */
  | "foreign-shards";

/** The output holds something that this run would mix with. No shard has been written. */
export class RunConflictError extends DatasetError {
  override readonly name = "RunConflictError";
  constructor(
    readonly conflict: RunConflict,
    message: string,
  ) {
    super("ERR_DATASET_NOT_EMPTY", message);
  }
}

/** An error as it goes into records and between processes. */
export interface Failure {
  readonly code: string;
  readonly message: string;
}

export function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { code: "ERR_POLYCODEC_FAILED", message: String(error) };
  return { code: (error as NodeJS.ErrnoException).code ?? "ERR_POLYCODEC_FAILED", message: error.message };
}

/** The same task would end the same way again, whatever the weather. */
export function isFinal(error: unknown): boolean {
  return error instanceof DatasetError;
}
