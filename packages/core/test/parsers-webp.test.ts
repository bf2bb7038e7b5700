/** WebP headers and metadata, from containers put together by hand. */
import test from "ava";
import { ByteReader, NeedBytes, type Piece } from "#core/bytes.js";
import { CodecError } from "#core/errors.js";
import { webp } from "#core/parsers/webp.js";
import { orientationTiff } from "./jpeg-bytes.js";

const chunk = (name: string, ...payload: readonly Uint8Array[]): Uint8Array => {
  const body = Buffer.concat(payload);
  const head = Buffer.alloc(8);
  head.write(name, "latin1");
  head.writeUInt32LE(body.length, 4);
  return Buffer.concat([head, body, Buffer.alloc(body.length % 2)]);
};
const riff = (...chunks: readonly Uint8Array[]) => new Uint8Array(chunk("RIFF", Buffer.from("WEBP"), ...chunks));
const vp8x = (width: number, height: number, flags: number) => {
  const payload = Buffer.alloc(10);
  payload[0] = flags;
  payload.writeUIntLE(width - 1, 4, 3);
  payload.writeUIntLE(height - 1, 7, 3);
  return chunk("VP8X", payload);
};
const vp8 = (width: number, height: number, tag = 0x10, start = 0x2a) =>
  chunk("VP8 ", Uint8Array.of(tag, 0, 0, 0x9d, 1, start, width & 255, width >> 8, height & 255, height >> 8, 0));
const vp8l = (width: number, height: number, alpha = 0, version = 0) => {
  const bits = ((width - 1) | ((height - 1) << 14) | (alpha << 28) | (version << 29)) >>> 0;
  return chunk("VP8L", Uint8Array.of(0x2f, bits & 255, (bits >> 8) & 255, (bits >> 16) & 255, bits >>> 24));
};
const anmf = (durationMs: number, picture: Uint8Array) => {
  const head = Buffer.alloc(16);
  head.writeUIntLE(durationMs, 12, 3);
  return chunk("ANMF", head, picture);
};

const parse = (file: Uint8Array, imageIdx = 0) => webp.parse(new ByteReader(file), imageIdx);
const refuses = (file: Uint8Array, status: string, message: RegExp, imageIdx = 0) => {
  try {
    parse(file, imageIdx);
  } catch (error) {
    if (error instanceof CodecError && error.status === status && message.test(error.message)) return true;
    throw error;
  }
  throw new Error(`parsed, ${status} expected`);
};

test("lossy and lossless, alone and extended: size, alpha, coding", (t) => {
  const summary = (...chunks: readonly Uint8Array[]) => {
    const { width, height, channels, detail, chromaSubsampling, numImages } = parse(riff(...chunks));
    return [width, height, channels, detail!.encoding, chromaSubsampling, numImages].join(" ");
  };
  t.is(summary(vp8(300, 200)), "300 200 3 VP8 CSS_420 1");
  t.is(summary(vp8(0x8000 | 300, 0x4000 | 200)), "300 200 3 VP8 CSS_420 1", "the upper bits ask for scaling");
  t.is(summary(vp8l(16384, 16384)), "16384 16384 3 VP8L CSS_NONE 1");
  t.is(summary(vp8l(1, 2, 1)), "1 2 4 VP8L CSS_NONE 1");
  t.is(summary(vp8x(30, 20, 0x10), chunk("ALPH", Buffer.alloc(3)), vp8(30, 20)), "30 20 4 VP8 CSS_420 1");
  t.is(summary(vp8x(30, 20, 0), chunk("ALPH", Buffer.alloc(3)), vp8(30, 20)), "30 20 4 VP8 CSS_420 1");
  t.is(summary(vp8x(30, 20, 0x10), vp8l(30, 20)), "30 20 3 VP8L CSS_NONE 1", "VP8L has the last word on its alpha");
  t.is(summary(vp8x(30, 20, 0x20), chunk("ICCP", Buffer.alloc(5)), vp8(30, 20)), "30 20 3 VP8 CSS_420 1");
});

test("frames are counted, and each has its duration", (t) => {
  const anim = chunk("ANIM", Uint8Array.of(0, 0, 0, 0, 7, 0));
  const file = riff(vp8x(9, 8, 0x12), anim, anmf(40, vp8(9, 8)), anmf(70_000, vp8l(9, 8)));
  const first = parse(file);
  t.deepEqual([first.width, first.height, first.channels, first.numImages], [9, 8, 4, 2]);
  t.deepEqual(first.detail, { encoding: "VP8", animated: true, durationMs: 40, loopCount: 7 });
  t.like(parse(file, 1).detail, { encoding: "VP8L", durationMs: 70_000 });
  t.true(refuses(file, "NUM_IMAGES_UNSUPPORTED", /image 2 of a file of 2/, 2));
  t.true(refuses(riff(vp8(4, 4)), "NUM_IMAGES_UNSUPPORTED", /image 1 of a file of one/, 1));
});

