/** jpeg-fast makes libjpeg-turbo's bytes, whatever the instructions it may use; what it does not make it refuses. */
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { type EncodeError, Encoder, Image, type Metadata, type ProcessingStatus } from "@polycodec/core";
import { drawPicture, testBackend } from "@polycodec/core/testing";
import { extension } from "@polycodec/ext-cpu/extension";
import test from "ava";
import { anyOptions, anyPicture, type JpegOptions, openJpegEncoder, randomNumbers } from "./jpeg-fast-encode.js";
import { drawn, registry } from "./subject.js";

const isAvailable = (() => {
  using encoder = openJpegEncoder("jpeg-fast");
  return encoder.backends.some(({ id, available }) => id === "jpeg-fast" && available);
})();

for (const chromaSubsampling of isAvailable ? (["CSS_420", "CSS_444"] as const) : []) {
  testBackend(
    (name, body) =>
      test(`${chromaSubsampling}: ${name}`, async (t) => {
        await body();
        t.pass();
      }),
    {
      extension,
      codec: "jpeg",
      decoder: "libjpeg-turbo",
      encoder: "jpeg-fast",
      encodeOptions: { quality: 95, chromaSubsampling },
      roundTripPsnr: 28,
      scales: true,
    },
  );
}

const fastTest = isAvailable ? test : test.skip;

async function bytesOf(encoder: Encoder, picture: Image, options: JpegOptions): Promise<Uint8Array> {
  return await encoder.encode(picture, { ...options, codec: "jpeg" });
}

fastTest("any picture with any options becomes the bytes of libjpeg-turbo", async (t) => {
  const random = randomNumbers(20_260_101);
  using fast = openJpegEncoder("jpeg-fast");
  using library = openJpegEncoder("libjpeg-turbo");
  const differing: string[] = [];
  for (let i = 0; i < 600; i++) {
    const picture = anyPicture(random, i % 10 === 0 ? 300 : 80);
    const options = anyOptions(random, picture);
    const [ours, theirs] = [await bytesOf(fast, picture, options), await bytesOf(library, picture, options)];
    if (Buffer.compare(ours, theirs) !== 0) {
      const { width, height, sampleFormat } = picture;
      differing.push(`${i}: ${width}x${height} ${sampleFormat} ${JSON.stringify(options)}`);
    }
  }
  t.deepEqual(differing, []);
});

const SAMPLES = { CSS_444: "1x1", CSS_422: "2x1", CSS_420: "2x2" } as Record<string, string>;
/** What cjpeg is to be asked for. */
function cjpegArguments({ quality, chromaSubsampling = "CSS_444", jpeg }: JpegOptions, isGray: boolean): string[] {
  return [
    ...["-dct", "int", "-quality", String(quality)],
    ...(isGray ? [] : chromaSubsampling === "CSS_GRAY" ? ["-grayscale"] : ["-sample", SAMPLES[chromaSubsampling]!]),
    ...(jpeg?.optimizedHuffman ? ["-optimize"] : []),
    ...(jpeg?.restartInterval ? ["-restart", `${jpeg.restartInterval}B`] : []),
    ...(jpeg?.restartRows ? ["-restart", String(jpeg.restartRows)] : []),
  ];
}

/** The picture as cjpeg reads it; `undefined` for YCbCr, which it does not. */
function pnmOf({ width, height, channels, sampleFormat, rowStride, planeStride, bytes }: Image): Buffer | undefined {
  const order = { Y: [0], RGB: [0, 1, 2], BGR: [2, 1, 0], RGBA: [0, 1, 2] }[sampleFormat.slice(2)];
  if (!order) return undefined;
  const [step, channelStep] = planeStride > 0 ? [1, planeStride] : [channels, 1];
  const header = Buffer.from(`P${order.length === 1 ? 5 : 6}\n${width} ${height}\n255\n`);
  const pixels = Buffer.alloc(width * height * order.length);
  let to = 0;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (const c of order) pixels[to++] = bytes[y * rowStride + x * step + c * channelStep]!;
  return Buffer.concat([header, pixels]);
}

const hasCjpeg = spawnSync("cjpeg", ["-version"]).error === undefined;
if (!hasCjpeg) console.error("cjpeg (Debian: libjpeg-turbo-progs) is not there: jpeg-fast is not compared with it");
/** More by hand: `POLYCODEC_CJPEG_PICTURES=10000`. */
const CJPEG_PICTURES = Number(process.env.POLYCODEC_CJPEG_PICTURES ?? 150);

