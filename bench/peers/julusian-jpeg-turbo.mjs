/** @julusian/jpeg-turbo: libjpeg-turbo on libuv's threads, into buffers that are kept from pass to pass. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

export async function prepare({ operation, width, height, quality, jpegs, pixels, peersFolder }) {
  const turbo = createRequire(join(peersFolder, "package.json"))("@julusian/jpeg-turbo");
  const encoding = operation === "encode";
  const inputs = (encoding ? pixels : jpegs).map((path) => readFileSync(path));
  const options = { format: turbo.FORMAT_RGB, width, height, subsampling: turbo.SAMP_420, quality };
  const size = encoding ? turbo.bufferSize(options) : width * height * 3;
  const outputs = inputs.map(() => Buffer.alloc(size));
  const work = encoding
    ? (input, i) => turbo.compress(input, outputs[i], options)
    : (input, i) => turbo.decompress(input, outputs[i], { format: turbo.FORMAT_RGB });
  return async () => (await Promise.all(inputs.map(work))).length;
}
