/** A fixed tenth of the damage cases; `npm run corpus:damage` runs all 49,000. */
import { jpegs } from "./corpus.js";
import { corpusTest } from "./corpus-test.js";
import { allFiles, report, runDamage } from "./damage/run.js";

corpusTest("damaged files give an outcome within 5 s, without crash or hang", async (t) => {
  t.timeout(900_000);
  const work = allFiles(false);
  const expected = work.reduce((sum, { cases }) => sum + cases.length, 0);
  t.is(expected, jpegs.length * 24);
  const totals = await runDamage(work);
  t.log(report(totals));
  t.deepEqual(totals.faults, []);
  t.is(totals.cases, expected);
  t.is(
    Object.values(totals.outcomes).reduce((sum, n) => sum + n, 0),
    expected,
  );
});