(hasCjpeg ? fastTest : test.skip)("any picture with any options becomes the bytes of cjpeg -dct int", async (t) => {
  t.timeout(30_000 + 100 * CJPEG_PICTURES);
  const random = randomNumbers(20_261_121);
  using fast = openJpegEncoder("jpeg-fast");
  const differing: string[] = [];
  let compared = 0;
  while (compared < CJPEG_PICTURES) {
    const picture = anyPicture(random, compared % 10 === 0 ? 200 : 80);
    const options = anyOptions(random, picture);
    const pnm = pnmOf(picture);
    if (!pnm) continue;
    compared++;
    const { stdout, stderr } = spawnSync("cjpeg", cjpegArguments(options, picture.channels === 1), { input: pnm });
    if (Buffer.compare(await bytesOf(fast, picture, options), stdout) === 0) continue;
    const { width, height, sampleFormat } = picture;
    differing.push(`${compared}: ${width}x${height} ${sampleFormat} ${JSON.stringify(options)} ${stderr}`);
  }
  t.deepEqual(differing, []);
  t.log(`${compared} pictures, ${differing.length} differ`);
});

fastTest("every size from 1x1 on, where blocks and MCUs are cut in every way", async (t) => {
  using fast = openJpegEncoder("jpeg-fast");
  using library = openJpegEncoder("libjpeg-turbo");
  for (const chromaSubsampling of ["CSS_420", "CSS_422", "CSS_444"] as const) {
    for (let width = 1; width <= 34; width += 3) {
      const pictures = Array.from({ length: 34 }, (_, i) => drawPicture(width, i + 1, { seed: i }));
      const options = { codec: "jpeg", chromaSubsampling } as const;
      const [ours, theirs] = [await fast.encode(pictures, options), await library.encode(pictures, options)];
      t.deepEqual(ours, theirs, `${chromaSubsampling}, ${width} wide`);
    }
    // Chunks are 128 pixels wide.
    for (const width of [127, 128, 129, 255, 257, 383]) {
      const picture = drawPicture(width, 17);
      t.deepEqual(
        await bytesOf(fast, picture, { chromaSubsampling }),
        await bytesOf(library, picture, { chromaSubsampling }),
        `${chromaSubsampling}, ${width} wide`,
      );
    }
  }
});

/** Run in processes of their own: instructions are chosen once. */
const HASH_SCRIPT = `
  import { createHash } from "node:crypto";
  import { anyOptions, anyPicture, openJpegEncoder, randomNumbers } from ${JSON.stringify(new URL("./jpeg-fast-encode.js", import.meta.url).href)};
  const random = randomNumbers(7);
  const hash = createHash("sha256");
  const encoder = openJpegEncoder("jpeg-fast");
  for (let i = 0; i < 200; i++) {
    const picture = anyPicture(random, 150);
    hash.update(encoder.encodeSync(picture, { codec: "jpeg", ...anyOptions(random, picture) }));
  }
  process.stdout.write(hash.digest("hex"));
`;

test("the same bytes with AVX-512, with AVX2 and without SIMD", (t) => {
  const hash = (simd?: string) =>
    execFileSync(process.execPath, ["--input-type=module", "--eval", HASH_SCRIPT], {
      encoding: "utf8",
      env: { ...process.env, ...(simd !== undefined && { POLYCODEC_SIMD: simd }) },
    });
  const random = randomNumbers(7);
  const expected = createHash("sha256");
  using library = openJpegEncoder("libjpeg-turbo");
  for (let i = 0; i < 200; i++) {
    const picture = anyPicture(random, 150);
    expected.update(library.encodeSync(picture, { codec: "jpeg", ...anyOptions(random, picture) }));
  }
  const wanted = expected.digest("hex");
  t.is(hash("scalar"), wanted, "scalar");
  if (!isAvailable) return;
  t.is(hash("avx2"), wanted, "avx2");
  t.is(hash(), wanted, "the best");
});

fastTest("metadata is written as libjpeg-turbo's backend writes it", async (t) => {
  using fast = openJpegEncoder("jpeg-fast");
  using library = openJpegEncoder("libjpeg-turbo");
  const piece = (kind: Metadata["kind"], length: number): Metadata => ({
    kind,
    format: "RAW",
    id: 0,
    bytes: Uint8Array.from({ length }, (_, i) => i * 31),
  });
  const metadata = [
    piece("EXIF", 1000),
    piece("XMP", 60_000),
    piece("ICC_PROFILE", 200_000),
    piece("IPTC", 33),
    piece("COMMENT", 5),
  ];
  const picture = drawn(32, 32);
  t.deepEqual(await bytesOf(fast, picture, { metadata }), await bytesOf(library, picture, { metadata }));
});

