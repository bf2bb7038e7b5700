/** What is libjpeg-turbo's own in encoding: colours, sampling, markers, metadata; and no image's state reaches the next. */
import { CodeStream, type EncodeError, Image, type Metadata } from "@polycodec/core";
import { drawPicture, psnr } from "@polycodec/core/testing";
import test from "ava";
import { drawn, jpegOf, openDecoder, openEncoder, registry, scansOf, without } from "./subject.js";

const infoOf = async (bytes: Uint8Array) => (await CodeStream.from(bytes, registry).open()).info;

test("optimised Huffman tables of one image do not serve the next", async (t) => {
  // libjpeg takes tables that are there for the standard ones; the second file used to be made with the first one's.
  using encoder = openEncoder();
  const picture = drawn(120, 80);
  const before = await encoder.encode(picture, { codec: "jpeg" });
  await encoder.encode(drawn(64, 64), { codec: "jpeg", jpeg: { optimizedHuffman: true } });
  t.deepEqual(await encoder.encode(picture, { codec: "jpeg" }), before);
});

test("every subsampling is written as asked for and reads as the picture", async (t) => {
  using decoder = openDecoder();
  const picture = drawPicture(150, 110, { noise: 0 });
  for (const chromaSubsampling of [
    "CSS_444",
    "CSS_422",
    "CSS_420",
    "CSS_440",
    "CSS_411",
    "CSS_410",
    "CSS_GRAY",
  ] as const) {
    const bytes = await jpegOf(picture, { chromaSubsampling, quality: 95 });
    t.is((await infoOf(bytes)).chromaSubsampling, chromaSubsampling);
    if (chromaSubsampling === "CSS_GRAY") continue;
    const back = await decoder.decode(bytes);
    t.true(psnr(back.data, picture.data) > 25, `${chromaSubsampling}: ${psnr(back.data, picture.data)} dB`);
  }
  const error = (await t.throwsAsync(jpegOf(picture, { chromaSubsampling: "CSS_410V" }))) as EncodeError;
  t.is(error.attempts[0]?.status, "SAMPLING_UNSUPPORTED");
});

test("the same pixels make the same file, whatever their order in memory", async (t) => {
  const picture = drawn(61, 47);
  const { width, height, data } = picture;
  const plane = width * height;
  const expected = await jpegOf(picture);
  const arranged = (channels: number, place: (pixel: number, c: number) => number) => {
    const to = new Uint8Array(plane * channels);
    for (let i = 0; i < plane; i++) for (let c = 0; c < 3; c++) to[place(i, c)] = data[i * 3 + c]!;
    return to;
  };
  for (const [sampleFormat, samples] of [
    ["I_BGR", arranged(3, (i, c) => i * 3 + 2 - c)],
    ["I_RGBA", arranged(4, (i, c) => i * 4 + c)],
    ["P_RGB", arranged(3, (i, c) => c * plane + i)],
    ["P_BGR", arranged(3, (i, c) => (2 - c) * plane + i)],
    ["P_RGBA", arranged(4, (i, c) => c * plane + i)],
  ] as const) {
    t.deepEqual(await jpegOf(Image.from(samples, { width, height, sampleFormat })), expected, sampleFormat);
  }
  const rowStride = width * 3 + 29;
  const padded = new Uint8Array(rowStride * height);
  for (let y = 0; y < height; y++) padded.set(data.subarray(y * width * 3, (y + 1) * width * 3), y * rowStride);
  t.deepEqual(await jpegOf(Image.from(padded, { width, height, channels: 3, rowStride })), expected, "padded rows");
});

test("YCbCr samples go in as they come out", async (t) => {
  using decoder = openDecoder();
  const first = await jpegOf(drawn(80, 60), { quality: 100 });
  const yuv = await decoder.decode(first, { colorSpec: "SYCC" });
  const second = await jpegOf(yuv, { quality: 100 });
  const again = await decoder.decode(second, { colorSpec: "SYCC" });
  t.true(psnr(again.data, yuv.data) > 45, `${psnr(again.data, yuv.data)} dB`);
});

