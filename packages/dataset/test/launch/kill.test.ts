/** Workers are killed, Redis is restarted, everything is stopped: every image ends up in exactly one shard all the same. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { localStorage } from "@polycodec/dataset";
import test from "ava";
import "polycodec";
import "./slow-fake-decoder.js";
import { surviveKills, TASKS } from "./kill-scenario.js";
import { temporaryFolder } from "./small-images.js";

const KILLS = 30;

test(`${TASKS} tasks into a folder, ${KILLS} workers killed, Redis restarted twice, one full stop`, async (t) => {
  t.timeout(300_000);
  const folder = await temporaryFolder(t);
  const output = join(folder, "out");
  await surviveKills(t, folder, { output, storage: localStorage(output), kills: KILLS });
  // Temporary files have names that the storage does not list.
  t.deepEqual(
    (await readdir(output, { recursive: true })).filter((name) => name.endsWith(".tmp")),
    [],
  );
});
