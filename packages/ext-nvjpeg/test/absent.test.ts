/** Without NVIDIA's library, without a driver, with libraries that are too old: the package loads, says why, and the CPU decodes. */
import { execFile, execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import test from "ava";
import { root } from "../../../test/corpus.js";
import { buildFakes } from "../../../test/fake-cuda/build.js";
import { fakeNvjpeg } from "../../../test/fake-cuda/nvjpeg.js";
import { realFile, realTest } from "../../../test/fake-cuda/real.js";

const folder = mkdtempSync(join(tmpdir(), "polycodec-nvjpeg-"));
test.after.always(() => rmSync(folder, { recursive: true, force: true }));

const module = (name: string) => pathToFileURL(join(root, "packages", name)).href;
/** Registers both extensions, decodes a JPEG, and prints what was available. */
const PROGRAM = `
import { Decoder, Encoder, Registry } from ${JSON.stringify(module("core/dist/index.js"))};
import { drawPicture } from ${JSON.stringify(module("core/dist/testing/index.js"))};
import { extension as cpu } from ${JSON.stringify(module("ext-cpu/dist/extension.js"))};
const start = performance.now();
const { extension } = await import(${JSON.stringify(module("ext-nvjpeg/dist/extension.js"))});
const importMs = performance.now() - start;
const registry = new Registry().use(extension).use(cpu);
const bytes = await new Encoder({ registry: new Registry().use(cpu) }).encode(drawPicture(40, 30), { codec: "jpeg" });
const decoder = new Decoder({ registry });
const image = await decoder.decode(bytes);
const backends = [...decoder.backends, ...new Encoder({ registry }).backends].filter(({ id }) => id.startsWith("nvjpeg"));
console.log(JSON.stringify({ importMs, width: image.width, backends }));
`;
interface Seen {
  readonly importMs: number;
  readonly width: number;
  readonly backends: readonly { id: string; available: boolean; reason?: string; libraries?: string }[];
}

async function see(env: Record<string, string>): Promise<Seen> {
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", PROGRAM], {
    env: { ...process.env, ...env },
  });
  return JSON.parse(stdout) as Seen;
}

const ALL = ["nvjpeg-hw", "nvjpeg-cuda", "nvjpeg-hybrid", "nvjpeg-lossless", "nvjpeg-encoder"];

test.serial(
  "without any library: the package loads (in under 50 ms, where POLYCODEC_TIMED=1), the CPU decodes, and each backend says what was sought",
  async (t) => {
    const { importMs, width, backends } = await see({ POLYCODEC_CUDA_PATH: join(folder, "nowhere") });
    if (process.env.POLYCODEC_TIMED === "1") t.true(importMs < 50, `${importMs} ms`);
    t.is(width, 40);
    t.deepEqual(
      backends.map(({ id }) => id),
      ALL,
    );
    for (const { id, available, reason } of backends) {
      t.false(available, id);
      t.regex(
        reason!,
        /^nvJPEG was not found: no libnvjpeg\.so\.13, libnvjpeg\.so\.12, libnvjpeg\.so in POLYCODEC_CUDA_PATH \(.*nowhere\)/,
      );
    }
  },
);

/** FAKES from here on, which the paths and names say. */
const fakes = () => buildFakes(13, [fakeNvjpeg(13)]);

test.serial("with a driver and a library: available, with library, versions and device", async (t) => {
  const { backends } = await see({ POLYCODEC_CUDA_PATH: fakes() });
  for (const { id, available, libraries } of backends) {
    t.true(available, id);
    t.regex(
      libraries!,
      /^nvJPEG 13\.3\.2 \(.*libnvjpeg\.so\.13\), CUDA runtime 13\.\d, driver for CUDA 13\.\d, device 0 .* \(\d+\.\d\)$/,
    );
  }
});

