/**
 * Builds the fake CUDA libraries of the tests. FAKES: what runs on them says nothing about a GPU. Kept in `.cache/fake-cuda` by
 * the content of their sources, so that only the first test file compiles.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { root } from "../corpus.js";

/** This folder's sources: the compiled tests lie elsewhere. */
export const fakes = join(root, "test/fake-cuda");

/** A shared library made of some sources. */
export interface FakeLibrary {
  /** Its file's name, and soname: `libnvjpeg.so.13`. */
  readonly name: string;
  /** C++ sources, by path. */
  readonly sources: readonly string[];
  /** Also compiled into its hash: headers. */
  readonly headers?: readonly string[];
  readonly flags?: readonly string[];
}

const inside = (folder: string, pattern: RegExp) =>
  readdirSync(folder)
    .filter((name) => pattern.test(name))
    .sort()
    .map((name) => join(folder, name));

const coreNative = join(root, "packages/core/native");
/** Where extensions find core's headers. */
export const coreInclude = join(root, "packages/core/include");

/** The fake runtime of a major version of CUDA. */
export const fakeRuntime = (major: 12 | 13): FakeLibrary => ({
  name: `libcudart.so.${major}`,
  sources: inside(join(fakes, "runtime"), /^(?!signatures).*\.cpp$/),
  headers: [
    ...inside(join(fakes, "runtime"), /\.hpp$/),
    join(fakes, "fake_cuda.h"),
    join(coreNative, "cuda_functions.hpp"),
  ],
  flags: [`-DFAKE_CUDA_MAJOR=${major}`, "-fvisibility=hidden"],
});

/** What `control.ts` opens. */
const controlBackend: FakeLibrary = {
  name: "fake_control.so",
  sources: [join(fakes, "control_backend.cpp")],
  headers: [join(fakes, "fake_cuda.h"), join(coreInclude, "polycodec.h")],
};

/**
 * A fake codec library, made of the sources in a folder of this one's. `declarations`: where in `packages` we say what the real
 * one has.
 */
export const fakeCodecLibrary = (
  name: string,
  folder: string,
  declarations: string,
  flags: readonly string[],
): FakeLibrary => ({
  name,
  sources: inside(join(fakes, folder), /\.cpp$/),
  headers: [
    ...inside(join(fakes, folder), /\.hpp$/),
    ...inside(fakes, /^library_(calls|objects)\.hpp$/),
    join(coreInclude, "polycodec_cuda_declarations.hpp"),
    join(root, "packages", declarations),
  ],
  flags: ["-fvisibility=hidden", "-Wl,--no-as-needed", ...flags],
});

/**
 * A folder with the fake runtime, the control backend and these libraries, for POLYCODEC_CUDA_PATH. The others are linked to the
 * fake runtime, and find it beside them.
 */
export function buildFakes(major: 12 | 13 = 13, libraries: readonly FakeLibrary[] = []): string {
  const runtime = fakeRuntime(major);
  const all = [runtime, controlBackend, ...libraries];
  const hash = createHash("sha256");
  for (const { name, sources, headers = [], flags = [] } of all) {
    hash.update(JSON.stringify([name, flags]));
    for (const file of [...sources, ...headers]) hash.update(readFileSync(file));
  }
  const folder = join(root, ".cache/fake-cuda", hash.digest("hex").slice(0, 16));
  if (existsSync(folder)) return folder;
  // Other test files may be building the same: the first to rename wins.
  const work = `${folder}.${process.pid}`;
  mkdirSync(work, { recursive: true });
  for (const library of all) compile(library, work, library === runtime ? [] : [join(work, runtime.name)]);
  try {
    renameSync(work, folder);
  } catch {
    rmSync(work, { recursive: true, force: true });
  }
  return folder;
}

function compile({ name, sources, flags = [] }: FakeLibrary, folder: string, libraries: readonly string[]): void {
  const usual = ["-std=c++20", "-O1", "-g", "-shared", "-fPIC", "-pthread", "-Wall", "-Wextra", "-Werror"];
  const include = [fakes, coreNative, coreInclude].flatMap((path) => ["-I", path]);
  const link = [`-Wl,-soname,${name}`, "-Wl,-rpath,$ORIGIN", ...libraries];
  execFileSync(
    process.env.CXX ?? "g++",
    [...usual, "-Wno-missing-field-initializers", ...include, ...flags, ...sources, "-o", join(folder, name), ...link],
    // Not the compiler: a sanitizer that is loaded into the tests slows it down many times over.
    { stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, LD_PRELOAD: "" } },
  );
}
