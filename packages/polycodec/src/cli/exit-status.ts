/** How the process ends. */
export const EXIT_OK = 0;
/** The work was done as far as possible; some files failed. */
export const EXIT_SOME_FAILED = 1;
/** Nothing was done: the command line asks for something that cannot be. */
export const EXIT_USAGE = 2;
/** Stopped by SIGINT: 128 + 2, as shells have it. */
export const EXIT_INTERRUPTED = 130;

/** The command line's fault: shown as its message alone, exit status 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
