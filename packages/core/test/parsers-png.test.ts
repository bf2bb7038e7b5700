/** PNG headers and metadata, read from bytes, from files in pieces, and from hostile ones. */
import { deflateSync } from "node:zlib";
import test from "ava";
import { ByteReader, NeedBytes } from "#core/bytes.js";
import { CodecError } from "#core/errors.js";
import { png } from "#core/parsers/png.js";

const SIGNATURE = Buffer.from("\x89PNG\r\n\x1a\n", "latin1");

/** CRCs are left 0: the parser leaves them to the decoder. */
function chunk(type: string, data: Uint8Array | string = ""): Buffer {
  const bytes = typeof data === "string" ? Buffer.from(data, "latin1") : Buffer.from(data);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(bytes.length);
  head.write(type, 4, "latin1");
  return Buffer.concat([head, bytes, Buffer.alloc(4)]);
}

function header(width: number, height: number, depth: number, colorType: number, interlace = 0): Buffer {
  const data = Buffer.alloc(13);
  data.writeUInt32BE(width);
  data.writeUInt32BE(height, 4);
  data.set([depth, colorType, 0, 0, interlace], 8);
  return chunk("IHDR", data);
}

const file = (...chunks: Buffer[]) => Buffer.concat([SIGNATURE, ...chunks]);
const parse = (bytes: Uint8Array, imageIdx = 0) => png.parse(new ByteReader(bytes), imageIdx);
const image = [chunk("IDAT", "x"), chunk("IEND")];
const u32 = (...values: number[]) => {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, i) => {
    bytes.writeUInt32BE(value, 4 * i);
  });
  return bytes;
};

test("colour types and depths, as core counts them", (t) => {
  const palette = chunk("PLTE", "abcdef");
  for (const [chunks, expected] of [
    [[header(3, 2, 1, 0)], [1, "uint8", 8, "I_Y", "GRAY"]],
    [[header(3, 2, 16, 0)], [1, "uint16", 16, "I_Y", "GRAY"]],
    [
      [header(3, 2, 8, 0), chunk("tRNS", "\0\0")],
      [2, "uint8", 8, "I_YA", "GRAY"],
    ],
    [[header(3, 2, 8, 4)], [2, "uint8", 8, "I_YA", "GRAY"]],
    [[header(3, 2, 8, 2)], [3, "uint8", 8, "I_RGB", "SRGB"]],
    [
      [header(3, 2, 16, 2), chunk("tRNS", "\0\0\0\0\0\0")],
      [4, "uint16", 16, "I_RGBA", "SRGB"],
    ],
    [[header(3, 2, 16, 6, 1)], [4, "uint16", 16, "I_RGBA", "SRGB"]],
    [
      [header(3, 2, 4, 3), palette],
      [3, "uint8", 8, "I_RGB", "SRGB"],
    ],
    [
      [header(3, 2, 4, 3), palette, chunk("tRNS", "a")],
      [4, "uint8", 8, "I_RGBA", "SRGB"],
    ],
    [
      [header(3, 2, 4, 3), palette, chunk("tRNS", "abc")],
      [3, "uint8", 8, "I_RGB", "SRGB"],
    ],
    [
      [header(3, 2, 8, 6), chunk("tRNS", "ab")],
      [4, "uint8", 8, "I_RGBA", "SRGB"],
    ],
  ] as const) {
    const info = parse(file(...chunks, ...image));
    t.deepEqual([info.channels, info.dtype, info.precision, info.sampleFormat, info.colorSpec], [...expected]);
    t.deepEqual([info.width, info.height, info.numImages, info.orientation], [3, 2, 1, 1]);
  }
});

test("what chunks say of colours, orientation and size of pixels", (t) => {
  const exif = Buffer.from("4d4d002a0000000800010112000300000001000800000000", "hex");
  const info = parse(
    file(
      header(1, 1, 8, 2),
      chunk("gAMA", u32(45_455)),
      chunk("cICP", "\x09\x10\0\x01"),
      chunk("sRGB", "\x02"),
      chunk("cHRM", u32(31_270, 32_900, 64_000, 33_000, 30_000, 60_000, 15_000, 6000)),
      chunk("pHYs", Buffer.concat([u32(2835, 2834), Buffer.of(1)])),
      chunk("eXIf", exif),
      ...image,
    ),
  );
  t.is(info.orientation, 8);
  t.like(info.detail, {
    gamma: 0.45455,
    cicp: "9/16/0/1",
    renderingIntent: 2,
    chromaticities: "0.3127 0.329 0.64 0.33 0.3 0.6 0.15 0.06",
    pixelsPerMeter: "2835 2834",
    colorType: "rgb",
    bitDepth: 8,
    interlaced: false,
  });
  const prefixed = parse(
    file(header(1, 1, 8, 2), chunk("eXIf", Buffer.concat([Buffer.from("Exif\0\0"), exif])), ...image),
  );
  t.is(prefixed.orientation, 8);
});

test("the images of an animation: the still one, then the frames", (t) => {
  const frame = chunk("fcTL", Buffer.alloc(26));
  const inside = file(header(1, 1, 8, 2), chunk("acTL", u32(3, 0)), frame, ...image);
  t.deepEqual([parse(inside).numImages, parse(inside).channels, parse(inside, 2).channels], [3, 3, 4]);
  t.is(parse(file(header(1, 1, 8, 2), chunk("acTL", u32(3, 0)), ...image)).numImages, 4);
  t.is(parse(file(header(1, 1, 8, 2), chunk("acTL", u32(0, 0)), ...image)).numImages, 1);
  const error = t.throws(() => parse(inside, 3), { instanceOf: CodecError });
  t.is((error as CodecError).status, "NUM_IMAGES_UNSUPPORTED");
});

