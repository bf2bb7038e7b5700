/** What the kill tests run and kill: a process that shards a folder over a queue with short times. Orders come as JSON. */

import { shardFolder } from "@polycodec/dataset";
import { bullmqLauncher } from "@polycodec/dataset/bullmq";
import "polycodec";
import "./slow-fake-decoder.js";

export interface Orders {
  readonly source: string;
  readonly output: string;
  readonly imagesPerTar: number;
  readonly redis: string;
  readonly workers: number;
}

const { source, output, imagesPerTar, redis, workers } = JSON.parse(process.argv[2]!) as Orders;
process.on("SIGTERM", () => process.exit(1));
const summary = await shardFolder({
  source,
  output,
  imagesPerTar,
  imports: [import.meta.resolve("polycodec"), import.meta.resolve("./slow-fake-decoder.js")],
  // Many attempts: it is the workers that are killed here, not tasks that kill their workers.
  launcher: bullmqLauncher({ redis, workers, attempts: 100, backoffMs: 50, lockMs: 2000, pollMs: 200 }),
});
process.stdout.write(`${JSON.stringify(summary)}\n`);
process.exit(0);
