/** What the machine is: driver, devices, runtime, or exactly what is missing of them. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const bundle = fileURLToPath(new URL("../..", import.meta.url));

/** Folders of NVIDIA's libraries in the bundle; none in a checkout. */
export function bundledLibraries() {
  const folder = join(bundle, "nvidia");
  return existsSync(folder) ? [folder] : [];
}

export async function facts() {
  const { cudaInfo } = await import("@polycodec/core");
  const cuda = cudaInfo();
  const devices = cuda.devices ?? [];
  return {
    node: process.version,
    cpu: cpus()[0]?.model ?? "unknown",
    cores: availableParallelism(),
    bundle: existsSync(join(bundle, "bundle.json"))
      ? JSON.parse(readFileSync(join(bundle, "bundle.json"), "utf8"))
      : undefined,
    driver: driver(),
    cuda,
    devices,
    // The fake runtime of the tests says so in the names of its devices.
    isFake: devices.some(({ name }) => name.startsWith("FAKE")),
  };
}

/** What of a driver can be seen without any library. */
function driver() {
  const version = "/proc/driver/nvidia/version";
  const nodes = existsSync("/dev") ? readdirSync("/dev").filter((name) => /^nvidia\d+$/.test(name)) : [];
  return {
    kernelModule: existsSync(version) ? readFileSync(version, "utf8").split("\n")[0] : undefined,
    deviceFiles: nodes.map((name) => `/dev/${name}`),
  };
}
