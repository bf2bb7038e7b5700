/** Numbers that stand in TypeScript and in C are the same numbers. */
import test from "ava";
import {
  CHROMA_SUBSAMPLINGS,
  COLOR_SPECS,
  METADATA_KINDS,
  RESIZE_FILTERS,
  SAMPLE_DATA_TYPES,
  SAMPLE_FORMATS,
} from "#core/enums.js";
import { runtime } from "#core/runtime/load-addon.js";
import {
  DECODE_FIELDS,
  ENCODE_FIELDS,
  OUTCOME_FIELDS,
  TENSOR_FIELDS,
  TRANSFORM_FIELDS,
} from "#core/runtime/task-fields.js";
import { ProcessingStatus } from "#core/status.js";

const places = (list: readonly string[]) => Object.fromEntries(list.map((name, i) => [name, i]));

test("every enum and every list of fields is the same in TypeScript and in C", (t) => {
  t.deepEqual(runtime().tables(), {
    ProcessingStatus: { ...ProcessingStatus },
    SampleDataType: places(SAMPLE_DATA_TYPES),
    SampleFormat: places(SAMPLE_FORMATS),
    ColorSpec: places(COLOR_SPECS),
    ChromaSubsampling: places(CHROMA_SUBSAMPLINGS),
    // The kinds after COMMENT are not written by native encoders.
    MetadataKind: places(METADATA_KINDS.slice(0, 6)),
    ResizeFilter: places(RESIZE_FILTERS),
    DECODE_FIELDS: places(DECODE_FIELDS),
    ENCODE_FIELDS: places(ENCODE_FIELDS),
    TRANSFORM_FIELDS: places(TRANSFORM_FIELDS),
    TENSOR_FIELDS: places(TENSOR_FIELDS),
    OUTCOME_FIELDS: places(OUTCOME_FIELDS),
  });
});
