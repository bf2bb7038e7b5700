/**
 * The fake libnvjpeg2k: what it checks stands in nvjpeg2k/objects.hpp. A FAKE: its pixels and code streams are made by OpenJPEG
 * and OpenJPH on the CPU.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "../corpus.js";
import { type FakeLibrary, fakes } from "./build.js";

const folder = join(fakes, "nvjpeg2k");
const inside = (pattern: RegExp) =>
  readdirSync(folder)
    .filter((name) => pattern.test(name))
    .sort()
    .map((name) => join(folder, name));

/** It says that it is 0.11.0; the environment's FAKE_NVJPEG2K_VERSION overrides it, at every call: 900 is 0.9.0. */
export const fakeNvjpeg2k: FakeLibrary = {
  name: "libnvjpeg2k.so.0",
  sources: inside(/\.cpp$/),
  headers: [
    ...inside(/\.hpp$/),
    join(fakes, "library_objects.hpp"),
    join(root, "packages/ext-nvjpeg2k/native/nvjpeg2k_api.hpp"),
  ],
  flags: ["-fvisibility=hidden", "-Wl,--no-as-needed", "-lopenjp2", "-lopenjph"],
};
