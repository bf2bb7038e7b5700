/** What became of each file: a line of NDJSON on standard output, or a message on standard error if it failed. */
import { basename } from "node:path";
import { type Attempt, PolycodecError } from "@polycodec/core";
import { EXIT_OK, EXIT_SOME_FAILED } from "./exit-status.js";
import type { Progress } from "./progress.js";

/** One file's result; its fields besides these are the command's own. `--json` prints it as it is. */
export interface Item {
  readonly file: string;
  readonly ok: boolean;
  readonly error?: Failure;
}

export interface Failure {
  /** A Polycodec error's code, or the system's. */
  readonly code: string;
  readonly message: string;
  /** What each backend had to say. */
  readonly attempts?: readonly Attempt[];
}

export class Report<T extends Item> {
  /** All items in the order they came; `--json` has printed them already. */
  readonly items: T[] = [];
  #failed = 0;

  constructor(
    private readonly json: boolean,
    private readonly progress?: Progress,
  ) {}

  add(item: T): void {
    this.items.push(item);
    if (!item.ok) this.#failed++;
    this.progress?.advance(basename(item.file), item.ok);
    if (this.json) {
      process.stdout.write(`${JSON.stringify(item)}\n`);
    } else if (item.error) {
      this.progress?.clear();
      process.stderr.write(`${inFull(item.file, item.error.message)}\n`);
    }
  }

  get failed(): number {
    return this.#failed;
  }

  get exitStatus(): number {
    return this.#failed > 0 ? EXIT_SOME_FAILED : EXIT_OK;
  }
}

/** Core's messages begin with the file's name; its path tells more. */
function inFull(file: string, message: string): string {
  const name = basename(file);
  return message.startsWith(name) ? file + message.slice(name.length) : `${file}: ${message}`;
}

export function failure(error: unknown): Failure {
  if (!(error instanceof Error)) return { code: "ERR_POLYCODEC_FAILED", message: String(error) };
  const code = (error as NodeJS.ErrnoException).code ?? "ERR_POLYCODEC_FAILED";
  const attempts =
    error instanceof PolycodecError && "attempts" in error ? (error.attempts as readonly Attempt[]) : undefined;
  return { code, message: error.message, ...(attempts && attempts.length > 0 ? { attempts } : {}) };
}
