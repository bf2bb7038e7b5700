/**
 * A program: encodes and decodes JPEGs with all of this package, and prints as JSON what it stands on, why backends are
 * off, how many samples each did, and a hash of all that came out. Run with POLYCODEC_SIMD, or on another CPU.
 */
import { createHash } from "node:crypto";
import { Decoder, Encoder, Registry } from "@polycodec/core";
import { extension } from "@polycodec/ext-cpu/extension";
import { drawn } from "./subject.js";

/** What is known of a backend, and how many samples it did. */
export interface BackendUse {
  readonly reason?: string | undefined;
  readonly libraries?: string | undefined;
  readonly samples: number;
}
export interface InstructionsReport {
  readonly decoders: Readonly<Record<string, BackendUse>>;
  readonly encoders: Readonly<Record<string, BackendUse>>;
  readonly hash: string;
}

function usesOf(coder: Decoder | Encoder): Record<string, BackendUse> {
  const lanes = coder.stats().devices.flatMap((device) => device.lanes);
  return Object.fromEntries(
    coder.backends
      .filter(({ codec }) => codec === "jpeg")
      .map(({ id, reason, libraries }) => [
        id,
        { reason, libraries, samples: lanes.find(({ backend }) => backend === id)?.samples ?? 0 },
      ]),
  );
}

const registry = new Registry().use(extension);
using encoder = new Encoder({ registry });
using decoder = new Decoder({ registry });
const hash = createHash("sha256");
for (const chromaSubsampling of ["CSS_444", "CSS_422", "CSS_420", "CSS_GRAY"] as const) {
  for (const optimizedHuffman of [false, true]) {
    const jpeg = encoder.encodeSync(drawn(173, 45), { codec: "jpeg", chromaSubsampling, jpeg: { optimizedHuffman } });
    hash.update(jpeg);
    for (const sampleFormat of ["I_RGB", "I_RGBA", "P_BGR", "I_Y"] as const)
      for (const scale of [1, 2] as const) hash.update(decoder.decodeSync(jpeg, { sampleFormat, scale }).bytes);
  }
}
const report: InstructionsReport = {
  decoders: usesOf(decoder),
  encoders: usesOf(encoder),
  hash: hash.digest("hex"),
};
console.log(JSON.stringify(report));
