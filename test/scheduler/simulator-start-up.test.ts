/** The same where calls are dear: in a file of its own, so that it runs beside the other. */
import test from "ava";
import { HINTS, percent, RATIOS, table } from "./adaptive-table.js";

test("mini-batches of 8 and a start-up of 5 ms a call: idle at most 10 %", (t) => {
  const { lines, cells } = table([256, 1024, 4096], { miniBatch: 8, startUpMs: 5 });
  t.log(lines.join("\n"));
  t.is(cells.length, RATIOS.length * HINTS.length * 3);
  for (const { idle, ratio } of cells) {
    t.true(idle >= 0 && idle <= 0.1, percent(idle));
    // The ideal knows no start-up: of the smallest batches, 14 ms long at best, even one call a device takes 1.2.
    t.true(ratio <= 1.25, ratio.toFixed(3));
  }
});
