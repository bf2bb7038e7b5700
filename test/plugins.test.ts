/** The two example plugins pass the conformance suite: one in TypeScript, one in plain C11 against polycodec.h alone. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { testBackend } from "@polycodec/core/testing";
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
