/** What untrusted input may cost. Checked before memory is taken; exceeding one is `ERR_POLYCODEC_LIMIT_EXCEEDED`. */
import { CodecError } from "./errors.js";
import type { CodeStreamInfo } from "./plugin.js";

export interface Limits {
  /** Pixels of one image, before scaling. Default 268,402,689 (16,383²). */
  readonly maxPixels: number;
  /** Images in one code stream. Default 65,535. */
  readonly maxImages: number;
  /** Bytes of one decoded sample, as laid out in memory. Default 2 GiB. */
  readonly maxDecodedBytes: number;
  /** Bytes a parser may look at to read the headers. Default 16 MiB. */
  readonly maxHeaderBytes: number;
  /** Bytes of metadata returned from one code stream. Default 64 MiB. */
  readonly maxMetadataBytes: number;
  /** Bytes of one encoded file that is read whole. Default 2 GiB. */
  readonly maxEncodedBytes: number;
  /** Scans of one image: progressive JPEG. Default 500. */
  readonly maxScans: number;
  /** Pixels times scans of one image. Default 2·10^10. */
  readonly maxScanPixels: number;
  /** Scratch bytes a backend may take for one sample. Default 2 GiB. */
  readonly maxScratchBytes: number;
  /** Samples planned at once. Default 256. */
  readonly windowItems: number;
  /** Decoded bytes a stream holds at once, a single larger sample excepted. Default 256 MiB. */
  readonly windowBytes: number;
}

export const DEFAULT_LIMITS: Limits = Object.freeze({
  maxPixels: 268_402_689,
  maxImages: 65_535,
  maxDecodedBytes: 2 ** 31,
  maxHeaderBytes: 2 ** 24,
  maxMetadataBytes: 2 ** 26,
  maxEncodedBytes: 2 ** 31,
  maxScans: 500,
  maxScanPixels: 2e10,
  maxScratchBytes: 2 ** 31,
  windowItems: 256,
  windowBytes: 2 ** 28,
});

/** Throws `CodecError("LIMIT_EXCEEDED")` when the headers alone say that the image is larger than allowed. */
export function checkInfo(info: CodeStreamInfo, limits: Limits): void {
  const pixels = info.width * info.height;
  if (pixels > limits.maxPixels) {
    throw new CodecError(
      "LIMIT_EXCEEDED",
      `${info.width}x${info.height} is ${pixels} pixels, maxPixels allows ${limits.maxPixels}`,
    );
  }
  if (info.numImages > limits.maxImages) {
    throw new CodecError("LIMIT_EXCEEDED", `${info.numImages} images, maxImages allows ${limits.maxImages}`);
  }
}

/** Throws `CodecError("LIMIT_EXCEEDED")` when the encoded data, which is read whole, is larger than allowed. */
export function checkEncodedBytes(bytes: number | undefined, limits: Limits): void {
  if (bytes !== undefined && bytes > limits.maxEncodedBytes) {
    throw new CodecError("LIMIT_EXCEEDED", `${bytes} encoded bytes, maxEncodedBytes allows ${limits.maxEncodedBytes}`);
  }
}

/** Throws `CodecError("LIMIT_EXCEEDED")` when the pixels to be produced take more memory than allowed. */
export function checkDecodedBytes(bytes: number, limits: Limits): void {
  if (bytes > limits.maxDecodedBytes) {
    throw new CodecError(
      "LIMIT_EXCEEDED",
      `the picture takes ${bytes} bytes, maxDecodedBytes allows ${limits.maxDecodedBytes}`,
    );
  }
}
