/** Public exports of `@polycodec/core`. */
export { type DlpackArray, fromDlpack, toDlpack, toDlpackCapsule } from "./adapters/dlpack.js";
export { fromImageData, type ImageDataLike, toImageData } from "./adapters/image-data.js";
export { fromNpy, isNpy, npyHeader, toNpy } from "./adapters/npy.js";
export { fromOrt, type OrtArguments, type OrtTensorLike, toOrt } from "./adapters/onnxruntime.js";
export { fromSharp, type SharpArguments, type SharpRaw, toSharp } from "./adapters/sharp.js";
export { CodeStream, type DecodeSource } from "./code-stream/code-stream.js";
export type { RandomAccessSource, SourceLike } from "./code-stream/source.js";
export type { CodeStreamView } from "./code-stream/view.js";
export { Decoder, imagesOrNull } from "./decoder.js";
export { registry } from "./default-registry.js";
export { Encoder } from "./encoder.js";
export * from "./enums.js";
export {
  type Attempt,
  CodecError,
  DecodeError,
  EncodeError,
  ERROR_CODES,
  type ErrorCode,
  PolycodecError,
  SampleError,
} from "./errors.js";
export type { CudaArrayInterface } from "./image/cuda-array.js";
export type { CopyOptions } from "./image/device-memory.js";
export { Image } from "./image/image.js";
export type { ImageLayoutOptions, TypedArray } from "./image/read-layout.js";
export { Tensor, type TensorResult, type TensorSample } from "./image/tensor.js";
export type { Placement } from "./image/tensor-slot.js";
export { DEFAULT_LIMITS, type Limits } from "./limits.js";
export { parseExif, withOrientation } from "./metadata/exif.js";
export { parseIcc } from "./metadata/icc.js";
export type { BackendOptions } from "./params/backend-options.js";
export type { BackendChoice } from "./params/backends.js";
export type { BmpEncodeOptions } from "./params/bmp.js";
export type { DecodeOptions } from "./params/decode-params.js";
export type { EncodeOptions } from "./params/encode-params.js";
export type { JpegEncodeOptions } from "./params/jpeg.js";
export type { Jpeg2kEncodeOptions } from "./params/jpeg2k.js";
export type { JpeglsEncodeOptions } from "./params/jpegls.js";
export type { PngEncodeOptions, PngPreset } from "./params/png.js";
export type { PnmEncodeOptions } from "./params/pnm.js";
export type { Region } from "./params/region.js";
export type { DecoderOptions, EncoderOptions } from "./params/scheduling-options.js";
export type { DecodeStreamOptions, EncodeStreamOptions, StreamOptions } from "./params/stream-params.js";
export type { ResizeOptions, TensorOptions } from "./params/tensor-params.js";
export type { WebpEncodeOptions } from "./params/webp.js";
export type { CodeStreamInfo, EncodeParams, Extension, ImageInfo, Metadata, Rectangle } from "./plugin.js";
export { Registry } from "./registry.js";
export { cudaInfo, runtimeStats, trimMemory } from "./runtime/memory.js";
export type { CudaDevice, CudaInfo, RuntimeStats } from "./runtime/runtime.js";
export type { DecodeResult } from "./schedule/decode-batch.js";
export type { DecodedItem } from "./schedule/decode-stream.js";
export type { CallMessage, ChunkMessage } from "./schedule/diagnostics.js";
export type { EncodeResult } from "./schedule/encode-batch.js";
export type { EncodedItem, EncodeItem } from "./schedule/encode-stream.js";
export type { BackendReport } from "./schedule/lanes.js";
export type { DeviceReport, LaneReport, SchedulerStats } from "./schedule/stats.js";
export type { TranscodedItem, TranscodeSubject } from "./schedule/transcode-stream.js";
export { ProcessingStatus } from "./status.js";
export { type TranscodeOptions, transcodeStream } from "./transcoder.js";
