/** Our own declarations of the CUDA runtime are those of NVIDIA's headers; the fakes of the other tests are built from ours. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { root } from "./corpus.js";
import { fakes } from "./fake-cuda/build.js";
import { realFile, realTest, signatureTest } from "./fake-cuda/real.js";

const source = join(fakes, "runtime/signatures.cpp");
const flags = ["-I", join(root, "packages/core/native")];

for (const major of [13, 12] as const) {
  signatureTest(
    `functions, values and structs are those of CUDA ${major}'s headers`,
    source,
    [[`cuda-runtime-${major}`, "cuda_runtime_api.h"]],
    flags,
  );
}

for (const name of ["cuda-runtime-13", "cuda-runtime-12"] as const) {
  realTest([name], `the errors that lose a device are those of which the header of ${name} says so`, (t) => {
    const header = readFileSync(realFile(name, "driver_types.h")!, "utf8");
    const described = header.matchAll(/\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*(cudaError\w+) *= *(\d+)/g);
    const fatal = [...described].filter(([, words]) => /must[\s*]+be[\s*]+terminated/.test(words!));
    const ours = readFileSync(join(root, "packages/core/native/cuda_functions.hpp"), "utf8").matchAll(
      /F\((cudaError\w+), (\d+)\)/g,
    );
    t.deepEqual(
      [...ours].map(([, error, number]) => `${error} ${number}`),
      fatal.map(([, , error, number]) => `${error} ${number}`),
    );
  });
}

test("a declaration that differs does not compile", (t) => {
  const program = `
    #include "signatures.hpp"
    int ours(int, void*); int theirs(int, void*); int fewer(int); int other(void*, void*); long result(int, void*);
    #ifdef WRONG
    SAME_FUNCTION(ours, WRONG);
    #else
    SAME_FUNCTION(ours, theirs);
    #endif`;
  const compile = (...defines: string[]) =>
    spawnSync(process.env.CXX ?? "g++", ["-std=c++20", "-fsyntax-only", "-I", fakes, ...defines, "-x", "c++", "-"], {
      input: program,
    }).status;
  t.is(compile(), 0);
  for (const wrong of ["fewer", "other", "result"]) t.not(compile(`-DWRONG=${wrong}`), 0, wrong);
});
