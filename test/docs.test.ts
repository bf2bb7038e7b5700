/** What the documentation lists is what the code has: codes, statuses, limits, options, commands, links. */
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { promisify } from "node:util";
import { drawPicture } from "@polycodec/core/testing";
import test from "ava";
import {
  CodecError,
  DEFAULT_LIMITS,
  Decoder,
  Encoder,
  ERROR_CODES,
  ProcessingStatus,
  registry,
  transcodeStream,
} from "polycodec";
import { anchors, codes, links, page, pages, root, rows, section } from "./markdown.js";

const run = promisify(execFile);

/** The names in the first column of a section's tables, one row after the other. */
const firstColumn = (text: string): string[] => rows(text).flatMap(([first]) => codes(first ?? ""));

test("errors.md lists exactly the codes that exist", (t) => {
  t.deepEqual(firstColumn(section(page("docs/errors.md"), "## Codes")), Object.keys(ERROR_CODES));
});

test("errors.md lists exactly the statuses that exist, with their numbers and codes", (t) => {
  const listed = rows(section(page("docs/errors.md"), "## Statuses")).map(([status, number, code]) => [
    codes(status!)[0],
    Number(number),
    codes(code!)[0],
  ]);
  const expected = Object.entries(ProcessingStatus).map(([status, number]) => [
    status,
    number,
    status === "SUCCESS" ? undefined : new CodecError(status as Exclude<ProcessingStatus, "SUCCESS">, "").code,
  ]);
  t.deepEqual(listed, expected);
});

test("every error code and status that a page names exists", (t) => {
  for (const { path, prose } of pages) {
    for (const [code] of prose.matchAll(/\bERR_POLYCODEC_\w+/g)) t.true(code in ERROR_CODES, `${path}: ${code}`);
    for (const [, status] of prose.matchAll(/(?<!\w)(?:POLYCODEC_)?((?!ERR_|POLYCODEC_)[A-Z_]+_UNSUPPORTED)\b/g))
      t.true(status! in ProcessingStatus, `${path}: ${status}`);
  }
});

test("buffers.md lists the limits with their defaults", (t) => {
  const listed = rows(section(page("docs/buffers.md"), "## Limits")).map(([name, value]) => [
    codes(name!)[0],
    amount(value!),
  ]);
  t.deepEqual(listed, Object.entries(DEFAULT_LIMITS));
});

function amount(text: string): number {
  const [, number, unit = ""] = /^([\d,]+)(?: (KiB|MiB|GiB))?$/.exec(text) ?? [];
  return Number(number?.replaceAll(",", "")) * 1024 ** ["", "KiB", "MiB", "GiB"].indexOf(unit);
}

/** What an options object takes, as its own error message says. */
async function optionsOf(call: () => unknown): Promise<string[]> {
  try {
    await call();
  } catch (error) {
    const [, list] = /, expected (.*)$/.exec((error as Error).message) ?? [];
    if (list) return list.split(", ").sort();
  }
  throw new Error("an unknown option was not refused with a list of the known ones");
}

test("options.md lists exactly the options that exist", async (t) => {
  const options = page("docs/options.md");
  const unknown = { qqqqqqqqqqqqqqqqqqqqqqqqqqqq: 1 } as object;
  const image = drawPicture(2, 2);
  using decoder = new Decoder();
  using encoder = new Encoder();
  t.deepEqual(
    firstColumn(section(options, "## DecodeOptions")).sort(),
    await optionsOf(() => decoder.decode([], unknown)),
  );
  t.deepEqual(
    firstColumn(section(page("docs/tensors.md"), "## TensorOptions")).sort(),
    await optionsOf(() => decoder.decodeTensor([], unknown)),
  );
  const [ofEncode, ofJpeg] = section(options, "## EncodeOptions").split("| `jpeg` option |") as [string, string];
  t.deepEqual(firstColumn(ofEncode).sort(), await optionsOf(() => encoder.encode(image, unknown)));
  t.deepEqual(
    firstColumn(ofJpeg).sort(),
    await optionsOf(() => encoder.encode(image, { codec: "jpeg", jpeg: unknown })),
  );
  t.deepEqual(
    firstColumn(section(options, "## TranscodeOptions")).sort(),
    await optionsOf(() => transcodeStream([], unknown)),
  );
  const [ofDecoder, ofBackends] = section(options, "## DecoderOptions and EncoderOptions").split(
    "| backend | option |",
  ) as [string, string];
  t.deepEqual(firstColumn(ofDecoder).sort(), await optionsOf(() => new Decoder(unknown)));
  t.deepEqual(firstColumn(ofDecoder).sort(), await optionsOf(() => new Encoder(unknown)));
  const listed = rows(ofBackends).map(([id, name, value]) => [codes(id!)[0], codes(name!)[0], codes(value!)[0]]);
  const backends = [...registry.decoders, ...registry.encoders];
  const known = backends.flatMap(({ id, options = {} }) =>
    Object.entries(options).map(([name, value]) => [id, name, String(value)]),
  );
  t.deepEqual(listed, known);
});

