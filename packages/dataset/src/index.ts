/** Public exports of `@polycodec/dataset`. */
export { DATASET_ERROR_CODES, DatasetError, type DatasetErrorCode } from "./errors.js";
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
export type { FileGroupTask, ImageBatch, ImageObject } from "./tasks.js";
export type { ImageWriterStageOptions } from "./writer-options.js";
