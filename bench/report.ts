/** The results as JSON keeps them and as docs/performance.md shows them. */
import { rivalOf } from "./cells.js";
import { type BarResult, type EntrantResult, fastest, type Try } from "./measure.js";
import type { Machine } from "./project.js";

export interface CellReport {
  readonly class: string;
  readonly classTitle: string;
  readonly bitsPerPixel: number;
  readonly operation: string;
  readonly title: string;
  readonly cores: number;
  /** Of all tries, the best figure of each bar. */
  readonly bars: readonly BarResult[];
  /** The try that the table shows. */
  readonly shown: Try;
  readonly tries: readonly Try[];
}

export interface Report {
  readonly date: string;
  readonly machine: Machine;
  readonly versions: Readonly<Record<string, string>>;
  readonly pictures: "photographs" | "drawn";
  readonly rounds: number;
  readonly seconds: number;
  readonly cells: readonly CellReport[];
}

export function markdown(report: Report): string {
  const { machine, versions } = report;
  const lines = [
    `Measured ${report.date} on ${machine.cores} cores of ${machine.cpu}, ${machine.memoryGB} GB, ${machine.system}, ${machine.kernel}, Node ${machine.node}.`,
    `Versions: ${Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(", ")}.`,
    `Pictures: ${report.pictures === "drawn" ? "drawn scenes" : "photographs, cropped and resized"}. ` +
      `Medians of ${report.rounds} alternated rounds of at least ${report.seconds} s; in brackets least and most.`,
    "",
  ];
  for (const cores of new Set(report.cells.map((cell) => cell.cores))) {
    const here = report.cells.filter((cell) => cell.cores === cores && !isCost(cell));
    if (here.length === 0) continue;
    const rivals = [...new Set(here.flatMap((cell) => cell.shown.entrants.map((e) => rivalOf(e.id))))];
    lines.push(`### Images per second, ${cores === 1 ? "one core" : `${cores} cores`}`, "");
    lines.push(
      row(["", ...here.map((cell) => `${cell.title}<br>${cell.classTitle}<br>${cell.bitsPerPixel.toFixed(2)} bpp`)]),
    );
    lines.push(row(["---", ...here.map(() => "--:")]));
    for (const rival of rivals)
      lines.push(row([rival, ...here.map((cell) => rate(fastest(rival, cell.shown.entrants)))]));
    lines.push("");
  }
  const judged = report.cells.filter((cell) => cell.bars.length > 0);
  if (judged.length > 0) {
    lines.push(
      "### Bars",
      "",
      row(["operation", "cores", "figure", "in the rounds", "bar", ""]),
      row(["---", "--:", "---", "---", "---", "---"]),
    );
    for (const cell of judged) for (const bar of cell.bars) lines.push(barRow(cell, bar));
    lines.push("");
  }
  return lines.join("\n");
}

const isCost = (cell: CellReport) => cell.operation === "bridge" || cell.operation === "road";

function barRow(cell: CellReport, { bar, figure, min, max, bytes, met }: BarResult): string {
  const cost = "atMostUs" in bar;
  const text = cost
    ? `${bar.ours}: ${figure.toFixed(2)} µs per item`
    : `${bar.ours} = ${figure.toFixed(2)} × ${bar.rival}${bytes === undefined ? "" : `, ${bytes.toFixed(3)} of its bytes`}`;
  const size = cost || bar.bytesAtMost === undefined ? "" : `, ≤ ${bar.bytesAtMost} of its bytes`;
  const wanted = cost ? `≤ ${bar.atMostUs} µs` : `≥ ${bar.atLeast} ×${size}`;
  // A bar is a promise for all cores of the machine; on one core the figure stands for itself.
  const verdict = cell.cores === 1 && !cost ? ["", ""] : [wanted, met ? "met" : "**missed**"];
  return row([
    isCost(cell) ? cell.title : `${cell.title}, ${cell.classTitle}`,
    String(cell.cores),
    text,
    `${min.toFixed(2)} – ${max.toFixed(2)}`,
    ...verdict,
  ]);
}

function rate(result: EntrantResult | undefined): string {
  if (result === undefined) return "–";
  const digits = result.median < 100 ? 1 : 0;
  const doubt = result.foreign > 0.3 ? " ?" : "";
  return `${result.median.toFixed(digits)} (${result.min.toFixed(digits)}–${result.max.toFixed(digits)})${doubt}`;
}

const row = (fields: readonly string[]) => `| ${fields.join(" | ")} |`;
