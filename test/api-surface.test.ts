/** What users see and what files may import: lists that change only on purpose. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { ERROR_CODES } from "@polycodec/core";
import test from "ava";
import { root } from "./corpus.js";

const ENUMS = [
  "BACKEND_KINDS",
  "BUFFER_KINDS",
  "BYTES_PER_ELEMENT",
  "BackendKind",
  "BufferKind",
  "CHROMA_SUBSAMPLINGS",
  "COLOR_SPECS",
  "ChromaSubsampling",
  "ColorSpec",
  "LOAD_HINT_POLICIES",
  "LoadHintPolicy",
  "METADATA_FORMATS",
  "METADATA_KINDS",
  "MetadataFormat",
  "MetadataKind",
  "QUALITY_TYPES",
  "QualityType",
  "RESIZE_FILTERS",
  "ResizeFilter",
  "SAMPLE_DATA_TYPES",
  "SAMPLE_FORMATS",
  "SampleDataType",
  "SampleFormat",
  "TENSOR_LAYOUTS",
  "TRUNCATION_POLICIES",
  "TensorLayout",
  "channelsOf",
  "isPlanar",
];
const CORE = [
  ...ENUMS,
  "CodeStream",
  "CodecError",
  "DEFAULT_LIMITS",
  "DecodeError",
  "Decoder",
  "ERROR_CODES",
  "EncodeError",
  "Encoder",
  "Image",
  "PolycodecError",
  "ProcessingStatus",
  "Registry",
  "SampleError",
  "Tensor",
  "cudaInfo",
  "fromDlpack",
  "fromImageData",
  "fromNpy",
  "fromOrt",
  "fromSharp",
  "imagesOrNull",
  "isNpy",
  "npyHeader",
  "parseExif",
  "parseIcc",
  "registry",
  "runtimeStats",
  "toDlpack",
  "toDlpackCapsule",
  "toImageData",
  "toNpy",
  "toOrt",
  "toSharp",
  "transcodeStream",
  "trimMemory",
  "withOrientation",
];
const CORE_TYPES = [
  "Attempt",
  "BackendChoice",
  "BackendOptions",
  "BackendReport",
  "BmpEncodeOptions",
  "CallMessage",
  "ChunkMessage",
  "CodeStreamInfo",
  "CodeStreamView",
  "CopyOptions",
  "CudaArrayInterface",
  "CudaDevice",
  "CudaInfo",
  "DecodeOptions",
  "DecodeResult",
  "DecodeSource",
  "DecodeStreamOptions",
  "DecodedItem",
  "DecoderOptions",
  "DeviceReport",
  "DlpackArray",
  "EncodeItem",
  "EncodeOptions",
  "EncodeParams",
  "EncodeResult",
  "EncodeStreamOptions",
  "EncodedItem",
  "EncoderOptions",
  "ErrorCode",
  "Extension",
  "ImageDataLike",
  "ImageInfo",
  "ImageLayoutOptions",
  "Jpeg2kEncodeOptions",
  "JpegEncodeOptions",
  "JpeglsEncodeOptions",
  "LaneReport",
  "Limits",
  "Metadata",
  "OrtArguments",
  "OrtTensorLike",
  "Placement",
  "PngEncodeOptions",
  "PngPreset",
  "PnmEncodeOptions",
  "RandomAccessSource",
  "Rectangle",
  "Region",
  "ResizeOptions",
  "RuntimeStats",
  "SchedulerStats",
  "SharpArguments",
  "SharpRaw",
  "SourceLike",
  "StreamOptions",
  "TensorOptions",
  "TensorResult",
  "TensorSample",
  "TranscodeOptions",
  "TranscodeSubject",
  "TranscodedItem",
  "TypedArray",
  "WebpEncodeOptions",
];

const surfaces: Readonly<Record<string, readonly string[]>> = {
  "@polycodec/core": CORE,
  "@polycodec/core/plugin": [
    ...ENUMS,
    "ByteReader",
    "CodecError",
    "ProcessingStatus",
    "eachSample",
    "nativeDecoder",
    "nativeEncoder",
    "prebuiltLibrary",
    "startsWith",
  ],
  "@polycodec/core/testing": [
    "drawPicture",
    "fakeDecoder",
    "fakeEncoder",
    "fakeExtension",
    "fakeParser",
    "fakeStream",
    "psnr",
    "seededRandom",
    "testBackend",
  ],
  "@polycodec/batch": ["Batch", "BatchError", "ImageBatchDecoder", "ImageBatchEncoder"],
  "@polycodec/dataset": [
    "DATASET_ERROR_CODES",
    "DatasetError",
    "FilePartitioningStage",
    "ImageReaderStage",
    "ImageWriterStage",
    "Pipeline",
    "RunConflictError",
    "StorageError",
    "arrayPlace",
    "constructBaseName",
    "localLauncher",
    "localStorage",
    "memberKey",
    "memberKeys",
    "openStorage",
    "parquetBytes",
    "put",
    "pythonRepr",
    "readShardTable",
    "readTar",
    "shardFolder",
    "shardName",
    "staticLauncher",
    "writeTar",
  ],
  "@polycodec/ext-cpu": ["extension"],
  "@polycodec/ext-cpu/extension": ["extension"],
  "@polycodec/ext-nvjpeg": ["extension"],
  "@polycodec/ext-nvjpeg/extension": ["extension"],
  "@polycodec/ext-nvjpeg2k": ["extension"],
  "@polycodec/ext-nvjpeg2k/extension": ["extension"],
  polycodec: CORE,
};
for (const [name, names] of Object.entries(surfaces)) {
  test(`${name} exports these names and no others`, async (t) => {
    t.deepEqual(Object.keys(await import(name)).sort(), [...names].sort());
  });
}

test("@polycodec/core exports these types and no others", (t) => {
  const index = readFileSync(join(root, "packages/core/src/index.ts"), "utf8");
  const types = [...index.matchAll(/export (type )?\{([^}]*)\}/g)].flatMap(([, whole, list]) =>
    list!
      .split(",")
      .map((name) => name.trim())
      .filter((name) => name !== "" && (whole || name.startsWith("type ")))
      .map((name) => name.replace("type ", "")),
  );
  t.deepEqual(types.sort(), [...CORE_TYPES].sort());
});

/** Sources of a folder, with what they import. */
function* importsOf(folder: string): Generator<{ file: string; specifier: string; typeOnly: boolean }> {
  for (const entry of readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })) {
    if (!entry.endsWith(".ts")) continue;
    const text = readFileSync(join(root, folder, entry), "utf8");
    const statements = /^(?:import|export)\s+(type\s)?(?:[^"';]*?\sfrom\s+)?"([^"]+)"|\bimport\("([^"]+)"\)/gm;
    for (const [, typeOnly, fixed, dynamic] of text.matchAll(statements))
      yield { file: entry, specifier: (fixed ?? dynamic)!, typeOnly: typeOnly !== undefined };
  }
}

const extensions = readdirSync(join(root, "packages")).filter((name) => name.startsWith("ext-"));

test("extensions import @polycodec/core/plugin and nothing else of core; index.ts may import the registry", (t) => {
  t.true(extensions.includes("ext-cpu"));
  for (const extension of extensions) {
    let seen = 0;
    for (const { file, specifier } of importsOf(`packages/${extension}/src`)) {
      seen++;
      if (specifier.startsWith(".") || specifier.startsWith("node:")) continue;
      const allowed = file === "index.ts" ? ["@polycodec/core"] : ["@polycodec/core/plugin"];
      t.true(allowed.includes(specifier), `packages/${extension}/src/${file} imports ${specifier}`);
    }
    t.true(seen > 5);
  }
});

/** The rows of docs/architecture.md, top to bottom: a file imports from its own row or lower. */
const ROWS: readonly (readonly string[])[] = [
  ["index.ts", "testing/"],
  ["transcoder.ts"],
  ["decoder.ts", "encoder.ts", "adapters/"],
  ["schedule/", "plan/", "runtime/native-backend.ts", "runtime/task-packing.ts"], // which pack plans for the runtime
  ["registry.ts", "default-registry.ts", "code-stream/", "image/", "params/", "limits.ts"],
  ["parsers/", "metadata/", "runtime/"],
  ["plugin.ts", "prebuilt-library.ts", "bytes.ts", "status.ts", "errors.ts", "enums.ts"],
];
const rowOf = (file: string) =>
  ROWS.findIndex((row) => row.some((place) => (place.endsWith("/") ? file.startsWith(place) : file === place)));

test("inside core imports go downwards, and the contract imports nothing above it", (t) => {
  const upwards: string[] = [];
  let seen = 0;
  for (const { file, specifier, typeOnly } of importsOf("packages/core/src")) {
    t.not(rowOf(file), -1, `${file} stands in no row`);
    if (!specifier.startsWith(".")) {
      t.true(specifier.startsWith("node:"), `${file} imports ${specifier}`);
      continue;
    }
    const target = relative(".", join(dirname(file), specifier)).replace(/\.js$/, ".ts");
    seen++;
    if (rowOf(target) < rowOf(file)) upwards.push(`${file} imports ${target}${typeOnly ? " (types)" : ""}`);
  }
  t.true(seen > 100, `${seen} imports`);
  t.deepEqual(upwards, []);
});

/** Runs a program in a fresh process; returns what it says. */
const run = (program: string) =>
  execFileSync(process.execPath, ["--input-type=module", "-e", program], { cwd: root, encoding: "utf8" }).trim();

test("importing core and an extension's description registers nothing; importing the extension does", (t) => {
  const say = "console.log(registry.extensions.map((e) => e.name).join())";
  t.is(
    run(
      `import { registry } from "@polycodec/core"; import "@polycodec/core/plugin"; import "@polycodec/core/testing"; import "@polycodec/ext-cpu/extension"; ${say}`,
    ),
    "",
  );
  t.is(run(`import { registry } from "@polycodec/core"; import "@polycodec/ext-cpu"; ${say}`), "@polycodec/ext-cpu");
  t.is(run(`import { registry } from "polycodec"; ${say}`), "@polycodec/ext-cpu");
});

test("importing loads no native code; an explicit registry needs no import with effects", (t) => {
  const say = `import { readFileSync } from "node:fs"; console.log(/\\.node$/m.test(readFileSync("/proc/self/maps", "utf8")), process.report.getReport().sharedObjects.filter((o) => o.endsWith(".node")).length)`;
  t.is(run(`import { Decoder } from "@polycodec/core"; new Decoder(); ${say}`), "false 0");
  t.is(run(`import { Decoder } from "polycodec"; new Decoder(); ${say}`), "false 0");
  const decode = `import { Decoder, Registry, registry } from "@polycodec/core"; import { extension } from "@polycodec/ext-cpu/extension";
    const decoder = new Decoder({ registry: new Registry().use(extension) }); console.log(decoder.backends.some(({ available }) => available), registry.extensions.length);`;
  t.is(run(decode), "true 0");
});

test("importing only core and ext-cpu loads no other package", (t) => {
  const program = `import "@polycodec/core"; import "@polycodec/ext-cpu"; import { Decoder } from "@polycodec/core"; void new Decoder().backends;
    import { createRequire } from "node:module"; console.log(Object.keys(createRequire(import.meta.url).cache).filter((f) => !/node-gyp-build|\\.node$|packages.(core|ext-cpu).package\\.json$/.test(f)).join());`;
  t.is(run(program), "");
});

test("core is usable by require() as well", (t) => {
  const program = 'const { Decoder } = require("polycodec"); console.log(new Decoder().backends.length > 0)';
  const out = execFileSync(process.execPath, ["--input-type=commonjs", "-e", program], {
    cwd: root,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  t.is(out.trim(), "true");
});

const page = join(root, "docs/errors.md");
const documented = existsSync(page)
  ? test
  : (title: string, body: Parameters<typeof test>[1]) =>
      test.skip(`${title} (docs/errors.md is not there yet)`, body as never);
documented("docs/errors.md lists exactly the codes that exist", (t) => {
  const listed = new Set(readFileSync(page, "utf8").match(/ERR_POLYCODEC_[A-Z]+(_[A-Z]+)*/g));
  t.deepEqual([...listed].sort(), Object.keys(ERROR_CODES).sort());
});

test("every code is used somewhere in core", (t) => {
  const sources = readdirSync(join(root, "packages/core/src"), { recursive: true, encoding: "utf8" }).filter((f) =>
    f.endsWith(".ts"),
  );
  const text = sources
    .map((file) =>
      readFileSync(join(root, "packages/core/src", file), "utf8").replace(
        /^export const ERROR_CODES[\s\S]*?as const\);/m,
        "",
      ),
    )
    .join("\n");
  t.deepEqual(
    Object.keys(ERROR_CODES).filter((code) => !text.includes(code)),
    [],
  );
});
