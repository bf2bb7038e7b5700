/**
 * Makes a fresh checkout ready to run: system packages, pnpm, dependencies, TypeScript, native code. Needs Node and npm
 * alone, and nothing outside the project's folder but what apt installs. Does only what is missing, so that every other
 * script can begin with it. With `--tests` also what the tests need: they compile, and Debian's djpeg and cjpeg are there.
 */
import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { buildNative } from "./build-native.mjs";
import { bundleCore } from "./bundle-core.mjs";
import { root, run, SetupError, step } from "./step.mjs";

const PNPM = "12.21.0";

/** What a build needs of the system: Debian's package, and a program or header by which it is known to be there. */
const SYSTEM = [
  { package: "g++", program: "g++" },
  { package: "make", program: "make" },
  { package: "python3", program: "python3" },
  { package: "libcharls-dev", header: "charls/charls.h" },
  { package: "libdeflate-dev", header: "libdeflate.h" },
  { package: "libjpeg62-turbo-dev", header: "jpeglib.h" },
  { package: "libopenjp2-7-dev", header: "openjpeg-2.5/openjpeg.h" },
  { package: "libopenjph-dev", header: "openjph/ojph_version.h" },
  { package: "libwebp-dev", header: "webp/decode.h" },
];
/** What the tests compare with. */
const TEST_PROGRAMS = [
  { package: "libjpeg-turbo-progs", program: "djpeg" },
  { package: "libspng-dev", header: "spng.h" },
  { package: "libopenjp2-tools", program: "opj_decompress" },
  { package: "pngcheck", program: "pngcheck" },
  { package: "qemu-user", program: "qemu-x86_64" },
  { package: "redis-server", program: "redis-server" },
  { package: "webp", program: "dwebp" },
];
const tests = process.argv.includes("--tests");
if (tests) SYSTEM.push(...TEST_PROGRAMS);

try {
  requireNode();
  step("system packages", systemPackages);
  step("pnpm", pnpm);
  step("dependencies", dependencies);
  step("typescript", typescript);
  step("bundle", bundleCore);
  buildNative();
} catch (error) {
  console.error(error instanceof SetupError ? error.message : error);
  process.exit(1);
}

function requireNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  throw new SetupError(`Polycodec needs Node.js 20.19 or newer; this is ${process.version} (${process.execPath}).`);
}

function systemPackages() {
  const missing = missingPackages();
  if (missing.length === 0) return "present";
  const install = ["install", "--yes", "--no-install-recommends", ...missing];
  const aptGet = inPath("apt-get");
  if (process.getuid?.() !== 0 || !aptGet) {
    const command = aptGet ? `sudo apt-get update && sudo apt-get ${install.join(" ")}` : "";
    throw new SetupError(
      `Missing on this machine (names of Debian packages): ${missing.join(" ")}` +
        (command ? `\nInstall them with:\n\n  ${command}\n` : "\nInstall what corresponds to them, and try again."),
    );
  }
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  run("apt-get", ["update"], { env });
  run("apt-get", install, { env });
  const still = missingPackages();
  if (still.length > 0) throw new SetupError(`Installed with apt, and yet not found: ${still.join(" ")}`);
  return `installed ${missing.join(" ")}`;
}

function missingPackages() {
  const missing = SYSTEM.filter(({ program, header }) => !(program ? inPath(program) : hasHeader(header)));
  return missing.map((needed) => needed.package);
}

function inPath(program) {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Asks the compiler only when the header is not in its usual place: that takes a tenth of a second. */
function hasHeader(header) {
  if (existsSync(`/usr/include/${header}`)) return true;
  if (!inPath("g++")) return false;
  try {
    run("g++", ["-fsyntax-only", "-include", "cstdio", "-include", header, "-x", "c++", "/dev/null"]);
    return true;
  } catch {
    return false;
  }
}

/** Our own copy of pnpm in `.tools`: no global tool is used or installed. */
function pnpm() {
  const manifest = join(root, ".tools/node_modules/pnpm/package.json");
  if (existsSync(manifest) && JSON.parse(readFileSync(manifest, "utf8")).version === PNPM) return `${PNPM} present`;
  const quiet = ["--no-save", "--no-audit", "--no-fund", "--loglevel=error"];
  run("npm", ["install", "--prefix", join(root, ".tools"), ...quiet, `pnpm@${PNPM}`], {
    hint: "pnpm comes from the npm registry; is it reachable?",
  });
  return `${PNPM} installed`;
}

function dependencies() {
  // CI=true: never ask. A pnpm that finds node_modules made by another version would otherwise wait for an answer.
  const output = run(join(root, ".tools/node_modules/.bin/pnpm"), ["install", "--frozen-lockfile"], {
    env: { CI: "true" },
  });
  const added = /^Packages: \+(\d+)/m.exec(output)?.[1];
  return added ? `${added} packages installed` : "up to date";
}

function typescript() {
  run(join(root, "node_modules/.bin/tsc"), ["-b", ...(tests ? [] : ["packages/polycodec"])]);
  return "compiled";
}
