/** The errors of data sets. Each has a stable `code`; docs/dataset.md lists them, and a test compares the two. */

/** Every code, and what it means. */
export const DATASET_ERROR_CODES = Object.freeze({
  ERR_DATASET_DUPLICATE_ID: "two images of a batch would be the same member of a shard",
  ERR_DATASET_DUPLICATE_TASK: "a task with this id and these images has been written already, in this run",
  ERR_DATASET_NO_IMAGE: "an image has no pixels",
  ERR_DATASET_BAD_IMAGE: "an image cannot be encoded, or a member of a shard not be decoded",
  ERR_DATASET_NOT_EMPTY: "the output holds shards of another run",
  ERR_DATASET_SHARD_EXISTS: "a shard of this name exists",
  ERR_DATASET_BAD_SHARD: "a shard breaks the rules of tar, or its table those of Parquet",
  ERR_DATASET_INVALID_OPTION: "an option or a task has the wrong type or value",
  ERR_DATASET_STAGE_FAILED: "a stage of a pipeline has failed; the cause says why",
} as const);
export type DatasetErrorCode = keyof typeof DATASET_ERROR_CODES;

/** What the stages throw; the underlying error is its `cause`. */
export class DatasetError extends Error {
  override readonly name: string = "DatasetError";
  constructor(
    readonly code: DatasetErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
