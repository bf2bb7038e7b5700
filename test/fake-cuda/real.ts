/** NVIDIA's real headers and libraries, where `node scripts/fetch-nvidia.mjs` has put them; else tests are skipped and say so. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { root } from "../corpus.js";
import { coreInclude, fakes } from "./build.js";

/** Names of scripts/fetch-nvidia.mjs. */
export type RealPackage = "cuda-runtime-13" | "cuda-runtime-12" | "nvjpeg-13.3" | "nvjpeg-12.4" | "nvjpeg2k-0.11";

const folderOf = (name: RealPackage) => join(process.env.POLYCODEC_NVIDIA ?? join(root, ".cache/nvidia"), name);

/** The file of a package with this name: a header, a library. `undefined`: the package was not fetched. */
export function realFile(name: RealPackage, file: string): string | undefined {
  const folder = folderOf(name);
  if (!existsSync(folder)) return undefined;
  const found = readdirSync(folder, { recursive: true, encoding: "utf8" }).find((path) => path.endsWith(`/${file}`));
  if (!found) throw new Error(`${folder} has no ${file}`);
  return join(folder, found);
}

/** A test that needs some of NVIDIA's packages. */
export function realTest(
  packages: readonly RealPackage[],
  title: string,
  body: (t: ExecutionContext) => void | Promise<void>,
) {
  const missing = packages.filter((name) => !existsSync(folderOf(name)));
  if (missing.length === 0) test(title, body);
  else test.skip(`${title} (no ${missing.join(", ")}: node scripts/fetch-nvidia.mjs)`, body);
}

/**
 * Compiles a C++ source of static assertions (signatures.hpp) against real headers: `headers` are files of packages, whose
 * folders are searched. `flags`: where our own declarations are, if not beside the source or in core's include.
 */
export function signatureTest(
  title: string,
  source: string,
  headers: readonly (readonly [RealPackage, string])[],
  flags: readonly string[] = [],
): void {
  realTest(
    headers.map(([name]) => name),
    title,
    (t) => {
      const folders = headers.map(([name, file]) => dirname(realFile(name, file)!));
      const { status, stderr, error } = spawnSync(
        process.env.CXX ?? "g++",
        [
          ...["-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Werror"],
          ...["-I", fakes, "-I", coreInclude, "-I", join(fakes, "real-headers"), ...flags],
          ...folders.flatMap((folder) => ["-isystem", folder]),
          source,
        ],
        { encoding: "utf8" },
      );
      t.is(error, undefined);
      t.is(status, 0, stderr);
    },
  );
}
