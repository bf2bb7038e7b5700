/** Errors: every status has a code, every code a meaning, and a sample's error tells of every backend. */
import test from "ava";
import {
  ArgumentRangeError,
  ArgumentTypeError,
  CodecError,
  codeOf,
  DecodeError,
  EncodeError,
  ERROR_CODES,
  type ErrorCode,
  PolycodecError,
  SampleError,
} from "#core/errors.js";
import { tellingOf } from "#core/schedule/decode-batch.js";
import { isAboutTheRequest, ProcessingStatus, statusOf } from "#core/status.js";

const statuses = Object.keys(ProcessingStatus) as ProcessingStatus[];

test("every status leads to a code that exists", (t) => {
  for (const status of statuses) t.true(codeOf(status) in ERROR_CODES, status);
  t.is(codeOf("IMAGE_TRUNCATED"), "ERR_POLYCODEC_TRUNCATED");
  t.is(codeOf("ROI_UNSUPPORTED"), "ERR_POLYCODEC_UNSUPPORTED");
});

test("codes have one spelling, and a sentence each", (t) => {
  for (const [code, meaning] of Object.entries(ERROR_CODES)) {
    t.regex(code, /^ERR_POLYCODEC_[A-Z_]+$/);
    t.true(meaning.length > 10, code);
  }
  t.true(Object.isFrozen(ERROR_CODES));
});

test("statuses have numbers of their own, read back by statusOf, and bit 1 tells requests from samples", (t) => {
  t.is(new Set(Object.values(ProcessingStatus)).size, statuses.length);
  for (const status of statuses) {
    t.is(statusOf(ProcessingStatus[status]), status);
    t.is(ProcessingStatus[status] & 1, 1, status);
  }
  t.is(statusOf(12_345), "FAIL");
  t.deepEqual(statuses.filter(isAboutTheRequest), [
    "COLOR_SPEC_UNSUPPORTED",
    "ORIENTATION_UNSUPPORTED",
    "ROI_UNSUPPORTED",
    "SAMPLING_UNSUPPORTED",
    "SAMPLE_TYPE_UNSUPPORTED",
    "SAMPLE_FORMAT_UNSUPPORTED",
    "NUM_IMAGES_UNSUPPORTED",
    "SCALE_UNSUPPORTED",
    "NUM_CHANNELS_UNSUPPORTED",
    "QUALITY_TYPE_UNSUPPORTED",
    "QUALITY_VALUE_UNSUPPORTED",
    "TILING_UNSUPPORTED",
  ]);
});

test("argument errors are TypeError and RangeError with a code", (t) => {
  const type = new ArgumentTypeError("x");
  const range = new ArgumentRangeError("x");
  t.true(type instanceof TypeError);
  t.true(range instanceof RangeError);
  t.deepEqual(
    [type.code, range.code, type.name, range.name],
    ["ERR_POLYCODEC_INVALID_ARGUMENT", "ERR_POLYCODEC_OUT_OF_RANGE", "TypeError", "RangeError"],
  );
});

test("a CodecError keeps its status and gets the code that goes with it", (t) => {
  const cause = new Error("inner");
  const error = new CodecError("IMAGE_CORRUPTED", "row 3", { cause });
  t.true(error instanceof PolycodecError);
  t.deepEqual(
    [error.name, error.status, error.code, error.cause],
    ["CodecError", "IMAGE_CORRUPTED", "ERR_POLYCODEC_CORRUPTED", cause],
  );
});

test("a sample's error has a line for each backend, and its stack begins with it", (t) => {
  const error = new DecodeError("ERR_POLYCODEC_CORRUPTED", "a.jpg: no backend could decode it", [
    { backend: "one", status: "ROI_UNSUPPORTED" },
    { backend: "two", status: "IMAGE_CORRUPTED", message: "row 112 of 400" },
  ]);
  t.true(error instanceof SampleError && error instanceof PolycodecError);
  t.is(
    error.message,
    "a.jpg: no backend could decode it\n  one              ROI_UNSUPPORTED\n  two              IMAGE_CORRUPTED: row 112 of 400",
  );
  t.is(error.name, "DecodeError");
  t.is(new EncodeError("ERR_POLYCODEC_FAILED", "x", []).message, "x");
  t.true(error instanceof DecodeError && !(error instanceof EncodeError));
});

test("the attempt that got as far as the bytes decides the code; among refusals the last", (t) => {
  const code = (...list: ProcessingStatus[]): ErrorCode =>
    codeOf(tellingOf(list.map((status) => ({ backend: "b", status }))).status);
  t.is(code("IMAGE_CORRUPTED", "ENCODING_UNSUPPORTED"), "ERR_POLYCODEC_CORRUPTED");
  t.is(code("ROI_UNSUPPORTED", "SCALE_UNSUPPORTED"), "ERR_POLYCODEC_UNSUPPORTED");
  t.is(code("FAIL", "IMAGE_TRUNCATED"), "ERR_POLYCODEC_TRUNCATED");
});
