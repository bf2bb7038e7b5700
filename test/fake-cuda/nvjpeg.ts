/** The fake libnvjpeg: what it checks stands in nvjpeg/objects.hpp. A FAKE: its pixels are made by libjpeg on the CPU. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "../corpus.js";
import { type FakeLibrary, fakes } from "./build.js";

const folder = join(fakes, "nvjpeg");
const inside = (pattern: RegExp) =>
  readdirSync(folder)
    .filter((name) => pattern.test(name))
    .sort()
    .map((name) => join(folder, name));

/** As 10,000 major + 100 minor + patch. The environment's FAKE_NVJPEG_VERSION overrides it, at every call. */
const VERSIONS = { 12: 120400, 13: 130302 };

export const fakeNvjpeg = (major: 12 | 13 = 13): FakeLibrary => ({
  name: `libnvjpeg.so.${major}`,
  sources: inside(/\.cpp$/),
  headers: [
    ...inside(/\.hpp$/),
    join(fakes, "library_objects.hpp"),
    join(root, "packages/ext-nvjpeg/native/nvjpeg_api.hpp"),
  ],
  flags: [`-DFAKE_NVJPEG_VERSION=${VERSIONS[major]}`, "-fvisibility=hidden", "-Wl,--no-as-needed", "-ljpeg"],
});
