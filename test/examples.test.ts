/** Every example runs. */
import { mkdtemp, readdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { drawPicture } from "@polycodec/core/testing";
import test from "ava";
import { Decoder, Encoder, Image } from "polycodec";
import { classify } from "../examples/classify.js";
import { decodeFolder } from "../examples/decode-folder.js";
import { convertToQoi, gradient } from "../examples/own-registry.js";
import { regionThumbnails } from "../examples/region-thumbnails.js";
import { transcode } from "../examples/transcode.js";

/** Every file of examples/ that this test runs; qoi and pixmap run in plugins.test.ts. */
const RUN = [
  "classify.ts",
  "colour-model.ts",
  "decode-folder.ts",
  "native",
  "onnxruntime-node.d.ts",
  "own-registry.ts",
  "pixmap.ts",
  "qoi.ts",
  "region-thumbnails.ts",
  "transcode.ts",
];

test("this test knows every example", async (t) => {
  const folder = join(dirname(fileURLToPath(import.meta.url)), "../../examples");
  t.deepEqual((await readdir(folder)).sort(), RUN);
});

async function folderOfPictures(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "polycodec-examples-"));
  using encoder = new Encoder();
  await encoder.write(join(folder, "a.jpg"), drawPicture(640, 480), { quality: 90 });
  await encoder.write(join(folder, "b.jpeg"), drawPicture(301, 207, { seed: 2 }), {
    quality: 80,
    chromaSubsampling: "CSS_420",
  });
  await writeFile(join(folder, "c.jpg"), "not a picture");
  return folder;
}

test("decode-folder lists sizes, and the reason for what is no picture", async (t) => {
  const lines = await decodeFolder(await folderOfPictures());
  t.deepEqual(lines.slice(0, 2), ["a.jpg: 640x480 I_RGB uint8", "b.jpeg: 301x207 I_RGB uint8"]);
  t.regex(lines[2]!, /c\.jpg: .*no registered parser recognises it/);
});

test("classify tells a model of pictures their colours, from files to probabilities", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "polycodec-examples-"));
  using encoder = new Encoder();
  const paths: string[] = [];
  for (const [name, colour] of Object.entries({ red: [220, 60, 50], green: [40, 200, 70], blue: [30, 60, 210] })) {
    const path = join(folder, `${name}.jpg`);
    const pixels = Uint8Array.from({ length: 300 * 260 * 3 }, (_, i) => colour[i % 3]!);
    await encoder.write(path, Image.from(pixels, { width: 300, height: 260 }), { quality: 90 });
    paths.push(path);
  }
  const lines = await classify([...paths, join(await folderOfPictures(), "c.jpg")]);
  ["red", "green", "blue"].forEach((name, i) => t.regex(lines[i]!, new RegExp(`${name}\\.jpg: ${name} \\(\\d+ %\\)$`)));
  t.regex(lines[3]!, /c\.jpg: .*no registered parser recognises it/);
});

test("region-thumbnails makes two JPEGs of the right sizes", async (t) => {
  const { whole, middle } = await regionThumbnails(join(await folderOfPictures(), "a.jpg"));
  using decoder = new Decoder();
  const [small, part] = [await decoder.decode(whole), await decoder.decode(middle)];
  t.deepEqual([small.width, small.height, part.width, part.height], [80, 60, 256, 256]);
});

test("transcode writes every picture and names what it could not read", async (t) => {
  const folder = await folderOfPictures();
  const out = await mkdtemp(join(tmpdir(), "polycodec-examples-"));
  const done = await transcode(
    ["a.jpg", "b.jpeg", "c.jpg"].map((name) => join(folder, name)),
    out,
  );
  t.deepEqual(done.slice(0, 2), [join(out, "a.jpg"), join(out, "b.jpeg")]);
  t.regex(done[2]!, /^c\.jpg: /);
  t.deepEqual((await readdir(out)).sort(), ["a.jpg", "b.jpeg"]);
});

test("own-registry converts a JPEG to QOI", async (t) => {
  const qoi = await convertToQoi(await gradient());
  t.is(Buffer.from(qoi.subarray(0, 4)).toString(), "qoif");
});
