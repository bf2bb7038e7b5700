/** Tar and Python's notation, byte for byte as Python writes them; tables as Parquet's readers read them. */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { seededRandom } from "@polycodec/core/testing";
import {
  constructBaseName,
  DATASET_ERROR_CODES,
  DatasetError,
  localStorage,
  memberKey,
  memberKeys,
  parquetBytes,
  pythonRepr,
  readShardTable,
  readTar,
  type TarMember,
  writeTar,
} from "@polycodec/dataset";
import test from "ava";
import { pythonWith, runScript } from "./python.js";
import { scratch } from "./shards.js";

const python = (program: string, input = "") => {
  const { status, stdout, stderr } = spawnSync("python3", ["-c", program], { input, maxBuffer: 2 ** 28 });
  if (status !== 0) throw new Error(String(stderr));
  return stdout;
};

const random = seededRandom(7);
const noise = (length: number) => Uint8Array.from({ length }, () => random() * 256);
const members: TarMember[] = [
  { name: "a.jpg", bytes: noise(1000) },
  { name: "empty", bytes: noise(0) },
  { name: "block", bytes: noise(512) },
  { name: `${"d/".repeat(40)}${"x".repeat(20)}`, bytes: noise(3) }, // 100 characters
  { name: "y".repeat(101), bytes: noise(700) },
  { name: "ä.jpg", bytes: noise(9000) },
  { name: `${"漢𝄞".repeat(60)}.jpg`, bytes: noise(513) },
  { name: "z".repeat(5000), bytes: noise(1) },
];

test("archives equal those of Python's tarfile, and tar and tarfile read them", async (t) => {
  const folder = scratch(t);
  for (const count of [0, 1, 3, members.length]) {
    const some = members.slice(0, count);
    const path = join(folder, `${count}.tar`);
    const writer = await localStorage(folder).create(`${count}.tar`);
    const { bytes, sha256, members: written } = await writeTar(some, writer);
    t.is(await writer.commit(), "written");
    const program = `
import io, json, sys, tarfile
out = io.BytesIO()
with tarfile.open(fileobj=out, mode="w") as archive:
    for name, content in json.load(sys.stdin):
        info = tarfile.TarInfo(name)
        info.size = len(content) // 2
        archive.addfile(info, io.BytesIO(bytes.fromhex(content)))
sys.stdout.buffer.write(out.getvalue())`;
    const input = some.map(({ name, bytes: content }) => [name, Buffer.from(content).toString("hex")]);
    const expected = python(program, JSON.stringify(input));
    const got = readFileSync(path);
    t.is(Buffer.compare(got, expected), 0, `${count} members`);
    t.deepEqual([bytes, written], [expected.length, count]);
    t.is(
      sha256,
      python(
        "import hashlib, sys; print(hashlib.sha256(sys.stdin.buffer.read()).hexdigest(), end='')",
        got as never,
      ).toString(),
    );
    const read = runScript<[string, number, number, number, boolean][]>("python3", "read_shards.py", "tarfile", path);
    t.deepEqual(
      read,
      some.map(({ name, bytes: { length } }) => [name, length, 0o644, 0, true]),
    );
    const list = spawnSync("tar", ["tvf", path], { encoding: "utf8" });
    t.is(list.status, 0, list.stderr);
    t.is(list.stdout.split("\n").length - 1, count);
    const wants = (name: string) => name !== "block";
    const back: TarMember[] = [];
    for await (const one of readTar(localStorage(folder).readStream(`${count}.tar`), path, {
      wants,
      maxMemberBytes: 1e6,
    }))
      back.push({ name: one.name, bytes: Uint8Array.from(one.bytes) });
    t.deepEqual(
      back,
      some.filter(({ name }) => wants(name)).map(({ name, bytes: b }) => ({ name, bytes: b })),
    );
  }
});