fastTest("tables made for one picture do not serve the next, nor does its quality", async (t) => {
  using encoder = openJpegEncoder("jpeg-fast");
  const picture = drawn(120, 80);
  const before = (await bytesOf(encoder, picture, { quality: 80 })).slice();
  await bytesOf(encoder, drawn(64, 64), { quality: 20, jpeg: { optimizedHuffman: true, restartInterval: 3 } });
  t.deepEqual(await bytesOf(encoder, picture, { quality: 80 }), before);
});

fastTest("steps of more than a byte make an extended sequential frame, as with cjpeg", async (t) => {
  using encoder = openJpegEncoder("jpeg-fast");
  const frameOf = async (quality: number) => {
    const bytes = await bytesOf(encoder, drawn(16, 16), { quality });
    return bytes.findIndex((byte, i) => byte === 0xff && (bytes[i + 1] === 0xc0 || bytes[i + 1] === 0xc1));
  };
  t.is((await bytesOf(encoder, drawn(16, 16), { quality: 23 }))[(await frameOf(23)) + 1], 0xc1);
  t.is((await bytesOf(encoder, drawn(16, 16), { quality: 24 }))[(await frameOf(24)) + 1], 0xc0);
});

fastTest("what is not baseline YCbCr or gray is left to libjpeg-turbo", async (t) => {
  using fast = openJpegEncoder("jpeg-fast");
  using both = new Encoder({ registry });
  const cases: [Image, JpegOptions, ProcessingStatus][] = [
    [drawn(40, 30), { jpeg: { progressive: true } }, "ENCODING_UNSUPPORTED"],
    [drawn(40, 30), { chromaSubsampling: "CSS_440" }, "SAMPLING_UNSUPPORTED"],
    [drawn(40, 30), { chromaSubsampling: "CSS_411" }, "SAMPLING_UNSUPPORTED"],
    [drawn(40, 30), { colorSpec: "SRGB" }, "COLOR_SPEC_UNSUPPORTED"],
    [
      Image.from(new Uint8Array(16 * 16 * 4), {
        width: 16,
        height: 16,
        channels: 4,
        sampleFormat: "I_UNCHANGED",
        colorSpec: "CMYK",
      }),
      {},
      "SAMPLE_FORMAT_UNSUPPORTED",
    ],
  ];
  for (const [picture, options, status] of cases) {
    const error = (await t.throwsAsync(bytesOf(fast, picture, options))) as EncodeError;
    t.is(error.attempts[0]?.status, status);
    t.is((await bytesOf(both, picture, options))[0], 0xff);
  }
});

fastTest("optimised tables keep the picture's tokens, within the limit", async (t) => {
  using encoder = new Encoder({
    registry,
    limits: { maxScratchBytes: 1 << 20 },
  });
  const picture = drawPicture(900, 700, { noise: 40 });
  const error = (await t.throwsAsync(
    bytesOf(encoder, picture, { quality: 100, jpeg: { optimizedHuffman: true } }),
  )) as EncodeError;
  t.is(error.attempts.at(-1)?.status, "LIMIT_EXCEEDED");
  await t.notThrowsAsync(bytesOf(encoder, picture, { quality: 100 }));
});

fastTest("noise outgrows the first estimate of the output", async (t) => {
  using fast = openJpegEncoder("jpeg-fast");
  using library = openJpegEncoder("libjpeg-turbo");
  const random = randomNumbers(3);
  const [width, height] = [700, 500];
  const noise = Image.from(
    Uint8Array.from({ length: width * height * 3 }, () => random(256)),
    { width, height },
  );
  const ours = await bytesOf(fast, noise, { quality: 100 });
  t.true(ours.length > width * height * 2);
  t.deepEqual(ours, await bytesOf(library, noise, { quality: 100 }));
});

fastTest("an abort ends an encode in its middle", async (t) => {
  using encoder = openJpegEncoder("jpeg-fast");
  const picture = Image.from(new Uint8Array(12_000 * 12_000), { width: 12_000, height: 12_000, channels: 1 });
  const abort = new AbortController();
  const done = bytesOf(encoder, picture, { signal: abort.signal });
  setTimeout(() => abort.abort(new Error("enough")), 5);
  await t.throwsAsync(done, { message: "enough" });
});
