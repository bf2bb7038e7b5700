/** Public exports of `@polycodec/dataset`. */
export { constructBaseName, shardName } from "./base-name.js";
export { DATASET_ERROR_CODES, DatasetError, type DatasetErrorCode } from "./errors.js";
export { FilePartitioningStage, type FilePartitioningStageOptions } from "./file-partitioning-stage.js";
export { ImageReaderStage, type ImageReaderStageOptions } from "./image-reader-stage.js";
export { ImageWriterStage } from "./image-writer-stage.js";
export { type RunConflict, RunConflictError } from "./launch/errors.js";
export type { RunTotals } from "./launch/finish.js";
export type { Launcher, Work } from "./launch/launcher.js";
export { type LocalLauncherOptions, localLauncher } from "./launch/local.js";
export type { RunRecord } from "./launch/run-record.js";
export { type RunSummary, type ShardFolderOptions, shardFolder } from "./launch/shard-folder.js";
export type { TaskOutcome } from "./launch/shard-task.js";
export { type ArrayPlace, arrayPlace, type StaticLauncherOptions, staticLauncher } from "./launch/static.js";
export { memberKey, memberKeys } from "./member-names.js";
export {
  type AddOptions,
  Pipeline,
  type PipelineOptions,
  type PipelineResult,
  type TaskFailure,
} from "./pipeline.js";
export { pythonRepr } from "./python-repr.js";
export { parquetBytes, readShardTable, type ShardRow, type ShardTableOptions } from "./shard-table.js";
export type { Stage, StageContext, StageProgress } from "./stage.js";
export { localStorage } from "./storage/local.js";
export { openStorage } from "./storage/open-storage.js";
export {
  type CreateOptions,
  put,
  type Storage,
  StorageError,
  type StorageWriter,
} from "./storage/storage.js";
export { readTar, type TarReaderOptions } from "./tar-reader.js";
export { type TarMember, type WrittenTar, writeTar } from "./tar-writer.js";
export type { FileGroupTask, ImageBatch, ImageObject } from "./tasks.js";
export type { ImageWriterStageOptions } from "./writer-options.js";
export type { SkippedImage, WriterNotes } from "./writer-result.js";
