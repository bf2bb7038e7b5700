/** A registry of one's own: nothing is registered by importing, and only what is named here decodes. */
import { Decoder, Encoder, Image, Registry } from "@polycodec/core";
import { extension as cpu } from "@polycodec/ext-cpu/extension";
import { extension as qoi } from "./qoi.js";

/** Two registries, for the package has a QOI too: a codec has one parser a registry. */
export async function convertToQoi(jpeg: Uint8Array): Promise<Uint8Array> {
  using decoder = new Decoder({ registry: new Registry().use(cpu), backends: ["CPU_ONLY"], maxCpuThreads: 1 });
  using encoder = new Encoder({ registry: new Registry().use(qoi) });
  return encoder.encode(await decoder.decode(jpeg), { codec: "qoi" });
}

/** Pixels of one's own: a gradient. */
export async function gradient(): Promise<Uint8Array> {
  const registry = new Registry().use(cpu);
  using encoder = new Encoder({ registry });
  const [width, height] = [256, 64];
  const pixels = Uint8Array.from({ length: width * height * 3 }, (_, i) => Math.floor(i / 3) % width);
  return encoder.encode(Image.from(pixels, { width, height }), { codec: "jpeg", quality: 90 });
}

if (process.argv[1] === import.meta.filename)
  console.log(`${(await convertToQoi(await gradient())).length} bytes of QOI`);
