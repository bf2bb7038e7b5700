/** Where the native part of this package lies: prebuilt for the platform, or built from source. */
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { CodecError } from "@polycodec/core/plugin";

/** Holds `prebuilds/`, or `build/` after a build from source. */
const PACKAGE = fileURLToPath(new URL("..", import.meta.url));

/**
 * The path of the shared library, which core's runtime opens. Throws `CodecError("BACKEND_UNSUPPORTED")` with the
 * command that builds it where there is none for this platform.
 */
export function library(): string {
  try {
    const finder = createRequire(import.meta.url)("node-gyp-build") as { resolve(folder: string): string };
    return finder.resolve(PACKAGE);
  } catch (cause) {
    throw new CodecError(
      "BACKEND_UNSUPPORTED",
      `@polycodec/ext-nvjpeg2k has no native build for ${process.platform}-${process.arch}. ` +
        `Build it from source: (cd ${PACKAGE} && npx node-gyp rebuild)`,
      { cause },
    );
  }
}
