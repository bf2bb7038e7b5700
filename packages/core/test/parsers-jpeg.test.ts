import test from "ava";
import { ByteReader, NeedBytes } from "#core/bytes.js";
import { CodecError } from "#core/errors.js";
import { builtInParsers } from "#core/parsers/built-in.js";
import { jpeg } from "#core/parsers/jpeg.js";
import type { CodeStreamInfo } from "#core/plugin.js";
import {
  adobe,
  bytes,
  EOI,
  exifSegment,
  type FrameOptions,
  frame,
  JFIF,
  jpegWith,
  orientationTiff,
  SOI,
  scan,
  segment,
  tiff,
  u16be,
} from "./jpeg-bytes.js";

const parse = (file: Uint8Array): CodeStreamInfo => jpeg.parse(new ByteReader(file), 0);

test("the headers of a JFIF file say what it holds", (t) => {
  t.deepEqual(parse(jpegWith([JFIF])), {
    codec: "jpeg",
    numImages: 1,
    width: 40,
    height: 30,
    channels: 3,
    dtype: "uint8",
    precision: 8,
    sampleFormat: "I_RGB",
    colorSpec: "SYCC",
    chromaSubsampling: "CSS_420",
    orientation: 1,
    inverted: false,
    detail: { encoding: "BASELINE_DCT", restartInterval: 0, sampling: "2x2,1x1,1x1" },
  });
});

test("the parser is among those that core brings along and knows a JPEG by its first three bytes", (t) => {
  t.true(builtInParsers.includes(jpeg));
  t.true(jpeg.canParse(bytes(SOI, JFIF)));
  t.false(jpeg.canParse(bytes(SOI)));
  t.false(jpeg.canParse(new Uint8Array(0)));
  t.false(jpeg.canParse(bytes("\x89PNG\r\n\x1a\n")));
});

const RGB_IDS = [0x52, 0x47, 0x42];
const FOUR = [0x11, 0x11, 0x11, 0x11];
const colors: readonly [string, readonly Uint8Array[], FrameOptions, Partial<CodeStreamInfo>][] = [
  [
    "one component is gray",
    [],
    { sampling: [0x22] },
    { colorSpec: "GRAY", sampleFormat: "I_Y", chromaSubsampling: "CSS_GRAY" },
  ],
  [
    "two components are nothing known",
    [],
    { sampling: [0x11, 0x11] },
    { colorSpec: "UNKNOWN", sampleFormat: "I_UNCHANGED", chromaSubsampling: "CSS_NONE" },
  ],
  ["five components are nothing known", [], { sampling: [...FOUR, 0x11] }, { colorSpec: "UNKNOWN", channels: 5 }],
  ["without markers three components are YCbCr", [], { ids: [7, 8, 9] }, { colorSpec: "SYCC" }],
  ["component ids R, G, B mean RGB", [], { ids: RGB_IDS }, { colorSpec: "SRGB", sampleFormat: "I_RGB" }],
  ["JFIF overrules ids and Adobe's flag", [JFIF, adobe(0)], { ids: RGB_IDS }, { colorSpec: "SYCC" }],
  ["Adobe's flag 0 means RGB", [adobe(0)], {}, { colorSpec: "SRGB" }],
  ["Adobe's flag 1 means YCbCr, whatever the ids", [adobe(1)], { ids: RGB_IDS }, { colorSpec: "SYCC" }],
  ["an undefined Adobe flag counts as YCbCr", [adobe(2)], {}, { colorSpec: "SYCC" }],
  ["a JFIF segment too short is not believed", [segment(0xe0, "JFIF\0")], { ids: RGB_IDS }, { colorSpec: "SRGB" }],
  ["an Adobe segment that is too short is not believed", [segment(0xee, "Adobe", [0, 100])], {}, { colorSpec: "SYCC" }],
  ["lossless without markers is RGB", [], { marker: 0xc3 }, { colorSpec: "SRGB" }],
  ["lossless with JFIF is YCbCr", [JFIF], { marker: 0xc3 }, { colorSpec: "SYCC" }],
  [
    "four components are CMYK",
    [],
    { sampling: FOUR },
    { colorSpec: "CMYK", inverted: false, sampleFormat: "I_UNCHANGED", chromaSubsampling: "CSS_444" },
  ],
  ["Adobe's flag 0 means inverted CMYK", [adobe(0)], { sampling: FOUR }, { colorSpec: "CMYK", inverted: true }],
  [
    "Adobe's flag 2 means inverted YCCK",
    [adobe(2)],
    { sampling: [0x22, 0x11, 0x11, 0x22] },
    { colorSpec: "YCCK", inverted: true, chromaSubsampling: "CSS_420" },
  ],
  ["an Adobe marker alone inverts nothing in RGB", [adobe(0)], {}, { inverted: false }],
];
for (const [name, parts, options, expected] of colors) {
  test(name, (t) => t.like(parse(jpegWith(parts, options)), expected as CodeStreamInfo));
}

