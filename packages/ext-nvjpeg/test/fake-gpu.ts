/**
 * The fake CUDA runtime and the fake libnvjpeg, for the tests of this package, and ways to decode on them. FAKES: they compute
 * on the CPU and check how they are used. Import this before anything that opens the runtime.
 */
import { Decoder, type DecoderOptions, type EncodeOptions, Encoder, type Image, Registry } from "@polycodec/core";
import type { Extension } from "@polycodec/core/plugin";
import { extension as cpu } from "@polycodec/ext-cpu/extension";
import { extension } from "@polycodec/ext-nvjpeg/extension";
import type { ExecutionContext } from "ava";
import { buildFakes } from "../../../test/fake-cuda/build.js";
import { useFakes } from "../../../test/fake-cuda/control.js";
import { fakeNvjpeg } from "../../../test/fake-cuda/nvjpeg.js";

export const fake = useFakes(buildFakes(13, [fakeNvjpeg(13)]));

/** Every picture is large enough for nvjpeg-cuda. */
export const EVERY_SIZE = { "nvjpeg-cuda": { hybridHuffmanThreshold: 0 } };

/** The extension with these decoders and encoders alone. */
export const only = (...ids: string[]): Extension => ({
  ...extension,
  decoders: extension.decoders!.filter(({ id }) => ids.includes(id)),
  encoders: extension.encoders!.filter(({ id }) => ids.includes(id)),
});

export const gpuDecoder = (ids: readonly string[], options: DecoderOptions = {}) =>
  new Decoder({ registry: new Registry().use(only(...ids)), ...options });
/** With the CPU's backends behind. */
export const bothDecoder = (ids: readonly string[], options: DecoderOptions = {}) =>
  new Decoder({ registry: new Registry().use(only(...ids)).use(cpu), ...options });

const cpuRegistry = new Registry().use(cpu);
export const cpuDecoder = () => new Decoder({ registry: cpuRegistry });

/** A drawn picture as a JPEG of the CPU's making. */
export async function jpegOf(picture: Image, options: Omit<EncodeOptions, "codec"> = {}): Promise<Uint8Array> {
  using encoder = new Encoder({ registry: cpuRegistry });
  return await encoder.encode(picture, { ...options, codec: "jpeg" });
}

/** The fakes have seen nothing wrong. */
export function assertNoViolations(t: ExecutionContext): void {
  t.deepEqual(fake.report().violations, []);
}
