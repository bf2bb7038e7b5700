/**
 * `pnpm run pack:all [--out DIR]`: compiles, makes what is missing of the prebuilt files, packs every package into
 * `out/packages/` (or DIR) and examines the tarballs: what is in them, what publint and arethetypeswrong say of them.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { bundleCore } from "./bundle-core.mjs";
import { prebuild } from "./prebuild.mjs";
import { root, run, SetupError, step } from "./step.mjs";

/** What a package may have at its top. `dist` is there for Node, `src` for the source maps, the rest to build from source. */
const CONTENT = [
  "package.json",
  "LICENSE",
  "README.md",
  "CHANGELOG.md",
  "dist",
  "src",
  "include",
  "prebuilds",
  "native",
  "binding.gyp",
];

/** What has no business in a package, wherever it lies. */
const UNWANTED = /(^|\/)(tests?|build|node_modules|out)\/|\.(test|spec)\.|\.tsbuildinfo$|\.tgz$|(^|\/)\.(?!\/)/;

/** Libraries and headers of NVIDIA's, which are opened where they are, and never shipped. */
const NVIDIAS = /(^|\/)(lib(cuda|cudart|nvjpeg|nvjpeg2k|nvtiff|nvcomp)\.|(cuda\w*|nvjpeg|nvjpeg2k|nvtiff)\.h$)/;

const INSTALL_SCRIPTS = ["preinstall", "install", "postinstall", "prepublish", "preprepare", "prepare", "postprepare"];

/** Packs into `out`, which is emptied of tarballs; returns their paths. */
export function packAll({ out = join(root, "out/packages") } = {}) {
  step("typescript", () => {
    const folders = packages();
    run(join(root, "node_modules/.bin/tsc"), ["-b", ...folders]);
    bundleCore();
    const left = folders.reduce((count, folder) => count + removeLeftovers(folder), 0);
    return left > 0 ? `compiled, ${left} files of former sources removed` : "compiled";
  });
  prebuild();
  mkdirSync(out, { recursive: true });
  for (const name of readdirSync(out)) if (name.endsWith(".tgz")) rmSync(join(out, name));
  return packages().map((folder) => pack(folder, out));
}

function packages() {
  return readdirSync(join(root, "packages"))
    .map((name) => join(root, "packages", name))
    .filter((folder) => existsSync(join(folder, "package.json")));
}

/** tsc leaves what it made of a source that is gone. */
function removeLeftovers(folder) {
  const left = filesIn(join(folder, "dist")).filter((file) => {
    const source = file.replace(/(\.d)?\.(js|ts)(\.map)?$/, ".ts");
    return /\.(js|ts|map)$/.test(file) && !file.startsWith("bundle/") && !existsSync(join(folder, "src", source));
  });
  for (const file of left) rmSync(join(folder, "dist", file));
  return left.length;
}

function pack(folder, out) {
  const { name } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  let tarball;
  step(`pack ${name.replace("@polycodec/", "")}`, () => {
    const result = run(pnpm(), ["pack", "--pack-destination", out, "--json"], { cwd: folder });
    tarball = resolve(out, basename(JSON.parse(result).filename));
    const { files, bytes } = examine(tarball);
    lint(tarball);
    return `${basename(tarball)}, ${kilobytes(statSync(tarball).size)}, unpacked ${files} files, ${kilobytes(bytes)}`;
  });
  return tarball;
}

/** The copy that setup.mjs installs; in a checkout that is not set up, whichever is in the path. */
function pnpm() {
  const own = join(root, ".tools/node_modules/.bin/pnpm");
  return existsSync(own) ? own : "pnpm";
}

function examine(tarball) {
  const unpacked = mkdtempSync(join(tmpdir(), "polycodec-pack-"));
  try {
    run("tar", ["--extract", "--gzip", `--file=${tarball}`, `--directory=${unpacked}`]);
    const folder = join(unpacked, "package");
    const faults = packageFaults(folder);
    if (faults.length > 0) throw new SetupError(`${basename(tarball)}:\n  ${faults.join("\n  ")}`);
    const files = filesIn(folder);
    return { files: files.length, bytes: files.reduce((sum, file) => sum + statSync(join(folder, file)).size, 0) };
  } finally {
    rmSync(unpacked, { recursive: true });
  }
}

