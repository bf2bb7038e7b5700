/**
 * Builds the native packages with AddressSanitizer and UndefinedBehaviorSanitizer into a copy of the packages, and runs the
 * thread and damage tests on that copy, and those of CUDA devices on the fake libraries: `node scripts/test-asan.mjs [ava's
 * arguments]`. The ordinary builds stay as they are. `--packages core,ext-nvjpeg` first: only these are built so, the others
 * are taken as they are.
 *
 * Node itself is not built with the sanitizer, so its library is preloaded. Leaks are not looked for: V8 ends without
 * freeing its heap, and singletons are never destroyed, on purpose; the tests compare the runtime's own counters.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { availableParallelism } from "node:os";
import { basename, dirname, join } from "node:path";
import { nativePackages } from "./build-native.mjs";
import { root, run, SetupError, step } from "./step.mjs";

/** The copy: what tests load, with `build/` folders of its own. */
const copy = join(root, ".cache/asan");
const SANITIZE = ["-fsanitize=address,undefined", "-fno-sanitize-recover=undefined", "-fno-omit-frame-pointer"];
const GPU_TESTS = ["decode", "device", "failures"];
const TESTS = [
  "test/threads.test.js",
  "test/damage.test.js",
  "test/cuda.test.js",
  "test/cuda-faults.test.js",
  ...["ext-nvjpeg", "ext-nvjpeg2k"].flatMap((name) => GPU_TESTS.map((file) => `packages/${name}/test/${file}.test.js`)),
  "packages/ext-nvjpeg/test/lossless.test.js",
  "packages/ext-nvjpeg2k/test/encode.test.js",
];
const given = process.argv.slice(2);
const sanitized = given[0] === "--packages" ? given.splice(0, 2)[1].split(",") : undefined;

try {
  step("typescript", () => run(join(root, "node_modules/.bin/tsc"), ["-b"]) && "compiled");
  step("copy", makeCopy);
  for (const name of nativePackages().map((folder) => basename(folder)))
    step(`native ${name}`, () => (!sanitized || sanitized.includes(name) ? buildNative(name) : copyNative(name)));
  process.exitCode = test();
} catch (error) {
  console.error(error instanceof SetupError ? error.message : error);
  process.exitCode = 1;
}

/** Packages are copied, so that their `build/` can differ; tools and dependencies are linked. */
function makeCopy() {
  rmSync(copy, { recursive: true, force: true });
  mkdirSync(join(copy, "node_modules/@polycodec"), { recursive: true });
  // The fakes are compiled by the tests that use them.
  for (const file of ["package.json", "dist-test", "test/fake-cuda"])
    cpSync(join(root, file), join(copy, file), { recursive: true });
  for (const name of readdirSync(join(root, "packages"))) {
    cpSync(join(root, "packages", name), join(copy, "packages", name), {
      recursive: true,
      filter: (path) => !/[\\/](build|node_modules|prebuilds)$/.test(path),
    });
  }
  const scope = join(copy, "node_modules/@polycodec");
  for (const name of readdirSync(join(copy, "packages"))) {
    const folder = join(copy, "packages", name);
    symlinkSync(folder, name === "polycodec" ? join(copy, "node_modules/polycodec") : join(scope, name));
    linkDependencies(name);
  }
  symlinkSync(join(root, "node_modules/ava"), join(copy, "node_modules/ava"));
  return "made";
}

/** What a package finds in its own node_modules: ours are those of the copy, the others the real ones. */
function linkDependencies(name) {
  const from = join(root, "packages", name, "node_modules");
  if (!existsSync(from)) return;
  const to = join(copy, "packages", name, "node_modules");
  mkdirSync(to);
  for (const entry of readdirSync(from)) {
    if (entry.startsWith(".")) continue;
    if (entry === "@polycodec") symlinkSync(join(copy, "node_modules/@polycodec"), join(to, entry));
    else symlinkSync(join(from, entry), join(to, entry));
  }
}

