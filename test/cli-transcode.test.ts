import { existsSync, readdirSync } from "node:fs";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { CodeStream, Decoder } from "polycodec";
import { cli, drawing, exif, startCli, temporaryFolder, writeJpeg } from "./cli-process.js";

const turnedBy = (orientation: number) => [{ kind: "EXIF", format: "RAW", id: 0, bytes: exif(orientation) }] as const;

test("transcode turns the pixels as EXIF says, and then says so no more", async (t) => {
  const folder = temporaryFolder(t);
  await writeJpeg(join(folder, "photo.jpg"), drawing(48, 32), { metadata: turnedBy(6), quality: 100 });
  t.is((await cli(folder, ["transcode", "photo.jpg", "--out", "turned", "--quality", "100"])).status, 0);
  const turned = await CodeStream.from(join(folder, "turned/photo.jpg")).open();
  t.deepEqual([turned.width, turned.height, turned.orientation], [32, 48, 1]);
  const [kept] = await turned.metadata("EXIF");
  t.deepEqual(Buffer.from(kept!.bytes), Buffer.from(exif(1)));
  using decoder = new Decoder();
  const before = (await decoder.decode(join(folder, "photo.jpg"))).packed();
  const after = (await decoder.decode(join(folder, "turned/photo.jpg"))).packed();
  t.is(after.length, before.length);
  t.true(
    before.every((value, i) => Math.abs(value - after[i]!) <= 6),
    "the picture looks the same",
  );

  t.is((await cli(folder, ["transcode", "photo.jpg", "--out", "stored", "--no-orientation"])).status, 0);
  const stored = await CodeStream.from(join(folder, "stored/photo.jpg")).open();
  t.deepEqual([stored.width, stored.height, stored.orientation], [48, 32, 6]);
  t.is((await cli(folder, ["transcode", "photo.jpg", "--out", "bare", "--strip"])).status, 0);
  t.deepEqual(await CodeStream.from(join(folder, "bare/photo.jpg")).metadata(), []);
});

test("a profile goes along with the pixels it describes, and no further", async (t) => {
  const folder = temporaryFolder(t);
  const profile = (space: string) => {
    const bytes = Buffer.alloc(132);
    bytes.writeUInt32BE(132, 0);
    bytes.write(space, 16, "latin1");
    bytes.write("acsp", 36, "latin1");
    return [{ kind: "ICC_PROFILE", format: "RAW", id: 0, bytes }] as const;
  };
  await writeJpeg(join(folder, "rgb.jpg"), drawing(16, 16), { metadata: profile("RGB ") });
  await writeJpeg(join(folder, "wrong.jpg"), drawing(16, 16), { metadata: profile("CMYK") });
  await writeJpeg(join(folder, "gray.jpg"), drawing(16, 16, 1), { metadata: profile("GRAY") });
  const { status, stderr } = await cli(folder, ["transcode", ".", "--out", "out"]);
  t.is(status, 0, stderr);
  const kinds = async (name: string) =>
    (await CodeStream.from(join(folder, "out", name)).metadata()).map(({ kind }) => kind);
  t.deepEqual(await kinds("rgb.jpg"), ["ICC_PROFILE"]);
  t.deepEqual(await kinds("gray.jpg"), ["ICC_PROFILE"]);
  t.deepEqual(await kinds("wrong.jpg"), []);
});

test("parameters arrive in the files, and gray stays gray", async (t) => {
  const folder = temporaryFolder(t);
  await writeJpeg(join(folder, "color.jpg"), drawing(64, 64));
  await writeJpeg(join(folder, "gray.jpg"), drawing(64, 64, 1));
  const flags = ["--quality", "60", "--subsampling", "420", "--progressive", "--json"];
  const { status, items, stderr } = await cli(folder, ["transcode", "color.jpg", "gray.jpg", "--out", "out", ...flags]);
  t.is(status, 0, stderr);
  t.deepEqual(items.map(({ file }) => file).sort(), ["color.jpg", "gray.jpg"]);
  const color = (await CodeStream.from(join(folder, "out/color.jpg")).open()).info;
  const gray = (await CodeStream.from(join(folder, "out/gray.jpg")).open()).info;
  t.like(color, { channels: 3, chromaSubsampling: "CSS_420" });
  t.like(gray, { channels: 1, chromaSubsampling: "CSS_GRAY" });
  t.regex(String(color.detail?.encoding), /PROGRESSIVE/);
});

test("a folder stands for its pictures; subfolders with -r keep their place, other files are listed", async (t) => {
  const folder = temporaryFolder(t);
  await mkdir(join(folder, "in/sub"), { recursive: true });
  await writeJpeg(join(folder, "in/a.JPG"), drawing(16, 16));
  await copyFile(join(folder, "in/a.JPG"), join(folder, "in/named-wrongly.txt"));
  await copyFile(join(folder, "in/a.JPG"), join(folder, "in/sub/a.jpeg"));
  await writeFile(join(folder, "in/notes.txt"), "notes");
  await writeFile(join(folder, "in/.hidden.jpg"), "hidden");
  const flat = await cli(folder, ["transcode", "in", "--out", "flat"]);
  t.is(flat.status, 0, flat.stderr);
  t.deepEqual(readdirSync(join(folder, "flat")).sort(), ["a.jpg", "named-wrongly.jpg"]);
  t.regex(flat.stdout.toString(), /Skipped, no registered codec: 1\n {2}in\/notes\.txt/);
  const deep = await cli(folder, ["transcode", "in", "-r", "--out", "deep"]);
  t.is(deep.status, 0, deep.stderr);
  t.true(existsSync(join(folder, "deep/sub/a.jpg")));
});