test("a damaged archive is an error that says where; none is a crash or a hang", async (t) => {
  const folder = scratch(t);
  const storage = localStorage(folder);
  const writer = await storage.create("a.tar");
  await writeTar(members, writer);
  await writer.commit();
  const whole = readFileSync(join(folder, "a.tar"));
  const read = async (bytes: Uint8Array, maxMemberBytes = 1e6) => {
    let count = 0;
    const chunks = (async function* () {
      for (let i = 0; i < bytes.length; i += 1000) yield bytes.subarray(i, i + 1000);
    })();
    for await (const _ of readTar(chunks, "a.tar", { wants: () => true, maxMemberBytes })) count++;
    return count;
  };
  t.is(await read(whole), members.length);
  const bad = { instanceOf: DatasetError, code: "ERR_DATASET_BAD_SHARD" };
  await t.throwsAsync(read(whole.subarray(0, 800)), { ...bad, message: /^a\.tar: after 1 members: / });
  await t.throwsAsync(read(new Uint8Array(0)), bad);
  await t.throwsAsync(read(Buffer.from("no archive")), bad);
  await t.throwsAsync(read(noise(5000)), bad);
  await t.throwsAsync(read(whole, 600), { ...bad, message: /member a\.jpg has 1000 bytes, maxMemberBytes allows 600/ });
  const outcomes = new Set<string>();
  for (let round = 0; round < 300; round++) {
    const copy = Buffer.from(whole.subarray(0, round % 3 === 0 ? Math.floor(random() * whole.length) : whole.length));
    for (let i = 0; i < 3 && copy.length > 0; i++) copy[Math.floor(random() * copy.length)] = random() * 256;
    const outcome = await read(copy).then(
      () => "read",
      (error) => (error as DatasetError).code ?? String(error),
    );
    outcomes.add(outcome);
  }
  t.deepEqual([...outcomes].sort(), ["ERR_DATASET_BAD_SHARD", "read"]);
});

test("values print as Python's repr prints them", (t) => {
  const values: unknown[] = [
    null,
    true,
    false,
    0,
    -1,
    255,
    1e15,
    123456789012345,
    0.1,
    -2.5,
    1.5e300,
    1e-4,
    0.00001,
    1.25e-7,
    5e-324,
    1e22,
    1.7976931348623157e308,
    0.30000000000000004,
    100.5,
    123456.789,
    "",
    "plain",
    "it's",
    'say "hi"',
    `both ' and "`,
    "back\\slash",
    "line\nfeed\r\ttab",
    "\0\x07\x1b\x7f",
    "é ü ß",
    "漢字",
    "𝄞",
    "\u00a0\u00ad\u200b\u2028\ufeff\ue000",
    "\u{1f600}",
    "\u{10ffff}",
    [],
    [1, [2, [3]]],
    {},
    { a: 1, "b'c": [null, { d: "e" }] },
    { "": "" },
  ];
  // Python's json reads 1e15 as a float; what JavaScript prints without a point is an int there and here.
  const text = JSON.stringify(values);
  const expected = python("import json, sys\nfor value in json.load(sys.stdin): print(ascii(repr(value)))", text);
  const lines = expected.toString().trimEnd().split("\n");
  const ours = values.map((value) => pythonRepr(value));
  t.is(ours.length, lines.length);
  const shown = python(
    "import json, sys\nfor value in json.load(sys.stdin): print(ascii(value))",
    JSON.stringify(ours),
  );
  t.deepEqual(shown.toString().trimEnd().split("\n"), lines);
  t.is(pythonRepr(1e16), "1e+16", "beyond what JavaScript counts exactly, numbers are floats");
  t.is(pythonRepr(Number.NaN), "nan");
  t.is(pythonRepr(-Infinity), "-inf");
  t.is(pythonRepr(-0), "-0.0");
  t.is(pythonRepr(12345678901234567890n), "12345678901234567890");
  t.is(pythonRepr(new Map([[1, undefined]])), "{1: None}");
  t.is(pythonRepr(Buffer.from("a'\n\x00\xff", "latin1")), `b"a'\\n\\x00\\xff"`);
  t.throws(() => pythonRepr(() => 1), { instanceOf: TypeError });
});

test("base names are those of the reference: paths sorted by code points, and the task's id", (t) => {
  const paths = Array.from({ length: 5 }, (_, i) => `/src/${i}.jpg`);
  t.is(constructBaseName(paths, "abc_0"), "images-84f5dfe7d827");
  t.is(constructBaseName(paths.toReversed(), "abc_0"), "images-84f5dfe7d827");
  const odd = ["\uffee", "𝄞", "a", "é"];
  const program = `import hashlib, json, sys
paths = json.load(sys.stdin)
print("images-" + hashlib.sha256(("|".join(sorted(paths)) + "|t").encode()).hexdigest()[:12], end="")`;
  t.is(constructBaseName(odd, "t"), python(program, JSON.stringify(odd)).toString());
});

