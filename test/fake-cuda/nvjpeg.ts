/** The fake libnvjpeg: what it checks stands in nvjpeg/objects.hpp. A FAKE: its pixels are made by libjpeg on the CPU. */
import { type FakeLibrary, fakeCodecLibrary } from "./build.js";

/** As 10,000 major + 100 minor + patch. The environment's FAKE_NVJPEG_VERSION overrides it, at every call. */
const VERSIONS = { 12: 120400, 13: 130302 };

export const fakeNvjpeg = (major: 12 | 13 = 13): FakeLibrary =>
  fakeCodecLibrary(`libnvjpeg.so.${major}`, "nvjpeg", "ext-nvjpeg/native/nvjpeg_api.hpp", [
    `-DFAKE_NVJPEG_VERSION=${VERSIONS[major]}`,
    "-ljpeg",
  ]);
