#!/usr/bin/env node
/** The command line: one command per file; here is what they share: exit status, interruption, threads. */
import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import "../index.js";
import { addBatch } from "./batch.js";
import { addBench } from "./bench.js";
import { addDecode } from "./decode.js";
import { addDoctor } from "./doctor.js";
import { addEncode } from "./encode.js";
import { EXIT_INTERRUPTED, EXIT_SOME_FAILED, EXIT_USAGE, UsageError } from "./exit-status.js";
import { addInfo } from "./info.js";
import { addShard } from "./shard.js";
import { addSheet } from "./sheet.js";
import { addTranscode } from "./transcode.js";

/** What core throws, rather than settles a sample with, when the options make no sense. */
const USAGE_CODES = new Set([
  "ERR_POLYCODEC_INVALID_ARGUMENT",
  "ERR_POLYCODEC_UNKNOWN_OPTION",
  "ERR_POLYCODEC_OUT_OF_RANGE",
  "ERR_POLYCODEC_UNKNOWN_CODEC",
  "ERR_POLYCODEC_FILE_EXISTS",
]);

const interruption = new AbortController();
process.on("SIGINT", () => {
  // The first stops the work in an orderly way; the second is from somebody who will not wait for it.
  if (interruption.signal.aborted) process.exit(EXIT_INTERRUPTED);
  interruption.abort();
  process.stdin.destroy(); // Somebody may be waiting for it.
});
// `polycodec info … | head`: the reader has seen enough.
process.stdout.on("error", (error: NodeJS.ErrnoException) =>
  process.exit(error.code === "EPIPE" ? 0 : EXIT_SOME_FAILED),
);

await run(process.argv);

async function run(args: readonly string[]): Promise<void> {
  try {
    await commandLine(interruption.signal).parseAsync(args);
    if (interruption.signal.aborted) process.exitCode = EXIT_INTERRUPTED;
  } catch (error) {
    process.exitCode = interruption.signal.aborted ? EXIT_INTERRUPTED : report(error);
  }
}

function commandLine(signal: AbortSignal): Command {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  const program = new Command("polycodec")
    .description(
      "Decode, encode and convert pictures in batches.\n\nExit status: 0 all good, 1 some files failed, 2 usage, 130 interrupted.",
    )
    .version(version)
    .showHelpAfterError("(--help lists the options)")
    .exitOverride()
    .hook("preAction", (_, command) => {
      const { threads } = command.opts<{ threads?: number }>();
      if (threads !== undefined) process.env.POLYCODEC_THREADS = String(threads);
    });
  addInfo(program, signal);
  addDecode(program, signal);
  addEncode(program, signal);
  addTranscode(program, signal);
  addBatch(program, signal);
  addSheet(program, signal);
  addShard(program, signal);
  addDoctor(program, version);
  addBench(program, signal);
  return program;
}

/** Says what went wrong; returns the exit status. Commander has printed its own. */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
  if (
    error instanceof UsageError ||
    (error instanceof Error && "code" in error && USAGE_CODES.has(error.code as string))
  ) {
    process.stderr.write(`polycodec: ${error.message}\n`);
    return EXIT_USAGE;
  }
  process.stderr.write(`polycodec: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return EXIT_SOME_FAILED;
}
