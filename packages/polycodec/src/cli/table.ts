/** Tables for people: columns as wide as their widest cell, numbers to the right, names cut in the middle. */

export interface Column<Row> {
  readonly title: string;
  /** `undefined` and `""` are an empty cell. */
  readonly cell: (row: Row) => string | number | undefined;
  readonly align?: "left" | "right";
}

/** The longest cell that is shown whole. */
export const MAX_CELL = 60;

export function formatTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const cells = rows.map((row) => columns.map(({ cell }) => shorten(String(cell(row) ?? ""), MAX_CELL)));
  // A column that would be empty says nothing.
  const shown = columns.map((_, i) => i).filter((i) => cells.some((row) => row[i] !== ""));
  const widths = columns.map(({ title }, i) => Math.max(title.length, ...cells.map((row) => width(row[i]!))));
  const line = (row: readonly string[]) =>
    shown
      .map((i) => (columns[i]!.align === "right" ? padStart(row[i]!, widths[i]!) : padEnd(row[i]!, widths[i]!)))
      .join("  ")
      .trimEnd();
  return [line(columns.map(({ title }) => title)), ...cells.map(line)].join("\n");
}

/** `a-very-long-na…ending.jpg`: the end of a name tells more than its middle. */
export function shorten(text: string, length: number): string {
  const letters = [...text.replace(/\p{Cc}/gu, "�")];
  if (letters.length <= length) return letters.join("");
  const tail = Math.floor(length / 3);
  return `${letters.slice(0, length - tail - 1).join("")}…${letters.slice(-tail).join("")}`;
}

/** `1.2 MB`: decimal units, as file managers show them. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const units = ["kB", "MB", "GB", "TB"];
  const power = Math.min(units.length, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${value.toFixed(value < 10 ? 1 : 0)} ${units[power - 1]}`;
}

/** `850 ms`, `2.4 s`, `3 min 05 s`. */
export function formatTime(seconds: number): string {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  return `${Math.floor(seconds / 60)} min ${String(Math.floor(seconds % 60)).padStart(2, "0")} s`;
}

/** Places on the terminal, near enough: wide East Asian letters take two. */
function width(text: string): number {
  let places = 0;
  for (const letter of text)
    places += /\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul}/u.test(letter) ? 2 : 1;
  return places;
}

function padEnd(text: string, length: number): string {
  return text + " ".repeat(Math.max(0, length - width(text)));
}

function padStart(text: string, length: number): string {
  return " ".repeat(Math.max(0, length - width(text))) + text;
}