test("progressive and optimised files are smaller and hold the same samples", async (t) => {
  using decoder = openDecoder();
  const picture = drawn(200, 150);
  const plain = await jpegOf(picture);
  const { data } = await decoder.decode(plain);
  for (const jpeg of [{ progressive: true }, { optimizedHuffman: true }]) {
    const bytes = await jpegOf(picture, { jpeg });
    t.true(bytes.length < plain.length, JSON.stringify(jpeg));
    t.deepEqual((await decoder.decode(bytes)).data, data);
  }
  t.true(scansOf(await jpegOf(picture, { jpeg: { progressive: true } })).length > 5);
});

test("restart markers come as often as asked for and change no sample", async (t) => {
  using decoder = openDecoder();
  const picture = drawn(200, 150);
  const { data } = await decoder.decode(await jpegOf(picture, { chromaSubsampling: "CSS_420" }));
  const mcus = [Math.ceil(200 / 16), Math.ceil(150 / 16)] as const;
  for (const [jpeg, markers] of [
    [{ restartRows: 1 }, mcus[1] - 1],
    [{ restartRows: 4 }, Math.ceil(mcus[1] / 4) - 1],
    [{ restartInterval: 5 }, Math.ceil((mcus[0] * mcus[1]) / 5) - 1],
  ] as const) {
    const bytes = await jpegOf(picture, { chromaSubsampling: "CSS_420", jpeg });
    let found = 0;
    for (let i = scansOf(bytes)[0]!; i < bytes.length - 1; i++)
      if (bytes[i] === 0xff && bytes[i + 1]! >= 0xd0 && bytes[i + 1]! <= 0xd7) found++;
    t.is(found, markers, JSON.stringify(jpeg));
    t.deepEqual((await decoder.decode(bytes)).data, data, JSON.stringify(jpeg));
  }
});

test("metadata is written in order and read back, ICC profiles in chunks", async (t) => {
  using decoder = openDecoder();
  const bytes = (length: number, seed: number) => Uint8Array.from({ length }, (_, i) => (i * 31 + seed) & 255);
  // A little-endian TIFF with one IFD of no entries, and something behind it.
  const exif = Uint8Array.from([0x49, 0x49, 42, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, ...bytes(40, 1)]);
  const metadata: Metadata[] = [
    { kind: "EXIF", format: "RAW", id: 0, bytes: exif },
    { kind: "XMP", format: "XMP", id: 0, bytes: new TextEncoder().encode("<x:xmpmeta xmlns:x='adobe:ns:meta/'/>") },
    { kind: "ICC_PROFILE", format: "RAW", id: 0, bytes: bytes(200_000, 2) },
    { kind: "IPTC", format: "RAW", id: 0, bytes: bytes(33, 3) },
    { kind: "COMMENT", format: "RAW", id: 0, bytes: new TextEncoder().encode("drawn") },
  ];
  const jpeg = await jpegOf(drawn(32, 32), { metadata });
  const read = await decoder.getMetadata(jpeg);
  for (const { kind, bytes } of metadata) {
    const found = read.find((piece) => piece.kind === kind);
    t.deepEqual(found && Uint8Array.from(found.bytes), Uint8Array.from(bytes), kind);
  }
  t.deepEqual(without(without(without(without(jpeg, 0xffe1), 0xffe2), 0xffed), 0xfffe), await jpegOf(drawn(32, 32)));
});

test("metadata that does not fit its segment is refused with its size", async (t) => {
  for (const [kind, most] of [
    ["EXIF", 65_527],
    ["XMP", 65_502],
    ["IPTC", 65_506],
    ["COMMENT", 65_533],
  ] as const) {
    const piece = (length: number): Metadata[] => [{ kind, format: "RAW", id: 0, bytes: new Uint8Array(length) }];
    await t.notThrowsAsync(jpegOf(drawn(8, 8), { metadata: piece(most) }), kind);
    const error = (await t.throwsAsync(jpegOf(drawn(8, 8), { metadata: piece(most + 2) }))) as EncodeError;
    t.regex(error.attempts[0]?.message ?? "", new RegExp(`${most + 2} bytes`));
  }
});

test("an image wider than libjpeg writes is refused", async (t) => {
  const wide = Image.from(new Uint8Array(65_501), { width: 65_501, height: 1, channels: 1 });
  const error = (await t.throwsAsync(jpegOf(wide))) as EncodeError;
  t.is(error.attempts[0]?.status, "RESOLUTION_UNSUPPORTED");
});
