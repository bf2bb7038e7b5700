/**
 * The packages as a user gets them: packed, installed by npm and by pnpm into empty projects, and run, once on a system
 * that has nothing but the C library. Nothing here imports the workspace's own packages.
 */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import test from "ava";

const root = fileURLToPath(new URL("../..", import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), "polycodec-packaging-"));
const tarballs = join(scratch, "tarballs");
const script = (name: string) => import(new URL(`scripts/${name}`, `file://${root}/`).href);

/** Decodes drawn.jpg, drawing and encoding it first if it is not there; prints what must be the same everywhere. */
const ROUND_TRIP = `
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Decoder, Encoder, Image } from "polycodec";

const width = 203, height = 151;
const wave = (i) => { const x = Math.floor(i / 3) % width, y = Math.floor(i / 3 / width); return 128 + 99 * Math.sin(x / 9 + i % 3) * Math.cos(y / 7); };
const drawn = Image.from(Uint8Array.from({ length: width * height * 3 }, (_, i) => wave(i)), { width, height, channels: 3 });
const encoded = await new Encoder().encode(drawn, { codec: "jpeg", quality: 88 });
if (!existsSync("drawn.jpg")) writeFileSync("drawn.jpg", encoded);
const decoder = new Decoder();
const image = await decoder.decode("drawn.jpg");
const digest = (bytes) => createHash("sha256").update(bytes).digest("hex");
const maps = existsSync("/proc/self/maps") ? readFileSync("/proc/self/maps", "latin1") : "";
console.log(JSON.stringify({
  same: createRequire(import.meta.url)("polycodec").Decoder === Decoder,
  encoded: digest(encoded),
  decoded: [image.width, image.height, image.channels, digest(image.data)],
  libraries: [...new Set(maps.match(/[^\\/\\n]*jpeg[^\\/\\n]*\\.so[^\\/\\n]*/g))],
}));
`;

/** The same file by require(), and without a promise. */
const BY_REQUIRE = `
const { Decoder } = require("polycodec");
const image = new Decoder().decodeSync("drawn.jpg");
console.log(JSON.stringify([image.width, image.height, image.channels, require("node:crypto").createHash("sha256").update(image.data).digest("hex")]));
`;

interface RoundTrip {
  readonly same: boolean;
  readonly encoded: string;
  readonly decoded: readonly unknown[];
  readonly libraries: readonly string[];
}

/** What the umbrella needs, the extensions for GPUs, and itself. */
const NAMES = [
  "@polycodec/core",
  "@polycodec/ext-cpu",
  "@polycodec/ext-nvjpeg",
  "@polycodec/ext-nvjpeg2k",
  "@polycodec/batch",
  "@polycodec/dataset",
  "polycodec",
];

/** What the first project gave; the others must give the same. */
let expected: RoundTrip | undefined;

test.before("the packages are packed", (t) => {
  const output = run(process.execPath, ["scripts/pack-all.mjs", "--out", tarballs], root);
  t.log(output.trimEnd());
});

test.after.always("the scratch folder is removed", () => rmSync(scratch, { recursive: true, force: true }));

test.serial("a tarball holds what is used and what source maps and source builds need, and no more", (t) => {
  const tops = (name: string) => {
    const files = run("tar", ["--list", "--gzip", `--file=${tarball(name)}`], root)
      .trim()
      .split("\n");
    return [...new Set(files.map((file) => file.split("/")[1]!))]
      .filter((top) => !/^(README|CHANGELOG)\.md$/.test(top))
      .sort();
  };
  const sources = ["binding.gyp", "native", "src"];
  const shipped = ["LICENSE", "dist", "package.json", "prebuilds"];
  t.deepEqual(tops("@polycodec/core"), [...sources, ...shipped, "include"].sort());
  for (const name of ["@polycodec/ext-cpu", "@polycodec/ext-nvjpeg", "@polycodec/ext-nvjpeg2k"])
    t.deepEqual(tops(name), [...sources, ...shipped].sort(), name);
  for (const name of ["polycodec", "@polycodec/batch", "@polycodec/dataset"])
    t.deepEqual(tops(name), ["LICENSE", "dist", "package.json", "src"], name);
});