/** One command a library, with the sources that binding.gyp takes: all below `native/` but its tests. */
function buildNative(name) {
  const folder = join(copy, "packages", name);
  const native = join(folder, "native");
  const sources = readdirSync(native, { recursive: true }).filter(
    (file) => file.endsWith(".cpp") && !file.startsWith("test"),
  );
  const release = join(folder, "build/Release");
  mkdirSync(release, { recursive: true });
  const flags = [
    "-std=c++20",
    "-O1",
    "-g",
    "-fPIC",
    "-fvisibility=hidden",
    "-DNAPI_VERSION=9",
    ...SANITIZE,
    `-I${join(copy, "packages/core/include")}`,
    ...nodeHeaders().map((path) => `-I${path}`),
  ];
  // One line of arguments a source; xargs runs as many compilers at a time as there are cores.
  const jobs = sources.map((file) => [
    ...flags,
    "-c",
    join(native, file),
    "-o",
    join(release, file.replaceAll("/", "-").replace(/\.cpp$/, ".o")),
  ]);
  const lines = jobs.map((args) => args.map((arg) => `'${arg}'`).join(" ")).join("\n");
  const result = spawnSync("xargs", ["-P", String(availableParallelism()), "-L", "1", "g++"], {
    input: `${lines}\n`,
    encoding: "utf8",
    maxBuffer: 64 << 20,
  });
  if (result.status !== 0) throw new SetupError(`${result.stdout}${result.stderr}`);
  const [{ target_name: target, libraries = [] }] = JSON.parse(
    readFileSync(join(folder, "binding.gyp"), "utf8"),
  ).targets;
  const objects = sources.map((file) => join(release, file.replaceAll("/", "-").replace(/\.cpp$/, ".o")));
  run("g++", [
    "-shared",
    ...SANITIZE,
    "-Wl,-z,nodelete",
    ...objects,
    ...libraries,
    "-ldl",
    "-lpthread",
    "-o",
    join(release, `${target}.node`),
  ]);
  return `${sources.length} files`;
}

function copyNative(name) {
  const release = join("packages", name, "build/Release");
  for (const file of readdirSync(join(root, release)).filter((path) => path.endsWith(".node")))
    cpSync(join(root, release, file), join(copy, release, file));
  return "as it is";
}

/** As node-gyp has them: beside the node binary, or where Debian and others put them. */
function nodeHeaders() {
  const places = [process.env.npm_config_nodedir, join(dirname(process.execPath), ".."), "/usr/local", "/usr"];
  const found = places.filter((place) => place && existsSync(join(place, "include/node/node_api.h")));
  if (found.length === 0)
    throw new SetupError("node_api.h is not found; set npm_config_nodedir to where Node's headers are");
  return [join(found[0], "include/node")];
}

function test() {
  const library = (name) => execFileSync("g++", [`-print-file-name=${name}`], { encoding: "utf8" }).trim();
  const files = given.length > 0 ? given : TESTS.map((file) => join("dist-test", file));
  const env = {
    ...process.env,
    POLYCODEC_CORPUS: process.env.POLYCODEC_CORPUS ?? join(root, "../shared/corpus"),
    LD_PRELOAD: [library("libasan.so"), library("libubsan.so")].join(":"),
    // V8 reserves address space that the sanitizer would rather have; both get along without its checks of that.
    ASAN_OPTIONS:
      "detect_leaks=0:abort_on_error=0:exitcode=99:allocator_may_return_null=1:detect_stack_use_after_return=0",
    UBSAN_OPTIONS: "print_stacktrace=1:halt_on_error=1:exitcode=99",
  };
  const { status } = spawnSync(
    process.execPath,
    [join(root, "node_modules/ava/entrypoints/cli.mjs"), "--timeout=30m", ...files],
    { cwd: copy, env, stdio: "inherit" },
  );
  return status ?? 1;
}