test("a marker between frame header and scan still counts", (t) => {
  t.is(parse(bytes(SOI, frame(), adobe(0), scan())).colorSpec, "SRGB");
});

test("chroma subsampling is the ratio of the sampling factors", (t) => {
  const cases: readonly [CodeStreamInfo["chromaSubsampling"], readonly number[]][] = [
    ["CSS_444", [0x11, 0x11, 0x11]],
    ["CSS_444", [0x22, 0x22, 0x22]],
    ["CSS_422", [0x21, 0x11, 0x11]],
    ["CSS_422", [0x22, 0x12, 0x12]],
    ["CSS_420", [0x22, 0x11, 0x11]],
    ["CSS_420", [0x42, 0x21, 0x21]],
    ["CSS_440", [0x12, 0x11, 0x11]],
    ["CSS_411", [0x41, 0x11, 0x11]],
    ["CSS_410", [0x42, 0x11, 0x11]],
    ["CSS_410V", [0x24, 0x11, 0x11]],
    ["CSS_NONE", [0x22, 0x11, 0x21]],
    ["CSS_NONE", [0x31, 0x21, 0x21]],
    ["CSS_NONE", [0x11, 0x22, 0x22]],
    ["CSS_NONE", [0x31, 0x11, 0x11]],
    ["CSS_NONE", [0x22, 0x11, 0x11, 0x11]],
  ];
  for (const [expected, sampling] of cases) {
    t.is(parse(jpegWith([], { sampling })).chromaSubsampling, expected, sampling.map((f) => f.toString(16)).join());
  }
});

test("every kind of frame has its name", (t) => {
  const names: readonly [number, string][] = [
    [0xc0, "BASELINE_DCT"],
    [0xc1, "EXTENDED_SEQUENTIAL_DCT_HUFFMAN"],
    [0xc2, "PROGRESSIVE_DCT_HUFFMAN"],
    [0xc3, "LOSSLESS_HUFFMAN"],
    [0xc5, "DIFFERENTIAL_SEQUENTIAL_DCT_HUFFMAN"],
    [0xc6, "DIFFERENTIAL_PROGRESSIVE_DCT_HUFFMAN"],
    [0xc7, "DIFFERENTIAL_LOSSLESS_HUFFMAN"],
    [0xc9, "EXTENDED_SEQUENTIAL_DCT_ARITHMETIC"],
    [0xca, "PROGRESSIVE_DCT_ARITHMETIC"],
    [0xcb, "LOSSLESS_ARITHMETIC"],
    [0xcd, "DIFFERENTIAL_SEQUENTIAL_DCT_ARITHMETIC"],
    [0xce, "DIFFERENTIAL_PROGRESSIVE_DCT_ARITHMETIC"],
    [0xcf, "DIFFERENTIAL_LOSSLESS_ARITHMETIC"],
  ];
  for (const [marker, encoding] of names) t.is(parse(jpegWith([], { marker })).detail?.encoding, encoding);
});

test("samples above eight bits come as uint16", (t) => {
  t.like(parse(jpegWith([], { precision: 8 })), { dtype: "uint8", precision: 8 });
  t.like(parse(jpegWith([], { marker: 0xc1, precision: 12 })), { dtype: "uint16", precision: 12 });
  t.like(parse(jpegWith([], { marker: 0xc3, precision: 16 })), { dtype: "uint16", precision: 16 });
  t.like(parse(jpegWith([], { marker: 0xc3, precision: 2 })), { dtype: "uint8", precision: 2 });
});

test("the restart interval is the last one defined before the scan", (t) => {
  t.is(parse(jpegWith([segment(0xdd, u16be(7)), segment(0xdd, u16be(513))])).detail?.restartInterval, 513);
});

test("EXIF orientation is read in both byte orders", (t) => {
  for (let orientation = 1; orientation <= 8; orientation++) {
    t.is(parse(jpegWith([exifSegment(orientationTiff(orientation, true))])).orientation, orientation);
    t.is(parse(jpegWith([JFIF, exifSegment(orientationTiff(orientation, false))])).orientation, orientation);
  }
});