test.serial("a package with anything wrong in it is refused", async (t) => {
  const { packageFaults } = await script("pack-all.mjs");
  const folder = join(scratch, "faulty");
  const write = (file: string, text: string) => {
    mkdirSync(join(folder, file, ".."), { recursive: true });
    writeFileSync(join(folder, file), text);
  };
  const manifest = {
    name: "@polycodec/ext-faulty",
    exports: { ".": { types: "./dist/index.d.ts", default: "./dist/index.js" } },
    scripts: { install: "node-gyp rebuild" },
    dependencies: { "@polycodec/core": "workspace:^" },
  };
  write("package.json", JSON.stringify(manifest));
  write("binding.gyp", "{}");
  write("LICENSE", "");
  write("dist/index.js", `const built = "${root}packages";`);
  write("dist/index.js.map", JSON.stringify({ sources: ["../src/index.ts"] }));
  write("dist/tsconfig.tsbuildinfo", "");
  write("native/test/rows.cpp", "");
  write("build/Release/faulty.node", "");
  write("prebuilds/linux-x64/libnvjpeg.so.13", "");
  t.deepEqual(
    packageFaults(folder).map((fault: string) => fault.replace(/tells of .*/, "tells of a path")),
    [
      "build/Release/faulty.node is not wanted",
      "dist/tsconfig.tsbuildinfo is not wanted",
      "native/test/rows.cpp is not wanted",
      "prebuilds/linux-x64/libnvjpeg.so.13 is NVIDIA's",
      "dist/index.d.ts is missing",
      "prebuilds/linux-x64/polycodec-ext-faulty.glibc.node is missing",
      "prebuilds/linux-x64/licenses/libraries.txt is missing",
      "it has the script install",
      '"gypfile": false is missing',
      "dependencies: @polycodec/core is workspace:^",
      "dist/index.js.map maps to ../src/index.ts, which is not there",
      "dist/index.js tells of a path",
    ],
  );
});

for (const scripts of ["allowed", "ignored"]) {
  const options = scripts === "ignored" ? ["--ignore-scripts"] : [];

  test.serial(`npm installs the tarballs into an empty project and they run, install scripts ${scripts}`, (t) => {
    const project = emptyProject(`npm-${scripts}`);
    npmInstall(project, options);
    t.false(existsSync(join(project, "node_modules/@polycodec/core/build")), "nothing is built at install");
    roundTrip(t, project);
  });

  test.serial(`pnpm installs the tarballs into an empty project and they run, install scripts ${scripts}`, (t) => {
    const project = emptyProject(`pnpm-${scripts}`);
    pnpmInstall(project, options);
    roundTrip(t, project);
  });
}

test.serial("the installed command runs", (t) => {
  const project = join(scratch, "npm-allowed");
  t.regex(run(join(project, "node_modules/.bin/polycodec"), ["info", "drawn.jpg"], project), /jpeg/);
});

test.serial("installed extensions for GPUs load without any of NVIDIA's files, and say why they are off", (t) => {
  const program = `
    await import("polycodec");
    const start = performance.now();
    await import("@polycodec/ext-nvjpeg");
    await import("@polycodec/ext-nvjpeg2k");
    const ms = performance.now() - start;
    const { Decoder } = await import("polycodec");
    const off = new Decoder().backends.filter(({ id }) => id.startsWith("nvjpeg"));
    console.log(JSON.stringify({ ms, off: off.map(({ available, reason }) => available || reason) }));`;
  const project = join(scratch, "npm-allowed");
  const nowhere = { POLYCODEC_CUDA_PATH: "", LD_LIBRARY_PATH: "" };
  const { ms, off } = JSON.parse(run(process.execPath, ["--input-type=module", "-e", program], project, nowhere));
  t.log(`${ms.toFixed(1)} ms`);
  t.is(off.length, 5);
  for (const reason of off) t.true(reason === true || /was not found|CUDA/.test(reason), String(reason));
});

