/** What is particular to WebP encoding: what is lossless, what options do, metadata, what is refused. */
import {
  CodeStream,
  type EncodeOptions,
  type Image,
  Image as Images,
  type Metadata,
  type SampleFormat,
} from "@polycodec/core";
import { drawPicture, psnr, seededRandom } from "@polycodec/core/testing";
import test from "ava";
import { openDecoder, openEncoder, registry } from "./subject.js";

async function encode(picture: Image, options: Omit<EncodeOptions, "codec"> = {}): Promise<Uint8Array> {
  using encoder = openEncoder();
  return await encoder.encode(picture, { ...options, codec: "webp" });
}

async function decode(bytes: Uint8Array, sampleFormat: SampleFormat = "I_RGBA"): Promise<Image> {
  using decoder = openDecoder();
  return await decoder.decode(bytes, { sampleFormat });
}

const LOSSLESS = { qualityType: "LOSSLESS" } as const;

/** Pixels of an image of any format as interleaved RGBA. */
function asRgba({ width, height, data, sampleFormat, channels, planeStride }: Image): Uint8Array {
  const order = { Y: [0, 0, 0], YA: [0, 0, 0, 1], RGB: [0, 1, 2], BGR: [2, 1, 0], RGBA: [0, 1, 2, 3] }[
    sampleFormat.slice(2)
  ]!;
  const [pixelStep, channelStep] = planeStride ? [1, planeStride] : [channels, 1];
  return Uint8Array.from({ length: width * height * 4 }, (_, i) => {
    const channel = order[i % 4];
    return channel === undefined ? 255 : data[Math.floor(i / 4) * pixelStep + channel * channelStep]!;
  });
}

for (const channels of ["Y", "YA", "RGB", "BGR", "RGBA"]) {
  for (const layout of ["I", "P"]) {
    const sampleFormat = `${layout}_${channels}` as SampleFormat;
    test(`${sampleFormat} comes back exactly from a lossless encode`, async (t) => {
      for (const [width, height] of [
        [1, 1],
        [17, 3],
        [64, 50],
      ] as const) {
        const interleaved = drawPicture(width, height, { sampleFormat: `I_${channels}` as SampleFormat, noise: 0.5 });
        const picture = layout === "I" ? interleaved : planes(interleaved, sampleFormat);
        for (const method of [0, 4, 6]) {
          const result = await decode(await encode(picture, { ...LOSSLESS, webp: { method } }));
          t.deepEqual(result.bytes, asRgba(picture), `${width}x${height} method ${method}`);
        }
      }
    });
  }
}

function planes({ width, height, channels, data }: Image, sampleFormat: SampleFormat): Image {
  const plane = width * height;
  const apart = Uint8Array.from(
    { length: data.length },
    (_, i) => data[(i % plane) * channels + Math.floor(i / plane)]!,
  );
  return Images.from(apart, { width, height, channels, sampleFormat });
}

/** Half of it wholly transparent, with colours below. */
function hidden(): Image {
  const picture = drawPicture(40, 30, { sampleFormat: "I_RGBA" });
  const data = picture.bytes.slice();
  for (let i = 3; i < data.length / 2; i += 4) data[i] = 0;
  return Images.from(data, { width: 40, height: 30, channels: 4, sampleFormat: "I_RGBA" });
}

test("colours under full transparency are kept, unless exact is false", async (t) => {
  const picture = hidden();
  t.deepEqual((await decode(await encode(picture, LOSSLESS))).bytes, picture.bytes);
  const loose = await decode(await encode(picture, { ...LOSSLESS, webp: { exact: false } }));
  const half = picture.bytes.length / 2;
  t.notDeepEqual(loose.bytes.subarray(0, half), picture.bytes.subarray(0, half));
  t.deepEqual(loose.bytes.subarray(half), picture.bytes.subarray(half));
});

test("quality is PSNR and bytes: each step has more of both (4:2:0, a drawn picture)", async (t) => {
  const picture = drawPicture(320, 240, { noise: 0 });
  let [bytes, decibel] = [0, 0];
  for (const [quality, least] of [
    [5, 29],
    [50, 35],
    [75, 36],
    [95, 38],
  ] as const) {
    const webp = await encode(picture, { quality });
    const now = psnr((await decode(webp, "I_RGB")).bytes, picture.bytes);
    t.log(`quality ${quality}: ${webp.length} bytes, ${now.toFixed(1)} dB`);
    t.true(now >= least && now > decibel && webp.length > bytes, `${quality}: ${now} dB, ${webp.length} bytes`);
    [bytes, decibel] = [webp.length, now];
  }
  const standard = await encode(picture);
  t.deepEqual(standard, await encode(picture, { quality: 75 }), "the default is quality 75");
});

test("method trades time for bytes, nearLossless pixels for bytes, alphaQuality alpha for bytes", async (t) => {
  const picture = drawPicture(200, 150, { sampleFormat: "I_RGBA", noise: 0.2 });
  const size = async (options: Omit<EncodeOptions, "codec">) => (await encode(picture, options)).length;
  const sizeBy = (method: number) => size({ ...LOSSLESS, webp: { method } });
  const [fast, small] = [await sizeBy(0), await sizeBy(6)];
  t.true(small < fast, `${small} and ${fast} bytes`);
  const smooth = drawPicture(200, 150);
  const near = await encode(smooth, { ...LOSSLESS, webp: { nearLossless: 40 } });
  const exact = await encode(smooth, LOSSLESS);
  t.true(near.length < 0.8 * exact.length, `${near.length} and ${exact.length} bytes`);
  t.true(psnr((await decode(near, "I_RGB")).bytes, smooth.bytes) > 35);
  t.true((await size({ webp: { alphaQuality: 20 } })) < (await size({})));
  const alpha = (image: Image) => image.bytes.filter((_, i) => i % 4 === 3);
  t.deepEqual(alpha(await decode(await encode(picture, { quality: 10 }))), alpha(picture), "100 is lossless");
});