test("an orientation that is missing, nonsense or out of bounds is 1", (t) => {
  const structures: readonly [string, Uint8Array][] = [
    ["0", orientationTiff(0)],
    ["9", orientationTiff(9)],
    ["no tag", tiff([[0x010f, 2, 4, [65, 0, 0, 0]]])],
    ["text", tiff([[0x0112, 2, 1, [0x36, 0, 0, 0]]])],
    ["two values", tiff([[0x0112, 3, 2, 6]])],
    ["wrong byte order", bytes("IM", orientationTiff(6).subarray(2))],
    ["wrong version", bytes("II", [43, 0], orientationTiff(6).subarray(4))],
    ["directory out of bounds", bytes("II", [42, 0, 255, 255, 255, 255], orientationTiff(6).subarray(8))],
    ["directory in the header", bytes("II", [42, 0, 4, 0, 0, 0], orientationTiff(6).subarray(8))],
    ["cut within the entry", orientationTiff(6).subarray(0, 8 + 2 + 12 + 8)],
    ["empty", new Uint8Array(0)],
  ];
  for (const [name, structure] of structures) t.is(parse(jpegWith([exifSegment(structure)])).orientation, 1, name);
});

test("a count of entries beyond the segment's end does not hide the orientation", (t) => {
  const structure = Uint8Array.from(orientationTiff(6));
  structure.set([0xff, 0xff], 8);
  t.is(parse(jpegWith([exifSegment(structure)])).orientation, 6);
});

test("an orientation written as a LONG counts, and the first EXIF segment wins", (t) => {
  const long = exifSegment(tiff([[0x0112, 4, 1, 8]], { little: false }));
  t.is(parse(jpegWith([long, exifSegment(orientationTiff(3))])).orientation, 8);
});

test("an MPF index says how many pictures follow, and numImages stays 1", (t) => {
  const mpf = segment(
    0xe2,
    "MPF\0",
    tiff(
      [
        [0xb000, 7, 4, [48, 49, 48, 48]],
        [0xb001, 4, 1, 3],
      ],
      { little: false },
    ),
  );
  t.like(parse(jpegWith([mpf])), { numImages: 1, detail: { multiPictureImages: 3 } } as unknown as CodeStreamInfo);
});

test("fill bytes, stray bytes, stuffed pairs, TEM and RSTn between segments are passed over", (t) => {
  const strays = [[0xff, 0xff, 0xff], [0, 1, 2], [0xff, 0], [0x12, 0xff, 0, 0xff], [0xff, 1], [0xff, 0xd3], [0xd9]];
  for (const stray of strays) {
    t.is(parse(bytes(SOI, JFIF, stray, segment(0xfe, "x"), stray, frame(), stray, scan())).width, 40, stray.join());
  }
});

test("a comment whose length is below 2 is taken as empty, like libjpeg does", (t) => {
  t.is(parse(bytes(SOI, [0xff, 0xfe, 0, 0], frame(), scan())).width, 40);
});

const refusals: readonly [string, Uint8Array, CodecError["status"], RegExp][] = [
  ["no SOI", bytes("GIF89a"), "IMAGE_CORRUPTED", /SOI/],
  ["empty file", bytes(), "IMAGE_TRUNCATED", /offset 0/],
  ["SOI alone", bytes(SOI), "IMAGE_TRUNCATED", /ends at offset 2/],
  ["a second SOI", bytes(SOI, SOI, frame(), scan()), "IMAGE_CORRUPTED", /FFD8 at offset 2: a second SOI/],
  ["a reserved marker", bytes(SOI, [0xff, 0x4f], frame(), scan()), "IMAGE_CORRUPTED", /FF4F at offset 2/],
  ["a scan before any frame", bytes(SOI, scan(), frame()), "IMAGE_CORRUPTED", /FFDA at offset 2: a scan before/],
  ["EOI without a frame", bytes(SOI, JFIF, EOI), "IMAGE_CORRUPTED", /FFD9 at offset 20: the end before any frame/],
  ["EOI without a scan", bytes(SOI, frame(), EOI), "IMAGE_CORRUPTED", /before any scan/],
  ["end without a scan", bytes(SOI, frame()), "IMAGE_TRUNCATED", /ends at offset 21/],
  ["two frames", bytes(SOI, frame(), frame(), scan()), "IMAGE_CORRUPTED", /FFC0 at offset 21: a second frame header/],
  ["width 0", jpegWith([], { width: 0 }), "IMAGE_CORRUPTED", /width 0/],
  ["height 0 (DNL)", jpegWith([], { height: 0 }), "CODESTREAM_UNSUPPORTED", /DNL/],
  ["no components", jpegWith([], { sampling: [] }), "IMAGE_CORRUPTED", /0 components/],
  [
    "component count and length disagree",
    bytes(SOI, segment(0xc0, [8, 0, 9, 0, 9, 3], [1, 0x11, 0]), scan()),
    "IMAGE_CORRUPTED",
    /9 bytes do not fit 3 components/,
  ],
  ["frame header cut short", bytes(SOI, segment(0xc0, [8, 0, 9]), scan()), "IMAGE_CORRUPTED", /3 bytes, at least 6/],
  ["sampling factor 0", jpegWith([], { sampling: [0x11, 0x01, 0x11] }), "IMAGE_CORRUPTED", /component 1 .* 0x1/],
  ["sampling factor 5", jpegWith([], { sampling: [0x15, 0x11, 0x11] }), "IMAGE_CORRUPTED", /component 0 .* 1x5/],
  ["precision 17", jpegWith([], { precision: 17 }), "IMAGE_CORRUPTED", /precision 17/],
  [
    "length 1 in a table",
    bytes(SOI, [0xff, 0xdb, 0, 1], frame(), scan()),
    "IMAGE_CORRUPTED",
    /FFDB at offset 2: length 1/,
  ],
  [
    "length past the end",
    bytes(SOI, [0xff, 0xe0, 0xff, 0xff, 1, 2]),
    "IMAGE_TRUNCATED",
    /65535, but the file ends 65531 bytes before/,
  ],
  ["restart interval of three bytes", jpegWith([segment(0xdd, [0, 0, 1])]), "IMAGE_CORRUPTED", /3 bytes of restart/],
  ["scan of five components", bytes(SOI, frame(), scan(5)), "IMAGE_CORRUPTED", /5 components/],
  ["empty scan header", bytes(SOI, frame(), segment(0xda)), "IMAGE_CORRUPTED", /0 bytes of scan header/],
  ["hierarchical", bytes(SOI, frame({ marker: 0xde }), frame(), scan()), "CODESTREAM_UNSUPPORTED", /hierarchical/],
  ["SOF of the reserved type", bytes(SOI, frame({ marker: 0xc8 }), scan()), "CODESTREAM_UNSUPPORTED", /JPG/],
  [
    "a flood of stray bytes",
    bytes(SOI, new Uint8Array(2 ** 21), frame(), scan()),
    "IMAGE_CORRUPTED",
    /no marker in 1048576 bytes/,
  ],
  ["strays in small portions", floodOfStrays(), "IMAGE_CORRUPTED", /no marker in 1048576 bytes/],
  [
    "a flood of segments",
    bytes(SOI, Buffer.alloc(4 * 70_000, Uint8Array.of(0xff, 0xfe, 0, 2))),
    "LIMIT_EXCEEDED",
    /65536 segments/,
  ],
];

