/**
 * The urgency bench: `node dist-test/bench/urgency.js [class…]`. Somebody who waits for one picture must not wait for
 * the batch that is running: an interactive call of one image, while a batch of images of the same size keeps all
 * threads busy, takes at most 2.5 times what it takes alone, plus 5 ms (95th percentile). The exit status is 1 when
 * the bar is missed.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { type DecodeOptions, Decoder, type Image } from "@polycodec/core";
import "@polycodec/ext-cpu";
import { type ClassName, classNames } from "./classes.js";
import { makeClass } from "./make-class.js";
import { median, percentile } from "./statistics.js";

/** How many images the batch has; when it is done another begins, and it is cut short when enough has been measured. */
const BATCH: Partial<Record<ClassName, number>> = { inet: 10_000, "1080p": 3000, "12mp": 1000 };
const PROBES: Partial<Record<ClassName, number>> = { inet: 400, "1080p": 150, "12mp": 60 };
/** A batch as one call of `decode` would not fit into memory: it is as many calls as this makes necessary. */
const HELD_BYTES = 512 << 20;
const INTERACTIVE: DecodeOptions = { urgency: "interactive" };

type Batch = (
  decoder: Decoder,
  paths: readonly string[],
  pixels: number,
  count: () => void,
  isOver: () => boolean,
) => Promise<void>;

const batches: Readonly<Record<string, Batch>> = {
  async decode(decoder, paths, pixels, count, isOver) {
    const most = Math.max(4, Math.floor(HELD_BYTES / (pixels * 3)));
    for (let start = 0; start < paths.length && !isOver(); start += most) {
      for (const result of await decoder.decode(paths.slice(start, start + most))) {
        if (result.status === "rejected") throw result.reason;
        result.value.release();
        count();
      }
    }
  },
  async decodeStream(decoder, paths, _, count, isOver) {
    for await (const { result } of decoder.decodeStream(paths)) {
      if (result.status === "rejected") throw result.reason;
      result.value.release();
      count();
      if (isOver()) break;
    }
  },
};

async function timed(work: () => Promise<Image>): Promise<number> {
  const start = performance.now();
  const image = await work();
  const took = performance.now() - start;
  image.release();
  return took;
}

/** Milliseconds of `count` interactive calls, with pauses that keep them out of step with the batch. */
async function probe(decoder: Decoder, paths: readonly string[], count: number): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    times.push(await timed(() => decoder.decode(paths[i % paths.length]!, INTERACTIVE)));
    await sleep(1 + ((i * 7) % 13));
  }
  return times;
}

async function main(): Promise<void> {
  const wanted = process.argv.slice(2);
  const unknown = wanted.find((name) => BATCH[name as ClassName] === undefined);
  if (unknown !== undefined)
    throw new Error(`${unknown}: expected ${classNames.filter((name) => BATCH[name]).join(", ")}`);
  for (const name of (wanted.length > 0 ? wanted : ["inet", "12mp"]) as ClassName[]) {
    const { pictures, title, width, height } = await makeClass(name);
    const files = pictures.map(({ path }) => path);
    const paths = Array.from({ length: BATCH[name]! }, (_, i) => files[i % files.length]!);
    for (const [method, run] of Object.entries(batches)) {
      using decoder = new Decoder();
      await probe(decoder, files, 10);
      const solo = median(await probe(decoder, files, Math.min(PROBES[name]!, 60)));
      let isOver = false;
      let done = 0;
      const begun = performance.now();
      const running = async () => {
        while (!isOver)
          await run(
            decoder,
            paths,
            width * height,
            () => done++,
            () => isOver,
          );
      };
      const batch = running();
      // Until memory that was never touched before is none any more: the system takes longer to give it than a decode takes.
      while (done * width * height * 3 < 3 * HELD_BYTES && performance.now() - begun < 20_000) await sleep(20);
      const warm = done;
      const times = await probe(decoder, files, PROBES[name]!);
      isOver = true;
      await batch;
      const bar = 2.5 * solo + 5;
      const p95 = percentile(times, 0.95);
      if (p95 > bar) process.exitCode = 1;
      console.log(
        `${p95 > bar ? "MISSED" : "met   "} ${p95.toFixed(2)} ms, at most ${bar.toFixed(2)} ms: one image of ${title} beside a batch of ${method}; alone ${solo.toFixed(2)} ms, in the middle ${median(times).toFixed(2)} ms, longest ${Math.max(...times).toFixed(2)} ms; ${done - warm} images of batches done meanwhile`,
      );
    }
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 2;
});
