/** The extensions under check, and Decoders and Encoders with some of their backends alone. */
import { Decoder, Encoder, Registry } from "@polycodec/core";
import { extension as cpu } from "@polycodec/ext-cpu/extension";
import { EXTENSIONS } from "../extensions.mjs";

/** One entry an extension: the subject, or the reason why there is none. */
export async function openExtensions() {
  return await Promise.all(
    EXTENSIONS.map(async ({ name, codec, options }) => {
      try {
        const { extension } = await import(`${name}/extension`);
        return { extension: name, subject: new Subject(extension, codec, options) };
      } catch (error) {
        if (error.code !== "ERR_MODULE_NOT_FOUND") throw error;
        return { extension: name, reason: "the package is not there" };
      }
    }),
  );
}

const cpuRegistry = new Registry().use(cpu);
export const cpuDecoder = () => new Decoder({ registry: cpuRegistry });
export const cpuEncoder = () => new Encoder({ registry: cpuRegistry });

class Subject {
  constructor(extension, codec, options) {
    this.extension = extension;
    this.codec = codec;
    this.options = options;
  }

  /** What its backends are on this machine. */
  reports() {
    const decoder = new Decoder({ registry: new Registry().use(this.extension) });
    const encoder = new Encoder({ registry: new Registry().use(this.extension) });
    const reports = [
      ...decoder.backends.map((report) => ({ ...report, direction: "decode" })),
      ...encoder.backends.map((report) => ({ ...report, direction: "encode" })),
    ];
    decoder.close();
    encoder.close();
    return reports;
  }

  /** Without `ids` all of them; with `withCpu` the CPU's behind. */
  decoder({ ids, withCpu = false, options = {}, ...others } = {}) {
    return new Decoder({ registry: this.#registry(ids, withCpu), options: this.#optionsOf(ids, options), ...others });
  }

  encoder({ ids, withCpu = false, ...others } = {}) {
    return new Encoder({ registry: this.#registry(ids, withCpu), ...others });
  }

  #registry(ids, withCpu) {
    const chosen = (backends = []) => (ids ? backends.filter(({ id }) => ids.includes(id)) : backends);
    const { decoders, encoders } = this.extension;
    const registry = new Registry().use({ ...this.extension, decoders: chosen(decoders), encoders: chosen(encoders) });
    return withCpu ? registry.use(cpu) : registry;
  }

  #optionsOf(ids, options) {
    const all = Object.entries(this.options).filter(([id]) => !ids || ids.includes(id));
    const merged = Object.fromEntries(all);
    for (const [id, own] of Object.entries(options)) merged[id] = { ...merged[id], ...own };
    return merged;
  }
}
