/** Our own declarations of nvJPEG are those of NVIDIA's headers; the fake libnvjpeg is built from ours. */
import { join } from "node:path";
import { root } from "../../../test/corpus.js";
import { signatureTest } from "../../../test/fake-cuda/real.js";

const source = join(root, "packages/ext-nvjpeg/native/test/signatures.cpp");

for (const [nvjpeg, runtime] of [
  ["nvjpeg-13.3", "cuda-runtime-13"],
  ["nvjpeg-12.4", "cuda-runtime-12"],
] as const) {
  signatureTest(`functions, values and structs are those of ${nvjpeg}`, source, [
    [nvjpeg, "nvjpeg.h"],
    [runtime, "cuda_runtime_api.h"],
    [runtime, "library_types.h"],
  ]);
}