/** What is wrong with an unpacked package, in words; empty if nothing is. */
export function packageFaults(folder) {
  const files = filesIn(folder);
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  return [
    ...files
      .filter((file) => UNWANTED.test(file) || !CONTENT.includes(file.split("/")[0]))
      .map((file) => `${file} is not wanted`),
    ...files.filter((file) => NVIDIAS.test(file)).map((file) => `${file} is NVIDIA's`),
    ...missing(manifest, files).map((file) => `${file} is missing`),
    ...manifestFaults(manifest, files),
    ...files.filter((file) => file.endsWith(".map")).flatMap((file) => lostSources(folder, file)),
    ...files.flatMap((file) => pathsOfThisMachine(join(folder, file)).map((path) => `${file} tells of ${path}`)),
  ];
}

function missing(manifest, files) {
  const targets = [manifest.exports, manifest.bin].flatMap(strings).map((path) => path.replace(/^\.\//, ""));
  const wanted = ["LICENSE", ...targets];
  if (manifest.name === "@polycodec/core") wanted.push("include/polycodec.h");
  if (files.includes("binding.gyp")) {
    const prebuilt = `${manifest.name.replace(/^@(.*)\//, "$1-")}.glibc.node`;
    wanted.push(`prebuilds/linux-x64/${prebuilt}`, "prebuilds/linux-x64/licenses/libraries.txt");
  }
  return wanted.filter((file) => !files.includes(file));
}

function strings(value) {
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(strings) : (value ?? []);
}

function manifestFaults(manifest, files) {
  const faults = INSTALL_SCRIPTS.filter((name) => manifest.scripts?.[name]).map((name) => `it has the script ${name}`);
  // With a binding.gyp and without this, npm and pnpm would run node-gyp at every install.
  if (files.includes("binding.gyp") && manifest.gypfile !== false) faults.push('"gypfile": false is missing');
  for (const kind of ["dependencies", "peerDependencies", "optionalDependencies"])
    for (const [name, range] of Object.entries(manifest[kind] ?? {}))
      if (/^(workspace|file|link|catalog):/.test(range)) faults.push(`${kind}: ${name} is ${range}`);
  return faults;
}

function lostSources(folder, file) {
  const { sources } = JSON.parse(readFileSync(join(folder, file), "utf8"));
  const lost = sources.filter((source) => !existsSync(join(folder, dirname(file), source)));
  return lost.map((source) => `${file} maps to ${source}, which is not there`);
}

/** Folders of the machine it was built on; the project's own anywhere, the user's and the temporary ones in native code. */
function pathsOfThisMachine(file) {
  const bytes = readFileSync(file);
  const paths = /\.node$|\.so\b/.test(file) ? [root, `${homedir()}/`, `${tmpdir()}/`] : [root];
  return paths.filter((path) => path.length > 2 && bytes.includes(path));
}

function lint(tarball) {
  run(join(root, "node_modules/.bin/publint"), ["run", tarball, "--strict"]);
  // ESM alone: from Node 20.19 on, `require()` loads it as well.
  run(join(root, "node_modules/.bin/attw"), [tarball, "--profile", "esm-only", "--no-definitely-typed", "--no-color"]);
}

/** Paths of all files, relative to the folder, with slashes. */
function filesIn(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => !entry.isDirectory());
  return entries.map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1)).sort();
}

function kilobytes(bytes) {
  return `${Math.ceil(bytes / 1024)} KiB`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    const { values } = parseArgs({ options: { out: { type: "string" } }, allowPositionals: true });
    packAll(values.out ? { out: resolve(values.out) } : {});
  } catch (error) {
    console.error(error instanceof SetupError ? error.message : error);
    process.exit(1);
  }
}
