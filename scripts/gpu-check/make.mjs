/**
 * `node scripts/gpu-check/make.mjs`: makes `out/polycodec-gpu-check.sh`, one file that runs the GPU suite and benchmark on any
 * x86-64 Linux with an NVIDIA driver: a script with a compressed archive behind it, in which are
 *
 *     bin/node                  the Node.js that runs this
 *     node_modules/             the packages as they are packed, with their prebuilt files
 *     gpu-check/                this folder's suite
 *     nvidia/                   NVIDIA's libraries, of those that `fetch-nvidia.mjs` has fetched, with their licences
 *     bundle.json               what of, and what is left out
 *
 * The pictures are drawn by the suite itself. With NVIDIA's libraries the file is for your own machines, not for publishing.
 */
import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { packAll } from "../pack-all.mjs";
import { root, run, SetupError, step } from "../step.mjs";
import { CUDA_RUNTIMES, EXTENSIONS } from "./extensions.mjs";

const MAX_BYTES = 60e6;
const result = join(root, "out/polycodec-gpu-check.sh");
const here = join(root, "scripts/gpu-check");
const leftOut = [];

const staging = mkdtempSync(join(tmpdir(), "polycodec-gpu-bundle-"));
try {
  const tarballs = packAll();
  step("node", copyNode);
  step("packages", () => installPackages(tarballs));
  step("suite", () => cpSync(join(here, "."), join(staging, "gpu-check"), { recursive: true }));
  step("libraries", copyLibraries);
  step("bundle", bundle);
} catch (error) {
  console.error(error instanceof SetupError ? error.message : error);
  process.exitCode = 1;
} finally {
  rmSync(staging, { recursive: true });
}

function copyNode() {
  mkdirSync(join(staging, "bin"));
  copyFileSync(realpathSync(process.execPath), join(staging, "bin/node"));
  return process.version;
}

/** Core, ext-cpu and the extensions, unpacked; and what they depend on, as the workspace has it. */
function installPackages(tarballs) {
  const names = ["@polycodec/core", "@polycodec/ext-cpu"];
  for (const { name } of EXTENSIONS) {
    if (existsSync(join(root, "packages", basename(name)))) names.push(name);
    else leftOut.push(`${name}: this checkout has no such package`);
  }
  for (const name of names) {
    const prefix = `${name.replace(/^@(.*)\//, "$1-")}-`;
    const tarball = tarballs.find((path) => /^\d/.test(basename(path).split(prefix)[1] ?? ""));
    const folder = join(staging, "node_modules", name);
    mkdirSync(folder, { recursive: true });
    run("tar", ["--extract", "--gzip", "--strip-components=1", `--file=${tarball}`, `--directory=${folder}`]);
    const { dependencies = {} } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    for (const dependency of Object.keys(dependencies)) {
      const from = join(root, "packages", basename(name), "node_modules", dependency);
      cpSync(realpathSync(from), join(staging, "node_modules", dependency), { recursive: true });
    }
  }
  return names.map((name) => basename(name)).join(" ");
}

/** Of what was fetched: shared libraries and licences. `fetch-nvidia.mjs` is run for what is missing. */
function copyLibraries() {
  const wanted = [...CUDA_RUNTIMES, ...EXTENSIONS.flatMap(({ nvidia }) => nvidia)];
  spawnSync(process.execPath, [join(root, "scripts/fetch-nvidia.mjs"), ...wanted]);
  const to = join(staging, "nvidia");
  mkdirSync(join(to, "licenses"), { recursive: true });
  for (const name of wanted) {
    const from = join(root, ".cache/nvidia", name);
    if (!existsSync(from)) {
      leftOut.push(`${name}: it could not be fetched; the system's will do`);
      continue;
    }
    for (const file of readdirSync(from, { recursive: true, encoding: "utf8" })) {
      if (/\.so[.\d]*$/.test(file)) copyFileSync(join(from, file), join(to, basename(file)));
      if (/\/licenses\/.*[^/]$/.test(file) && statSync(join(from, file)).isFile())
        copyFileSync(join(from, file), join(to, "licenses", `${name}-${basename(file)}`));
    }
  }
  return libraries().join(" ") || "none";
}

function libraries() {
  return readdirSync(join(staging, "nvidia")).filter((name) => name.includes(".so"));
}

function bundle() {
  const facts = {
    commit: run("git", ["describe", "--always", "--dirty"]).trim(),
    made: new Date().toISOString().slice(0, 10),
    node: process.version,
    nvidia: libraries(),
    leftOut,
  };
  writeFileSync(join(staging, "bundle.json"), JSON.stringify(facts, null, 2));
  const archive = `${staging}.tar.gz`;
  try {
    run("tar", ["--create", "--use-compress-program=gzip -9", `--file=${archive}`, `--directory=${staging}`, "."]);
    mkdirSync(join(root, "out"), { recursive: true });
    copyFileSync(join(here, "run.sh"), result);
    appendFileSync(result, readFileSync(archive));
  } finally {
    rmSync(archive, { force: true });
  }
  const { size } = statSync(result);
  if (size > MAX_BYTES) throw new SetupError(`${result} has ${size} bytes; at most ${MAX_BYTES} are wanted`);
  return `${basename(result)}, ${(size / 1e6).toFixed(1)} MB${leftOut.length > 0 ? `; left out: ${leftOut.join("; ")}` : ""}`;
}
