/**
 * What became of one sample: a closed set whose numbers are those of `polycodec_status` in `polycodec.h` (a test
 * compares the two). Bits 0 and 1 both set: the sample cannot be processed at all. Bit 0 alone: another request of
 * the same bytes may succeed, so core offers the backend a plainer task.
 */
export const ProcessingStatus = Object.freeze({
  SUCCESS: 0x1,
  FAIL: 0x3,
  IMAGE_CORRUPTED: 0x7,
  CODEC_UNSUPPORTED: 0xb,
  BACKEND_UNSUPPORTED: 0x13,
  ENCODING_UNSUPPORTED: 0x23,
  RESOLUTION_UNSUPPORTED: 0x43,
  CODESTREAM_UNSUPPORTED: 0x83,
  IMAGE_TRUNCATED: 0x103,
  LIMIT_EXCEEDED: 0x203,
  CANCELLED: 0x403,
  OUT_OF_MEMORY: 0x803,
  IO_ERROR: 0x1003,

  COLOR_SPEC_UNSUPPORTED: 0x5,
  ORIENTATION_UNSUPPORTED: 0x9,
  ROI_UNSUPPORTED: 0x11,
  SAMPLING_UNSUPPORTED: 0x21,
  SAMPLE_TYPE_UNSUPPORTED: 0x41,
  SAMPLE_FORMAT_UNSUPPORTED: 0x81,
  NUM_IMAGES_UNSUPPORTED: 0x101,
  SCALE_UNSUPPORTED: 0x201,
  NUM_CHANNELS_UNSUPPORTED: 0x401,
  QUALITY_TYPE_UNSUPPORTED: 0x801,
  QUALITY_VALUE_UNSUPPORTED: 0x1001,
  TILING_UNSUPPORTED: 0x2001,
} as const);
export type ProcessingStatus = keyof typeof ProcessingStatus;

const names = new Map(Object.entries(ProcessingStatus).map(([name, value]) => [value, name as ProcessingStatus]));

/** The status a native backend returned as a number; a number that is none of ours is `"FAIL"`. */
export function statusOf(value: number): ProcessingStatus {
  return names.get(value as never) ?? "FAIL";
}

/** Would a plainer task of the same bytes have a chance? */
export function isAboutTheRequest(status: ProcessingStatus): boolean {
  return status !== "SUCCESS" && (ProcessingStatus[status] & 2) === 0;
}
