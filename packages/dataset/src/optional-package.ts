/** What few users need is not installed with the rest; who asks for it is told how to get it. */
import { PolycodecError } from "@polycodec/core";

/** For `import("…").catch(missingPackage("--redis", ["bullmq", "ioredis"]))`. */
export function missingPackage(wanted: string, packages: readonly string[]): (error: unknown) => never {
  return (cause) => {
    if ((cause as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw cause;
    throw new PolycodecError(
      "ERR_POLYCODEC_UNSUPPORTED",
      `${wanted} needs packages that are not installed: npm install ${packages.join(" ")}`,
      { cause },
    );
  };
}
