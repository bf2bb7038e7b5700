/** The documentation's examples: all of them compile, those that can run by themselves do. */
import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { drawPicture, testBackend } from "@polycodec/core/testing";
import test, { type ExecutionContext } from "ava";
import { Decoder, Encoder, type Extension, Image, Registry } from "polycodec";
import { pixmap } from "../examples/pixmap.js";
import { type Page, page, pages, root } from "./markdown.js";

const run = promisify(execFile);

/** Compiles all blocks of TypeScript together; a block's file is called after its place. */
const examplesFolder = join(root, ".cache", `docs-examples-${process.pid}`);
const examples = compileExamples();
examples.catch(() => undefined); // reported by the first test that awaits it

async function compileExamples(): Promise<string> {
  await mkdir(examplesFolder, { recursive: true });
  for (const { name, blocks } of pages) {
    for (const { language, line, text } of blocks) {
      if (language === "ts") await writeFile(join(examplesFolder, `${name}-${line}.ts`), text);
    }
  }
  const compilerOptions = {
    rootDir: ".",
    outDir: "out",
    composite: false,
    declaration: false,
    declarationMap: false,
    sourceMap: false,
  };
  const config = { extends: "../../tsconfig.base.json", compilerOptions, include: ["*.ts"] };
  await writeFile(join(examplesFolder, "tsconfig.json"), JSON.stringify(config));
  try {
    await run(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", examplesFolder], {
      cwd: examplesFolder,
    });
  } catch (error) {
    throw new Error((error as { stdout: string }).stdout || String(error));
  }
  return examplesFolder;
}

process.on("exit", () => rmSync(examplesFolder, { recursive: true, force: true }));

test("every block of TypeScript is whole and compiles", async (t) => {
  const blocks = pages.flatMap(({ path, blocks }) =>
    blocks.filter(({ language }) => language === "ts").map((block) => ({ path, ...block })),
  );
  t.true(blocks.length >= 8);
  for (const { path, line, text } of blocks)
    t.true(text.startsWith("import "), `${path}:${line} does not begin with its imports`);
  await t.notThrowsAsync(examples);
});

/** Runs an example in a folder with two photographs, and a file that is none. */
async function runExample(
  t: ExecutionContext,
  { name, blocks }: Page,
  place: number,
): Promise<{ folder: string; stdout: string; stderr: string }> {
  const folder = await mkdtemp(join(tmpdir(), "polycodec-docs-"));
  t.teardown(() => rm(folder, { recursive: true }));
  using encoder = new Encoder();
  for (const file of ["a.jpg", "b.jpg", "good.jpg", "photo.jpg"])
    await encoder.write(join(folder, file), drawPicture(640, 480), {});
  for (const file of ["c.jpg", "d.jpg", "cut.jpg"])
    await writeFile(
      join(folder, file),
      (await encoder.encode(drawPicture(640, 480), { codec: "jpeg" })).subarray(0, 9000),
    );
  const { line } = blocks.filter(({ language }) => language === "ts")[place]!;
  const { stdout, stderr } = await run(process.execPath, [join(await examples, "out", `${name}-${line}.js`)], {
    cwd: folder,
  });
  return { folder, stdout, stderr };
}

test("README's example runs: the good photographs are halved, the cut one says why", async (t) => {
  const { folder, stderr } = await runExample(t, page("README.md"), 0);
  t.deepEqual(
    (await readdir(folder)).filter((name) => name.startsWith("half")),
    ["half-0.jpg", "half-1.jpg"],
  );
  t.regex(stderr, /^c\.jpg .*\n +libjpeg-turbo +IMAGE_TRUNCATED: row \d+ of 480/);
  using decoder = new Decoder();
  const { width, height } = await decoder.decode(join(folder, "half-1.jpg"));
  t.deepEqual([width, height], [320, 240]);
});