test.serial("without a driver, without a device: the reason, and the library that was found", async (t) => {
  const without = async (env: Record<string, string>) => (await see({ POLYCODEC_CUDA_PATH: fakes(), ...env })).backends;
  for (const { available, reason } of await without({ FAKE_CUDA: "driver 0" })) {
    t.false(available);
    t.regex(reason!, /driver.*; found nvJPEG 13\.3\.2 \(/);
  }
  for (const { reason } of await without({ FAKE_CUDA: "devices 0" }))
    t.regex(reason!, /device.*; found nvJPEG 13\.3\.2 \(/);
});

test.serial("versions: too old, too new, and lossless before 13.0.2", async (t) => {
  const version = async (number: string) =>
    (await see({ POLYCODEC_CUDA_PATH: fakes(), FAKE_NVJPEG_VERSION: number })).backends;
  for (const { reason } of await version("120003")) t.regex(reason!, /nvJPEG 12\.0\.3 .* is too old: 12\.1\.0/);
  for (const { reason } of await version("140000")) t.regex(reason!, /nvJPEG 14\.0\.0 .* is newer than all/);
  for (const old of ["120100", "130001"]) {
    const off = (await version(old)).filter(({ available }) => !available);
    t.deepEqual(
      off.map(({ id }) => id),
      ["nvjpeg-lossless"],
    );
    t.regex(off[0]!.reason!, /need nvJPEG 13\.0\.2/);
  }
});

test.serial("a library that lacks functions is refused with their names, before any is called", async (t) => {
  const source = join(folder, "part.c");
  writeFileSync(source, "int nvjpegGetProperty(int type, int* value) { *value = type == 0 ? 13 : 0; return 0; }\n");
  execFileSync("gcc", [
    "-shared",
    "-fPIC",
    "-Wl,-soname,libnvjpeg.so.13",
    source,
    "-o",
    join(folder, "libnvjpeg.so.13"),
  ]);
  // Beside it the fake runtime, so that there is a device.
  const { backends } = await see({ POLYCODEC_CUDA_PATH: `${folder}:${buildFakes(13)}` });
  for (const { reason } of backends) t.regex(reason!, /nvJPEG 13\.0\.0 \(.*\) lacks nvjpegCreateExV2 nvjpegDestroy /);
});

test.serial("one binary works with CUDA 12 too", async (t) => {
  const { backends } = await see({ POLYCODEC_CUDA_PATH: buildFakes(12, [fakeNvjpeg(12)]) });
  const [hw] = backends;
  t.true(hw!.available);
  t.regex(hw!.libraries!, /^nvJPEG 12\.4\.0 \(.*libnvjpeg\.so\.12\), CUDA runtime 12\./);
});

test.serial("options out of range switch the backend off with a sentence", async (t) => {
  const program = PROGRAM.replace(
    "new Decoder({ registry })",
    'new Decoder({ registry, options: { "nvjpeg-hybrid": { numCudaStreams: 0 } } })',
  );
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", program], {
    env: { ...process.env, POLYCODEC_CUDA_PATH: fakes() },
  });
  const hybrid = (JSON.parse(stdout) as Seen).backends.find(({ id }) => id === "nvjpeg-hybrid")!;
  t.regex(hybrid.reason!, /^the option numCudaStreams is 0\.0+, expected an integer from 1 to 64/);
});

for (const [nvjpeg, runtime, version] of [
  ["nvjpeg-13.3", "cuda-runtime-13", /nvJPEG 13\.3\.\d+ \(/],
  ["nvjpeg-12.4", "cuda-runtime-12", /nvJPEG 12\.4\.\d+ \(/],
] as const) {
  const major = nvjpeg.slice(7, 9);
  realTest(
    [nvjpeg, runtime],
    `the real ${nvjpeg} without a GPU loads, tells its version, and is refused for want of a driver`,
    async (t) => {
      if (existsSync("/dev/nvidiactl")) return void t.pass("there is a GPU");
      const folders = [realFile(nvjpeg, `libnvjpeg.so.${major}`)!, realFile(runtime, `libcudart.so.${major}`)!].map(
        dirname,
      );
      const { width, backends } = await see({ POLYCODEC_CUDA_PATH: folders.join(":") });
      t.is(width, 40);
      for (const { available, reason } of backends) {
        t.false(available);
        t.regex(reason!, version);
        t.regex(reason!, /driver/);
      }
    },
  );
}

test("the package holds no file of NVIDIA's", (t) => {
  const files = ["dist", "src", "native"].flatMap((name) =>
    readdirSync(join(root, "packages/ext-nvjpeg", name), { recursive: true, encoding: "utf8" }),
  );
  t.deepEqual(
    files.filter((file) => /nvjpeg\.h$|libnvjpeg|libcuda|\.so(\.|$)/.test(file)),
    [],
  );
});
