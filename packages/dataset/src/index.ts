/** Public exports of `@polycodec/dataset`. */
export { constructBaseName, shardName } from "./base-name.js";
export { DATASET_ERROR_CODES, DatasetError, type DatasetErrorCode } from "./errors.js";
export { ImageWriterStage, type SkippedImage, type WriterNotes } from "./image-writer-stage.js";
export { memberKey, memberKeys } from "./member-names.js";
export { pythonRepr } from "./python-repr.js";
export { parquetBytes, readShardTable, type ShardRow, type ShardTableOptions } from "./shard-table.js";
export type { Stage, StageContext } from "./stage.js";
export { localStorage } from "./storage/local.js";
export {
  type CreateOptions,
  put,
  type Storage,
  StorageError,
  type StorageWriter,
  type StoredObject,
} from "./storage/storage.js";
export { type TarMember, type WrittenTar, writeTar } from "./tar-writer.js";
export type { FileGroupTask, ImageBatch, ImageObject } from "./tasks.js";
export type { ImageWriterStageOptions } from "./writer-options.js";
