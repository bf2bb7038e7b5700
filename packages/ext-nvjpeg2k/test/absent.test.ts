/** Without NVIDIA's library, without a driver, with libraries that are too old: see test/fake-cuda/absent.ts. */
import test from "ava";
import { testAbsent } from "../../../test/fake-cuda/absent.js";
import { fakeNvjpeg2k } from "../../../test/fake-cuda/nvjpeg2k.js";

const see = testAbsent({
  package: "ext-nvjpeg2k",
  codec: "jpeg2k",
  ids: ["nvjpeg2k", "nvjpeg2k-encoder"],
  library: "nvJPEG2000",
  sonames: ["libnvjpeg2k.so.0", "libnvjpeg2k.so"],
  fake: () => fakeNvjpeg2k,
  versions: { 13: "0.11.0", 12: "0.11.0" },
  versionVariable: "FAKE_NVJPEG2K_VERSION",
  tooOld: ["704", /nvJPEG2000 0\.7\.4 .* is too old: 0\.8\.0/],
  tooNew: ["10000", /nvJPEG2000 1\.0\.0 .* is newer than all that are supported, from 0\.8 on below 1\.0/],
  partial: {
    source: "int nvjpeg2kGetProperty(int type, int* value) { *value = type == 1 ? 11 : 0; return 0; }\n",
    reason: /nvJPEG2000 0\.11\.0 \(.*\) lacks nvjpeg2kCreateV2 nvjpeg2kDestroy /,
  },
  withStreams: "nvjpeg2k",
  real: [{ package: "nvjpeg2k-0.11", soname: "libnvjpeg2k.so.0", major: 13 }],
});

test.serial("an encoder whose configuration nobody knows is off; known ones are not", async (t) => {
  for (const FAKE_NVJPEG2K_VERSION of ["800", "900", "1100"])
    t.true((await see({ FAKE_NVJPEG2K_VERSION })).backends.every(({ available }) => available));
  const [decoder, encoder] = (await see({ FAKE_NVJPEG2K_VERSION: "1200" })).backends;
  t.true(decoder!.available);
  t.regex(encoder!.reason!, /known up to nvJPEG2000 0\.11; this is nvJPEG2000 0\.12\.0/);
});