test("a PSNR or a share of the raw size can be asked for", async (t) => {
  const picture = drawPicture(320, 240);
  const raw = 320 * 240 * 3;
  const small = await encode(picture, { qualityType: "SIZE_RATIO", qualityValue: 0.05 });
  t.true(Math.abs(small.length / raw - 0.05) < 0.01, `${small.length / raw}`);
  const results = [];
  for (const qualityValue of [30, 34]) {
    results.push(await encode(picture, { qualityType: "PSNR", qualityValue }));
  }
  t.true(results[0]!.length < results[1]!.length);
});

const bytesOf = (length: number, seed: number) => {
  const random = seededRandom(seed);
  return Uint8Array.from({ length }, () => Math.floor(random() * 256));
};
const piece = (kind: Metadata["kind"], bytes: Uint8Array): Metadata => ({
  kind,
  format: kind === "XMP" ? "XMP" : "RAW",
  id: 0,
  bytes,
});

test("ICC profile, EXIF and XMP are written and read, beside any picture, whatever their order and length", async (t) => {
  const icc = piece("ICC_PROFILE", bytesOf(3001, 1));
  const exif = piece("EXIF", Buffer.from("II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0", "latin1"));
  const xmp = piece("XMP", Buffer.from("<x:xmpmeta xmlns:x='adobe:ns:meta/'/>"));
  for (const sampleFormat of ["I_RGB", "I_RGBA"] as const) {
    const picture = drawPicture(50, 40, { sampleFormat });
    for (const options of [LOSSLESS, { quality: 60 }]) {
      const bare = await encode(picture, options);
      for (const metadata of [[icc], [exif], [xmp], [xmp, exif, icc], [exif, icc]]) {
        const webp = await encode(picture, { ...options, metadata });
        const stream = CodeStream.from(webp, registry);
        const found = await stream.metadata();
        t.deepEqual(
          found.map(({ kind, bytes }) => [kind, Buffer.from(bytes)]),
          [icc, exif, xmp].filter((one) => metadata.includes(one)).map(({ kind, bytes }) => [kind, Buffer.from(bytes)]),
        );
        const isTurned = metadata.includes(exif);
        t.deepEqual([stream.orientation, stream.numChannels], [isTurned ? 6 : 1, picture.channels]);
        t.is(new DataView(webp.buffer, webp.byteOffset).getUint32(4, true), webp.length - 8);
        using decoder = openDecoder();
        const plain = { colorSpec: "UNCHANGED", applyExifOrientation: false } as const;
        t.deepEqual((await decoder.decode(webp, plain)).bytes, (await decoder.decode(bare, plain)).bytes);
        const shown = await decoder.decode(webp);
        t.deepEqual([shown.width, shown.height], isTurned ? [40, 50] : [50, 40]);
      }
    }
  }
});

test("what WebP does not have is refused with its reason", async (t) => {
  const refused = async (picture: Image, options: Omit<EncodeOptions, "codec">, status: string) => {
    const error = await t.throwsAsync(encode(picture, options));
    t.regex(error!.message, new RegExp(status), JSON.stringify(options));
  };
  const picture = drawPicture(8, 8);
  await refused(picture, { chromaSubsampling: "CSS_444" }, "SAMPLING_UNSUPPORTED");
  await refused(picture, { ...LOSSLESS, chromaSubsampling: "CSS_420" }, "SAMPLING_UNSUPPORTED");
  await refused(picture, { colorSpec: "GRAY" }, "COLOR_SPEC_UNSUPPORTED");
  await refused(picture, { webp: { nearLossless: 50 } }, "QUALITY_TYPE_UNSUPPORTED");
  await refused(picture, { qualityType: "QUANTIZATION_STEP", qualityValue: 3 }, "QUALITY_TYPE_UNSUPPORTED");
  await refused(drawPicture(8, 8, { dtype: "uint16" }), {}, "SAMPLE_TYPE_UNSUPPORTED");
  await refused(drawPicture(16_384, 1), {}, "RESOLUTION_UNSUPPORTED");
  await t.notThrowsAsync(encode(picture, { chromaSubsampling: "CSS_420" }));
  await t.notThrowsAsync(encode(picture, { ...LOSSLESS, chromaSubsampling: "CSS_444" }));
  const both = { nearLossless: 50, exact: true };
  await t.throwsAsync(encode(picture, { ...LOSSLESS, webp: both }), { message: /exclude each other/ });
  await t.throwsAsync(encode(picture, { webp: { method: 7 } }), { instanceOf: RangeError });
  await t.throwsAsync(encode(picture, { webp: { metod: 3 } as never }), { message: /did you mean "?method/ });
});

test("an encode that is aborted ends with the reason", async (t) => {
  const controller = new AbortController();
  using encoder = openEncoder();
  const picture = drawPicture(1500, 1000, { noise: 0.3 });
  const slow = { codec: "webp", ...LOSSLESS, webp: { method: 6 } } as const;
  const reason = new Error("no longer wanted");
  const begun = performance.now();
  setTimeout(() => controller.abort(reason), 30);
  await t.throwsAsync(encoder.encode(picture, { ...slow, signal: controller.signal }), { is: reason });
  t.log(`${Math.round(performance.now() - begun)} ms`);
});
