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
import { fakeNvjpeg2k } from "../../../test/fake-cuda/nvjpeg2k.js";
import { realFile, realTest } from "../../../test/fake-cuda/real.js";

const folder = mkdtempSync(join(tmpdir(), "polycodec-nvjpeg2k-"));
test.after.always(() => rmSync(folder, { recursive: true, force: true }));

const module = (name: string) => pathToFileURL(join(root, "packages", name)).href;
/** Registers both extensions, decodes a JPEG 2000, and prints what was available. */
const PROGRAM = `
import { Decoder, Encoder, Registry } from ${JSON.stringify(module("core/dist/index.js"))};
import { drawPicture } from ${JSON.stringify(module("core/dist/testing/index.js"))};
import { extension as cpu } from ${JSON.stringify(module("ext-cpu/dist/extension.js"))};
const start = performance.now();
const { extension } = await import(${JSON.stringify(module("ext-nvjpeg2k/dist/extension.js"))});
const importMs = performance.now() - start;
const registry = new Registry().use(extension).use(cpu);
const bytes = await new Encoder({ registry: new Registry().use(cpu) }).encode(drawPicture(40, 30), { codec: "jpeg2k" });
const decoder = new Decoder({ registry });
const image = await decoder.decode(bytes);
const backends = [...decoder.backends, ...new Encoder({ registry }).backends].filter(({ id }) => id.startsWith("nvjpeg2k"));
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

const ALL = ["nvjpeg2k", "nvjpeg2k-encoder"];

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
        /^nvJPEG2000 was not found: no libnvjpeg2k\.so\.0, libnvjpeg2k\.so in POLYCODEC_CUDA_PATH \(.*nowhere\)/,
      );
    }
  },
);

/** FAKES from here on, which the paths and names say. */
const fakes = () => buildFakes(13, [fakeNvjpeg2k]);

test.serial("with a driver and a library: available, with library, versions and device", async (t) => {
  const { backends } = await see({ POLYCODEC_CUDA_PATH: fakes() });
  for (const { id, available, libraries } of backends) {
    t.true(available, id);
    t.regex(
      libraries!,
      /^nvJPEG2000 0\.11\.0 \(.*libnvjpeg2k\.so\.0\), CUDA runtime 13\.\d, driver for CUDA 13\.\d, device 0 .* \(\d+\.\d\)$/,
    );
  }
});

test.serial("without a driver, without a device: the reason, and the library that was found", async (t) => {
  const without = async (env: Record<string, string>) => (await see({ POLYCODEC_CUDA_PATH: fakes(), ...env })).backends;
  for (const { available, reason } of await without({ FAKE_CUDA: "driver 0" })) {
    t.false(available);
    t.regex(reason!, /driver.*; found nvJPEG2000 0\.11\.0 \(/);
  }
  for (const { reason } of await without({ FAKE_CUDA: "devices 0" }))
    t.regex(reason!, /device.*; found nvJPEG2000 0\.11\.0 \(/);
});

test.serial("versions: too old, too new, and an encoder whose configuration nobody knows", async (t) => {
  const version = async (number: string) =>
    (await see({ POLYCODEC_CUDA_PATH: fakes(), FAKE_NVJPEG2K_VERSION: number })).backends;
  for (const { reason } of await version("704")) t.regex(reason!, /nvJPEG2000 0\.7\.4 .* is too old: 0\.8\.0/);
  for (const { reason } of await version("10000")) t.regex(reason!, /nvJPEG2000 1\.0\.0 .* is newer than all/);
  for (const known of ["800", "900", "1100"]) t.true((await version(known)).every(({ available }) => available));
  const [decoder, encoder] = await version("1200");
  t.true(decoder!.available);
  t.regex(encoder!.reason!, /known up to nvJPEG2000 0\.11; this is nvJPEG2000 0\.12\.0/);
});

test.serial("a library that lacks functions is refused with their names, before any is called", async (t) => {
  const source = join(folder, "part.c");
  writeFileSync(source, "int nvjpeg2kGetProperty(int type, int* value) { *value = type == 1 ? 11 : 0; return 0; }\n");
  execFileSync("gcc", [
    "-shared",
    "-fPIC",
    "-Wl,-soname,libnvjpeg2k.so.0",
    source,
    "-o",
    join(folder, "libnvjpeg2k.so.0"),
  ]);
  // Beside it the fake runtime, so that there is a device.
  const { backends } = await see({ POLYCODEC_CUDA_PATH: `${folder}:${buildFakes(13)}` });
  for (const { reason } of backends)
    t.regex(reason!, /nvJPEG2000 0\.11\.0 \(.*\) lacks nvjpeg2kCreateV2 nvjpeg2kDestroy /);
});

test.serial("one binary works with CUDA 12 too", async (t) => {
  const { backends } = await see({ POLYCODEC_CUDA_PATH: buildFakes(12, [fakeNvjpeg2k]) });
  t.true(backends[0]!.available);
  t.regex(backends[0]!.libraries!, /CUDA runtime 12\./);
});

test.serial("options out of range switch the backend off with a sentence", async (t) => {
  const program = PROGRAM.replace(
    "new Decoder({ registry })",
    'new Decoder({ registry, options: { "nvjpeg2k": { numCudaStreams: 0 } } })',
  );
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", program], {
    env: { ...process.env, POLYCODEC_CUDA_PATH: fakes() },
  });
  const decoder = (JSON.parse(stdout) as Seen).backends.find(({ id }) => id === "nvjpeg2k")!;
  t.regex(decoder.reason!, /^the option numCudaStreams is 0\.0+, expected an integer from 1 to 64/);
});

realTest(
  ["nvjpeg2k-0.11", "cuda-runtime-13"],
  "the real nvJPEG2000 without a GPU loads, tells its version, and is refused for want of a driver",
  async (t) => {
    if (existsSync("/dev/nvidiactl")) return void t.pass("there is a GPU");
    const folders = [realFile("nvjpeg2k-0.11", "libnvjpeg2k.so.0")!, realFile("cuda-runtime-13", "libcudart.so.13")!];
    const { width, backends } = await see({ POLYCODEC_CUDA_PATH: folders.map(dirname).join(":") });
    t.is(width, 40);
    for (const { available, reason } of backends) {
      t.false(available);
      t.regex(reason!, /nvJPEG2000 0\.11\.\d+ \(/);
      t.regex(reason!, /driver/);
    }
  },
);

test("the package holds no file of NVIDIA's", (t) => {
  const files = ["dist", "src", "native"].flatMap((name) =>
    readdirSync(join(root, "packages/ext-nvjpeg", name), { recursive: true, encoding: "utf8" }),
  );
  t.deepEqual(
    files.filter((file) => /nvjpeg2k\.h$|libnvjpeg2k|libcuda|\.so(\.|$)/.test(file)),
    [],
  );
});
