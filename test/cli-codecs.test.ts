/** Every codec with an encoder from the command line, with parameters of its own. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { CodeStream, Decoder, npyHeader, registry } from "polycodec";
import { cli, drawing, temporaryFolder } from "./cli-process.js";

/** What makes each of them lossless, and a parameter that is only its own. */
const LOSSLESS: Readonly<Record<string, readonly string[]>> = {
  bmp: [],
  jpeg: ["--lossless", "-O", "predictor=4"],
  jpeg2k: ["--lossless", "-O", "numResolutions=3", "-O", "codeBlockSize=[32,32]"],
  jpegls: ["-O", "interleave=sample"],
  png: ["-O", "preset=best", "-O", "reduce=false"],
  pnm: ["-O", "ascii=true"],
  qoi: [],
  webp: ["--lossless", "-O", "method=0"],
};

test("each codec is encoded with its parameters, decoded to PNG, and transcoded, exactly", async (t) => {
  const folder = temporaryFolder(t);
  const image = drawing(48, 32);
  const pixels = Buffer.from(image.packed());
  await writeFile(join(folder, "a.npy"), Buffer.concat([npyHeader(image), pixels]));
  t.deepEqual(Object.keys(LOSSLESS), [...new Set(registry.encoders.map(({ codec }) => codec))].sort());
  using decoder = new Decoder();
  for (const [codec, flags] of Object.entries(LOSSLESS)) {
    const encoded = await cli(folder, ["encode", "a.npy", "--to", codec, ...flags, "--out", codec, "--json"]);
    t.is(encoded.status, 0, `${codec}: ${encoded.stderr}`);
    const path = String(encoded.items[0]!.output);
    t.is((await CodeStream.from(join(folder, path)).open()).codecName, codec);
    const decoded = await cli(folder, ["decode", path, "--format", "png", "--out", codec, "--force"]);
    t.is(decoded.status, 0, `${codec}: ${decoded.stderr}`);
    t.deepEqual(Buffer.from((await decoder.decode(join(folder, codec, "a.png"))).packed()), pixels, codec);
  }
  const transcoded = await cli(folder, [
    "transcode",
    "qoi/a.qoi",
    "--to",
    "png",
    "-O",
    "preset=fast",
    "--out",
    "again",
  ]);
  t.is(transcoded.status, 0, transcoded.stderr);
  t.deepEqual(Buffer.from((await decoder.decode(join(folder, "again/a.png"))).packed()), pixels);
});

test("a quality is asked for by type and value, and a parameter that the codec lacks is an error of usage", async (t) => {
  const folder = temporaryFolder(t);
  const image = drawing(96, 64);
  await writeFile(join(folder, "a.npy"), Buffer.concat([npyHeader(image), image.packed()]));
  const sizes: number[] = [];
  for (const value of ["30", "45"]) {
    const psnr = ["--quality-type", "PSNR", "--quality-value", value];
    const { status, stderr } = await cli(folder, ["encode", "a.npy", "--to", "jpeg2k", ...psnr, "--out", value]);
    t.is(status, 0, stderr);
    sizes.push((await readFile(join(folder, value, "a.jp2"))).length);
  }
  t.true(sizes[0]! < sizes[1]!, String(sizes));

  for (const [flags, message] of [
    [["--to", "png", "-O", "presets=fast"], /presets.*preset/],
    [["--to", "qoi", "-O", "level=3"], /qoi/],
    [["--to", "png", "-O", "preset"], /NAME=VALUE/],
    [["--to", "webp", "--lossless", "--quality", "80"], /exclude each other/],
    [["--quality-type", "PSNR", "--quality-value", "-3"], /at least 0/],
  ] as const) {
    const { status, stderr } = await cli(folder, ["encode", "a.npy", ...flags, "--out", "never"]);
    t.is(status, 2, stderr);
    t.regex(stderr, message);
  }
});

test("a contact sheet is a PNG where its name says so", async (t) => {
  const folder = temporaryFolder(t);
  const image = drawing(40, 30);
  await writeFile(join(folder, "a.npy"), Buffer.concat([npyHeader(image), image.packed()]));
  await cli(folder, ["encode", "a.npy", "--to", "webp", "--out", "in"]);
  const { status, stderr } = await cli(folder, ["sheet", "in", "--out", "sheet.png", "--size", "64"]);
  t.is(status, 0, stderr);
  const sheet = await CodeStream.from(join(folder, "sheet.png")).open();
  t.deepEqual([sheet.codecName, sheet.width, sheet.height], ["png", 80, 80]);
});
