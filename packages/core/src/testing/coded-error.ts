import assert from "node:assert/strict";
import { PolycodecError } from "../errors.js";

/** Asserts that an error is one that users may see: ours, with a code. */
export function assertCoded(error: unknown): true {
  assert.ok(
    error instanceof PolycodecError && error.code.startsWith("ERR_POLYCODEC_"),
    String((error as Error)?.stack ?? error),
  );
  return true;
}