test("damaged headers are refused with the fact", (t) => {
  for (const [bytes, status, fact] of [
    [file(chunk("IDAT")), "IMAGE_CORRUPTED", /IDAT chunk before IHDR/],
    [file(header(0, 1, 8, 2), ...image), "IMAGE_CORRUPTED", /0x1 pixels/],
    [file(header(1, 1, 3, 2), ...image), "IMAGE_CORRUPTED", /colour type 2 with 3 bits/],
    [file(header(1, 1, 8, 5), ...image), "IMAGE_CORRUPTED", /colour type 5/],
    [file(header(1, 1, 8, 2, 2), ...image), "IMAGE_CORRUPTED", /interlace 2/],
    [file(header(1, 1, 8, 3), ...image), "IMAGE_CORRUPTED", /before the palette/],
    [file(header(1, 1, 8, 3), chunk("PLTE", "ab"), ...image), "IMAGE_CORRUPTED", /PLTE chunk at offset 33: 2 bytes/],
    [file(header(1, 1, 8, 2), chunk("IEND")), "IMAGE_CORRUPTED", /without image data/],
    [file(header(1, 1, 8, 2), chunk("CgBI"), ...image), "CODESTREAM_UNSUPPORTED", /unknown critical chunk CgBI/],
    [file(header(1, 1, 8, 2), Buffer.from([0, 0, 0, 1, 1, 2, 3, 4])), "IMAGE_CORRUPTED", /offset 33: no chunk begins/],
    [file(header(1, 1, 8, 2), chunk("tEXt", "a\0b")), "IMAGE_TRUNCATED", /ends at offset/],
  ] as const) {
    const error = t.throws(() => parse(bytes), { instanceOf: CodecError }) as CodecError;
    t.is(error.status, status, error.message);
    t.regex(error.message, fact);
  }
});

test("metadata of every chunk that may hold some", (t) => {
  const hex = (text: string) => Buffer.from(text).toString("hex");
  const bytes = file(
    header(1, 1, 8, 2),
    chunk("iCCP", Buffer.concat([Buffer.from("name\0\0"), deflateSync(Buffer.from("profile"))])),
    chunk("tEXt", "Title\0caf\xe9"),
    chunk("zTXt", Buffer.concat([Buffer.from("Comment\0\0"), deflateSync(Buffer.from("packed"))])),
    chunk("iTXt", Buffer.concat([Buffer.from("XML:com.adobe.xmp\0\0\0\0\0"), Buffer.from("<x/>")])),
    chunk("iTXt", Buffer.concat([Buffer.from("Comment\0\x01\0de\0K\0"), deflateSync(Buffer.from("größer"))])),
    chunk("tEXt", `Raw profile type exif\0\nexif\n       10\n${hex("Exif\0\0MM\0*")}\n`),
    chunk("tEXt", `Raw profile type iptc\0\niptc\n 4\n${hex("iptc")}\n`),
    chunk("IDAT", "x"),
    chunk("eXIf", "II*\0"),
    chunk("IEND"),
  );
  const found = png.metadata!(new ByteReader(bytes), 0).map(({ kind, bytes: piece }) => [
    kind,
    Buffer.from(piece).toString(),
  ]);
  t.deepEqual(found, [
    ["ICC_PROFILE", "profile"],
    ["COMMENT", "Title: café"],
    ["COMMENT", "packed"],
    ["XMP", "<x/>"],
    ["COMMENT", "größer"],
    ["EXIF", "MM\0*"],
    ["IPTC", "iptc"],
    ["EXIF", "II*\0"],
  ]);
  t.is(png.metadata!(new ByteReader(bytes), 0, "XMP").length, 1);
  const broken = file(header(1, 1, 8, 2), chunk("iCCP", "name\0\0nonsense"), chunk("eXIf", "II*\0"), ...image);
  t.throws(() => png.metadata!(new ByteReader(broken), 0), { message: /ICC profile does not inflate/ });
  t.is(png.metadata!(new ByteReader(broken), 0, "EXIF").length, 1, "asked for alone, the others are there");
});

test("what stands behind the image data is found in steps of a mebibyte", (t) => {
  const parts = Array.from({ length: 2000 }, () => chunk("IDAT", Buffer.alloc(2000)));
  const bytes = file(header(1, 1, 8, 2), ...parts, chunk("tEXt", "Comment\0last"), chunk("IEND"));
  const pieces = [{ offset: 0, bytes: bytes.subarray(0, 4096) }];
  for (let rounds = 1; ; rounds++) {
    try {
      const [piece] = png.metadata!(new ByteReader(pieces, bytes.length), 0);
      t.is(Buffer.from(piece!.bytes).toString(), "last");
      t.true(rounds <= 6, `${rounds} rounds`);
      return;
    } catch (error) {
      if (!(error instanceof NeedBytes)) throw error;
      pieces.push({ offset: error.offset, bytes: bytes.subarray(error.offset, error.offset + error.length) });
    }
  }
});
