/** The errors users see. Each has a stable `code`; `docs/errors.md` lists them, and a test compares the two. */
import type { ProcessingStatus } from "./status.js";

/** Every code, and whose turn it is: the caller's argument, the file, the caller's limits, a missing backend, or us. */
export const ERROR_CODES = Object.freeze({
  ERR_POLYCODEC_INVALID_ARGUMENT: "an argument has the wrong type or value",
  ERR_POLYCODEC_UNKNOWN_OPTION: "an option has a name that nothing reads",
  ERR_POLYCODEC_OUT_OF_RANGE: "an argument is outside its range",
  ERR_POLYCODEC_IMAGE_BUSY: "the image is being written by a decode",
  ERR_POLYCODEC_IMAGE_RELEASED: "the image's memory has been released",
  ERR_POLYCODEC_IMAGE_ON_DEVICE: "the image's pixels are in a device's memory, where JavaScript cannot read them",
  ERR_POLYCODEC_SYNC_UNSUPPORTED: "a backend has no blocking form",
  ERR_POLYCODEC_CLOSED: "the decoder or encoder has been closed",
  ERR_POLYCODEC_UNKNOWN_CODEC: "no registered parser recognises the bytes, or no codec has this name",
  ERR_POLYCODEC_NO_BACKEND: "no registered backend takes the sample",
  ERR_POLYCODEC_BACKEND_UNAVAILABLE: "a backend cannot work on this machine",
  ERR_POLYCODEC_UNSUPPORTED: "every backend refuses what the file holds or what was asked of it",
  ERR_POLYCODEC_CORRUPTED: "the bytes break the format's rules",
  ERR_POLYCODEC_TRUNCATED: "the coded data ends before the picture does",
  ERR_POLYCODEC_LIMIT_EXCEEDED: "the sample would cost more than the limits allow",
  ERR_POLYCODEC_TIMEOUT: "the call's deadline has passed",
  ERR_POLYCODEC_IO: "a file cannot be read or written",
  ERR_POLYCODEC_FILE_EXISTS: "the output file exists and may not be overwritten",
  ERR_POLYCODEC_OUT_OF_MEMORY: "memory could not be had",
  ERR_POLYCODEC_DEVICE: "there is no such CUDA device, or it failed",
  ERR_POLYCODEC_FAILED: "a backend failed for a reason of its own",
  ERR_POLYCODEC_INVALID_EXTENSION: "an extension's shape or version is wrong",
  ERR_POLYCODEC_DUPLICATE: "two backends or parsers have the same name",
  ERR_POLYCODEC_RUNTIME_UNAVAILABLE: "the native runtime cannot be loaded on this platform",
} as const);
export type ErrorCode = keyof typeof ERROR_CODES;

/** What all errors of Polycodec have in common: a stable code. */
export class PolycodecError extends Error {
  override readonly name: string = "PolycodecError";
  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** An argument of the wrong type: a `TypeError` with a code. */
export class ArgumentTypeError extends TypeError {
  override readonly name = "TypeError";
  constructor(
    message: string,
    readonly code: ErrorCode = "ERR_POLYCODEC_INVALID_ARGUMENT",
  ) {
    super(message);
  }
}

/** An argument outside its range: a `RangeError` with a code. */
export class ArgumentRangeError extends RangeError {
  override readonly name = "RangeError";
  constructor(
    message: string,
    readonly code: ErrorCode = "ERR_POLYCODEC_OUT_OF_RANGE",
  ) {
    super(message);
  }
}

/** What a parser or a backend throws about one sample. Core turns it into an outcome; users find it as a `cause`. */
export class CodecError extends PolycodecError {
  override readonly name = "CodecError";
  constructor(
    readonly status: Exclude<ProcessingStatus, "SUCCESS">,
    message: string,
    options?: ErrorOptions,
  ) {
    super(codeOf(status), message, options);
  }
}

/** What one backend made of a sample. */
export interface Attempt {
  readonly backend: string;
  readonly status: ProcessingStatus;
  readonly message?: string;
}

/** A sample that could not be decoded or encoded, with what every backend that was asked had to say. */
export class SampleError extends PolycodecError {
  constructor(
    code: ErrorCode,
    message: string,
    readonly attempts: readonly Attempt[],
    options?: ErrorOptions,
  ) {
    super(code, attempts.length === 0 ? message : `${message}\n${attempts.map(line).join("\n")}`, options);
  }
}
export class DecodeError extends SampleError {
  override readonly name = "DecodeError";
}
export class EncodeError extends SampleError {
  override readonly name = "EncodeError";
}

function line({ backend, status, message }: Attempt): string {
  return `  ${backend.padEnd(16)} ${status}${message ? `: ${message}` : ""}`;
}

/** The code that tells whose turn it is, for a sample that ended with this status. */
export function codeOf(status: ProcessingStatus): ErrorCode {
  switch (status) {
    case "IMAGE_CORRUPTED":
      return "ERR_POLYCODEC_CORRUPTED";
    case "IMAGE_TRUNCATED":
      return "ERR_POLYCODEC_TRUNCATED";
    case "LIMIT_EXCEEDED":
      return "ERR_POLYCODEC_LIMIT_EXCEEDED";
    case "OUT_OF_MEMORY":
      return "ERR_POLYCODEC_OUT_OF_MEMORY";
    case "IO_ERROR":
      return "ERR_POLYCODEC_IO";
    case "CODEC_UNSUPPORTED":
      return "ERR_POLYCODEC_UNKNOWN_CODEC";
    case "BACKEND_UNSUPPORTED":
      return "ERR_POLYCODEC_BACKEND_UNAVAILABLE";
    case "SUCCESS":
    case "FAIL":
    case "CANCELLED":
      return "ERR_POLYCODEC_FAILED";
    default:
      return "ERR_POLYCODEC_UNSUPPORTED";
  }
}
