/** `polycodec batch`, run as a process. */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import test from "ava";
import { Decoder } from "polycodec";
import { cli, drawing, temporaryFolder, writeJpeg } from "./cli-process.js";

/** A folder with JPEGs `0.jpg`, `1.jpg` and so on. */
async function photos(t: Parameters<typeof temporaryFolder>[0], count: number): Promise<string> {
  const folder = temporaryFolder(t);
  for (let i = 0; i < count; i++) await writeJpeg(join(folder, `${i}.jpg`), drawing(40 + i, 30));
  return folder;
}

test("7 pictures in batches of 3: seven names, and a summary", async (t) => {
  const folder = await photos(t, 7);
  const { status, stdout, stderr } = await cli(folder, ["batch", "-i", ".", "-o", "out", "-b", "3"]);
  t.is(status, 0, stderr);
  t.regex(stdout.toString(), /^7 of 7 pictures in 3 batches \(3, 3, 1\), .* pictures\/s\nResults: out\n$/);
  t.is(stderr, "");
  t.deepEqual(
    (await readdir(join(folder, "out"))).sort(),
    Array.from({ length: 7 }, (_, i) => `out_${i}.jpg`),
  );
  using decoder = new Decoder();
  const { width, height } = await decoder.decode(join(folder, "out/out_6.jpg"));
  t.deepEqual([width, height], [46, 30]);
});

test("a broken picture is named, the others are written, and the exit status is 1", async (t) => {
  const folder = await photos(t, 4);
  await writeFile(join(folder, "1.jpg"), (await readFile(join(folder, "1.jpg"))).subarray(0, 400));
  await writeFile(join(folder, "3.jpg"), "no picture");
  const told = await cli(folder, ["batch", "-i", ".", "-o", "out", "-b", "3"]);
  t.is(told.status, 1);
  t.regex(told.stderr, /^1\.jpg.*\n(?:.*\n)*3\.jpg: no registered parser recognises it/);
  t.regex(told.stdout.toString(), /^2 of 4 pictures in 2 batches \(3, 1\)/);
  t.deepEqual((await readdir(join(folder, "out"))).sort(), ["out_0.jpg", "out_2.jpg"]);

  const { status, items } = await cli(folder, ["batch", "-i", ".", "-o", "json", "-b", "3", "--json"]);
  t.is(status, 1);
  t.deepEqual(
    items.map(({ file, ok, batch, output, error }) => [
      basename(file as string),
      ok,
      batch,
      output ?? (error as { code: string }).code,
    ]),
    [
      ["0.jpg", true, 0, "json/out_0.jpg"],
      ["1.jpg", false, 0, "ERR_POLYCODEC_TRUNCATED"],
      ["2.jpg", true, 0, "json/out_2.jpg"],
      ["3.jpg", false, 1, "ERR_POLYCODEC_UNKNOWN_CODEC"],
    ],
  );
});

test("names that would collide are refused before anything is written, or numbered", async (t) => {
  const folder = temporaryFolder(t);
  await writeJpeg(join(folder, "a.jpg"), drawing(20, 10));
  await writeJpeg(join(folder, "a.jpeg"), drawing(24, 10));
  const args = ["batch", "-i", ".", "-o", "out"];
  const refused = await cli(folder, args);
  t.is(refused.status, 2);
  t.regex(refused.stderr, /a\.jpe?g and a\.jpe?g would both become out\/out_a\.jpg/);
  t.deepEqual(await readdir(join(folder, "out")), []);
  t.is((await cli(folder, [...args, "--suffix"])).status, 0);
  t.deepEqual((await readdir(join(folder, "out"))).sort(), ["out_a.jpg", "out_a_1.jpg"]);
});

test("a file that exists is left alone and nothing is done, unless --force", async (t) => {
  const folder = await photos(t, 2);
  const args = ["batch", "-i", ".", "-o", "out", "--prefix", "small-"];
  t.is((await cli(folder, args)).status, 0);
  const mine = join(folder, "out/small-1.jpg");
  await writeFile(mine, "mine");
  const refused = await cli(folder, args);
  t.is(refused.status, 2);
  t.regex(refused.stderr, /small-0\.jpg, out\/small-1\.jpg exist already/);
  t.is(await readFile(mine, "utf8"), "mine");
  t.is((await cli(folder, [...args, "--force"])).status, 0);
  t.not(await readFile(mine, "utf8"), "mine");
});

test("--resize makes all of one size, --to another codec; a single file stands for a batch of it", async (t) => {
  const folder = await photos(t, 3);
  const args = ["batch", "-o", "out", "-b", "2", "--resize", "16x12"];
  const resized = await cli(folder, [...args, "-i", ".", "--to", "png"]);
  t.is(resized.status, 0, resized.stderr);
  t.deepEqual((await readdir(join(folder, "out"))).sort(), ["out_0.png", "out_1.png", "out_2.png"]);
  using decoder = new Decoder();
  for (const name of await readdir(join(folder, "out"))) {
    const { width, height } = await decoder.decode(join(folder, "out", name));
    t.deepEqual([width, height], [16, 12], name);
  }
  t.is((await cli(folder, [...args, "-i", "0.jpg", "-o", "again"])).status, 0);
  t.deepEqual((await readdir(join(folder, "again"))).sort(), ["out_0.jpg", "out_0_1.jpg"]);
});

test("a folder that is not there, and options that make no sense, are told without a stack", async (t) => {
  const folder = temporaryFolder(t);
  for (const [args, message] of [
    [["-i", "none", "-o", "out"], /none/],
    [["-i", ".", "-o", "out", "-b", "0"], /batch-size/],
    [["-i", ".", "-o", "out", "--resize", "16"], /resize/],
    [["-i", "."], /--out/],
  ] as const) {
    const { status, stdout, stderr } = await cli(folder, ["batch", ...args]);
    t.is(status, 2, args.join(" "));
    t.regex(stderr, message);
    t.notRegex(stderr, /\n {4}at /);
    t.is(stdout.length, 0);
  }
  t.deepEqual(await readdir(folder), []);
});
