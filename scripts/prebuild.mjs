/**
 * `pnpm run prebuild [--force]`: makes the native part of every package that has some, as it is shipped:
 *
 *     packages/ext-cpu/prebuilds/linux-x64/polycodec-ext-cpu.glibc.node
 *                                         /libpolycodec-ext-cpu-0.1.0-jpeg.so.62     what it needs and a system may lack
 *                                         /licenses/
 *
 * It is built in a copy of the package, so that `build/Release`, which is what a checkout runs, stays as it is; and the
 * result replaces the old one only when it has passed the checks of `bundle-libraries.mjs`.
 */
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { nativePackages, newest, nodeHeaders } from "./build-native.mjs";
import { bundleLibraries, GLIBC_FLOOR, requirePatchelf } from "./bundle-libraries.mjs";
import { root, run, SetupError, step } from "./step.mjs";

const PLATFORM = `${process.platform}-${process.arch}`;

/**
 * All that a prebuilt file shows to others. Without the list it would also export the parts of the C++ library that are
 * linked into it, and the dynamic loader would bind some of them to the copies in the node executable. `__assert_fail` is
 * for the libraries beside it (packages/ext-cpu/native/jpeg2k_assertions.hpp).
 */
const EXPORTS =
  "{ global: napi_register_module_v*; node_api_module_get_api_version_v*; polycodec_extension_v*; __assert_fail; local: *; };\n";

/** Makes what is missing or older than its sources; returns the folders of the packages. */
export function prebuild({ force = false } = {}) {
  if (process.platform !== "linux") throw new SetupError("Prebuilt packages are made on Linux.");
  const folders = nativePackages();
  for (const folder of folders) {
    const { name } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const reports = [];
    step(`prebuild ${name.replace("@polycodec/", "")}`, () => {
      if (!force && isFresh(folder)) return "up to date";
      reports.push(...make(folder));
      return `${reports.length} file${reports.length === 1 ? "" : "s"}, GLIBC_${GLIBC_FLOOR} or older`;
    });
    for (const { file, glibc, glibcxx, from } of reports)
      console.log(`  ${file.padEnd(46)} GLIBC_${glibc}  GLIBCXX ${glibcxx ?? "none"}${from ? `  from ${from}` : ""}`);
  }
  return folders;
}

function isFresh(folder) {
  const result = join(folder, "prebuilds", PLATFORM, prebuiltName(folder));
  if (!existsSync(result)) return false;
  const scripts = ["prebuild.mjs", "bundle-libraries.mjs"].map((name) => join(root, "scripts", name));
  const sources = ["binding.gyp", "native", "package.json"].map((name) => join(folder, name));
  return newest([...sources, ...scripts, join(root, "packages/core/include")]) <= statSync(result).mtimeMs;
}

/** One name for glibc's prebuilt file, in the way node-gyp-build looks for it. */
function prebuiltName(folder) {
  return `${slug(folder)}.glibc.node`;
}

/** `polycodec-ext-cpu` for packages/ext-cpu. Also the target's name in its binding.gyp. */
function slug(folder) {
  return `polycodec-${folder.split("/").at(-1)}`;
}

function make(folder) {
  requirePatchelf();
  const staging = join(root, ".cache/prebuild", slug(folder));
  stage(folder, staging);
  build(folder, staging);
  const made = join(staging, "prebuilds", PLATFORM);
  const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const reports = bundleLibraries(join(made, prebuiltName(folder)), {
    prefix: `${slug(folder)}-${version}`,
    linkedIn: ["libstdc++.a"],
  });
  const place = join(folder, "prebuilds", PLATFORM);
  rmSync(place, { recursive: true, force: true });
  mkdirSync(join(folder, "prebuilds"), { recursive: true });
  renameSync(made, place);
  rmSync(staging, { recursive: true });
  return reports;
}

function stage(folder, staging) {
  rmSync(staging, { recursive: true, force: true });
  mkdirSync(staging, { recursive: true });
  for (const name of ["binding.gyp", "package.json", "native", "include"])
    if (existsSync(join(folder, name))) cpSync(join(folder, name), join(staging, name), { recursive: true });
  symlinkSync(join(folder, "node_modules"), join(staging, "node_modules"));
  writeFileSync(join(staging, "exports.map"), EXPORTS);
}

function build(folder, staging) {
  // The C++ library is linked in: ours asks for GLIBCXX_3.4.30, which systems with the oldest glibc we serve do not have.
  // It is safe because nothing of C++ crosses our borders, which are C tables and Node-API: no exception, no `delete`. An
  // extension that bundles a C++ library must not do it. What is not used is dropped (Debian's archive asks for
  // GLIBC_2.36 in std::random_device), and libgcc stays shared (its archive asks for GLIBC_2.35 to unwind).
  const link = ["-static-libstdc++", "-Wl,--gc-sections", `-Wl,--version-script=${join(staging, "exports.map")}`];
  // No path of the building machine in what is shipped, be it only in the text of an assertion.
  const compile = [`-ffile-prefix-map=${staging}=.`, `-ffile-prefix-map=${root}=.`];
  const headers = nodeHeaders();
  run(
    join(root, "node_modules/.bin/prebuildify"),
    ["--napi", "--strip", "--tag-libc", "--name", slug(folder), "--target", `node@${process.versions.node}`],
    {
      cwd: staging,
      env: {
        LDFLAGS: joined(process.env.LDFLAGS, link),
        CFLAGS: joined(process.env.CFLAGS, compile),
        CXXFLAGS: joined(process.env.CXXFLAGS, compile),
        npm_config_jobs: "max",
        ...(headers ? { npm_config_nodedir: headers } : {}),
      },
    },
  );
}

function joined(inherited, flags) {
  return [inherited ?? "", ...flags].join(" ").trim();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    prebuild({ force: process.argv.includes("--force") });
  } catch (error) {
    console.error(error instanceof SetupError ? error.message : error);
    process.exit(1);
  }
}
