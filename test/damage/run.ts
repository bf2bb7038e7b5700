/**
 * Damage: every corpus file in a format that we have a codec for, cut and garbled in 240 ways, gives an outcome within
 * 5 s, and nothing crashes or hangs. The cases run in child processes, so that a crash is one case's fault and the
 * others go on.
 *
 *     node dist-test/test/damage/run.js                   a tenth of the cases of JPEGs, an eightieth of the others'
 *     node dist-test/test/damage/run.js --all             all of them: for JPEG alone about 49,000
 *     node dist-test/test/damage/run.js --all --format png      all of one format
 *     node dist-test/test/damage/run.js --file NAME --case N    one of them, to look at a fault
 */
import { type ChildProcess, fork } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { isRegistered } from "../corpus/codecs.js";
import { type CorpusFile, files, folder, pathOf, read } from "../corpus.js";
import { chosen, damaged } from "./cases.js";
import type { Finished, Order, Started } from "./child.js";

/** Not the 5 s a case may take, which the child measures, but when a hang is a hang on a slow machine too. */
const HANG_MS = 60_000;

export interface Totals {
  cases: number;
  readonly outcomes: Record<string, number>;
  readonly faults: string[];
  slowestMs: number;
}

interface Work {
  readonly file: CorpusFile;
  readonly cases: readonly number[];
}

/** Runs the cases of all files in `children` processes at a time. */
export async function runDamage(
  work: readonly Work[],
  children = Math.max(1, availableParallelism()),
): Promise<Totals> {
  const totals: Totals = { cases: 0, outcomes: {}, faults: [], slowestMs: 0 };
  // Large files first, so that no child is left with one at the end.
  const queue = [...work].sort((a, b) => a.file.width * a.file.height - b.file.width * b.file.height);
  await Promise.all(Array.from({ length: children }, () => serve(queue, totals)));
  return totals;
}

/** One child after the other, until the queue is empty: a child lives until it crashes or hangs. */
async function serve(queue: Work[], totals: Totals): Promise<void> {
  let child = start();
  for (let next = queue.pop(); next; next = queue.pop()) {
    const { file } = next;
    let { cases } = next;
    while (cases.length > 0) {
      const { finished, last, how } = await ask(child, { path: pathOf(file), format: file.format, cases });
      if (finished) {
        add(totals, file, finished, cases.length);
        break;
      }
      // What the child had done before is lost with it; those outcomes are not counted, but it got that far.
      const at = cases.indexOf(last);
      totals.cases += at + 1;
      totals.outcomes[how] = (totals.outcomes[how] ?? 0) + 1;
      totals.faults.push(`${file.path} ${damaged(read(file), Math.max(last, 0), file.format).what}: ${how}`);
      cases = cases.slice(at + 1);
      child = start();
    }
  }
  child.disconnect();
}

function start(): ChildProcess {
  return fork(fileURLToPath(new URL("child.js", import.meta.url)), { stdio: ["ignore", "inherit", "inherit", "ipc"] });
}

/** Sends an order, and waits until it is done or the child is dead. */
function ask(child: ChildProcess, order: Order): Promise<{ finished?: Finished; last: number; how: string }> {
  return new Promise((resolve) => {
    let last = order.cases[0]!;
    let hung = false;
    const kill = () => {
      hung = true;
      child.kill("SIGKILL");
    };
    let watchdog = setTimeout(kill, HANG_MS);
    const settle = (finished: Finished | undefined, how: string) => {
      clearTimeout(watchdog);
      child.off("message", onMessage);
      child.off("exit", onExit);
      resolve({ ...(finished ? { finished } : {}), last, how });
    };
    const onMessage = (message: Started | Finished) => {
      if (message.kind === "finished") return settle(message, "");
      clearTimeout(watchdog);
      watchdog = setTimeout(kill, HANG_MS);
      last = message.index;
    };
    const onExit = (code: number | null, signal: string | null) =>
      settle(undefined, hung ? "HANG" : `CRASH (${signal ?? `exit status ${code}`})`);
    child.on("message", onMessage);
    child.on("exit", onExit);
    child.send(order);
  });
}

function add(totals: Totals, file: CorpusFile, { outcomes, faults, slowestMs }: Finished, count: number): void {
  totals.cases += count;
  for (const [outcome, n] of Object.entries(outcomes)) totals.outcomes[outcome] = (totals.outcomes[outcome] ?? 0) + n;
  for (const fault of faults) totals.faults.push(`${file.path} ${fault}`);
  totals.slowestMs = Math.max(totals.slowestMs, slowestMs);
}

/** The files that somebody can decode, in the formats that we have a codec for. */
export const damageable: readonly CorpusFile[] = files.filter(
  (file) => isRegistered(file) && file.format !== "unrecognised" && !file.path.startsWith("broken/"),
);

/** The cases of one format's files, or of all: all cases, or those of `npm test`. */
export const workOn = (all: boolean, format?: string): Work[] =>
  damageable
    .filter((file) => format === undefined || file.format === format)
    .map((file, n) => ({ file, cases: chosen(n, all, file.format) }));

/** The table at the end. */
export function report({ cases, outcomes, faults, slowestMs }: Totals): string {
  const lines = Object.entries(outcomes)
    .sort(([, a], [, b]) => b - a)
    .map(([outcome, n]) => `${String(n).padStart(7)}  ${outcome}`);
  return [`${cases} cases, slowest ${Math.round(slowestMs)} ms, ${faults.length} faults`, ...lines, ...faults].join(
    "\n",
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (files.length === 0) {
    console.error(`no corpus at ${folder}; set POLYCODEC_CORPUS`);
    process.exit(2);
  }
  // The last `--format` counts: `npm run corpus:damage -- --format png` gives two.
  const {
    file,
    case: number,
    all,
    format,
  } = parseArgs({
    options: {
      file: { type: "string" },
      case: { type: "string" },
      all: { type: "boolean", default: false },
      format: { type: "string" },
    },
  }).values;
  const formats = new Set(damageable.map((damaged) => damaged.format));
  if (format !== undefined && !formats.has(format)) {
    console.error(`--format ${format}: expected one of ${[...formats].sort().join(", ")}`);
    process.exit(2);
  }
  const work =
    file === undefined
      ? workOn(all, format)
      : damageable
          .filter(({ path }) => path.includes(file))
          .map((found) => ({
            file: found,
            cases: number === undefined ? chosen(0, true, found.format) : [Number(number)],
          }));
  const totals = await runDamage(work);
  console.log(report(totals));
  process.exitCode = totals.faults.length > 0 ? 1 : 0;
}