test.serial(
  "the prebuilt files ask for nothing newer than Debian 12 has: glibc, and libstdc++ where a codec library is C++",
  async (t) => {
    const { compareVersions, GLIBC_FLOOR, GLIBCXX_FLOOR, neededVersions } = await script("bundle-libraries.mjs");
    t.is(GLIBC_FLOOR, "2.34");
    for (const name of ["core", "ext-cpu", "ext-nvjpeg", "ext-nvjpeg2k"]) {
      const folder = join(scratch, `npm-allowed/node_modules/@polycodec/${name}/prebuilds/linux-x64`);
      const files = readdirSync(folder).filter((file) => /\.node$|\.so/.test(file));
      t.true(files.includes(`polycodec-${name}.glibc.node`));
      for (const file of files) {
        const { glibc, glibcxx } = neededVersions(join(folder, file));
        t.log(`${file}: GLIBC_${glibc}`);
        t.true(compareVersions(glibc, GLIBC_FLOOR) <= 0, `${file} needs GLIBC_${glibc}`);
        // Our own code has its C++ library in it; CharLS and OpenJPH, which come along, are written in C++ too.
        const isBundled = /charls|openjph/.test(file);
        if (isBundled) t.true(compareVersions(glibcxx, GLIBCXX_FLOOR) <= 0, `${file} needs GLIBCXX_${glibcxx}`);
        else t.is(glibcxx, undefined, `${file} needs GLIBCXX_${glibcxx}`);
      }
    }
  },
);

test.serial(
  "where nothing is prebuilt the error names the command that builds it, and that command works",
  async (t) => {
    const project = join(scratch, "from-source");
    cpSync(join(scratch, "npm-ignored"), project, { recursive: true });
    const { nodeHeaders } = await script("build-native.mjs");
    const headers = nodeHeaders();
    const options = [...(headers ? [`--nodedir=${headers}`] : []), "--jobs=max", "--loglevel=error"];
    for (const name of ["ext-cpu", "core"]) {
      const folder = join(project, "node_modules/@polycodec", name);
      rmSync(join(folder, "prebuilds"), { recursive: true });
      const failure = attempt(process.execPath, ["round-trip.mjs"], project);
      t.not(failure.status, 0);
      t.true(failure.stderr.includes(`(cd ${folder}/ && npx node-gyp rebuild)`), failure.stderr);
      // What is tested is that the sources are complete, so the compiler need not try hard.
      run(join(root, "node_modules/.bin/node-gyp"), ["rebuild", ...options], folder, { CXXFLAGS: "-O0 -w" });
    }
    const { libraries, ...result } = JSON.parse(run(process.execPath, ["round-trip.mjs"], project)) as RoundTrip;
    t.like(result, { same: true, encoded: expected!.encoded, decoded: expected!.decoded });
    t.true(
      libraries.length > 0 && libraries.every((library) => !library.includes("polycodec")),
      "now the system's library",
    );
  },
);

/** Where chroot is; not in everybody's path. Nothing else of the environment goes inside. */
const CHROOT_ENV = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" };
const chroot = attempt("chroot", ["/", process.execPath, "--version"], "/", CHROOT_ENV).status === 0;
const apt = attempt("apt-get", ["--version"], "/").status === 0;
const unable = chroot ? (apt ? "" : " (needs apt-get)") : " (needs root, for chroot)";

(unable ? test.serial.skip : test.serial)(
  `a system of libc6, libgcc-s1, libstdc++6 and node alone decodes and encodes${unable}`,
  (t) => {
    const bare = join(scratch, "bare");
    run(process.execPath, ["scripts/bare-root.mjs", bare], root);
    const libraries = readdirSync(bare, { recursive: true, encoding: "utf8" }).filter((file) =>
      /jpeg|\.node$/.test(file),
    );
    t.deepEqual(libraries, [], "the libraries that are bundled are not there");

    for (const [name, install] of [
      ["npm", npmInstall],
      ["pnpm", pnpmInstall],
    ] as const) {
      const project = emptyProject(`bare/${name}`);
      install(project, []);
      cpSync(join(scratch, "npm-allowed/drawn.jpg"), join(project, "drawn.jpg"));
      const inside = (file: string) => spawnOrThrow("chroot", [bare, "/usr/bin/node", file], project, CHROOT_ENV);
      writeFileSync(join(project, "enter.cjs"), `process.chdir(__dirname); import("./round-trip.mjs");`);
      writeFileSync(join(project, "enter-require.cjs"), `process.chdir(__dirname); require("./by-require.cjs");`);
      const result = JSON.parse(inside(`/${name}/enter.cjs`)) as RoundTrip;
      t.deepEqual({ ...result, libraries: expected!.libraries }, expected!, name);
      t.deepEqual(JSON.parse(inside(`/${name}/enter-require.cjs`)), expected!.decoded);
    }
  },
);

