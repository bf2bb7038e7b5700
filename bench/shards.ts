/**
 * What a second worker process brings: `node dist-test/bench/shards.js [class] [pictures]`. The same folder of JPEGs
 * (1920×1080 by default) is written into shards by one worker and by two, one thread each, in alternating runs; the figure
 * is the ratio of the medians. One worker is measured on one core (a worker's JavaScript thread would otherwise use some of
 * the second) and on both. The time is that of the whole run: starting the workers (0.3 s, which enough pictures outweigh),
 * planning, committing. Shards go to memory where there is a file system in it, so that the disk is not measured. The exit
 * status is 1 when the bar is missed.
 */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { localLauncher, shardFolder } from "@polycodec/dataset";
import "@polycodec/ext-cpu";
import { makeClass } from "./make-class.js";
import { median } from "./statistics.js";

const BAR = 1.7;
const [name = "1080p", count = "900"] = process.argv.slice(2);
const PICTURES = Number(count);
const ROUNDS = 3;

const MEMORY = "/dev/shm";
const folder = await mkdtemp(join(existsSync(MEMORY) ? MEMORY : tmpdir(), "polycodec-bench-shards-"));
try {
  const source = join(folder, "source");
  await mkdir(source);
  const { pictures } = await makeClass(name as Parameters<typeof makeClass>[0]);
  for (let i = 0; i < PICTURES; i++) {
    await copyFile(pictures[i % pictures.length]!.path, join(source, `${String(i).padStart(6, "0")}.jpg`));
  }
  process.env.POLYCODEC_THREADS = "1"; // Of each worker.
  const settings = [
    { title: "1 worker, 1 core ", workers: 1, cores: "0", times: [] as number[] },
    { title: "1 worker, 2 cores", workers: 1, cores: "0,1", times: [] as number[] },
    { title: "2 workers        ", workers: 2, cores: "0,1", times: [] as number[] },
  ];
  for (let round = 0; round < ROUNDS; round++) {
    for (const { workers, cores, times } of settings) {
      // Of all threads of this process; its children inherit it.
      execFileSync("taskset", ["-a", "-c", "-p", cores, String(process.pid)]);
      times.push(await run(source, join(folder, "out"), workers));
    }
  }
  for (const { title, times } of settings) {
    const all = times.map((time) => time.toFixed(2)).join(" ");
    console.log(`${title}  ${(PICTURES / median(times)).toFixed(0)} pictures/s  (${all} s)`);
  }
  const [one, oneOfTwo, two] = settings.map(({ times }) => median(times)) as [number, number, number];
  const ratio = one / two;
  console.log(
    `two workers: ${ratio.toFixed(2)} × one on a core of its own (bar ${BAR}), ${(oneOfTwo / two).toFixed(2)} × one on both`,
  );
  process.exitCode = ratio >= BAR ? 0 : 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function run(source: string, output: string, workers: number): Promise<number> {
  const start = performance.now();
  await shardFolder({
    source,
    output,
    imagesPerTar: 20,
    imports: [import.meta.resolve("@polycodec/ext-cpu")],
    launcher: localLauncher({ workers }),
  });
  const time = (performance.now() - start) / 1000;
  await rm(output, { recursive: true });
  return time;
}
