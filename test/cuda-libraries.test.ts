/** Finding CUDA, and saying why it is not there: without any library, with NVIDIA's real ones and no driver, with FAKE ones. */
import { execFile } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { CudaInfo } from "@polycodec/core";
import test from "ava";
import { root } from "./corpus.js";
import { buildFakes } from "./fake-cuda/build.js";
import { realFile, realTest } from "./fake-cuda/real.js";

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), "polycodec-cuda-"));
test.after.always(() => rmSync(folder, { recursive: true, force: true }));

/** What a fresh process finds. Its libraries are those of `environment` and, where a machine has CUDA, the system's. */
async function find(environment: Record<string, string>): Promise<CudaInfo> {
  const program = `import { cudaInfo } from "@polycodec/core"; console.log(JSON.stringify(cudaInfo()))`;
  const { stdout } = await run(process.execPath, ["--input-type=module", "-e", program], {
    cwd: root,
    env: { ...process.env, ...environment },
  });
  return JSON.parse(stdout) as CudaInfo;
}

const hasNone = find({ POLYCODEC_CUDA_PATH: "", LD_LIBRARY_PATH: "" }).then(
  ({ reason }) => reason !== undefined && /was not found/.test(reason),
);

test("without the runtime, the reason tells every place that was searched", async (t) => {
  if (!(await hasNone)) return t.pass("this machine has CUDA's runtime");
  const { reason } = await find({ POLYCODEC_CUDA_PATH: `${folder}/a:${folder}/b`, LD_LIBRARY_PATH: "/lib/none" });
  t.is(
    reason,
    `the CUDA runtime was not found: no libcudart.so.13, libcudart.so.12 in POLYCODEC_CUDA_PATH (${folder}/a, ${folder}/b), ` +
      "LD_LIBRARY_PATH (/lib/none), the system's libraries, /usr/local/cuda/lib64, /usr/local/cuda-13/lib64, " +
      "/usr/local/cuda-12/lib64, /opt/cuda/lib64",
  );
});

test("a file that is no library is told of", async (t) => {
  if (!(await hasNone)) return t.pass("this machine has CUDA's runtime");
  writeFileSync(join(folder, "libcudart.so.13"), "not ELF");
  const { reason } = await find({ POLYCODEC_CUDA_PATH: folder });
  t.regex(reason!, /libcudart\.so\.13: (file too short|invalid ELF header)/);
});

test("a FAKE runtime is found in a folder, its lib and its lib64, and by LD_LIBRARY_PATH; 13 before 12", async (t) => {
  const thirteen = buildFakes(13);
  const twelve = buildFakes(12);
  t.like(await find({ POLYCODEC_CUDA_PATH: thirteen }), { runtimeVersion: "13.5", driverVersion: "13.0" });
  t.like(await find({ POLYCODEC_CUDA_PATH: twelve }), { runtimeVersion: "12.4", driverVersion: "12.4" });
  t.like(await find({ POLYCODEC_CUDA_PATH: "", LD_LIBRARY_PATH: thirteen }), { runtimeVersion: "13.5" });
  for (const inside of ["lib", "lib64"]) {
    const nested = join(folder, `in-${inside}`);
    mkdirSync(join(nested, inside), { recursive: true });
    copyFileSync(join(twelve, "libcudart.so.12"), join(nested, inside, "libcudart.so.12"));
    t.like(await find({ POLYCODEC_CUDA_PATH: nested }), { runtimeVersion: "12.4" });
  }
  const both = `${thirteen}:${twelve}`;
  t.like(await find({ POLYCODEC_CUDA_PATH: both }), { runtimeVersion: "13.5" });
  // A driver of CUDA 12: runtime 13 is refused, 12 works.
  const old = await find({ POLYCODEC_CUDA_PATH: both, FAKE_CUDA: "driver 12040" });
  t.like(old, { runtimeVersion: "12.4", driverVersion: "12.4" });
});

test("no driver, a driver that is too old, no device: each has its words (FAKE)", async (t) => {
  const POLYCODEC_CUDA_PATH = buildFakes(13);
  const reason = async (FAKE_CUDA: string) => (await find({ POLYCODEC_CUDA_PATH, FAKE_CUDA })).reason!;
  t.regex(await reason("driver 0"), /^the CUDA runtime 13\.5 \(.*\) is there, but no NVIDIA driver/);
  t.regex(await reason("driver 11080"), /is too new for the NVIDIA driver, which supports CUDA 11\.8/);
  t.regex(await reason("devices 0"), /and a driver for CUDA 13\.0 are there, but no NVIDIA device/);
  t.regex(await reason("fail cudaGetDeviceCount 719"), /cudaGetDeviceCount: cudaErrorLaunchFailure \(719\)/);
});

test("doctor names the runtime and each device, or says what is missing", async (t) => {
  const main = join(root, "packages/polycodec/dist/cli/main.js");
  const doctor = async (FAKE_CUDA: string) => {
    const env = { ...process.env, POLYCODEC_CUDA_PATH: buildFakes(13), FAKE_CUDA };
    return (await run(process.execPath, [main, "doctor"], { env })).stdout;
  };
  const found = await doctor("devices 2");
  t.regex(found, /^CUDA +runtime 13\.5 \(.*libcudart\.so\.13\), driver for 13\.0$/m);
  t.regex(found, /^gpu:1 +FAKE CUDA device 1 \(for tests\), compute capability 9\.0, /m);
  t.regex(await doctor("driver 0"), /^CUDA +off: the CUDA runtime 13\.5 .* is there, but no NVIDIA driver/m);
});

test("limits of the environment that are no numbers of bytes are refused", async (t) => {
  for (const name of ["POLYCODEC_MAX_DEVICE_BYTES", "POLYCODEC_MAX_PINNED_BYTES"]) {
    const { stderr } = await t.throwsAsync<Error & { stderr: string }>(find({ [name]: "1 GB" }));
    t.regex(stderr, new RegExp(`${name} must be a whole number of bytes from 1, not "1 GB"`));
  }
});

for (const major of [13, 12] as const) {
  realTest(
    [`cuda-runtime-${major}`],
    `NVIDIA's runtime ${major} is opened, and says whether there is a driver`,
    async (t) => {
      const library = realFile(`cuda-runtime-${major}`, `libcudart.so.${major}`)!;
      const info = await find({ POLYCODEC_CUDA_PATH: dirname(library) });
      if (info.reason === undefined) {
        t.true(info.devices.length > 0);
        return;
      }
      t.regex(
        info.reason,
        new RegExp(
          `the CUDA runtime ${major}\\.\\d+ \\(.*\\) (is there, but no NVIDIA driver|is too new|and a driver)`,
        ),
      );
    },
  );
}
