/**
 * What a package for GPUs does where something is missing: it loads, each backend says why it is off, and the CPU decodes. The
 * same tests for every package; each adds its own.
 */
import { execFile, execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import test from "ava";
import { root } from "../corpus.js";
import { buildFakes, type FakeLibrary } from "./build.js";
import { type RealPackage, realFile, realTest } from "./real.js";

/** A package, and what its tests look for. */
export interface AbsentSubject {
  /** Its folder in `packages`. */
  readonly package: string;
  readonly codec: string;
  /** All backends, in their order. */
  readonly ids: readonly string[];
  /** NVIDIA's own name of the library, and its files' names in the order in which they are looked for. */
  readonly library: string;
  readonly sonames: readonly string[];
  readonly fake: (major: 12 | 13) => FakeLibrary;
  /** What the fakes for CUDA 13 and 12 say they are. */
  readonly versions: Readonly<Record<12 | 13, string>>;
  /** Of the environment, with a version, and what is said of it. */
  readonly versionVariable: string;
  readonly tooOld: readonly [version: string, reason: RegExp];
  readonly tooNew: readonly [version: string, reason: RegExp];
  /** A library of C with the version alone, and what is said of it. */
  readonly partial: { readonly source: string; readonly reason: RegExp };
  /** One that takes `numCudaStreams`. */
  readonly withStreams: string;
  readonly real: readonly { readonly package: RealPackage; readonly soname: string; readonly major: 12 | 13 }[];
}

/** What a process of its own has seen. */
export interface Seen {
  readonly importMs: number;
  readonly width: number;
  readonly backends: readonly { id: string; available: boolean; reason?: string; libraries?: string }[];
}

const module = (name: string) => pathToFileURL(join(root, "packages", name)).href;

/** Registers a package and the CPU's, decodes a picture, and prints what was available. */
const programOf = ({ package: name, codec, ids }: AbsentSubject, decoderOptions: string) => `
import { Decoder, Encoder, Registry } from ${JSON.stringify(module("core/dist/index.js"))};
import { drawPicture } from ${JSON.stringify(module("core/dist/testing/index.js"))};
import { extension as cpu } from ${JSON.stringify(module("ext-cpu/dist/extension.js"))};
const start = performance.now();
const { extension } = await import(${JSON.stringify(module(`${name}/dist/extension.js`))});
const importMs = performance.now() - start;
const registry = new Registry().use(extension).use(cpu);
const bytes = await new Encoder({ registry: new Registry().use(cpu) }).encode(drawPicture(40, 30), { codec: "${codec}" });
const decoder = new Decoder({ registry, ...${decoderOptions} });
const image = await decoder.decode(bytes);
const ids = ${JSON.stringify(ids)};
const backends = [...decoder.backends, ...new Encoder({ registry }).backends].filter(({ id }) => ids.includes(id));
console.log(JSON.stringify({ importMs, width: image.width, backends }));
`;

/** The tests; returns the way to look at more: at what there is under an environment, on the fakes unless it says otherwise. */
export function testAbsent(subject: AbsentSubject): (env?: Record<string, string>) => Promise<Seen> {
  const folder = mkdtempSync(join(tmpdir(), "polycodec-absent-"));
  test.after.always(() => rmSync(folder, { recursive: true, force: true }));
  /** FAKES, which the paths and names say. */
  const fakes = (major: 12 | 13 = 13) => buildFakes(major, [subject.fake(major)]);
  const see = async (env: Record<string, string> = {}, decoderOptions = "{}"): Promise<Seen> => {
    const program = programOf(subject, decoderOptions);
    const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", program], {
      env: { ...process.env, POLYCODEC_CUDA_PATH: env.POLYCODEC_CUDA_PATH ?? fakes(), ...env },
    });
    return JSON.parse(stdout) as Seen;
  };
  const found = (major: 12 | 13) => `${subject.library} ${subject.versions[major]} (`;

  test.serial(
    "without any library: the package loads (in under 50 ms, where POLYCODEC_TIMED=1), the CPU decodes, and each backend says what was sought",
    async (t) => {
      const { importMs, width, backends } = await see({ POLYCODEC_CUDA_PATH: join(folder, "nowhere") });
      if (process.env.POLYCODEC_TIMED === "1") t.true(importMs < 50, `${importMs} ms`);
      t.is(width, 40);
      t.deepEqual(
        backends.map(({ id }) => id),
        subject.ids,
      );
      const sought = `${subject.library} was not found: no ${subject.sonames.join(", ")} in POLYCODEC_CUDA_PATH (${join(folder, "nowhere")})`;
      for (const { id, available, reason } of backends) {
        t.false(available, id);
        t.true(reason!.startsWith(sought), reason);
      }
    },
  );

  test.serial(
    "with a driver and a library: available, with library, versions and device; of CUDA 12 too",
    async (t) => {
      for (const major of [13, 12] as const) {
        for (const { id, available, libraries } of (await see({ POLYCODEC_CUDA_PATH: fakes(major) })).backends) {
          if (major === 12 && !available) continue; // what an old version has no way for
          t.true(available, id);
          t.true(libraries!.startsWith(found(major)), libraries);
          t.regex(
            libraries!,
            new RegExp(
              `\\), CUDA runtime ${major}\\.\\d, driver for CUDA ${major}\\.\\d, device 0 .* \\(\\d+\\.\\d\\)$`,
            ),
          );
        }
      }
    },
  );

  test.serial("without a driver, without a device: the reason, and the library that was found", async (t) => {
    for (const [missing, setting] of [
      ["driver", "driver 0"],
      ["device", "devices 0"],
    ] as const) {
      for (const { available, reason } of (await see({ FAKE_CUDA: setting })).backends) {
        t.false(available);
        t.true(reason!.includes(missing) && reason!.includes(`; found ${found(13)}`), reason);
      }
    }
  });

  test.serial("a version that is too old, and one that is too new", async (t) => {
    for (const [version, expected] of [subject.tooOld, subject.tooNew]) {
      for (const { reason } of (await see({ [subject.versionVariable]: version })).backends) t.regex(reason!, expected);
    }
  });

  test.serial("a library that lacks functions is refused with their names, before any is called", async (t) => {
    const source = join(folder, "part.c");
    const [soname] = subject.sonames;
    writeFileSync(source, subject.partial.source);
    execFileSync("gcc", ["-shared", "-fPIC", `-Wl,-soname,${soname}`, source, "-o", join(folder, soname!)]);
    // Beside it the fake runtime, so that there is a device.
    const { backends } = await see({ POLYCODEC_CUDA_PATH: `${folder}:${buildFakes(13)}` });
    for (const { reason } of backends) t.regex(reason!, subject.partial.reason);
  });

  test.serial("options out of range switch the backend off with a sentence", async (t) => {
    const { withStreams } = subject;
    const { backends } = await see({}, `{ options: { "${withStreams}": { numCudaStreams: 0 } } }`);
    const { reason } = backends.find(({ id }) => id === withStreams)!;
    t.regex(reason!, /^the option numCudaStreams is 0\.0+, expected an integer from 1 to 64/);
  });

  for (const { package: name, soname, major } of subject.real) {
    const runtime: RealPackage = `cuda-runtime-${major}`;
    realTest(
      [name, runtime],
      `the real ${name} without a GPU loads, tells its version, and is refused for want of a driver`,
      async (t) => {
        if (existsSync("/dev/nvidiactl")) return void t.pass("there is a GPU");
        const folders = [realFile(name, soname)!, realFile(runtime, `libcudart.so.${major}`)!].map(dirname);
        const { width, backends } = await see({ POLYCODEC_CUDA_PATH: folders.join(":") });
        t.is(width, 40);
        for (const { available, reason } of backends) {
          t.false(available);
          t.true(reason!.includes(`${subject.library} ${name.split("-")[1]}.`), reason);
          t.regex(reason!, /driver/);
        }
      },
    );
  }

  test("the package holds no file of NVIDIA's", (t) => {
    const files = ["dist", "src", "native"].flatMap((name) =>
      readdirSync(join(root, "packages", subject.package, name), { recursive: true, encoding: "utf8" }),
    );
    t.deepEqual(
      files.filter((file) => /(^|\/)nvjpeg(2k)?\.h$|libnvjpeg|libcuda|\.so(\.|$)/.test(file)),
      [],
    );
  });

  return see;
}
