/** Limits on headers and metadata, by format: a file that says more than it may is refused with the number that it broke. */
import { deflateSync } from "node:zlib";
import test from "ava";
import { ByteReader } from "#core/bytes.js";
import { CodeStream } from "#core/code-stream/code-stream.js";
import { CodecError } from "#core/errors.js";
import { checkInfo, DEFAULT_LIMITS } from "#core/limits.js";
import { gif as parser } from "#core/parsers/gif.js";
import { Registry } from "#core/registry.js";
import { bytes, EOI, frame, SOI, segment, u32be } from "./jpeg-bytes.js";

const chunk = (type: string, data: Uint8Array | string) =>
  bytes(u32be(data.length), type, typeof data === "string" ? Buffer.from(data, "latin1") : data, [0, 0, 0, 0]);
const png = (...chunks: Uint8Array[]) =>
  bytes(
    "\x89PNG\r\n\x1a\n",
    chunk("IHDR", bytes(u32be(4), u32be(4), [8, 2, 0, 0, 0])),
    ...chunks,
    chunk("IDAT", "x"),
    chunk("IEND", ""),
  );
const gifFrame = [0x2c, 0, 0, 0, 0, 4, 0, 4, 0, 0, 2, 1, 7, 0];
const gifComment = (text: string) => bytes([0x21, 0xfe, text.length], text, [0]);
const gif = (...parts: Uint8Array[]) =>
  bytes("GIF89a", [4, 0, 4, 0, 0x80, 0, 0, 0, 0, 0, 255, 255, 255], ...parts, gifFrame, [0x3b]);
const jpegls = (...parts: Uint8Array[]) =>
  bytes(SOI, ...parts, frame({ marker: 0xf7, sampling: [0x11] }), segment(0xda, [1, 1, 0, 0, 0, 0]), [0x12, 0x34], EOI);
const exif = bytes("Exif\0\0", "II*\0\x08\0\0\0", new Uint8Array(400));

/** A file of each format with some 400 bytes of metadata: what they are, and how many. */
const files = {
  gif: { bytes: gif(gifComment("c".repeat(200)), gifComment("d".repeat(206))), kind: "COMMENT", size: 406 },
  png: { bytes: png(chunk("eXIf", exif.subarray(6))), kind: "EXIF", size: 408 },
  jpegls: { bytes: jpegls(segment(0xe1, exif)), kind: "EXIF", size: 408 },
} as const;

const registry = new Registry();
/** Read piece by piece, as from a file. */
const streamOf = (from: Uint8Array) =>
  CodeStream.from(
    { size: from.length, readAt: async (offset: number, length: number) => from.subarray(offset, offset + length) },
    registry,
  );

for (const [format, { bytes: of, kind, size }] of Object.entries(files)) {
  test(`${format}: metadata up to maxMetadataBytes is read, and a byte more is refused`, async (t) => {
    const stream = streamOf(of);
    await stream.open();
    t.is(stream.codecName, format);
    const found = await stream.metadata(undefined, { ...DEFAULT_LIMITS, maxMetadataBytes: size });
    t.true(found.every((one) => one.kind === kind));
    t.is(
      found.reduce((sum, one) => sum + one.bytes.length, 0),
      size,
    );
    await t.throwsAsync(streamOf(of).metadata(undefined, { ...DEFAULT_LIMITS, maxMetadataBytes: size - 1 }), {
      instanceOf: CodecError,
      code: "ERR_POLYCODEC_LIMIT_EXCEEDED",
      message: `${size} bytes of metadata, maxMetadataBytes allows ${size - 1}`,
    });
  });
}

/** Headers that go on for 100 kB before they say what they hold, in parts too short to be skipped. */
const times = (count: number, part: Uint8Array) => Array.from({ length: count }, () => part);
const long = {
  png: png(...times(1000, chunk("tEXt", `Comment\0${"f".repeat(100)}`))),
  gif: gif(...times(400, gifComment("c".repeat(255)))),
  jpegls: jpegls(...times(1000, segment(0xe5, "f".repeat(100)))),
};
for (const [format, of] of Object.entries(long)) {
  test(`${format}: headers beyond maxHeaderBytes are refused`, async (t) => {
    const stream = streamOf(of);
    await stream.open();
    t.is(stream.codecName, format);
    await t.throwsAsync(streamOf(of).open({ ...DEFAULT_LIMITS, maxHeaderBytes: 20_000 }), {
      instanceOf: CodecError,
      code: "ERR_POLYCODEC_LIMIT_EXCEEDED",
      message: /maxHeaderBytes/,
    });
  });
}

test("png: a profile or text that inflates to more than 64 MiB is refused, whatever its own size", async (t) => {
  const bomb = deflateSync(new Uint8Array(2 ** 26 + 1));
  t.true(bomb.length < 100_000);
  for (const part of [
    chunk("iCCP", bytes("profile\0\0", bomb)),
    chunk("zTXt", bytes("Comment\0\0", bomb)),
    chunk("iTXt", bytes("XML:com.adobe.xmp\0\x01\0\0\0", bomb)),
  ]) {
    await t.throwsAsync(streamOf(png(part)).metadata(), {
      code: "ERR_POLYCODEC_LIMIT_EXCEEDED",
      message: /inflates to more than 67108864 bytes/,
    });
  }
});

test("gif: more frames than maxImages are refused", (t) => {
  const info = parser.parse(new ByteReader(gif(...times(9, Uint8Array.from(gifFrame)))), 0);
  checkInfo(info, { ...DEFAULT_LIMITS, maxImages: 10 });
  t.throws(() => checkInfo(info, { ...DEFAULT_LIMITS, maxImages: 9 }), {
    code: "ERR_POLYCODEC_LIMIT_EXCEEDED",
    message: "10 images, maxImages allows 9",
  });
});
