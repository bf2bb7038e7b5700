/** What is told at the end of everything that has failed. */

export interface FileFailure {
  /** The file that was decoded. */
  readonly file: string;
  /** The file that would have been written, where it came so far. */
  readonly path?: string;
  readonly error: Error;
}

/** Some files have failed; the others have not. */
export class BatchError extends AggregateError {
  override readonly name = "BatchError";
  readonly code = "ERR_POLYCODEC_FAILED";
  constructor(
    /** All of them, in the order in which they failed. */
    readonly failures: readonly FileFailure[],
    /** How many files there were. */
    total: number,
    verb: "decoded" | "written",
  ) {
    const lines = failures.map(({ file, error }) => `  ${file}: ${error.message.split("\n", 1)[0]}`);
    super(
      failures.map(({ error }) => error),
      `${failures.length} of ${total} images could not be ${verb}:\n${lines.join("\n")}`,
    );
  }
}
