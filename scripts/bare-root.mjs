/**
 * `node scripts/bare-root.mjs DIR`: makes a root folder with the C and C++ libraries and the running node executable in it,
 * and nothing else: no shell, no compiler, no codec library. What runs there (`chroot DIR /usr/bin/node …`) needs no more.
 *
 * Takes Debian's packages as they are, unpacked; needs apt and dpkg, and no root but for the chroot itself.
 */
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { run, SetupError } from "./step.mjs";

const PACKAGES = ["libc6", "libgcc-s1", "libstdc++6"];

export function makeBareRoot(folder) {
  mkdirSync(folder, { recursive: true });
  if (readdirSync(folder).length > 0) throw new SetupError(`${folder} is not empty.`);
  const downloads = mkdtempSync(join(tmpdir(), "polycodec-debs-"));
  try {
    download(downloads);
    for (const name of readdirSync(downloads)) run("dpkg-deb", ["--extract", join(downloads, name), folder]);
  } finally {
    rmSync(downloads, { recursive: true });
  }
  // From Debian 13 on, the packages have their files under /usr alone.
  for (const name of ["lib", "lib64"])
    if (!existsSync(join(folder, name)) && existsSync(join(folder, "usr", name)))
      symlinkSync(`usr/${name}`, join(folder, name));
  mkdirSync(join(folder, "tmp"));
  chmodSync(join(folder, "tmp"), 0o1777);
  addNode(folder);
}

function download(folder) {
  // apt's own user may not write into our folder; as root it then says so and goes on.
  const get = () => run("apt-get", ["download", "--quiet", ...PACKAGES], { cwd: folder });
  try {
    get();
  } catch {
    // The lists may be old, or absent as in most container images.
    run("apt-get", ["update", "--quiet"], { hint: "The lists of apt are needed, to download Debian's packages." });
    get();
  }
}

function addNode(folder) {
  const node = realpathSync(process.execPath);
  for (const [, soname] of run("ldd", [node]).matchAll(/^\s*(\S+) => \//gm)) {
    const found = readdirSync(folder, { recursive: true }).some((path) => path.endsWith(`/${soname}`));
    if (!found) throw new SetupError(`${node} needs ${soname}, which is in none of ${PACKAGES.join(", ")}.`);
  }
  mkdirSync(join(folder, "usr/bin"), { recursive: true });
  copyFileSync(node, join(folder, "usr/bin/node"));
  chmodSync(join(folder, "usr/bin/node"), 0o755);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    if (!process.argv[2]) throw new SetupError("usage: node scripts/bare-root.mjs DIR");
    makeBareRoot(resolve(process.argv[2]));
    console.log(`chroot ${resolve(process.argv[2])} /usr/bin/node`);
  } catch (error) {
    console.error(error instanceof SetupError ? error.message : error);
    process.exit(1);
  }
}
