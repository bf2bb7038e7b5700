/** sharp with one libvips thread per picture and all pictures of the batch in flight; UV_THREADPOOL_SIZE is the variant. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

export async function prepare({ operation, width, height, quality, jpegs, pixels, peersFolder, variant }) {
  const sharp = createRequire(join(peersFolder, "package.json"))("sharp");
  sharp.concurrency(1);
  const inputs = (operation === "encode" ? pixels : jpegs).map((path) => readFileSync(path));
  const raw = { width, height, channels: 3 };
  // Like with like: the other encoders use the standard Huffman tables; sharp's default makes its own in a second pass.
  const coding = variant?.startsWith("default")
    ? { quality }
    : { quality, chromaSubsampling: "4:2:0", optimiseCoding: false, mozjpeg: false };
  const work = {
    "decode-fresh": (input) => sharp(input).raw().toBuffer(),
    thumbnail: (input) =>
      sharp(input)
        .resize(Math.ceil(width / 8), Math.ceil(height / 8))
        .raw()
        .toBuffer(),
    encode: (input) => sharp(input, { raw }).jpeg(coding).toBuffer(),
  }[operation];
  return async () => (await Promise.all(inputs.map(work))).length;
}
