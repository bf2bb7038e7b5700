/** Reading Markdown as far as the documentation's tests need it: code blocks, tables, links, headings. */
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The project's root folder; this file runs from `dist-test/test`. */
export const root = fileURLToPath(new URL("../..", import.meta.url));

export interface Block {
  readonly language: string;
  readonly text: string;
  /** Of its first line of code, from 1. */
  readonly line: number;
}

export interface Page {
  /** From the project's root: `docs/errors.md`. */
  readonly path: string;
  readonly name: string;
  /** Without code blocks, so that what looks like a table or link in them is none. */
  readonly prose: string;
  readonly blocks: readonly Block[];
}

function readPage(path: string): Page {
  const prose: string[] = [];
  const blocks: Block[] = [];
  let open: { language: string; line: number; lines: string[] } | undefined;
  for (const [i, line] of readFileSync(join(root, path), "utf8").split("\n").entries()) {
    const [, language] = /^```(\w*)/.exec(line) ?? [];
    if (language === undefined) (open ? open.lines : prose).push(line);
    else if (open) {
      blocks.push({ language: open.language, line: open.line, text: `${open.lines.join("\n")}\n` });
      open = undefined;
    } else open = { language, line: i + 2, lines: [] };
  }
  if (open) throw new Error(`${path}:${open.line}: a code block that does not end`);
  return { path, name: basename(path, ".md"), prose: prose.join("\n"), blocks };
}

/** README, CONTRIBUTING and all of docs/. */
export const pages: readonly Page[] = [
  "README.md",
  "CONTRIBUTING.md",
  ...readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .sort()
    .map((name) => `docs/${name}`),
].map(readPage);

export function page(path: string): Page {
  const found = pages.find((one) => one.path === path);
  if (!found) throw new Error(`there is no page ${path}`);
  return found;
}

/** The text below a heading, up to the next heading of its level or above. */
export function section({ prose, path }: Page, heading: string): string {
  const lines = prose.split("\n");
  const start = lines.indexOf(heading);
  if (start < 0) throw new Error(`${path} has no heading ${heading}`);
  const level = heading.indexOf(" ");
  const isEnd = (line: string) => /^#+ /.test(line) && line.indexOf(" ") <= level;
  const length = lines.slice(start + 1).findIndex(isEnd);
  return lines.slice(start + 1, length < 0 ? undefined : start + 1 + length).join("\n");
}

/** The cells of all rows of all tables, without the heads. */
export function rows(text: string): string[][] {
  const found: string[][] = [];
  const lines = text.split("\n");
  for (const [i, line] of lines.entries()) {
    if (!line.startsWith("|") || /^\|[\s:|-]+\|$/.test(line) || /^\|[\s:|-]+\|$/.test(lines[i + 1] ?? "")) continue;
    const cells = line.slice(1, -1).split(/(?<!\\)\|/);
    found.push(cells.map((cell) => cell.trim().replaceAll("\\|", "|")));
  }
  return found;
}

/** What stands between backticks. */
export function codes(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, code]) => code!);
}

/** The targets of links, without those of other hosts. */
export function links({ prose }: Page): string[] {
  return [...prose.matchAll(/\]\(([^)]+)\)/g)]
    .map(([, target]) => target!)
    .filter((target) => !/^[a-z]+:/.test(target));
}

/** The anchors of a page's headings, as GitHub makes them. */
export function anchors({ prose }: Page): string[] {
  return [...prose.matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
    title!
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-"),
  );
}
