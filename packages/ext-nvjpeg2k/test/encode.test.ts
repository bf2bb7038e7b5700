/** What the encoder is told and what comes of it. On the fake libnvjpeg2k. */
import { CodeStream, type DecodeError, type EncodeOptions, Image } from "@polycodec/core";
import { psnr } from "@polycodec/core/testing";
import test from "ava";
import { drawn } from "../../../test/fake-cuda/pictures.js";
import { assertNoViolations, bothEncoder, cpuDecoder, fake, gpuEncoder } from "./fake-gpu.js";

test.beforeEach(() => {
  fake.control("reset; jitter 100");
});
test.afterEach((t) => assertNoViolations(t));

const ANY = { allowAnyDepth: true, colorSpec: "UNCHANGED" } as const;

async function encoded(image: Image, options: Omit<EncodeOptions, "codec"> = {}) {
  using encoder = gpuEncoder();
  using cpu = cpuDecoder();
  const bytes = await encoder.encode(image, { ...options, codec: "jpeg2k" });
  return { bytes, stream: CodeStream.from(bytes), decoded: await cpu.decode(bytes, ANY) };
}

test.serial("lossless: every format and depth comes back, in JP2, J2K and JPH", async (t) => {
  const noise = (count: number) => Uint16Array.from({ length: count }, (_, i) => (i * 7919) & 0xffff);
  const shape = { width: 70, height: 45 };
  const images = [
    drawn(70, 45),
    Image.from(Uint8Array.from(noise(3150)), { ...shape, channels: 1 }),
    Image.from(Uint8Array.from(noise(6300)), { ...shape, channels: 2, sampleFormat: "I_YA", colorSpec: "GRAY" }),
    Image.from(Uint8Array.from(noise(12600)), { ...shape, channels: 4, sampleFormat: "I_RGBA" }),
    Image.from(noise(9450), { ...shape, channels: 3 }),
    Image.from(Int16Array.from(noise(3150)), { ...shape, channels: 1 }),
  ];
  for (const image of images) {
    for (const jpeg2k of [{}, { bitstreamType: "J2K" }, { ht: true }, { tileWidth: 32, tileHeight: 32 }] as const) {
      const { decoded, stream } = await encoded(image, { jpeg2k });
      t.deepEqual(decoded.packed(), image.packed(), `${image.dtype} ${image.channels} ${JSON.stringify(jpeg2k)}`);
      const container = "bitstreamType" in jpeg2k ? "J2K" : "ht" in jpeg2k ? "JPH" : "JP2";
      t.is(stream.info.detail?.container, container);
    }
  }
  using cpu = cpuDecoder();
  for (const sampleFormat of ["P_RGB", "I_BGR", "P_BGR", "P_RGBA"] as const) {
    const source = await cpu.decode((await encoded(images[0]!)).bytes, { sampleFormat });
    const { decoded } = await encoded(source);
    const expected = sampleFormat === "P_RGBA" ? [...decoded.packed()].filter((_, i) => i % 4 !== 3) : decoded.packed();
    t.deepEqual([...expected], [...images[0]!.packed()], sampleFormat);
  }
});

test.serial("the code stream is what was asked for", async (t) => {
  const { stream } = await encoded(drawn(300, 200), {
    jpeg2k: {
      tileWidth: 100,
      tileHeight: 64,
      codeBlockSize: [32, 64],
      numResolutions: 4,
      progOrder: "LRCP",
      mctMode: 1,
    },
  });
  t.like(stream.info.detail, {
    tiles: 12,
    codeBlockWidth: 64,
    codeBlockHeight: 32,
    resolutions: 4,
    progression: "LRCP",
    mct: true,
    reversible: true,
    ht: false,
  });
  const wide = await encoded(drawn(300, 200), { jpeg2k: { ht: true, codeBlockSize: [32, 128] } });
  t.like(wide.stream.info.detail, { codeBlockWidth: 128, ht: true });
  const small = await encoded(drawn(9, 5), { jpeg2k: { numResolutions: 33 } });
  t.is(small.stream.info.detail?.resolutions, 3);
});

