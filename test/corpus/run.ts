/**
 * Every corpus file in a format that we have a codec for, against the manifest: a table by format and by named suite.
 * The files are decoded in child processes, so that a crash is one file's fault and the others go on.
 *
 *     node dist-test/test/corpus/run.js                   all of them; exit status 1 if any is not as it must be
 *     node dist-test/test/corpus/run.js --format png      of one format
 *     node dist-test/test/corpus/run.js --file NAME       those whose path holds NAME, each with what became of it
 */
import { type ChildProcess, fork } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { type CorpusFile, files, folder } from "../corpus.js";
import type { Finding } from "./check.js";
import { isRegistered } from "./codecs.js";
import { failures, report } from "./report.js";

/** A file that takes longer hangs. The largest take seconds on one core. */
const HANG_MS = 120_000;

export const checkable: readonly CorpusFile[] = files.filter(isRegistered);

/** Checks the files in `children` processes at a time. */
export async function runCorpus(
  work: readonly CorpusFile[],
  children = Math.min(4, availableParallelism()),
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  // Large files first, so that no child is left with one at the end.
  const queue = [...work].sort((a, b) => a.width * a.height - b.width * b.height);
  await Promise.all(Array.from({ length: Math.min(children, work.length) }, () => serve(queue, findings)));
  return findings;
}

/** One child after the other, until the queue is empty: a child lives until it crashes or hangs. */
async function serve(queue: CorpusFile[], findings: Finding[]): Promise<void> {
  let child = start();
  for (let next = queue.pop(); next; next = queue.pop()) {
    const answer = await ask(child, next.path);
    if (typeof answer === "string") {
      findings.push({ path: next.path, outcome: "wrong", detail: answer, references: 0, ms: 0 });
      child = start();
    } else {
      findings.push(answer);
    }
  }
  child.disconnect();
}

function start(): ChildProcess {
  return fork(fileURLToPath(new URL("child.js", import.meta.url)), { stdio: ["ignore", "inherit", "inherit", "ipc"] });
}

/** What the child found, or how it died. */
function ask(child: ChildProcess, path: string): Promise<Finding | string> {
  return new Promise((resolve) => {
    let hung = false;
    const watchdog = setTimeout(() => {
      hung = true;
      child.kill("SIGKILL");
    }, HANG_MS);
    const settle = (answer: Finding | string) => {
      clearTimeout(watchdog);
      child.off("message", settle);
      child.off("exit", onExit);
      resolve(answer);
    };
    const onExit = (code: number | null, signal: string | null) =>
      settle(hung ? "HANG" : `CRASH (${signal ?? `exit status ${code}`})`);
    child.on("message", settle);
    child.on("exit", onExit);
    child.send(path);
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (files.length === 0) {
    console.error(`no corpus at ${folder}; set POLYCODEC_CORPUS`);
    process.exit(2);
  }
  const option = (name: string) =>
    process.argv.includes(name) ? process.argv[process.argv.indexOf(name) + 1] : undefined;
  const [format, name] = [option("--format"), option("--file")];
  const work = checkable.filter(
    (file) => (format === undefined || file.format === format) && (name === undefined || file.path.includes(name)),
  );
  const findings = await runCorpus(work);
  if (name !== undefined) {
    for (const { path, outcome, detail, ms } of findings)
      console.log(`${path}: ${outcome} ${detail} ${ms.toFixed(0)} ms`);
  }
  console.log(report(findings));
  process.exitCode = failures(findings).length > 0 ? 1 : 0;
}
