/** The two example plugins pass the conformance suite: one in TypeScript, one in plain C11 against polycodec.h alone. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Decoder, Encoder, Registry } from "@polycodec/core";
import { drawPicture, testBackend } from "@polycodec/core/testing";
import { extension as cpu } from "@polycodec/ext-cpu/extension";
import test from "ava";
import { pixmap } from "../examples/pixmap.js";
import { extension as qoi } from "../examples/qoi.js";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const run = (name: string, body: () => Promise<void>) =>
  test(name, async (t) => {
    await body();
    t.pass();
  });

testBackend(run, { extension: qoi, codec: "qoi", decoder: "qoi-js", encoder: "qoi-js" });

const library = join(mkdtempSync(join(tmpdir(), "polycodec-pixmap-")), "pixmap.so");
execFileSync("gcc", [
  "-std=c11",
  "-Wall",
  "-Wextra",
  "-pedantic",
  "-Werror",
  "-O2",
  "-fPIC",
  "-shared",
  "-I",
  join(root, "packages/core/include"),
  join(root, "examples/native/pixmap.c"),
  "-o",
  library,
]);
testBackend(run, { extension: pixmap(library), codec: "pixmap", decoder: "pixmap", encoder: "pixmap" });

test("both plugins are at most 80 lines", (t) => {
  for (const file of ["examples/qoi.ts", "examples/native/pixmap.c"]) {
    const lines = readFileSync(join(root, file), "utf8").trimEnd().split("\n").length;
    t.true(lines <= 80, `${file}: ${lines}`);
  }
});

test("the example's QOI and the package's live on registries of their own, and read each other's files", async (t) => {
  const registries = [new Registry().use(qoi), new Registry().use(cpu)];
  const picture = drawPicture(60, 40, { sampleFormat: "I_RGBA" });
  for (const registry of registries) {
    const bytes = await new Encoder({ registry }).encode(picture, { codec: "qoi" });
    for (const other of registries) {
      const back = await new Decoder({ registry: other }).decode(bytes, { colorSpec: "UNCHANGED" });
      t.deepEqual(back.data, picture.data);
    }
  }
  t.throws(() => new Registry().use(cpu).use(qoi), { code: "ERR_POLYCODEC_DUPLICATE", message: /a parser for qoi/ });
});

test("an extension's parser is asked before core's own", (t) => {
  const registry = new Registry().use(pixmap(library));
  t.is(registry.parserFor(Buffer.from("P6\n1 1\n255\nabc"))?.codec, "pixmap");
  t.is(new Registry().parserFor(Buffer.from("P6\n1 1\n255\nabc"))?.codec, "pnm");
});
