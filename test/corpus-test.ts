/** Tests that need the corpus. Where there is none they are skipped, and their titles say so. */
import test, { type ExecutionContext } from "ava";
import { files, folder } from "./corpus.js";

type Body = (t: ExecutionContext) => Promise<void>;

export function corpusTest(title: string, body: Body): void {
  if (files.length > 0) test(title, body);
  else skip(title, body);
}

/** The same beside no other test of its file: for those that measure. */
export function serialCorpusTest(title: string, body: Body): void {
  if (files.length > 0) test.serial(title, body);
  else skip(title, body);
}

function skip(title: string, body: Body): void {
  test.skip(`${title} (no corpus at ${folder}; set POLYCODEC_CORPUS)`, body);
}
