/** How the report looks. */

const FAKE = "FAKE RESULTS: computed on the CPU by the stand-ins of the tests. They say nothing about a GPU.";

export function heading({ node, cpu, cores, bundle, driver, cuda, devices, isFake }) {
  const rows = [
    ["Node.js", node],
    ["processor", `${cpu}, ${cores} cores`],
    ["bundle", bundle ? `${bundle.commit}, made ${bundle.made}` : "none: a checkout"],
    ["libraries in the bundle", bundle?.nvidia.join(", ") || "none"],
    ...(bundle?.leftOut ?? []).map((left) => ["left out of the bundle", left]),
    ["NVIDIA's kernel module", driver.kernelModule ?? "MISSING: no /proc/driver/nvidia/version"],
    ["device files", driver.deviceFiles.join(", ") || "MISSING: no /dev/nvidia0"],
    ["CUDA runtime", cuda.reason ? `MISSING: ${cuda.reason}` : `${cuda.runtimeVersion} (${cuda.path})`],
    ...(cuda.reason ? [] : [["driver supports CUDA", cuda.driverVersion]]),
    ...devices.map(({ id, name, computeCapability, totalBytes }) => [
      `device ${id}`,
      `${name}, compute capability ${computeCapability}, ${(totalBytes / 2 ** 30).toFixed(1)} GiB`,
    ]),
  ];
  return [
    "# Polycodec: GPU check",
    "",
    ...(isFake ? [FAKE, ""] : []),
    ...rows.map(([name, value]) => `${`${name}:`.padEnd(26)} ${value}`),
  ].join("\n");
}

export function render({ state, what, figure }, { isFake }) {
  return `${isFake ? "FAKE " : ""}${state.padEnd(8)} ${what}${figure ? `: ${figure}` : ""}`;
}
