/** Public exports of `@polycodec/batch`. */
export { Batch, type BatchData, type BatchLike, type NhwcTensor } from "./batch.js";
export { BatchError, type FileFailure } from "./batch-error.js";
export type { ImageBatchEncoderOptions } from "./encoder-options.js";
export { ImageBatchDecoder, type ImageBatchDecoderOptions } from "./image-batch-decoder.js";
export { ImageBatchEncoder, type WriteResult } from "./image-batch-encoder.js";
export type { Perf } from "./perf.js";