function roundTrip(t: import("ava").ExecutionContext, project: string): void {
  const result = JSON.parse(run(process.execPath, ["round-trip.mjs"], project)) as RoundTrip;
  t.true(result.same, "import and require() give one and the same module");
  t.deepEqual(result.decoded.slice(0, 3), [203, 151, 3]);
  t.deepEqual(result.libraries, [basename(bundledJpeg(project))], "the bundled library is loaded, not the system's");
  t.deepEqual(JSON.parse(run(process.execPath, ["by-require.cjs"], project)), result.decoded);
  t.deepEqual(result, (expected ??= result));
}

function bundledJpeg(project: string): string {
  const folder = join(project, "node_modules/@polycodec/ext-cpu/prebuilds/linux-x64");
  return readdirSync(folder).find((file) => file.includes("jpeg.so"))!;
}

function emptyProject(name: string): string {
  const folder = join(scratch, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "round-trip.mjs"), ROUND_TRIP);
  writeFileSync(join(folder, "by-require.cjs"), BY_REQUIRE);
  writeFileSync(join(folder, "package.json"), `{ "name": "project", "version": "1.0.0", "private": true }\n`);
  return folder;
}

function npmInstall(project: string, options: readonly string[]): void {
  const quiet = ["--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"];
  const files = NAMES.map(tarball);
  run("npm", ["install", "--prefix", project, ...quiet, ...options, ...files], project);
}

/** The ranges inside the tarballs name published versions; pnpm takes ours in their place when told so. */
function pnpmInstall(project: string, options: readonly string[]): void {
  const own = NAMES.map((name) => [name, `file:${tarball(name)}`] as const);
  const manifest = { name: "project", version: "1.0.0", private: true, dependencies: Object.fromEntries(own) };
  writeFileSync(join(project, "package.json"), JSON.stringify(manifest));
  const overrides = own.map(([name, file]) => `  ${JSON.stringify(name)}: ${JSON.stringify(file)}\n`).join("");
  writeFileSync(join(project, "pnpm-workspace.yaml"), `overrides:\n${overrides}`);
  run("pnpm", ["install", "--prefer-offline", "--store-dir", join(scratch, "store"), ...options], project, {
    CI: "true",
  });
}

function tarball(name: string): string {
  const prefix = name.replace(/^@(.*)\//, "$1-");
  const file = readdirSync(tarballs).find((entry) => new RegExp(`^${prefix}-\\d+\\.\\d+\\.\\d+.*\\.tgz$`).test(entry));
  if (!file) throw new Error(`no tarball of ${name} in ${readdirSync(tarballs).join(" ")}`);
  return join(tarballs, file);
}

function run(command: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}): string {
  // setup.mjs puts its pnpm here; a global one serves as well.
  const path = [join(root, ".tools/node_modules/.bin"), process.env.PATH].join(delimiter);
  return spawnOrThrow(command, args, cwd, { ...process.env, PATH: path, ...env });
}

function spawnOrThrow(command: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, env, encoding: "utf8", timeout: 900_000 });
  if (status === 0) return stdout;
  throw new Error(`${command} ${args.join(" ")}: ${error?.message ?? `exit status ${status}`}\n${stdout}${stderr}`);
}

function attempt(command: string, args: readonly string[], cwd: string, env = process.env) {
  return spawnSync(command, args, { cwd, env, encoding: "utf8" });
}