test("README's example is at most ten lines", (t) => {
  const lines = page("README.md")
    .blocks.find(({ language }) => language === "ts")!
    .text.trimEnd()
    .split("\n");
  t.true(lines.length <= 10, String(lines.length));
});

test("the examples at the head of the pages run", async (t) => {
  const concepts = await runExample(t, page("docs/concepts.md"), 0);
  t.regex(concepts.stdout, /^jpeg 640 480 SYCC\n\[ 256, 256, 3 \] I_RGB \d+\n$/);
  const options = await runExample(t, page("docs/options.md"), 0);
  t.is(options.stdout, "[ 120, 160, 1 ]\n");
  const errors = await runExample(t, page("docs/errors.md"), 0);
  t.regex(errors.stderr, /ERR_POLYCODEC_TRUNCATED\nlibjpeg-turbo IMAGE_TRUNCATED row/);
  await runExample(t, page("docs/buffers.md"), 0);
  await runExample(t, page("docs/differences.md"), 0);
  t.pass();
});

test("the TypeScript codec of writing-a-codec.md decodes, and core does what it cannot", async (t) => {
  const { name, blocks } = page("docs/writing-a-codec.md");
  const { line } = blocks.find(({ language }) => language === "ts")!;
  const { extension } = (await import(join(await examples, "out", `${name}-${line}.js`))) as {
    extension: Extension;
  };
  using decoder = new Decoder({ registry: new Registry().use(extension) });
  const bytes = Uint8Array.from([...Buffer.from("FLAT"), 0, 5, 0, 4, 9, 8, 7]);
  t.deepEqual([...(await decoder.decode(bytes)).data.slice(-3)], [9, 8, 7]);
  const part = await decoder.decode(bytes, {
    region: { start: [1, 1], end: [3, 6], outOfBoundsSamples: [1, 2, 3] },
    sampleFormat: "I_BGR",
  });
  t.deepEqual([...part.data.slice(0, 3), ...part.data.slice(12, 15), ...part.shape], [7, 8, 9, 1, 2, 3, 2, 5, 3]);
});

// The C++ backend stands in for the C one of examples/, behind the same parser.
const cppFolder = mkdtempSync(join(tmpdir(), "polycodec-docs-cpp-"));
process.on("exit", () => rmSync(cppFolder, { recursive: true, force: true }));
const cpp = page("docs/writing-a-codec.md").blocks.find(({ language }) => language === "cpp")!;
const library = join(cppFolder, "pixmap.so");
const warnings = ["-Wall", "-Wextra", "-Werror"];
const include = join(root, "packages/core/include");
execFileSync(
  "g++",
  ["-std=c++20", ...warnings, "-O2", "-fPIC", "-shared", "-I", include, "-x", "c++", "-", "-o", library],
  { input: cpp.text },
);
const named = (name: string, body: () => Promise<void>) =>
  test(`the C++ backend of writing-a-codec.md: ${name}`, async (t) => {
    await body();
    t.pass();
  });
testBackend(named, { extension: pixmap(library), codec: "pixmap", decoder: "pixmap", encoder: "pixmap" });

test("the picture in concepts.md is true: rows above the picture are filled", async (t) => {
  using encoder = new Encoder();
  using decoder = new Decoder();
  const jpeg = await encoder.encode(Image.from(new Uint8Array(200 * 200 * 3).fill(128), { width: 200, height: 200 }), {
    codec: "jpeg",
  });
  const image = await decoder.decode(jpeg, {
    region: { start: [-20, 30], end: [60, 130], outOfBoundsSamples: [255, 0, 0] },
  });
  t.deepEqual(image.shape, [80, 100, 3]);
  t.deepEqual([...image.data.slice(0, 3)], [255, 0, 0]);
  t.deepEqual([...image.data.slice(19 * 300 + 297, 19 * 300 + 300)], [255, 0, 0]);
  t.deepEqual([...image.data.slice(20 * 300, 20 * 300 + 3)], [128, 128, 128]);
});
