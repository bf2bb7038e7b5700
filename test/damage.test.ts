/** A fixed share of the damage cases, a tenth of the JPEGs'; `npm run corpus:damage` runs all. */
import { jpegs } from "./corpus.js";
import { corpusTest } from "./corpus-test.js";
import { report, runDamage, workOn } from "./damage/run.js";

corpusTest("damaged files give an outcome within 5 s, without crash or hang", async (t) => {
  t.timeout(900_000);
  const work = workOn(false);
  const expected = work.reduce((sum, { cases }) => sum + cases.length, 0);
  t.true(expected >= jpegs.length * 24);
  const totals = await runDamage(work);
  t.log(report(totals));
  t.deepEqual(totals.faults, []);
  t.is(totals.cases, expected);
  t.is(
    Object.values(totals.outcomes).reduce((sum, n) => sum + n, 0),
    expected,
  );
});
