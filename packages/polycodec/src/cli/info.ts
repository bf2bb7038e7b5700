/** `polycodec info`: what the headers say; no pixel is decoded. */
import { CodeStream, type CodeStreamInfo, type Metadata } from "@polycodec/core";
import type { Command } from "commander";
import { findInputs, type Input, sourceOf } from "./inputs.js";
import { failure, type Item, Report } from "./report.js";
import { type Column, formatBytes, formatTable } from "./table.js";

interface InfoItem extends Item, Partial<Omit<CodeStreamInfo, "detail">> {
  readonly bytes?: number;
  readonly detail?: CodeStreamInfo["detail"];
  readonly metadata?: readonly { readonly kind: string; readonly bytes: number }[];
}

const COLUMNS: readonly Column<InfoItem>[] = [
  { title: "file", cell: (item) => item.file },
  { title: "codec", cell: (item) => item.codec },
  { title: "size", cell: (item) => `${item.width}x${item.height}`, align: "right" },
  { title: "channels", cell: (item) => item.channels, align: "right" },
  { title: "samples", cell: (item) => (item.precision === 8 ? item.dtype : `${item.dtype} (${item.precision} bits)`) },
  { title: "color", cell: (item) => item.colorSpec },
  {
    title: "subsampling",
    cell: (item) => (item.chromaSubsampling === "CSS_NONE" ? "" : item.chromaSubsampling?.replace("CSS_", "")),
  },
  { title: "images", cell: (item) => (item.numImages === 1 ? "" : item.numImages), align: "right" },
  { title: "orientation", cell: (item) => (item.orientation === 1 ? "" : item.orientation), align: "right" },
  { title: "bytes", cell: (item) => formatBytes(item.bytes ?? 0), align: "right" },
  { title: "metadata", cell: (item) => item.metadata?.map(({ kind }) => kind).join(" ") },
];

export function addInfo(program: Command, signal: AbortSignal): void {
  program
    .command("info")
    .description("show what the headers of the files say")
    .argument("<files...>", "files, folders, or - for standard input")
    .option("-r, --recursive", "enter subfolders of folders")
    .option("--json", "one line of JSON per file")
    .action(async (paths: string[], flags: { recursive?: boolean; json?: boolean }) => {
      const { files } = await findInputs(paths, flags);
      const report = new Report<InfoItem>(flags.json ?? false);
      for (const input of files) {
        signal.throwIfAborted();
        report.add(await describe(input));
      }
      const good = report.items.filter(({ ok }) => ok);
      if (!flags.json && good.length > 0) console.log(formatTable(COLUMNS, good));
      process.exitCode = report.exitStatus;
    });
}

async function describe(input: Input): Promise<InfoItem> {
  try {
    const stream = await CodeStream.from(await sourceOf(input)).open();
    const metadata = (await stream.metadata()).map(brief);
    return { file: input.path, ok: true, bytes: stream.size, ...stream.info, ...(metadata.length > 0 && { metadata }) };
  } catch (error) {
    return { file: input.path, ok: false, error: failure(error) };
  }
}

function brief({ kind, bytes }: Metadata) {
  return { kind, bytes: bytes.length };
}
