/** Where the native part of an extension's package lies. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CodecError } from "./errors.js";

/**
 * The path of a package's shared library, for `library` of a backend's description: the file in `prebuilds/` for this
 * platform, or what node-gyp has left in `build/`. `folder` holds both, and the `package.json`:
 * `new URL("..", import.meta.url)` from a module in `dist/`.
 *
 * @throws CodecError("BACKEND_UNSUPPORTED") with the command that builds it where there is none for this platform
 */
export function prebuiltLibrary(folder: string | URL): string {
  const path = typeof folder === "string" ? folder : fileURLToPath(folder);
  try {
    const finder = createRequire(import.meta.url)("node-gyp-build") as { resolve(folder: string): string };
    return finder.resolve(path);
  } catch (cause) {
    const { name } = JSON.parse(readFileSync(join(path, "package.json"), "utf8")) as { name: string };
    throw new CodecError(
      "BACKEND_UNSUPPORTED",
      `${name} has no native build for ${process.platform}-${process.arch}. ` +
        `Build it from source: (cd ${path} && npx node-gyp rebuild)`,
      { cause },
    );
  }
}
