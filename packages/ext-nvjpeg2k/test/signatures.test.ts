/** Our own declarations of nvJPEG2000 are those of NVIDIA's header; the fake libnvjpeg2k is built from ours. */
import { join } from "node:path";
import { root } from "../../../test/corpus.js";
import { signatureTest } from "../../../test/fake-cuda/real.js";

signatureTest(
  "functions, values and structs are those of nvjpeg2k-0.11",
  join(root, "packages/ext-nvjpeg2k/native/test/signatures.cpp"),
  [
    ["nvjpeg2k-0.11", "nvjpeg2k.h"],
    ["cuda-runtime-13", "cuda_runtime_api.h"],
    ["cuda-runtime-13", "library_types.h"],
  ],
);
