/** What the corpus run says at the end. */
import { type CorpusFile, files } from "../corpus.js";
import type { Finding, Outcome } from "./check.js";
import { isRegistered } from "./codecs.js";
import { exceptionOf } from "./exceptions.js";
import { suites } from "./suites.js";

const byPath = new Map(files.map((file) => [file.path, file]));
const fileOf = ({ path }: Finding): CorpusFile => byPath.get(path)!;

/** What must not be: a wrong outcome without an exception for it, and an exception that none of its files needs. */
export function failures(findings: readonly Finding[]): readonly string[] {
  const wrong = findings.filter(({ outcome }) => outcome === "wrong");
  const unexcused = wrong.filter((finding) => !exceptionOf(fileOf(finding)));
  const needless = findings.filter((finding) => {
    const exception = exceptionOf(fileOf(finding));
    return exception && !wrong.some((other) => exceptionOf(fileOf(other)) === exception);
  });
  return [
    ...unexcused.map(({ path, detail }) => `${path}: ${oneLine(detail)}`),
    ...needless.map(({ path, outcome }) => `${path}: ${outcome}, yet it is in the list of exceptions`),
  ];
}

/** An error that lists what each backend said has a line for each. */
const oneLine = (text: string) => text.replaceAll(/\s*\n\s*/g, "; ").slice(0, 400);

/** Tables by format and by suite, the formats without a codec, the exceptions and the failures. */
export function report(findings: readonly Finding[]): string {
  const formats = group(findings, (finding) => [fileOf(finding).format]);
  const named = group(findings, (finding) =>
    suites.filter(({ holds }) => holds(fileOf(finding))).map(({ name }) => name),
  );
  const missing = group(
    files.filter((file) => !isRegistered(file)),
    ({ format }) => [format],
  );
  const excused = group(
    findings.filter((finding) => finding.outcome === "wrong" && exceptionOf(fileOf(finding))),
    (finding) => [exceptionOf(fileOf(finding))!.reason],
  );
  const bad = failures(findings);
  return [
    table("format", formats),
    table("suite", named),
    [...missing].map(([format, list]) => `no codec for ${format} yet: ${list.length} files`),
    [...excused].flatMap(([reason, list]) => [
      `${list.length} exceptions: ${reason}`,
      ...list.map(({ path, detail }) => `    ${path}: ${oneLine(detail)}`),
    ]),
    bad.map((line) => `FAILED ${line}`),
    [`${findings.length} files, ${bad.length} failed`],
  ]
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n");
}

function group<T>(list: readonly T[], keys: (one: T) => readonly string[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const one of list) for (const key of keys(one)) groups.set(key, [...(groups.get(key) ?? []), one]);
  return new Map([...groups].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * Columns: files; bit for bit as they must be; within a mean of 1 (lossy); refused as they must be; of those on which
 * decoders disagree, pictures and errors; equal to a published reference; excepted; failed.
 */
const COLUMNS = ["files", "equal", "near", "refused", "doubtful", "references", "excepted", "failed"];

function table(title: string, groups: Map<string, Finding[]>): string[] {
  if (groups.size === 0) return [];
  const rows = [...groups].map(([name, list]) => [name, ...counts(list)]);
  const cells = [[title, ...COLUMNS], ...rows];
  const widths = cells[0]!.map((_, i) => Math.max(...cells.map((row) => row[i]!.length)));
  return cells.map((row) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join("  "),
  );
}

function counts(list: readonly Finding[]): string[] {
  const count = (holds: (file: CorpusFile, outcome: Outcome) => boolean) =>
    String(list.filter((finding) => holds(fileOf(finding), finding.outcome)).length);
  return [
    String(list.length),
    count((file, outcome) => file.strict && outcome === "equal"),
    count((file, outcome) => file.strict && outcome === "near"),
    count((file, outcome) => file.strict && outcome === "refused"),
    count((file, outcome) => !file.strict && outcome !== "wrong"),
    String(list.reduce((sum, { references }) => sum + references, 0)),
    count((file, outcome) => outcome === "wrong" && exceptionOf(file) !== undefined),
    count((file, outcome) => outcome === "wrong" && exceptionOf(file) === undefined),
  ];
}
