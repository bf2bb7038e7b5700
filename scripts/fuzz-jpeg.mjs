/**
 * Fuzzes the fast JPEG decoder under AddressSanitizer and UndefinedBehaviorSanitizer, with libjpeg-turbo as the judge:
 * `node scripts/fuzz-jpeg.mjs [--seconds 60] [--level scalar|avx2|avx512] [--seed 1]`. Without `--level` every input goes to
 * all levels that the CPU has. With clang++ it is libFuzzer, guided by coverage; without, mutations of the seeds at random.
 * What it finds lies in `.cache/fuzz-jpeg/`, and grows there from run to run: 24 hours are `--seconds 86400`.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { root, SetupError, step } from "./step.mjs";

const LEVELS = { scalar: 0, avx2: 1, avx512: 2 };
/** Both decoders, and what they need. */
const SOURCES =
  /^jpeg_(color|decode|eighth|error|fast_.*|parallel|region|restart|rows|skip|source)\.cpp$|^output_rows\.cpp$/;
const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    level: { type: "string" },
    seed: { type: "string", default: "1" },
  },
});
const folder = join(root, ".cache/fuzz-jpeg");
const ext = join(root, "packages/ext-cpu");
const seeds = join(ext, "test/fuzz-seeds");
const compiler = ["clang++", "clang++-14", "clang++-16"].find((name) => spawnSync(name, ["--version"]).status === 0);
const program = join(folder, "jpeg_fast_fuzz");

try {
  step("build", build);
  step(`fuzz ${values.level ?? "all levels"}`, () => fuzz(values.level));
} catch (error) {
  console.error(error instanceof SetupError ? error.message : error);
  process.exitCode = 1;
}

function build() {
  const objects = join(folder, "objects");
  rmSync(objects, { recursive: true, force: true });
  mkdirSync(objects, { recursive: true });
  const sanitize = ["-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"];
  const coverage = compiler === undefined ? [] : ["-fsanitize=fuzzer-no-link", "-DPOLYCODEC_LIBFUZZER"];
  const sources = [
    ...readdirSync(join(ext, "native"))
      .filter((name) => SOURCES.test(name))
      .map((name) => join(ext, "native", name)),
    join(ext, "native/test/harness_host.cpp"),
    join(ext, "native/test/fuzz/jpeg_fast_fuzz.cpp"),
  ];
  for (const source of sources) {
    execFileSync(compiler ?? "g++", [
      ...["-std=c++20", "-O1", "-g", ...sanitize, ...coverage, '-DLIBJPEG_TURBO_VERSION="?"'],
      ...[`-I${join(root, "packages/core/include")}`, `-I${join(ext, "native")}`],
      ...(compiler === undefined ? [] : targetOf(source)),
      ...["-c", source, "-o", join(objects, `${basename(source)}.o`)],
    ]);
  }
  const link = compiler === undefined ? [] : ["-fsanitize=fuzzer"];
  const linked = readdirSync(objects).map((name) => join(objects, name));
  execFileSync(compiler ?? "g++", [...sanitize, ...link, ...linked, "-ljpeg", "-lpthread", "-o", program]);
  return compiler === undefined ? "with g++, without coverage" : `with ${compiler} and libFuzzer`;
}

/** Clang does not know GCC's pragma that names a file's instructions. */
function targetOf(source) {
  if (source.endsWith("_avx2.cpp")) return ["avx2", "bmi", "bmi2", "popcnt"].map((name) => `-m${name}`);
  if (!source.endsWith("_avx512.cpp")) return [];
  return ["f", "bw", "vl", "dq", "vbmi", "vbmi2", "vnni"]
    .map((name) => `-mavx512${name}`)
    .concat(targetOf("_avx2.cpp"));
}

function fuzz(level) {
  if (level !== undefined && !(level in LEVELS)) throw new SetupError(`no level ${level}: scalar, avx2 or avx512`);
  const name = level ?? "all";
  const found = join(folder, name);
  mkdirSync(found, { recursive: true });
  const args =
    compiler === undefined
      ? [values.seconds, values.seed, ...readdirSync(seeds).map((name) => join(seeds, name))]
      : [
          `-max_total_time=${values.seconds}`,
          `-seed=${values.seed}`,
          "-max_len=8192",
          "-timeout=10",
          "-rss_limit_mb=3000",
          found,
          seeds,
        ];
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd: found,
    env: {
      POLYCODEC_FUZZ_LAST: join(folder, `${name}.last`),
      ...process.env,
      ...(level !== undefined && { FUZZ_LEVEL: String(LEVELS[level]) }),
    },
    encoding: "utf8",
    maxBuffer: 2 ** 30,
  });
  if (status === 2) return "not on this CPU";
  if (status !== 0) throw new SetupError(`${stdout}\n${stderr.slice(-8000)}`);
  const inputs = existsSync(found) ? readdirSync(found).length : 0;
  return `${(stdout + stderr).trim().split("\n").at(-1)}; ${inputs} inputs kept`;
}
