/** `polycodec doctor`: what works on this machine, and why the rest does not. */
import { availableParallelism, cpus, totalmem } from "node:os";
import { type BackendReport, type CudaInfo, cudaInfo, Decoder, Encoder, registry, runtimeStats } from "@polycodec/core";
import type { Command } from "commander";
import { addThreadsOption } from "./decode-options.js";
import { EXIT_SOME_FAILED } from "./exit-status.js";
import { failure } from "./report.js";
import { type Column, formatBytes, formatTable, MAX_CELL } from "./table.js";

interface Row extends BackendReport {
  readonly direction: "decode" | "encode";
}

const COLUMNS: readonly Column<Row>[] = [
  { title: "codec", cell: (row) => row.codec },
  { title: "direction", cell: (row) => row.direction },
  { title: "backend", cell: (row) => row.id },
  { title: "kind", cell: (row) => row.kind },
  { title: "priority", cell: (row) => row.priority, align: "right" },
  { title: "available", cell: (row) => (row.available ? "yes" : "no") },
  { title: "libraries", cell: (row) => row.libraries },
  { title: "reason", cell: (row) => row.reason },
];

export function addDoctor(program: Command, version: string): void {
  const command = program
    .command("doctor")
    .description("show platform, versions and every backend, and why a backend is off")
    .option("--json", "as one JSON object");
  addThreadsOption(command).action((flags: { json?: boolean }) => {
    const report = examine(version);
    if (flags.json) console.log(JSON.stringify(report));
    else print(report);
    if (!report.healthy) process.exitCode = EXIT_SOME_FAILED;
  });
}

function examine(version: string) {
  const backends = examineBackends();
  const runtime = examineRuntime();
  return {
    polycodec: version,
    node: process.version,
    platform: `${process.platform} ${process.arch}${libc()}`,
    cpu: `${cpus()[0]?.model.trim() ?? "unknown"}, ${availableParallelism()} available`,
    memory: totalmem(),
    extensions: registry.extensions.map(({ name, version: itsVersion }) => ({ name, version: itsVersion })),
    runtime,
    cuda: examineCuda(),
    backends,
    codecs: registry.parsers.map(({ codec, extensions }) => ({ codec, extensions })),
    /** Can anything be decoded at all? */
    healthy: !("error" in runtime) && backends.some(({ available }) => available),
  };
}

function examineBackends(): Row[] {
  using decoder = new Decoder();
  using encoder = new Encoder();
  return [
    ...decoder.backends.map((backend) => ({ ...backend, direction: "decode" as const })),
    ...encoder.backends.map((backend) => ({ ...backend, direction: "encode" as const })),
  ];
}

/** The runtime may be missing on this platform; that is what a doctor is for. */
function examineRuntime() {
  try {
    return { ...runtimeStats(), simd: process.env.POLYCODEC_SIMD ?? "chosen at run time" };
  } catch (error) {
    return { error: failure(error).message };
  }
}

/** Looks for CUDA's runtime, driver and devices; starts no device. */
function examineCuda(): CudaInfo {
  try {
    return cudaInfo();
  } catch (error) {
    return { reason: failure(error).message };
  }
}

/** One line for what there is of CUDA, and one for each device. */
function cudaLines(cuda: CudaInfo): [string, string][] {
  if (cuda.devices === undefined) return [["CUDA", `off: ${cuda.reason}`]];
  return [
    ["CUDA", `runtime ${cuda.runtimeVersion} (${cuda.path}), driver for ${cuda.driverVersion}`],
    ...cuda.devices.map(({ id, name, computeCapability, totalBytes }): [string, string] => [
      `gpu:${id}`,
      `${name}, compute capability ${computeCapability}, ${formatBytes(totalBytes)}`,
    ]),
  ];
}

function libc(): string {
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return header.glibcVersionRuntime ? `, glibc ${header.glibcVersionRuntime}` : "";
}

function print(report: ReturnType<typeof examine>): void {
  const { runtime } = report;
  const lines: [string, string][] = [
    ["Polycodec", report.polycodec],
    ["Node.js", report.node],
    ["platform", report.platform],
    ["processor", report.cpu],
    ["memory", formatBytes(report.memory)],
    ["extensions", report.extensions.map(({ name, version }) => `${name} ${version}`).join(", ") || "none"],
    ["headers of", report.codecs.map(({ codec, extensions }) => `${codec} (${extensions.join(" ")})`).join(", ")],
  ];
  if ("error" in runtime) lines.push(["runtime", `not available: ${runtime.error}`]);
  else {
    lines.push(["threads", `${runtime.threads}${process.env.POLYCODEC_THREADS ? " (POLYCODEC_THREADS)" : ""}`]);
    lines.push(["SIMD", runtime.simd]);
    lines.push([
      "pixel memory",
      `${formatBytes(runtime.slabBytesInUse)} in use, ${formatBytes(runtime.slabBytesFree)} kept`,
    ]);
  }
  lines.push(...cudaLines(report.cuda));
  for (const [name, value] of lines) console.log(`${name.padEnd(14)}${value}`);
  console.log(`\n${formatTable(COLUMNS, report.backends)}`);
  for (const [text, ids] of longTexts(report.backends)) console.log(`\n${[...ids].join(", ")}:\n  ${text}`);
}

/** Reasons and libraries of devices' backends that the table cuts short, whole, with the backends that they belong to. */
function longTexts(rows: readonly Row[]): Map<string, Set<string>> {
  const texts = new Map<string, Set<string>>();
  for (const { id, kind, reason, libraries } of rows) {
    const text = reason ?? libraries ?? "";
    if (kind === "CPU_ONLY" || text.length <= MAX_CELL) continue;
    texts.set(text, (texts.get(text) ?? new Set()).add(id));
  }
  return texts;
}
