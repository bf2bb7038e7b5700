/**
 * What the bundle checks: one line an extension, with its codec, the options under which its backends take pictures of every
 * size, and the names of its libraries in `scripts/fetch-nvidia.mjs`.
 */
export const EXTENSIONS = [
  {
    name: "@polycodec/ext-nvjpeg",
    codec: "jpeg",
    options: { "nvjpeg-cuda": { hybridHuffmanThreshold: 0 } },
    nvidia: ["nvjpeg-13.3", "nvjpeg-12.4"],
  },
  { name: "@polycodec/ext-nvjpeg2k", codec: "jpeg2k", options: {}, nvidia: ["nvjpeg2k-0.11"] },
];

/** What all of them need. */
export const CUDA_RUNTIMES = ["cuda-runtime-13", "cuda-runtime-12"];
