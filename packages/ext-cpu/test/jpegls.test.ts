/** JPEG-LS: the conformance suite, exact and near-lossless round trips, interleaving, colour transforms, metadata. */
import { CodeStream, type DecodeError, Image, type Metadata } from "@polycodec/core";
import { testBackend } from "@polycodec/core/testing";
import { extension } from "@polycodec/ext-cpu/extension";
import test from "ava";
import { givesBack, type Kind, noisy } from "./round-trip.js";
import { drawn, openDecoder, openEncoder, registry } from "./subject.js";

for (const interleave of ["none", "line", "sample"] as const) {
  testBackend(
    (name, body) =>
      test(`${interleave}: ${name}`, async (t) => {
        await body();
        t.pass();
      }),
    { extension, codec: "jpegls", decoder: "charls", encoder: "charls", encodeOptions: { jpegls: { interleave } } },
  );
}

const codec = "jpegls";
const infoOf = async (bytes: Uint8Array) => (await CodeStream.from(bytes, registry).open()).info;

test("every depth from 2 to 16 bits, number of channels and interleave mode comes back as it was", async (t) => {
  for (const channels of [1, 2, 3, 4, 5]) {
    for (let precision = 2; precision <= 16; precision++) {
      const kind: Kind = { channels, precision, dtype: precision <= 8 ? "uint8" : "uint16" };
      for (const interleave of ["none", "line", "sample"] as const)
        await givesBack(t, kind, { codec, jpegls: { interleave } });
    }
  }
  for (const sampleFormat of ["P_RGB", "I_BGR", "P_BGR", "P_UNCHANGED"] as const) {
    await givesBack(t, { channels: 3, sampleFormat }, { codec });
    await givesBack(t, { channels: 3, sampleFormat, dtype: "uint16" }, { codec, jpegls: { interleave: "none" } });
  }
  for (const colorTransform of ["hp1", "hp2", "hp3"] as const)
    for (const dtype of ["uint8", "uint16"] as const)
      await givesBack(t, { channels: 3, dtype }, { codec, jpegls: { colorTransform, interleave: "sample" } });
});

test("near-lossless: no sample is further off than asked for, and the file says so", async (t) => {
  using encoder = openEncoder();
  using decoder = openDecoder();
  for (const [kind, nearLossless] of [
    [{ channels: 1 }, 1],
    [{ channels: 3 }, 3],
    [{ channels: 3 }, 127],
    [{ channels: 1, dtype: "uint16", precision: 12 }, 100],
    [{ channels: 4, dtype: "uint16" }, 255],
  ] as const) {
    const image = noisy(70, 40, kind);
    const bytes = await encoder.encode(image, { codec, jpegls: { nearLossless } });
    t.is((await infoOf(bytes)).detail?.nearLossless, nearLossless);
    const back = await decoder.decode(bytes, { colorSpec: "UNCHANGED", allowAnyDepth: true });
    let most = 0;
    image.data.forEach((v, i) => (most = Math.max(most, Math.abs(Number(v) - Number(back.data[i])))));
    t.true(most > 0 && most <= nearLossless, `${most} of ${nearLossless}`);
    t.true(bytes.length < (await encoder.encode(image, { codec })).length);
  }
});

test("the interleave mode is the one asked for", async (t) => {
  using encoder = openEncoder();
  for (const interleave of ["none", "line", "sample"] as const) {
    const bytes = await encoder.encode(drawn(20, 10), { codec, jpegls: { interleave } });
    t.is((await infoOf(bytes)).detail?.interleave, interleave);
  }
});

test("what the codec lacks is refused with the reason", async (t) => {
  using encoder = openEncoder();
  const rgb = { channels: 3 } as const;
  for (const [kind, options, status] of [
    [rgb, { quality: 90 }, "QUALITY_TYPE_UNSUPPORTED"],
    [rgb, { jpegls: { nearLossless: 128 } }, "QUALITY_VALUE_UNSUPPORTED"],
    [rgb, { qualityType: "LOSSLESS", jpegls: { nearLossless: 1 } }, "QUALITY_VALUE_UNSUPPORTED"],
    [rgb, { chromaSubsampling: "CSS_420" }, "SAMPLING_UNSUPPORTED"],
    [{ channels: 1 }, { jpegls: { colorTransform: "hp1" } }, "NUM_CHANNELS_UNSUPPORTED"],
    [{ channels: 1, dtype: "float32" }, {}, "SAMPLE_TYPE_UNSUPPORTED"],
    [{ channels: 1, precision: 1 }, {}, "SAMPLE_TYPE_UNSUPPORTED"],
  ] as const) {
    const error = (await t.throwsAsync(encoder.encode(noisy(8, 8, kind), { codec, ...options }))) as DecodeError;
    t.is(error.attempts[0]?.status, status, JSON.stringify(options));
  }
});

