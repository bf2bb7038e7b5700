/** One user's call: its urgency, its threads, and how it is called off. */
import type { NativeExecution } from "../runtime/native-backend.js";
import { runtime } from "../runtime/load-addon.js";
import type { CallHandle } from "../runtime/runtime.js";

/** What backends may use for a call, and the way to cancel it. */
export class Call implements NativeExecution {
  #handle: CallHandle | undefined;
  readonly #cancel = () => {
    if (this.#handle) runtime().cancelCall(this.#handle);
  };

  constructor(
    readonly threads: number,
    readonly maxScratchBytes: number,
    readonly urgency: "interactive" | "batch",
    /** `undefined` in all but name: `exactOptionalPropertyTypes` and classes do not go together. */
    readonly signal: AbortSignal = NEVER,
  ) {
    signal.throwIfAborted();
    if (signal !== NEVER) signal.addEventListener("abort", this.#cancel, { once: true });
  }

  /**
   * The runtime's side of the call; made when a native backend asks for it, so that backends in TypeScript work where
   * the runtime does not load.
   */
  get call(): CallHandle {
    if (this.#handle) return this.#handle;
    const handle = runtime().openCall({ urgency: this.urgency });
    this.#handle = handle;
    if (this.signal.aborted) this.#cancel();
    return handle;
  }

  /** Calls everything off that is not done: the user has stopped listening. */
  cancel(): void {
    this.#cancel();
  }

  /** Settles as `work` does, but rejects with the signal's reason at once when it is aborted; the work winds down by itself. */
  async until<T>(work: Promise<T>): Promise<T> {
    if (this.signal === NEVER) return work;
    let abort: (() => void) | undefined;
    const aborted = new Promise<never>((_, reject) => {
      abort = () => reject(this.signal.reason);
      this.signal.addEventListener("abort", abort, { once: true });
    });
    try {
      return await Promise.race([work, aborted]);
    } finally {
      this.signal.removeEventListener("abort", abort!);
      // The runtime's side must still hear of an abort that came while the work was winding down.
      void work.catch(() => undefined).then(() => this.signal.removeEventListener("abort", this.#cancel));
    }
  }
}

/** A signal that is never aborted: the absence of one. */
const NEVER = new AbortController().signal;
