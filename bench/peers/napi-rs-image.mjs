/** @napi-rs/image: decoders and encoders in Rust on libuv's threads. Its encoder takes RGBA only. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

export async function prepare({ operation, width, height, quality, jpegs, pixels, peersFolder }) {
  const { Transformer } = createRequire(join(peersFolder, "package.json"))("@napi-rs/image");
  const encoding = operation === "encode";
  const inputs = encoding
    ? pixels.map((path) => withAlpha(readFileSync(path)))
    : jpegs.map((path) => readFileSync(path));
  const work = encoding
    ? (input) => Transformer.fromRgbaPixels(input, width, height).jpeg(quality)
    : (input) => new Transformer(input).rawPixels();
  return async () => (await Promise.all(inputs.map(work))).length;
}

function withAlpha(rgb) {
  const rgba = Buffer.alloc((rgb.length / 3) * 4, 255);
  for (let i = 0, o = 0; i < rgb.length; i += 3, o += 4) rgb.copy(rgba, o, i, i + 3);
  return rgba;
}