test("samples above the precision are an error, not a file that reads differently", async (t) => {
  using encoder = openEncoder();
  for (const data of [Uint8Array.of(1, 16, 3, 4), Uint16Array.of(1, 1024, 3, 4)]) {
    const image = Image.from(data, {
      width: 4,
      height: 1,
      channels: 1,
      precision: data.BYTES_PER_ELEMENT === 1 ? 4 : 10,
    });
    const error = (await t.throwsAsync(encoder.encode(image, { codec }))) as DecodeError;
    t.regex(error.attempts[0]!.message!, /a sample is above (15|1023)/);
  }
});

test("metadata is written into the segments of JPEG, and read again", async (t) => {
  using encoder = openEncoder();
  const piece = (kind: Metadata["kind"], length: number): Metadata => ({
    kind,
    format: "RAW",
    id: 0,
    bytes: Uint8Array.from({ length }, (_, i) => i * 7),
  });
  const metadata = [piece("EXIF", 30), piece("XMP", 70), piece("COMMENT", 5), piece("ICC_PROFILE", 150_000)];
  const bytes = await encoder.encode(drawn(20, 10), { codec, metadata });
  const stream = CodeStream.from(bytes, registry);
  t.is((await stream.open()).codecName, codec);
  for (const { kind, bytes: wanted } of metadata) {
    const [found] = await stream.metadata(kind);
    t.deepEqual(new Uint8Array(found!.bytes), wanted, kind);
  }
  using decoder = openDecoder();
  t.deepEqual((await decoder.decode(bytes)).data, drawn(20, 10).data);
});

test("a file cut short is an error, or what there is of the picture with a warning", async (t) => {
  using encoder = openEncoder();
  using decoder = openDecoder();
  const picture = drawn(120, 90);
  const whole = await encoder.encode(picture, { codec });
  const cut = whole.subarray(0, whole.length >> 1);
  await t.throwsAsync(decoder.decode(cut), { code: "ERR_POLYCODEC_TRUNCATED" });
  const partial = await decoder.decode(cut, { onTruncated: "partial" });
  t.is(partial.warnings.length, 1);
  t.deepEqual(partial.data.slice(0, 360 * 35), picture.data.slice(0, 360 * 35));
  t.true(partial.data.slice(-360 * 30).every((v) => v === 0));
});

test("a missing end-of-image marker alone is a warning", async (t) => {
  using encoder = openEncoder();
  using decoder = openDecoder();
  const whole = await encoder.encode(drawn(50, 40), { codec });
  const image = await decoder.decode(whole.subarray(0, whole.length - 2));
  t.deepEqual(image.data, drawn(50, 40).data);
  t.deepEqual(image.warnings, ["no end-of-image marker"]);
});

test("data that ends within a unary code is found out at once", async (t) => {
  // CharLS 2.4.1 counts zeros until an int overflows: 4.5 s for a picture of any size.
  using encoder = openEncoder();
  using decoder = openDecoder();
  const whole = await encoder.encode(noisy(31, 32, { channels: 4 }), { codec });
  t.timeout(60_000);
  for (let cut = 100; cut < whole.length - 2; cut += 41)
    await t.throwsAsync(decoder.decode(whole.subarray(0, cut)), { code: "ERR_POLYCODEC_TRUNCATED" });
});

test("memory for the whole picture is limited", async (t) => {
  using encoder = openEncoder();
  using decoder = openDecoder();
  const bytes = await encoder.encode(drawn(120, 90), { codec });
  const region = { start: [0, 0], end: [5, 5] } as const;
  await t.throwsAsync(decoder.decode(bytes, { region, limits: { maxScratchBytes: 10_000 } }), {
    code: "ERR_POLYCODEC_LIMIT_EXCEEDED",
  });
  await t.notThrowsAsync(
    decoder.decode(bytes, { limits: { maxScratchBytes: 10_000 } }),
    "it goes to its place at once",
  );
});