const cli = join(root, "packages/polycodec/dist/cli/main.js");

/** The flags of a command's help: `-o, --out <folder>`. */
async function helpOf(...command: string[]): Promise<{ text: string; flags: string[] }> {
  const { stdout: text } = await run(process.execPath, [cli, ...command, "--help"]);
  const flags = [...text.matchAll(/^ {2}(-.*?)(?: {2}.*)?$/gm)].map(([, flag]) => flag!);
  return { text, flags: flags.filter((flag) => flag !== "-h, --help") };
}

test("cli.md lists exactly the commands and options of --help, with their defaults", async (t) => {
  const { text, flags } = await helpOf();
  const commands = [...text.split("Commands:")[1]!.matchAll(/^ {2}(\w+)/gm)].map(([, name]) => name!);
  const { prose } = page("docs/cli.md");
  const headings = [...prose.matchAll(/^## `polycodec ?(.*)`$/gm)].map(([, command]) => command!);
  t.deepEqual(
    headings.map((heading) => heading.split(" ")[0]),
    ["", ...commands.filter((name) => name !== "help")],
  );
  for (const heading of headings) {
    const [command = ""] = heading.split(" ");
    const help = command === "" ? { text, flags } : await helpOf(command);
    const table = rows(section(page("docs/cli.md"), `## \`polycodec${heading && ` ${heading}`}\``));
    t.deepEqual(
      table.map(([flag]) => codes(flag!)[0]),
      help.flags,
      command,
    );
    const joined = help.text.replace(/\s+/g, " ");
    if (heading.includes(" "))
      t.true(joined.includes(`polycodec ${command} [options] ${heading.split(" ")[1]}`), heading);
    const defaults = [...joined.matchAll(/--([\w-]+) (?:(?! --).)*?\(default: "?([^")]+)"?\)/g)];
    for (const [, name, value] of defaults) {
      const row = table.find(([flag]) => flag!.includes(`--${name}`))!;
      if (/^[\w-]+$/.test(value!) && value !== "true")
        t.true([value, `\`${value}\``].includes(row[1]!), `${command} --${name}`);
    }
  }
});

test("every command line of the pages uses commands, options and scripts that exist", async (t) => {
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  const helps = new Map<string, string>();
  for (const { path, prose, blocks } of pages) {
    const lines = [
      ...codes(prose),
      ...blocks.filter(({ language }) => language === "sh").flatMap(({ text }) => text.split("\n")),
    ];
    for (const line of lines) {
      for (const [, script] of line.matchAll(/\bnpm run ([\w:]+)/g)) t.true(script! in scripts, `${path}: ${line}`);
      for (const [, name] of line.matchAll(/\bnode (scripts\/[\w-]+\.mjs)/g))
        t.true(existsSync(join(root, name!)), `${path}: ${line}`);
      const [, command, rest] = /^polycodec (\w+)(.*?)(?: {2,}#.*)?$/.exec(line) ?? [];
      if (!command || command === "help") continue;
      if (!helps.has(command)) helps.set(command, (await helpOf(command)).flags.join(" "));
      for (const [option] of rest!.matchAll(/(?<= )--?[a-z][\w-]*/g)) {
        t.true(new RegExp(`(^| )${option}\\b`).test(helps.get(command)!), `${path}: ${line}: ${option}`);
      }
    }
  }
});

test("README and CONTRIBUTING name the system packages that the set-up installs", (t) => {
  const setup = readFileSync(join(root, "scripts/setup.mjs"), "utf8");
  const packages = [...setup.matchAll(/\{ package: "([^"]+)"/g)].map(([, name]) => name!);
  t.true(packages.length > 0);
  for (const path of ["README.md", "CONTRIBUTING.md"]) {
    const named = codes(page(path).prose).flatMap((code) => code.split(" "));
    for (const name of packages) t.true(named.includes(name), `${path}: ${name}`);
  }
});

test("every relative link leads to a file, and to a heading of it", (t) => {
  for (const from of pages) {
    for (const link of links(from)) {
      const [path = "", anchor] = link.split("#");
      const target = path === "" ? from.path : relative(root, join(root, dirname(from.path), path));
      t.true(existsSync(join(root, target)), `${from.path}: ${link}`);
      if (anchor !== undefined) t.true(anchors(page(target)).includes(anchor), `${from.path}: ${link}`);
    }
  }
});
