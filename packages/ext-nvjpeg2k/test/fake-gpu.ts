/**
 * The fake CUDA runtime and the fake libnvjpeg2k, for the tests of this package, and ways to work on them. FAKES: they compute
 * on the CPU and check how they are used. Import this before anything that opens the runtime.
 */
import { Decoder, type DecoderOptions, type EncodeOptions, Encoder, type Image, Registry } from "@polycodec/core";
import type { Extension } from "@polycodec/core/plugin";
import { extension as cpu } from "@polycodec/ext-cpu/extension";
import { extension } from "@polycodec/ext-nvjpeg2k/extension";
import type { ExecutionContext } from "ava";
import { buildFakes } from "../../../test/fake-cuda/build.js";
import { useFakes } from "../../../test/fake-cuda/control.js";
import { fakeNvjpeg2k } from "../../../test/fake-cuda/nvjpeg2k.js";

export const fake = useFakes(buildFakes(13, [fakeNvjpeg2k]));

const gpuRegistry = new Registry().use(extension);
const cpuRegistry = new Registry().use(cpu);
const bothRegistry = new Registry().use(extension).use(cpu);

export const gpuDecoder = (options: DecoderOptions = {}) => new Decoder({ registry: gpuRegistry, ...options });
export const cpuDecoder = () => new Decoder({ registry: cpuRegistry });
/** With the CPU's backends behind. */
export const bothDecoder = (options: DecoderOptions = {}) => new Decoder({ registry: bothRegistry, ...options });
export const gpuEncoder = () => new Encoder({ registry: gpuRegistry });
export const bothEncoder = () => new Encoder({ registry: bothRegistry });

/** Without the decoders: for code streams of the CPU's. */
export const decodersOnly: Extension = { ...extension, encoders: cpu.encoders! };

/** A picture as JPEG 2000 of the CPU's making. */
export async function jp2Of(picture: Image, options: Omit<EncodeOptions, "codec"> = {}): Promise<Uint8Array> {
  using encoder = new Encoder({ registry: cpuRegistry });
  return await encoder.encode(picture, { ...options, codec: "jpeg2k" });
}

/** The fakes have seen nothing wrong. */
export function assertNoViolations(t: ExecutionContext): void {
  t.deepEqual(fake.report().violations, []);
}
