import { existsSync, readdirSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { Decoder } from "polycodec";
import { cli, drawing, exif, temporaryFolder, writeJpeg } from "./cli-process.js";

test("info says per file what the headers say, and fails for the one that is no picture", async (t) => {
  const folder = temporaryFolder(t);
  const metadata = [{ kind: "EXIF", format: "RAW", id: 0, bytes: exif(6) }] as const;
  const bytes = await writeJpeg(join(folder, "turned.jpg"), drawing(48, 32), {
    metadata,
    chromaSubsampling: "CSS_420",
  });
  await writeFile(join(folder, "broken.jpg"), "no picture");
  const { status, items, stderr } = await cli(folder, ["info", "turned.jpg", "broken.jpg", "missing.jpg", "--json"]);
  t.is(status, 1, stderr);
  t.is(items.length, 3);
  const [turned, broken, missing] = items;
  t.like(turned, {
    file: "turned.jpg",
    ok: true,
    codec: "jpeg",
    width: 48,
    height: 32,
    channels: 3,
    orientation: 6,
    chromaSubsampling: "CSS_420",
    bytes: bytes.length,
  });
  t.deepEqual(turned!.metadata, [{ kind: "EXIF", bytes: 26 }]);
  t.like(broken, { file: "broken.jpg", ok: false, error: { code: "ERR_POLYCODEC_UNKNOWN_CODEC" } });
  t.like(missing, { file: "missing.jpg", ok: false, error: { code: "ERR_POLYCODEC_IO" } });

  const table = await cli(folder, ["info", "turned.jpg"]);
  t.is(table.status, 0);
  t.regex(table.stdout.toString(), /turned\.jpg +jpeg +48x32/);
});

test("npy holds the pixels behind a header that NumPy reads", async (t) => {
  const folder = temporaryFolder(t);
  await writeJpeg(join(folder, "photo.jpg"), drawing(37, 21));
  await writeJpeg(join(folder, "gray.jpg"), drawing(20, 30, 1));
  const { status, stderr } = await cli(folder, ["decode", "photo.jpg", "--out", "out"]);
  t.is(status, 0, stderr);
  const file = await readFile(join(folder, "out/photo.npy"));
  t.is(file.toString("latin1", 0, 6), "\x93NUMPY");
  const end = 10 + file.readUInt16LE(8);
  t.is(end % 64, 0);
  t.is(file.toString("latin1", 10, end).trimEnd(), "{'descr': '|u1', 'fortran_order': False, 'shape': (21, 37, 3), }");
  t.is(file[end - 1], 0x0a);
  using decoder = new Decoder();
  const image = await decoder.decode(join(folder, "photo.jpg"));
  t.deepEqual(file.subarray(end), Buffer.from(image.packed()));

  await cli(folder, ["decode", "gray.jpg", "--color-spec", "unchanged", "--out", "out"]);
  t.regex((await readFile(join(folder, "out/gray.npy"))).toString("latin1", 0, 128), /'shape': \(30, 20\)/);
  await cli(folder, ["decode", "photo.jpg", "--sample-format", "P_BGR", "--region", "-2,3,10,20", "--out", "planar"]);
  t.regex((await readFile(join(folder, "planar/photo.npy"))).toString("latin1", 0, 128), /'shape': \(3, 12, 17\)/);
  await cli(folder, ["decode", "photo.jpg", "--scale", "4", "--out", "quarter"]);
  t.regex((await readFile(join(folder, "quarter/photo.npy"))).toString("latin1", 0, 128), /'shape': \(6, 10, 3\)/);
});

test("ppm and pam hold the pixels; a format that cannot hold them says so", async (t) => {
  const folder = temporaryFolder(t);
  await writeJpeg(join(folder, "photo.jpg"), drawing(9, 7));
  using decoder = new Decoder();
  const pixels = Buffer.from((await decoder.decode(join(folder, "photo.jpg"))).packed());
  t.is((await cli(folder, ["decode", "photo.jpg", "-o", ".", "-f", "ppm"])).status, 0);
  t.deepEqual(await readFile(join(folder, "photo.ppm")), Buffer.concat([Buffer.from("P6\n9 7\n255\n"), pixels]));
  t.is((await cli(folder, ["decode", "photo.jpg", "-o", ".", "-f", "pam", "--sample-format", "I_RGBA"])).status, 0);
  const pam = await readFile(join(folder, "photo.pam"));
  const header = "P7\nWIDTH 9\nHEIGHT 7\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\n";
  t.is(pam.toString("latin1", 0, header.length), header);
  t.is(pam.length, header.length + 9 * 7 * 4);
  t.is((await cli(folder, ["decode", "photo.jpg", "-o", ".", "-f", "raw"])).status, 0);
  t.deepEqual(await readFile(join(folder, "photo.raw")), pixels);

  const planar = ["decode", "photo.jpg", "-o", "planar", "-f", "ppm", "--sample-format", "P_RGB"];
  t.is((await cli(folder, planar)).status, 0);
  t.deepEqual(await readFile(join(folder, "planar/photo.ppm")), await readFile(join(folder, "photo.ppm")));

  const refused = await cli(folder, [
    "decode",
    "photo.jpg",
    "-o",
    "alpha",
    "-f",
    "ppm",
    "--sample-format",
    "I_RGBA",
    "--json",
  ]);
  t.is(refused.status, 1);
  t.regex((refused.items[0]!.error as { message: string }).message, /NUM_CHANNELS_UNSUPPORTED/);
  t.deepEqual(readdirSync(join(folder, "alpha")), []);
});

test("encode reads what decode has written, in every format, and standard input", async (t) => {
  const folder = temporaryFolder(t);
  const original = drawing(33, 18);
  const expected = await writeJpeg(join(folder, "expected.jpg"), original, { chromaSubsampling: "CSS_422" });
  const pixels = Buffer.from(original.packed());
  const header = "{'descr': '|u1', 'fortran_order': False, 'shape': (18, 33, 3), }\n";
  const npy = Buffer.concat([
    Buffer.from("\x93NUMPY\x01\x00", "latin1"),
    Buffer.from([header.length, 0]),
    Buffer.from(header),
    pixels,
  ]);
  const ppm = Buffer.concat([Buffer.from("P6 # made by hand\n33 18\n255\n"), pixels]);
  await writeFile(join(folder, "a.npy"), npy);
  await writeFile(join(folder, "b.ppm"), ppm);
  await writeFile(
    join(folder, "c.pam"),
    Buffer.concat([Buffer.from("P7\nWIDTH 33\nHEIGHT 18\nDEPTH 3\nMAXVAL 255\nTUPLTYPE RGB\nENDHDR\n"), pixels]),
  );
  await writeFile(join(folder, "d.raw"), pixels);
  const flags = ["--quality", "90", "--subsampling", "422", "--out", "out"];
  const several = await cli(folder, ["encode", "a.npy", "b.ppm", "c.pam", "--json", ...flags]);
  t.is(several.status, 0, several.stderr);
  t.deepEqual(
    several.items.map(({ output }) => output),
    ["out/a.jpg", "out/b.jpg", "out/c.jpg"],
  );
  t.is((await cli(folder, ["encode", "d.raw", "--size", "33x18x3", ...flags])).status, 0);
  for (const name of ["a", "b", "c", "d"])
    t.deepEqual(await readFile(join(folder, `out/${name}.jpg`)), Buffer.from(expected), name);
  const piped = await cli(folder, ["encode", "-", ...flags.slice(0, 4), "-o", "-"], ppm);
  t.deepEqual(piped.stdout, Buffer.from(expected));

  await writeFile(join(folder, "short.raw"), pixels.subarray(1));
  const mixed = await cli(folder, ["encode", "short.raw", "d.raw", "--size", "33x18x3", "--out", "mixed", "--json"]);
  t.is(mixed.status, 1);
  t.deepEqual(readdirSync(join(folder, "mixed")), ["d.jpg"]);
  t.deepEqual(
    mixed.items.map(({ file, ok }) => [file, ok]),
    [
      ["short.raw", false],
      ["d.raw", true],
    ],
  );
});

test("standard input to standard output, byte for byte as with files", async (t) => {
  const folder = temporaryFolder(t);
  const bytes = await writeJpeg(join(folder, "photo.jpg"), drawing(31, 17));
  await cli(folder, ["decode", "photo.jpg", "-o", ".", "-f", "ppm"]);
  const { status, stdout, stderr } = await cli(folder, ["decode", "-", "-o", "-", "-f", "ppm"], bytes);
  t.is(status, 0, stderr);
  t.deepEqual(stdout, await readFile(join(folder, "photo.ppm")));
  const info = await cli(folder, ["info", "-", "--json"], bytes);
  t.like(info.items[0], { ok: true, width: 31, height: 17 });
});

test("a failing file fails alone: the others are decoded, the status is 1, the reason names the backend", async (t) => {
  const folder = temporaryFolder(t);
  const bytes = await writeJpeg(join(folder, "good.jpg"), drawing(64, 64));
  await writeFile(join(folder, "cut.jpg"), bytes.subarray(0, bytes.length / 2));
  const { status, items } = await cli(folder, ["decode", "cut.jpg", "good.jpg", "-o", "out", "--json"]);
  t.is(status, 1);
  const [cut, good] = items.toSorted((a, b) => String(a.file).localeCompare(String(b.file)));
  t.like(cut, { file: "cut.jpg", ok: false, error: { code: "ERR_POLYCODEC_TRUNCATED" } });
  t.is((cut!.error as { attempts: { backend: string }[] }).attempts[0]!.backend, "libjpeg-turbo");
  t.like(good, {
    file: "good.jpg",
    ok: true,
    output: "out/good.npy",
    width: 64,
    height: 64,
    channels: 3,
    dtype: "uint8",
  });
  t.deepEqual(readdirSync(join(folder, "out")), ["good.npy"]);
  const partial = await cli(folder, ["decode", "cut.jpg", "-o", "partial", "--on-truncated", "partial", "--json"]);
  t.is(partial.status, 0);
  t.true((partial.items[0]!.warnings as string[]).length > 0);
});

const MISUSES: readonly (readonly [string, readonly string[], RegExp])[] = [
  ["no such command", ["paint"], /unknown command/],
  ["no such option", ["info", "photo.jpg", "--jsno"], /unknown option/],
  ["decode without --out", ["decode", "photo.jpg"], /--out/],
  ["an empty region", ["decode", "photo.jpg", "-o", "out", "--region", "5,5,5,9"], /y0,x0,y1,x1/],
  ["a scale that is none", ["decode", "photo.jpg", "-o", "out", "--scale", "3"], /1, 2, 4, 8/],
  ["a limit that core does not know", ["decode", "photo.jpg", "-o", "out", "--limits", "maxPixles=5"], /maxPixels/],
  [
    "colour and format that contradict",
    ["decode", "photo.jpg", "-o", "out", "--color-spec", "GRAY", "--sample-format", "I_RGB"],
    /I_RGB/,
  ],
  ["a codec without encoder", ["transcode", "photo.jpg", "-o", "out", "--to", "paper"], /jpeg/],
  ["two pictures for standard output", ["decode", "photo.jpg", "photo.jpg", "-o", "-"], /one picture/],
  ["a folder without pictures", ["transcode", "empty", "-o", "out"], /empty: no files/],
];
for (const [what, args, message] of MISUSES) {
  test(`exit status 2, and nothing written: ${what}`, async (t) => {
    const folder = temporaryFolder(t);
    await writeJpeg(join(folder, "photo.jpg"), drawing(8, 8));
    await mkdir(join(folder, "empty"));
    const { status, stderr, stdout } = await cli(folder, args);
    t.is(status, 2, stderr);
    t.regex(stderr, message);
    t.is(stdout.length, 0);
    t.false(existsSync(join(folder, "out")) && readdirSync(join(folder, "out")).length > 0);
  });
}

test("help and version are no errors", async (t) => {
  const help = await cli(".", ["--help"]);
  t.is(help.status, 0);
  for (const command of ["info", "decode", "encode", "transcode", "sheet", "doctor", "bench"])
    t.regex(help.stdout.toString(), new RegExp(`^  ${command}`, "m"));
  const version = await cli(".", ["--version"]);
  t.is(version.status, 0);
  t.regex(version.stdout.toString(), /^\d+\.\d+\.\d+\n$/);
});

test("two inputs that would get one name are an error before work starts", async (t) => {
  const folder = temporaryFolder(t);
  await mkdir(join(folder, "sub"));
  await writeJpeg(join(folder, "photo.jpg"), drawing(8, 8));
  await writeJpeg(join(folder, "sub/photo.jpg"), drawing(8, 8));
  const { status, stderr } = await cli(folder, ["decode", "photo.jpg", "sub/photo.jpg", "--out", "out"]);
  t.is(status, 2);
  t.regex(stderr, /photo\.jpg and sub\/photo\.jpg would both become out\/photo\.npy/);
  t.false(existsSync(join(folder, "out")));
});

test("a file that exists is kept, unless --force", async (t) => {
  const folder = temporaryFolder(t);
  await writeJpeg(join(folder, "photo.jpg"), drawing(8, 8));
  for (const [command, result, more] of [
    ["decode", "photo.npy", []],
    ["transcode", "photo.jpg", []],
    ["sheet", "sheet.html", ["sheet.html"]],
  ] as const) {
    const out = join(folder, command);
    await mkdir(out);
    await writeFile(join(out, result), "mine");
    const args = [command, "photo.jpg", "--out", join(command, ...more)];
    const { status, stderr } = await cli(folder, args);
    t.is(status, 2, command);
    t.regex(stderr, /exists already/);
    t.is(await readFile(join(out, result), "utf8"), "mine");
    t.is((await cli(folder, [...args, "--force"])).status, 0, command);
    t.not(await readFile(join(out, result), "utf8"), "mine");
    t.deepEqual(readdirSync(out), [result], "no temporary file is left");
  }
});

test("doctor finds the backends, what they are made of, and as many threads as asked for", async (t) => {
  const { status, items, stderr } = await cli(".", ["doctor", "--json", "--threads", "3"]);
  t.is(status, 0, stderr);
  const [report] = items as [
    {
      backends: { id: string; available: boolean; direction: string; reason?: string; libraries?: string }[];
      runtime: { threads: number };
    },
  ];
  for (const direction of ["decode", "encode"]) {
    t.true(
      report.backends.some(
        (backend) => backend.id === "libjpeg-turbo" && backend.direction === direction && backend.available,
      ),
    );
  }
  // JPEG has two ways through this package, and a CPU on which the faster one is off is told so.
  for (const { available, reason, libraries } of report.backends.filter(({ id }) => id === "jpeg-fast"))
    t.regex(available ? libraries! : reason!, /jpeg-fast decoding with|needs a CPU with AVX2/);
  t.is(report.backends.filter(({ id }) => id === "jpeg-fast").length, 2);
  t.is(report.runtime.threads, 3);
  t.regex((await cli(".", ["doctor"])).stdout.toString(), /libjpeg-turbo +CPU_ONLY/);
});

test("bench measures every codec of the files", async (t) => {
  const folder = temporaryFolder(t);
  await writeJpeg(join(folder, "a.jpg"), drawing(64, 48));
  await writeJpeg(join(folder, "b.jpg"), drawing(32, 48));
  const { status, items, stderr } = await cli(folder, ["bench", "a.jpg", "b.jpg", "--rounds", "3", "--json"]);
  t.is(status, 0, stderr);
  t.like(items[0], { codec: "jpeg", files: 2, megapixels: (64 * 48 + 32 * 48) / 1e6 });
  t.true((items[0]!.seconds as number) > 0);
});
