/**
 * The fake libnvjpeg2k: what it checks stands in nvjpeg2k/objects.hpp. A FAKE: its pixels and code streams are made by OpenJPEG
 * and OpenJPH on the CPU.
 */
import { fakeCodecLibrary } from "./build.js";

/** It says that it is 0.11.0; the environment's FAKE_NVJPEG2K_VERSION overrides it, at every call: 900 is 0.9.0. */
export const fakeNvjpeg2k = fakeCodecLibrary("libnvjpeg2k.so.0", "nvjpeg2k", "ext-nvjpeg2k/native/nvjpeg2k_api.hpp", [
  "-lopenjp2",
  "-lopenjph",
]);