test("docs/dataset.md lists exactly the codes that exist", (t) => {
  const text = readFileSync(new URL("../../../../docs/dataset.md", import.meta.url), "utf8").split("## Errors")[1]!;
  const listed = [...text.matchAll(/^\| `(\w+)` \| (.*) \|$/gm)].map(([, code, meaning]) => [code, meaning]);
  t.deepEqual(listed, Object.entries(DATASET_ERROR_CODES));
});

test("keys: what readers stumble over is replaced, and two that are the same are refused", (t) => {
  t.is(memberKey("a.b/c\\d\n.jpg"), "a_b_c_d__jpg");
  t.is(memberKey("schön 漢字-1"), "schön 漢字-1");
  t.deepEqual(memberKeys(["x", "", "y"]), ["x", "000001", "y"]);
  t.deepEqual(memberKeys(["a.b", "a_b"], { raw: true }), ["a.b", "a_b"]);
  const duplicate = { instanceOf: DatasetError, code: "ERR_DATASET_DUPLICATE_ID" };
  t.throws(() => memberKeys(["a", "b", "a"]), { ...duplicate, message: /^images 0 and 2 have the id "a"/ });
  t.throws(() => memberKeys(["a.b", "a_b"]), { ...duplicate, message: /ids "a\.b" and "a_b", would be "a_b"/ });
  t.throws(() => memberKeys(["000001", ""]), duplicate);
});

const rows = Array.from({ length: 3 }, (_, i) => ({
  imageId: `schön ${i}`,
  tarFile: "out/a.tar",
  memberName: `${i}.jpg`,
  originalPath: `/src/${i}.jpg`,
  metadata: i === 0 ? {} : { k: i, s: "a'b", n: [null, 0.5] },
  aestheticScore: i === 1 ? 0.25 : null,
  nsfwScore: null,
}));

test("a table reads back; a damaged one is an error", async (t) => {
  t.deepEqual(await readShardTable(parquetBytes(rows), "a"), rows);
  const python = await readShardTable(parquetBytes(rows, { metadataFormat: "python-repr", scores: false }), "a");
  t.deepEqual(python[2]!.metadata, { "python-repr": "{'k': 2, 's': \"a'b\", 'n': [None, 0.5]}" });
  for (const bytes of [new Uint8Array(0), new Uint8Array(100), parquetBytes(rows).subarray(5)])
    await t.throwsAsync(readShardTable(bytes, "a.parquet"), {
      code: "ERR_DATASET_BAD_SHARD",
      message: /^a\.parquet: /,
    });
});

const arrow = pythonWith("pyarrow");
(("missing" in arrow ? test.skip : test) as typeof test)(
  "pyarrow reads a table: strings and doubles, SNAPPY, one group",
  (t) => {
    if ("missing" in arrow) return;
    const folder = scratch(t);
    writeFileSync(join(folder, "a.parquet"), parquetBytes(rows));
    const [table] = runScript<{ schema: unknown; rows: Record<string, unknown>[]; groups: number; codecs: string[] }[]>(
      arrow.python,
      "read_shards.py",
      "parquet",
      join(folder, "a.parquet"),
    );
    const columns = ["image_id", "tar_file", "member_name", "original_path", "metadata"];
    t.deepEqual(table!.schema, [
      ...columns.map((name) => [name, "string", true]),
      ["aesthetic_score", "double", true],
      ["nsfw_score", "double", true],
    ]);
    t.deepEqual([table!.groups, table!.codecs], [1, ["SNAPPY"]]);
    t.deepEqual(table!.rows[1], {
      image_id: "schön 1",
      tar_file: "out/a.tar",
      member_name: "1.jpg",
      original_path: "/src/1.jpg",
      metadata: '{"k":1,"s":"a\'b","n":[null,0.5]}',
      aesthetic_score: 0.25,
      nsfw_score: null,
    });
  },
);
