/** Where things are, and what this machine may use. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, statSync } from "node:fs";
import { availableParallelism, cpus, totalmem } from "node:os";
import { dirname, join, parse, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The project's folder; this file runs as `dist-test/bench/project.js`. */
export const projectFolder = fileURLToPath(new URL("../..", import.meta.url));

/** A folder for what the bench makes; none of it is part of the project. */
export function cacheFolder(name: string): string {
  const folder = join(projectFolder, ".cache", "bench", name);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** The folder of photographs to make the classes from, if there is one. */
export function photographsFolder(): string | undefined {
  const corpus = process.env.POLYCODEC_CORPUS ?? resolve(projectFolder, "../shared/corpus");
  const folder = join(corpus, "photos");
  return existsSync(folder) ? folder : undefined;
}

/** The cores that this process may use, by number. */
export function allowedCores(): number[] {
  try {
    const list = /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "";
    return list.split(",").flatMap((range) => {
      const [first = 0, last = first] = range.split("-").map(Number);
      return Array.from({ length: last - first + 1 }, (_, i) => first + i);
    });
  } catch {
    return Array.from({ length: availableParallelism() }, (_, i) => i);
  }
}

/** Has this CPU the AVX-512 instructions that ext-cpu's own JPEG coders use? */
export function hasAvx512(): boolean {
  try {
    return /\bavx512_vbmi2\b/.test(readFileSync("/proc/cpuinfo", "utf8")) && process.env.POLYCODEC_SIMD !== "avx2";
  } catch {
    return false;
  }
}

/** Compiles one of the bench's C programs unless that is done already; returns the path of the result. */
export function compile(source: string, ...flags: string[]): string {
  const from = join(projectFolder, "bench", source);
  const shared = flags.includes("-shared") ? ".so" : "";
  const to = join(cacheFolder("programs"), parse(source).name + shared);
  const newest = Math.max(
    ...[from, join(dirname(from), "passes.h")].filter(existsSync).map((file) => statSync(file).mtimeMs),
  );
  if (!existsSync(to) || statSync(to).mtimeMs < newest) {
    const fresh = `${to}.${process.pid}`; // Renamed when whole: another bench may be starting beside this one.
    execFileSync("cc", ["-O2", from, "-o", fresh, ...flags], { stdio: ["ignore", "ignore", "inherit"] });
    renameSync(fresh, to);
  }
  return to;
}

export const compileLoop = () => compile("c-loop/loop.c", "-ljpeg", "-lpthread");
export const compileWebpLoop = () => compile("c-loop/webp-loop.c", "-lwebp", "-lpthread");
export const compilePngLoop = () => compile("c-loop/png-loop.c", "-lspng", "-lpthread");
export const compileOpenJpegLoop = () => compile("c-loop/openjpeg-loop.c", "-lopenjp2", "-lpthread");
export const compileOpenJphLoop = () => compile("c-loop/openjph-loop.cpp", "-lopenjph", "-lstdc++", "-lpthread");
export const compileMakeImage = () => compile("classes/make-image.c", "-ljpeg", "-lm");
export const compileNoop = () =>
  compile("noop/noop.c", "-shared", "-fPIC", `-I${join(projectFolder, "packages/core/include")}`);

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGB: number;
  readonly kernel: string;
  readonly system: string;
  readonly node: string;
}

export function machine(): Machine {
  const release = existsSync("/etc/os-release") ? readFileSync("/etc/os-release", "utf8") : "";
  const processor = cpus()[0]?.model.trim() ?? "unknown";
  const family = existsSync("/proc/cpuinfo")
    ? /cpu family\s*:\s*(\d+)/.exec(readFileSync("/proc/cpuinfo", "utf8"))?.[1]
    : undefined;
  return {
    cpu: family === undefined ? processor : `${processor} (family ${family})`,
    cores: allowedCores().length,
    memoryGB: Math.round(totalmem() / 1e9),
    kernel: execFileSync("uname", ["-sr"], { encoding: "utf8" }).trim(),
    system: /^PRETTY_NAME="?([^"\n]*)/m.exec(release)?.[1] ?? "unknown",
    node: process.version,
  };
}