test.serial("qualities: more is better, and the configuration is set before", async (t) => {
  const picture = drawn(128, 96);
  for (const [qualityType, values, jpeg2k] of [
    ["QUALITY", [20, 60, 95], { mctMode: 1 }],
    ["PSNR", [28, 36, 44], {}],
    ["QUANTIZATION_STEP", [64, 16, 4], {}],
    ["QUANTIZATION_STEP", [64, 16, 4], { ht: true }],
  ] as const) {
    let before = { size: 0, db: 0 };
    for (const qualityValue of values) {
      const { bytes, decoded, stream } = await encoded(picture, { qualityType, qualityValue, jpeg2k });
      const now = { size: bytes.length, db: psnr(decoded.data, picture.data) };
      t.true(now.size > before.size && now.db > before.db, `${qualityType} ${qualityValue}: ${JSON.stringify(now)}`);
      t.false(stream.info.detail?.reversible);
      before = now;
    }
  }
});

test.serial("what the library has no way for is the CPU's, with the reason", async (t) => {
  for (const [options, status] of [
    [{ qualityType: "QUALITY", qualityValue: 50 }, "QUALITY_TYPE_UNSUPPORTED"], // of RGB with mctMode 0
    [{ qualityType: "SIZE_RATIO", qualityValue: 0.1 }, "QUALITY_TYPE_UNSUPPORTED"],
    [{ jpeg2k: { codeBlockSize: [16, 16] } }, "ENCODING_UNSUPPORTED"],
    [{ colorSpec: "SYCC" }, "COLOR_SPEC_UNSUPPORTED"],
    [{ chromaSubsampling: "CSS_420", colorSpec: "SYCC" }, "COLOR_SPEC_UNSUPPORTED"],
  ] as const) {
    using alone = gpuEncoder();
    const error = await t.throwsAsync<DecodeError>(alone.encode(drawn(32, 32), { ...options, codec: "jpeg2k" }));
    t.is(error!.attempts[0]!.status, status, JSON.stringify(options));
    using both = bothEncoder();
    await both.encode(drawn(32, 32), { ...options, codec: "jpeg2k" });
  }
});

test.serial("versions: no qualities before 0.9, no wide code blocks before 0.11", async (t) => {
  try {
    for (const [version, options] of [
      ["800", { qualityType: "PSNR", qualityValue: 40 }],
      ["800", { jpeg2k: { ht: true } }],
      ["1000", { jpeg2k: { ht: true, codeBlockSize: [32, 128] } }],
    ] as const) {
      process.env.FAKE_NVJPEG2K_VERSION = version;
      using encoder = gpuEncoder();
      const error = await t.throwsAsync<DecodeError>(encoder.encode(drawn(32, 32), { ...options, codec: "jpeg2k" }));
      t.regex(error!.attempts[0]!.message!, /nvJPEG2000 0\.(9|11)/);
      await encoder.encode(drawn(32, 32), { codec: "jpeg2k" });
    }
  } finally {
    delete process.env.FAKE_NVJPEG2K_VERSION;
  }
});

test.serial("metadata is kept, and alpha has its name", async (t) => {
  const tiff = new Uint8Array([73, 73, 42, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  const metadata = [
    { kind: "EXIF", format: "RAW", id: 0, bytes: tiff },
    { kind: "COMMENT", format: "RAW", id: 0, bytes: new TextEncoder().encode("drawn") },
  ] as const;
  const { stream, decoded } = await encoded(drawn(32, 32), { metadata });
  t.deepEqual(decoded.packed(), drawn(32, 32).packed());
  t.deepEqual(
    (await stream.metadata("EXIF")).map(({ bytes }) => [...bytes]),
    [[...tiff]],
  );
  const comments = (await stream.metadata("COMMENT")).map(({ bytes }) => Buffer.from(bytes).toString());
  t.true(comments.includes("drawn"), comments.join()); // OpenJPEG has one of its own
  const rgba = Image.from(new Uint8Array(64), { width: 4, height: 4, channels: 4, sampleFormat: "I_RGBA" });
  t.true((await encoded(rgba)).stream.info.detail?.alpha);
});
