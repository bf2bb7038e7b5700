/** Decodes all pictures of a folder in one batch and prints their sizes; what cannot be decoded says why. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { Decoder, registry } from "polycodec";

export async function decodeFolder(folder: string): Promise<string[]> {
  const files = (await readdir(folder)).filter((name) => registry.codecOf(name)).sort();
  using decoder = new Decoder();
  const results = await decoder.decode(files.map((name) => join(folder, name)));
  return results.map((result, i) => {
    if (result.status === "rejected") return `${files[i]}: ${result.reason.message}`;
    using image = result.value; // gives the memory back at the end of the block
    return `${files[i]}: ${image.width}x${image.height} ${image.sampleFormat} ${image.dtype}`;
  });
}

if (process.argv[1] === import.meta.filename) console.log((await decodeFolder(process.argv[2] ?? ".")).join("\n"));