test("what is damaged is told", (t) => {
  t.true(refuses(riff(), "IMAGE_CORRUPTED", /a RIFF container of 4 bytes/));
  t.true(refuses(riff(vp8(4, 4, 0x11)), "IMAGE_CORRUPTED", /no key frame/));
  t.true(refuses(riff(vp8(4, 4, 0x10, 0x2b)), "IMAGE_CORRUPTED", /no start code/));
  t.true(refuses(riff(vp8(4, 0)), "IMAGE_CORRUPTED", /4x0 pixels/));
  t.true(refuses(riff(vp8l(4, 4, 0, 1)), "CODESTREAM_UNSUPPORTED", /version 1/));
  t.true(refuses(riff(chunk("VP8L", Uint8Array.of(1, 0, 0, 0, 0))), "IMAGE_CORRUPTED", /signature 1, 47/));
  t.true(refuses(riff(chunk("VP8 ", Buffer.alloc(4))), "IMAGE_CORRUPTED", /VP8 of 4 bytes, at least 10/));
  t.true(refuses(riff(chunk("VP8X", Buffer.alloc(4))), "IMAGE_CORRUPTED", /VP8X of 4 bytes/));
  t.true(refuses(riff(vp8x(5, 4, 0), vp8(4, 4)), "IMAGE_CORRUPTED", /4x4 on a canvas of 5x4/));
  t.true(refuses(riff(vp8x(5, 4, 0)), "IMAGE_TRUNCATED", /before its VP8 or VP8L/));
  t.true(refuses(Buffer.from("RIFX\x10\0\0\0WEBPVP8 "), "IMAGE_CORRUPTED", /no RIFF container/));
  t.true(refuses(riff(vp8(4, 4)).subarray(0, 12), "IMAGE_TRUNCATED", /before its first chunk/));
  t.true(refuses(riff(chunk("JUNK", Buffer.alloc(4))), "IMAGE_CORRUPTED", /a chunk "JUNK" where the picture/));
  t.true(refuses(riff(vp8x(9, 8, 2)), "IMAGE_TRUNCATED", /before its first frame/));
  const short = chunk("ANMF", Buffer.alloc(10));
  t.true(
    refuses(riff(vp8x(9, 8, 2), short, chunk("JUNK", Buffer.alloc(9))), "IMAGE_CORRUPTED", /frame 0: a header of 10/),
  );
});

test("orientation comes from EXIF, with or without JPEG's signature, and never in the way of the picture", (t) => {
  const tiff = orientationTiff(6);
  const withExif = (exif: Uint8Array) => riff(vp8x(6, 4, 0x08), vp8(6, 4), chunk("EXIF", exif));
  t.is(parse(withExif(tiff)).orientation, 6);
  t.is(parse(withExif(Buffer.concat([Buffer.from("Exif\0\0"), tiff]))).orientation, 6);
  t.is(parse(withExif(Buffer.from("nonsense"))).orientation, 1);
  const cut = withExif(tiff);
  t.is(parse(cut.subarray(0, cut.length - 12)).orientation, 1);
  t.is(parse(cut.subarray(0, cut.length - tiff.length - 4)).orientation, 1);
});

test("metadata by kind, in the order of the file; a chunk cut short is truncated", (t) => {
  const tiff = orientationTiff(3);
  const file = riff(
    vp8x(6, 4, 0x2c),
    chunk("ICCP", Buffer.from("profile")),
    vp8(6, 4),
    chunk("EXIF", Buffer.from("Exif\0\0"), tiff),
    chunk("XMP ", Buffer.from("<x/>")),
  );
  const read = (from: Uint8Array, kind?: Parameters<NonNullable<typeof webp.metadata>>[2]) =>
    webp.metadata!(new ByteReader(from), 0, kind).map((one) => [one.kind, one.format, Buffer.from(one.bytes)]);
  const [icc, exif, xmp] = [
    ["ICC_PROFILE", "RAW", Buffer.from("profile")],
    ["EXIF", "RAW", Buffer.from(tiff)],
    ["XMP", "XMP", Buffer.from("<x/>")],
  ];
  t.deepEqual(read(file), [icc, exif, xmp]);
  t.deepEqual(read(file, "EXIF"), [exif]);
  t.deepEqual(read(file, "IPTC"), []);
  const cut = file.subarray(0, file.length - 2);
  t.throws(() => read(cut), { instanceOf: CodecError, code: "ERR_POLYCODEC_TRUNCATED" });
  t.deepEqual(read(cut, "ICC_PROFILE"), [icc]);
});

/** Parses from a source that gives only what is asked for, in blocks of 4 KiB as core does. */
function fetches(file: Uint8Array): number {
  const pieces: Piece[] = [{ offset: 0, bytes: file.subarray(0, 4096) }];
  for (let count = 0; ; count++) {
    try {
      webp.parse(new ByteReader(pieces, file.length), 0);
      return count;
    } catch (error) {
      if (!(error instanceof NeedBytes)) throw error;
      pieces.push({
        offset: error.offset,
        bytes: file.subarray(error.offset, error.offset + Math.ceil(error.length / 4096) * 4096),
      });
    }
  }
}

test("a long animation is read in few pieces, EXIF behind a large picture in one", (t) => {
  const picture = Buffer.concat([vp8(9, 8), chunk("ABCD", Buffer.alloc(20_000))]);
  const frames = Array.from({ length: 300 }, () => anmf(40, picture));
  const count = fetches(riff(vp8x(9, 8, 0x02), ...frames));
  t.true(count <= 10, `${count} fetches of ${300 * picture.length} bytes`);
  const exif = chunk("EXIF", orientationTiff(6));
  t.is(fetches(riff(vp8x(6, 4, 0x08), vp8(6, 4), chunk("ABCD", Buffer.alloc(1_000_000)), exif)), 1);
});
