/**
 * jpeg-fast uses the best instructions that the CPU has, and no others: on models of a CPU that lack them, which
 * qemu-x86_64 (Debian's qemu-user) plays, an instruction too many ends the process. What comes out is always the same.
 */
import { execFile, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import test from "ava";
import type { InstructionsReport } from "./jpeg-instructions-report.js";

const program = fileURLToPath(new URL("jpeg-instructions-report.js", import.meta.url));
const JPEGS = 8;
const PICTURES = 64;

async function reportOf(command: readonly string[], simd?: string): Promise<InstructionsReport> {
  const env = { ...process.env };
  delete env.POLYCODEC_SIMD;
  if (simd !== undefined) env.POLYCODEC_SIMD = simd;
  const [file, ...args] = [...command, process.execPath, program];
  const { stdout } = await promisify(execFile)(file!, args, { env });
  return JSON.parse(stdout) as InstructionsReport;
}
const native = reportOf([]);
const emulated = (model: string, simd?: string) => reportOf(["qemu-x86_64", "-cpu", model], simd);

const hasQemu = process.arch === "x64" && spawnSync("qemu-x86_64", ["--version"]).status === 0;
const qemuTest = hasQemu ? test : test.skip;
if (!hasQemu) console.error("qemu-x86_64 (Debian: qemu-user) is not there: jpeg-fast is not tried on older CPUs");

test("backends say which instructions they have chosen: the CPU's best, or what POLYCODEC_SIMD allows", async (t) => {
  const flags = new Set(/^flags\s*:(.*)$/m.exec(readFileSync("/proc/cpuinfo", "utf8"))?.[1]?.split(" "));
  const has = (...names: string[]) => names.every((name) => flags.has(name));
  const has512 = has("avx512f", "avx512bw", "avx512vl", "avx512dq", "avx512vbmi", "avx512_vbmi2", "avx512_vnni");
  const best = has512 ? "AVX-512" : has("avx2", "bmi2") ? "AVX2" : "plain C++";
  const { decoders, encoders } = await native;
  t.regex(decoders["libjpeg-turbo"]!.libraries!, new RegExp(`jpeg-fast decoding with ${best.replace("+", "\\+")}`));
  t.regex(encoders["libjpeg-turbo"]!.libraries!, /^libjpeg-turbo 2\.1\.\d, CharLS 2\.\d\.\d, libdeflate /);
  if (best === "plain C++") return;
  for (const [simd, chosen] of [
    ["scalar", "plain C\\+\\+"],
    ["avx2", "AVX2"],
  ] as const) {
    const report = await reportOf([], simd);
    t.regex(
      report.decoders["jpeg-fast"]!.libraries!,
      new RegExp(`decoding with ${chosen} and encoding with ${chosen}`),
    );
    t.is(report.decoders["jpeg-fast"]!.samples, PICTURES, simd);
    t.is(report.encoders["jpeg-fast"]!.samples, JPEGS, simd);
    t.is(report.hash, (await native).hash, simd);
  }
});

for (const model of ["core2duo", "Nehalem"]) {
  qemuTest(`${model}, which has no AVX, leaves JPEGs to libjpeg-turbo`, async (t) => {
    const { decoders, encoders, hash } = await emulated(model);
    t.regex(decoders["jpeg-fast"]!.reason!, /needs a CPU with AVX2/);
    t.regex(encoders["jpeg-fast"]!.reason!, /needs a CPU with AVX2/);
    t.is(decoders["libjpeg-turbo"]!.samples, PICTURES);
    t.is(encoders["libjpeg-turbo"]!.samples, JPEGS);
    t.is(hash, (await native).hash);
  });
}

qemuTest("what runs without SIMD needs none", async (t) => {
  const { decoders, encoders, hash } = await emulated("Nehalem", "scalar");
  t.is(decoders["jpeg-fast"]!.samples, PICTURES);
  t.is(encoders["jpeg-fast"]!.samples, JPEGS);
  t.is(hash, (await native).hash);
});

qemuTest("Haswell, which has AVX2 and no AVX-512, uses AVX2", async (t) => {
  const { decoders, encoders, hash } = await emulated("Haswell");
  t.regex(decoders["jpeg-fast"]!.libraries!, /jpeg-fast decoding with AVX2 and encoding with AVX2$/);
  t.is(decoders["jpeg-fast"]!.samples, PICTURES);
  t.is(encoders["jpeg-fast"]!.samples, JPEGS);
  t.is(hash, (await native).hash);
});
