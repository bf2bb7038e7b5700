/**
 * From planes to pixels. native/test/webp_upsample_test.cpp, built with the system's compiler, compares with libwebp, and
 * SIMD with its definition; the decoder's two ways are compared here.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { drawPicture, seededRandom } from "@polycodec/core/testing";
import test from "ava";
import { openDecoder, openEncoder } from "./subject.js";

const folder = dirname(createRequire(import.meta.url).resolve("@polycodec/ext-cpu/package.json"));
const native = join(folder, "native");
const SOURCES = ["webp_upsample", "webp_upsample_simd", "test/webp_upsample_test"];

test("upsampling gives libwebp's bytes, with SIMD and without, and touches no others", (t) => {
  t.timeout(180_000);
  const temporary = mkdtempSync(join(tmpdir(), "polycodec-webp-"));
  try {
    const program = join(temporary, "webp_upsample_test");
    // No -march: the baseline that the prebuilt library has, so that the choice at run time is what is tested.
    const flags = ["-std=c++20", "-O2", "-Wall", "-Wextra", "-Werror"];
    const sources = SOURCES.map((name) => join(native, `${name}.cpp`));
    execFileSync(process.env.CXX ?? "g++", [...flags, "-o", program, ...sources, "-lwebp"], {
      stdio: ["ignore", "pipe", "pipe"],
      encoding: "utf8",
    });
    const { status, stdout, stderr } = spawnSync(program, { encoding: "utf8", timeout: 120_000 });
    t.is(status, 0, stdout + stderr);
    t.regex(stdout, /upsampling: ok/);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
});

test("a lossy picture is the same by way of planes and, where their memory is not allowed, without them", async (t) => {
  using decoder = openDecoder();
  using encoder = openEncoder();
  const random = seededRandom(3);
  for (let i = 0; i < 150; i++) {
    const [width, height] = i === 0 ? [1, 1] : [1 + Math.floor(random() * 300), 1 + Math.floor(random() * 60)];
    const bytes = await encoder.encode(drawPicture(width, height, { seed: i + 1 }), {
      codec: "webp",
      quality: 1 + Math.floor(random() * 100),
    });
    // libwebp's own rows, and less than the planes.
    const limits = { maxScratchBytes: 256 * width + 200 };
    for (const sampleFormat of ["I_RGB", "I_BGR", "I_RGBA"] as const) {
      const byPlanes = await decoder.decode(bytes, { sampleFormat });
      const directly = await decoder.decode(bytes, { sampleFormat, limits });
      t.deepEqual(byPlanes.bytes, directly.bytes, `${width} x ${height}, ${sampleFormat}`);
    }
  }
});
