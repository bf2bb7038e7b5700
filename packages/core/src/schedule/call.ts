/** One user's call: its urgency, its threads, and how it is called off. */
import { PolycodecError } from "../errors.js";
import { runtime } from "../runtime/load-addon.js";
import type { NativeExecution } from "../runtime/native-backend.js";
import type { CallHandle } from "../runtime/runtime.js";

/** What backends may use for a call, and the way to cancel it. */
export class Call implements NativeExecution {
  #handle: CallHandle | undefined;
  /** Aborted when the user's signal is, and when the user has stopped listening. */
  readonly #controller = new AbortController();
  readonly #users: AbortSignal | undefined;
  #deadline: NodeJS.Timeout | undefined;
  readonly #running: string[] = [];
  /** Is a backend still at work that nobody waits for any more? */
  hasGivenUp = false;
  readonly #abort = () => this.cancel(this.#users!.reason);

  constructor(
    readonly threads: number,
    readonly maxScratchBytes: number,
    readonly urgency: "interactive" | "batch",
    users: AbortSignal | undefined,
    /** Milliseconds; 0: none. */
    deadlineMs: number,
    /** A backend that has not returned after so many milliseconds is given up; 0: never. */
    readonly watchdogMs: number,
  ) {
    users?.throwIfAborted();
    this.#users = users;
    users?.addEventListener("abort", this.#abort, { once: true });
    if (deadlineMs > 0) this.#deadline = setTimeout(() => this.cancel(this.#timeout(deadlineMs)), deadlineMs);
  }

  /** Runs a chunk, and knows meanwhile on whom the call waits. */
  async on<T>(backend: string, run: () => Promise<T>): Promise<T> {
    this.#running.push(backend);
    try {
      return await run();
    } finally {
      this.#running.splice(this.#running.indexOf(backend), 1);
    }
  }

  #timeout(ms: number): PolycodecError {
    const names = [...new Set(this.#running)].join(", ");
    return new PolycodecError(
      "ERR_POLYCODEC_TIMEOUT",
      `not done within ${ms} ms${names ? `; ${names} had not returned` : ""}`,
    );
  }

  /** What backends look at: the call's own, not the user's. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /**
   * The runtime's side of the call; made when a native backend asks for it, so that backends in TypeScript work where
   * the runtime does not load.
   */
  get call(): CallHandle {
    if (this.#handle) return this.#handle;
    this.#handle = runtime().openCall({ urgency: this.urgency });
    if (this.signal.aborted) runtime().cancelCall(this.#handle);
    return this.#handle;
  }

  /** Calls everything off that is not done. */
  cancel(reason?: unknown): void {
    this.#controller.abort(reason);
    if (this.#handle) runtime().cancelCall(this.#handle);
  }

  /** A backend that runs a chunk of this call hangs: its threads are replaced until it returns. */
  giveUp(): void {
    this.hasGivenUp = true;
    if (this.#handle) runtime().giveUpCall(this.#handle);
  }

  /** Nothing more will be asked of the call: lets go of the user's signal, which may outlive many calls. */
  end(): void {
    this.#users?.removeEventListener("abort", this.#abort);
    clearTimeout(this.#deadline);
  }

  /** Settles as `work` does, but rejects with the signal's reason at once when it is aborted; the work winds down by itself. */
  async until<T>(work: Promise<T>): Promise<T> {
    const { signal } = this;
    if (!this.#users && !this.#deadline) return work;
    work.catch(() => undefined); // its rejection is of no interest after an abort
    signal.throwIfAborted();
    let abort: (() => void) | undefined;
    const aborted = new Promise<never>((_, reject) => {
      abort = () => reject(signal.reason);
      signal.addEventListener("abort", abort, { once: true });
    });
    try {
      return await Promise.race([work, aborted]);
    } finally {
      signal.removeEventListener("abort", abort!);
    }
  }

  /** The same for the whole of a call's work. */
  async whole<T>(work: Promise<T>): Promise<T> {
    try {
      return await this.until(work);
    } finally {
      this.end();
    }
  }
}
