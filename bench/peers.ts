/** The other libraries: never dependencies of the project, but installed beside it when the bench first needs them. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder, projectFolder } from "./project.js";

const npmPeers = { sharp: "0.35.5", "@napi-rs/image": "1.15.0", "@julusian/jpeg-turbo": "2.3.0" } as const;
export type NpmPeer = keyof typeof npmPeers;

/** By package name; Python's libraries by the names of peers/python_peer.py. */
export type Versions = Readonly<Record<string, string>>;

/** Installs the npm peers if that is not done; what cannot be had is missing from the result. */
export function installPeers(notice: (text: string) => void): Versions {
  const folder = cacheFolder("peers");
  const missing = Object.entries(npmPeers).filter(([name, version]) => installed(folder, name) !== version);
  if (missing.length > 0) {
    writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
    const specs = missing.map(([name, version]) => `${name}@${version}`);
    notice(`installing ${specs.join(", ")} into .cache/bench/peers`);
    try {
      // All three ship prebuilt addons; an install script could only start a compiler.
      execFileSync("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", ...specs], {
        cwd: folder,
        stdio: "ignore",
      });
    } catch {
      notice("npm could not install them all; those that are missing are left out");
    }
  }
  const versions = Object.keys(npmPeers).map((name) => [name, installed(folder, name)]);
  return Object.fromEntries(versions.filter(([, version]) => version !== undefined));
}

function installed(folder: string, name: string): string | undefined {
  const manifest = join(folder, "node_modules", name, "package.json");
  return existsSync(manifest) ? (JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version : undefined;
}

export const pythonPeer = join(projectFolder, "bench/peers/python_peer.py");

/** The libraries that this Python has. */
export function pythonPeers(python: string): Versions {
  return JSON.parse(execFileSync(python, [pythonPeer, "versions"], { encoding: "utf8" })) as Versions;
}
