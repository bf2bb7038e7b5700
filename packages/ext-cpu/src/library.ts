/** Where this package's shared library is: a prebuild, or what `node-gyp rebuild` has made. */
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { CodecError } from "@polycodec/core/plugin";

const require = createRequire(import.meta.url);

/** Looked for when the first backend comes to life, so that importing the package touches no file. */
export function library(): string {
  const root = dirname(dirname(fileURLToPath(import.meta.url)));
  const { resolve } = require("node-gyp-build") as { resolve(folder: string): string };
  try {
    return resolve(root);
  } catch (error) {
    const platform = `${process.platform}-${process.arch}`;
    throw new CodecError(
      "BACKEND_UNSUPPORTED",
      `@polycodec/ext-cpu has no prebuilt library for ${platform}; build it with: cd ${root} && npx node-gyp rebuild`,
      { cause: error },
    );
  }
}
