/**
 * The process of one rival: `node child.js DRIVER JOB`. Prints `ready`, encoders `ready BYTES`, then answers each line `run SECONDS` with
 * `done PICTURES SECONDS` after whole passes of at least that time. Ends with its standard input.
 */
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import type { Driver, Job } from "./job.js";

async function main(driverPath: string, jobText: string): Promise<void> {
  const { prepare } = (await import(pathToFileURL(driverPath).href)) as Driver;
  const pass = await prepare(JSON.parse(jobText) as Job);
  // The first passes take memory and warm the caches. V8 compiles what runs once per picture, a few thousand times a
  // second, for some seconds more: a twentieth of the rate on small pictures.
  const warm = performance.now() + 3000;
  do await pass();
  while (performance.now() < warm);
  console.log(["ready", pass.codedBytes].join(" "));
  for await (const line of createInterface({ input: process.stdin })) {
    const limit = Number(line.replace("run ", "")) * 1000;
    const start = performance.now();
    let pictures = 0;
    do pictures += await pass();
    while (performance.now() - start < limit);
    console.log(`done ${pictures} ${((performance.now() - start) / 1000).toFixed(6)}`);
  }
  process.exit(0);
}

const [driverPath, jobText] = process.argv.slice(2);
if (driverPath === undefined || jobText === undefined) throw new Error("usage: child.js DRIVER JOB");
main(driverPath, jobText).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