/** 40 times 60,000 stray bytes, each run followed by an honest segment. */
function floodOfStrays(): Uint8Array {
  const portion = bytes(new Uint8Array(60_000), segment(0xfe, "x"));
  return bytes(SOI, ...Array.from({ length: 40 }, () => portion), frame(), scan());
}

for (const [name, file, status, message] of refusals) {
  test(`refused: ${name}`, (t) => {
    const error = t.throws(() => parse(file), { instanceOf: CodecError, message });
    t.is(error?.status, status);
  });
}

test("a JPEG has no second image", (t) => {
  for (const read of [jpeg.parse, jpeg.metadata!]) {
    const error = t.throws(() => read(new ByteReader(jpegWith([])), 1), { instanceOf: CodecError });
    t.is(error?.status, "NUM_IMAGES_UNSUPPORTED");
  }
});

test("payloads that say nothing about the picture are stepped over, not fetched", (t) => {
  const icc = segment(0xe2, "ICC_PROFILE\0\x01\x01", new Uint8Array(60_000));
  const comment = segment(0xfe, new Uint8Array(60_000));
  const iccAt = 2 + JFIF.length;
  const commentAt = iccAt + icc.length;
  const asked = needs(jpegWith([JFIF, icc, comment]), []);
  const isInside = (offset: number, start: number, end: number): boolean => offset >= start && offset < end;
  const wasted = asked.filter(
    ({ offset }) =>
      isInside(offset, iccAt + 8, commentAt) || isInside(offset, commentAt + 4, commentAt + comment.length),
  );
  t.deepEqual(wasted, []);
  t.true(asked.length > 5);
});

test("reading the orientation fetches only header and directory entries", (t) => {
  const structure = tiff(
    [
      [0x0112, 3, 1, 5],
      [0x927c, 7, 50_000, 38],
    ],
    { tail: new Uint8Array(50_000) },
  );
  const asked = needs(jpegWith([exifSegment(structure)]), []);
  const exifBytes = asked.filter(({ offset }) => offset >= 12 && offset < 12 + structure.length);
  t.true(
    exifBytes.every(({ offset }) => offset < 12 + 8 + 2 + 12),
    JSON.stringify(exifBytes),
  );
});

/** Parses over exactly the bytes that are asked for, and returns the questions. */
function needs(file: Uint8Array, asked: NeedBytes[]): readonly NeedBytes[] {
  for (let round = 0; round < 1000; round++) {
    const pieces = asked.map(({ offset, length }) => ({ offset, bytes: file.subarray(offset, offset + length) }));
    try {
      jpeg.parse(new ByteReader(pieces, file.length), 0);
      return asked;
    } catch (error) {
      if (!(error instanceof NeedBytes)) throw error;
      asked.push(error);
    }
  }
  throw new Error("asks for ever");
}