for (const [codec, extension] of [
  ["bmp", ".bmp"],
  ["pnm", ".pnm"],
  ["jpegls", ".jls"],
  ["qoi", ".qoi"],
] as const) {
  test(`--to ${codec} writes the pixels of the original, gray ones too`, async (t) => {
    const folder = temporaryFolder(t);
    const sources = ["color.jpg", "gray.jpg"];
    await writeJpeg(join(folder, "color.jpg"), drawing(31, 17));
    await writeJpeg(join(folder, "gray.jpg"), drawing(31, 17, 1));
    const { status, stderr } = await cli(folder, ["transcode", ...sources, "--to", codec, "--out", "out"]);
    t.is(status, 0, stderr);
    using decoder = new Decoder();
    for (const source of sources) {
      const output = join(folder, "out", source.replace(".jpg", extension));
      t.is((await CodeStream.from(output).open()).codecName, codec);
      t.deepEqual((await decoder.decode(output)).data, (await decoder.decode(join(folder, source))).data, source);
    }
    const refused = await cli(folder, ["transcode", ...sources, "--to", codec, "--quality", "50", "--out", "lossy"]);
    t.is(refused.status, 1);
    t.regex(refused.stderr, /QUALITY_TYPE_UNSUPPORTED/);
    t.deepEqual(readdirSync(join(folder, "lossy")), []);
  });
}

test("--keep-extensions tells apart what differs in its extension alone", async (t) => {
  const folder = temporaryFolder(t);
  await mkdir(join(folder, "in"));
  for (const name of ["a.jpg", "a.jpeg", "b.jpg"]) await writeJpeg(join(folder, "in", name), drawing(8, 8));
  t.is((await cli(folder, ["transcode", "in", "--out", "out"])).status, 2);
  t.is((await cli(folder, ["transcode", "in", "--out", "out", "--keep-extensions"])).status, 0);
  t.deepEqual(readdirSync(join(folder, "out")).sort(), ["a.jpeg.jpg", "a.jpg.jpg", "b.jpg"]);
});

test("the contact sheet shows every picture, names failures, and needs no other file", async (t) => {
  const folder = temporaryFolder(t);
  await mkdir(join(folder, "in"));
  const bytes = await writeJpeg(join(folder, "in/<b>bold.jpg"), drawing(600, 300));
  await writeJpeg(join(folder, "in/tall.jpg"), drawing(40, 300));
  await writeFile(join(folder, "in/cut.jpg"), bytes.subarray(0, 100));
  const { status } = await cli(folder, ["transcode", "in", "--out", "out", "--sheet", "--json"]);
  t.is(status, 1);
  const page = await readFile(join(folder, "out/contact-sheet.html"), "utf8");
  t.is(page.match(/<figure/g)?.length, 3);
  t.is(page.match(/<img src="data:image\/jpeg;base64,/g)?.length, 2);
  t.is(page.match(/class="failed"/g)?.length, 1);
  t.true(page.includes("&lt;b&gt;bold.jpg") && !page.includes("<b>bold"));
  t.notRegex(page, /(?:src|href)="(?!data:)/);
  t.regex(page, /width="240" height="120"/);
  const sheet = await CodeStream.from(join(folder, "out/contact-sheet.jpg")).open();
  t.deepEqual([sheet.width, sheet.height], [2 * 248 + 8, 2 * 248 + 8]);

  const alone = await cli(folder, ["sheet", "in/tall.jpg", "in/cut.jpg", "--out", "s.html", "--json"]);
  t.is(alone.status, 1);
  t.deepEqual(
    alone.items.map(({ ok }) => ok),
    [true, false],
  );
  t.true(existsSync(join(folder, "s.html")) && !existsSync(join(folder, "s.jpg")));
});

test("an interrupt ends with status 130 and leaves whole files only", async (t) => {
  const folder = temporaryFolder(t);
  await mkdir(join(folder, "in"));
  await writeJpeg(join(folder, "first.jpg"), drawing(2400, 1600));
  for (let i = 0; i < 60; i++)
    await copyFile(join(folder, "first.jpg"), join(folder, `in/${String(i).padStart(2, "0")}.jpg`));
  for (const [args, out] of [
    [["transcode", "in", "--out", "out", "--progressive", "--threads", "1"], "out"],
    [["decode", "in", "--out", "pixels", "--threads", "1"], "pixels"],
  ] as const) {
    const child = startCli(folder, args);
    const finished = new Promise<[number | null, string | null]>((resolve) =>
      child.once("exit", (...how) => resolve(how)),
    );
    while (child.exitCode === null && files(join(folder, out)).length === 0)
      await new Promise((resume) => setTimeout(resume, 5));
    child.kill("SIGINT");
    t.deepEqual(await finished, [130, null], args[0]);
    const written = readdirSync(join(folder, out));
    t.deepEqual(
      written.filter((name) => !/^\d\d\.(jpg|npy)$/.test(name)),
      [],
      "no temporary file is left",
    );
    t.true(
      written.length > 0 && written.length < 60,
      `${written.length} of 60 were written: the interrupt came too early or too late`,
    );
    for (const name of written) {
      const file = await readFile(join(folder, out, name));
      if (name.endsWith("npy")) t.true(file.length > 2400 * 1600 * 3);
      else t.is(file.readUInt16BE(file.length - 2), 0xffd9);
    }
  }
});

function files(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).filter((name) => !name.startsWith(".")) : [];
}
