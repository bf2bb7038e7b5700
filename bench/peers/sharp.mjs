/** sharp with one libvips thread per picture and all pictures of the batch in flight; UV_THREADPOOL_SIZE is the variant. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

/**
 * Shorter side 256, middle 224 × 224, as raw RGB, in one pipeline. "linear" is the filter that models are trained with;
 * the variant has sharp's default, Lanczos.
 */
function resized(image, variant) {
  const kernel = variant === undefined ? "linear" : "lanczos3";
  return image
    .resize({ width: 256, height: 256, fit: "outside", kernel })
    .extract({ left: 58, top: 16, width: 224, height: 224 })
    .raw()
    .toBuffer({ resolveWithObject: true });
}

const mean = [0.485, 0.456, 0.406];
const std = [0.229, 0.224, 0.225];

/** The usual loop, with what does not change taken out of it: interleaved bytes to normalised planes. */
function normalise(pixels, to, offset) {
  const plane = 224 * 224;
  for (let c = 0; c < 3; c++) {
    const scale = 1 / 255 / std[c];
    const bias = -mean[c] / std[c];
    for (let i = 0, at = offset + c * plane; i < plane; i++) to[at + i] = pixels[3 * i + c] * scale + bias;
  }
}

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
    encode: variant?.startsWith("png ")
      ? (input) =>
          sharp(input, { raw })
            .png({ compressionLevel: parseInt(variant.slice(4), 10), adaptiveFiltering: variant.endsWith("filtered") })
            .toBuffer()
      : (input) => sharp(input, { raw }).jpeg(coding).toBuffer(),
    tensor: (input) => resized(sharp(input), variant).then((pixels) => pixels.data),
  }[operation];
  if (operation === "tensor") {
    // The batch's memory is taken once: sharp's users may do that, and Polycodec reuses its own.
    const batch = new Float32Array(inputs.length * 3 * 224 * 224);
    const one = async (input, i) => normalise(await work(input), batch, i * 3 * 224 * 224);
    return async () => (await Promise.all(inputs.map(one))).length;
  }
  const pass = async () => {
    const results = await Promise.all(inputs.map(work));
    if (operation === "encode") pass.codedBytes = results.reduce((sum, { length }) => sum + length, 0);
    return results.length;
  };
  return pass;
}
