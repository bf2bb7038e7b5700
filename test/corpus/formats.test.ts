/** The whole corpus, against the manifest; `npm run corpus` shows the same as a table. */
import { corpusTest } from "../corpus-test.js";
import { failures, report } from "./report.js";
import { checkable, runCorpus } from "./run.js";

corpusTest("every corpus file of a known format is as the manifest says, or a documented exception", async (t) => {
  t.timeout(900_000);
  const findings = await runCorpus(checkable);
  t.log(report(findings));
  t.is(findings.length, checkable.length);
  t.deepEqual(failures(findings), []);
});
