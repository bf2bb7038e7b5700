/** The GIFs on which Pillow, the corpus's oracle, and libvips disagree: we are with libvips. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { Decoder, type Image } from "@polycodec/core";
import "@polycodec/ext-cpu";
import { files, folder, pathOf } from "./corpus.js";
import { corpusTest } from "./corpus-test.js";

const hash = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

corpusTest("what no frame covers is transparent, and black where alpha is dropped, as libvips has it", async (t) => {
  using decoder = new Decoder();
  for (const [name, format] of [
    ["image--issue_1455_undersized", "I_RGBA"],
    ["wuffs--background-color", "I_RGB"],
    ["wuffs--metadata-empty", "I_RGB"],
    ["wuffs--multiple-loop-counts", "I_RGB"],
  ] as const) {
    const file = files.find(({ path }) => path === `gif/${name}.gif`)!;
    const image = await decoder.decode(pathOf(file), { sampleFormat: format });
    t.is(hash(image.bytes), (file.others!.pyvips as unknown as { sha256: string }).sha256, name);
  }
});

corpusTest("the pictures published with four of them show the same", async (t) => {
  using decoder = new Decoder();
  const withReference = files.filter(({ path, reference }) => path.startsWith("gif/") && reference);
  t.is(withReference.length, 4);
  for (const { path, reference } of withReference) {
    const options = { sampleFormat: "I_RGBA" } as const;
    const found = await decoder.decode(join(folder, path), options);
    const wanted = await decoder.decode(join(folder, reference![0]!), options);
    t.deepEqual(seen(found), seen(wanted), path);
  }
});

/** Without the colours below full transparency. */
function seen({ bytes, shape }: Image): unknown {
  return [shape, bytes.map((sample, i) => (bytes[i | 3] === 0 ? 0 : sample))];
}

corpusTest("every image of every GIF and WebP decodes, or says why not", async (t) => {
  using decoder = new Decoder();
  let images = 0;
  for (const file of files.filter(({ format, path }) => /^(gif|webp)\//.test(path) && /gif|webp/.test(format))) {
    if (!file.strict) continue;
    for (let imageIdx = 0; imageIdx < file.images; imageIdx++) {
      // The one frame of the corpus without any colour table.
      if (file.path === "gif/wuffs--empty-palette.gif" && imageIdx === 1) {
        await t.throwsAsync(decoder.decode(pathOf(file), { imageIdx }), { message: /there is no colour table/ });
        continue;
      }
      const image = await decoder.decode(pathOf(file), { imageIdx, applyExifOrientation: false });
      t.deepEqual([image.width, image.height], [file.width, file.height], `${file.path} ${imageIdx}`);
      images++;
      image.release();
    }
  }
  t.log(`${images} images`);
  t.true(images > 400);
});
