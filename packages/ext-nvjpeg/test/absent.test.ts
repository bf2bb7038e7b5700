/** Without NVIDIA's library, without a driver, with libraries that are too old: see test/fake-cuda/absent.ts. */
import test from "ava";
import { testAbsent } from "../../../test/fake-cuda/absent.js";
import { fakeNvjpeg } from "../../../test/fake-cuda/nvjpeg.js";

const see = testAbsent({
  package: "ext-nvjpeg",
  codec: "jpeg",
  ids: ["nvjpeg-hw", "nvjpeg-cuda", "nvjpeg-hybrid", "nvjpeg-lossless", "nvjpeg-encoder"],
  library: "nvJPEG",
  sonames: ["libnvjpeg.so.13", "libnvjpeg.so.12", "libnvjpeg.so"],
  fake: fakeNvjpeg,
  versions: { 13: "13.3.2", 12: "12.4.0" },
  versionVariable: "FAKE_NVJPEG_VERSION",
  tooOld: ["120003", /nvJPEG 12\.0\.3 .* is too old: 12\.1\.0/],
  tooNew: ["140000", /nvJPEG 14\.0\.0 .* is newer than all that are supported, 12\.1 to 13/],
  partial: {
    source: "int nvjpegGetProperty(int type, int* value) { *value = type == 0 ? 13 : 0; return 0; }\n",
    reason: /nvJPEG 13\.0\.0 \(.*\) lacks nvjpegCreateExV2 nvjpegDestroy /,
  },
  withStreams: "nvjpeg-hybrid",
  real: [
    { package: "nvjpeg-13.3", soname: "libnvjpeg.so.13", major: 13 },
    { package: "nvjpeg-12.4", soname: "libnvjpeg.so.12", major: 12 },
  ],
});

test.serial("lossless JPEGs before 13.0.2 are left to others, and nothing else is", async (t) => {
  for (const old of ["120100", "130001"]) {
    const off = (await see({ FAKE_NVJPEG_VERSION: old })).backends.filter(({ available }) => !available);
    t.deepEqual(
      off.map(({ id }) => id),
      ["nvjpeg-lossless"],
    );
    t.regex(off[0]!.reason!, /need nvJPEG 13\.0\.2/);
  }
});
