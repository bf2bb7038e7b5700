/**
 * Downloads NVIDIA's libraries and headers, of the versions that the tests compare with, from the Python Package Index into
 * `.cache/nvidia/<name>/`. Needs python3 with pip. Nothing of it is part of any package: tests that find it there compile our
 * declarations against the real headers and open the real libraries; without it they are skipped and say so.
 *
 *     node scripts/fetch-nvidia.mjs               all that is missing
 *     node scripts/fetch-nvidia.mjs nvjpeg-13.3   some
 *
 * Exit status 3: there is no Python with pip, or no network; nothing is wrong with the project.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "./step.mjs";

/** By name, what pip is asked for. A wheel's files lie in `nvidia/`. */
const PACKAGES = {
  "cuda-runtime-13": "nvidia-cuda-runtime==13.*",
  "cuda-runtime-12": "nvidia-cuda-runtime-cu12==12.*",
  "nvjpeg-13.3": "nvidia-nvjpeg==13.3.*",
  "nvjpeg-12.4": "nvidia-nvjpeg-cu12==12.4.*",
  "nvjpeg2k-0.11": "nvidia-nvjpeg2k-cu13==0.11.*",
};

const folder = join(root, ".cache/nvidia");

/** Downloads one and unpacks it. Returns the reason if that cannot be done. */
function fetchPackage(name) {
  mkdirSync(folder, { recursive: true });
  const work = mkdtempSync(join(folder, ".work-"));
  try {
    const wheels = join(work, "wheels");
    const why =
      python(
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--only-binary",
        ":all:",
        "--dest",
        wheels,
        PACKAGES[name],
      ) ?? python("-m", "zipfile", "-e", join(wheels, readdirSync(wheels)[0] ?? ""), join(work, name));
    if (why) return why;
    rmSync(join(folder, name), { recursive: true, force: true });
    renameSync(join(work, name), join(folder, name));
    return undefined;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Why it failed; `undefined` if it did not. */
function python(...args) {
  const { status, error, stderr } = spawnSync("python3", args, { encoding: "utf8", timeout: 300_000 });
  if (error) return error.message;
  return status === 0 ? undefined : (stderr.trim().split("\n").at(-1) ?? `exit status ${status}`);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(PACKAGES);
  for (const name of wanted) {
    if (!(name in PACKAGES)) {
      console.error(`${name} is none of ${Object.keys(PACKAGES).join(", ")}`);
      process.exit(2);
    }
    if (existsSync(join(folder, name))) {
      console.log(`${name}: is there`);
      continue;
    }
    const why = fetchPackage(name);
    console.log(`${name}: ${why ?? "downloaded"}`);
    if (why) process.exitCode = 3;
  }
}
