import test from "ava";
import { ByteReader } from "#core/bytes.js";
import { CodecError } from "#core/errors.js";
import { bmp } from "#core/parsers/bmp.js";

interface Header {
  readonly size: number;
  readonly width?: number;
  readonly height?: number;
  readonly bits?: number;
  readonly compression?: number;
  readonly used?: number;
  /** From the first byte of the DIB header on. */
  readonly words?: Readonly<Record<number, number>>;
  readonly tail?: readonly number[];
}

function file({ size, width = 5, height = 3, bits = 24, compression = 0, used = 0, words = {}, tail = [] }: Header) {
  const head = Buffer.alloc(14 + size);
  head.write("BM");
  head.writeUInt32LE(14 + size + tail.length, 10);
  head.writeUInt32LE(size, 14);
  if (size === 12) {
    head.writeUInt16LE(width, 18);
    head.writeUInt16LE(height, 20);
    head.writeUInt16LE(bits, 24);
  } else {
    head.writeInt32LE(width, 18);
    head.writeInt32LE(height, 22);
    head.writeUInt16LE(bits, 28);
    if (size >= 20) head.writeUInt32LE(compression, 30);
    if (size >= 36) head.writeUInt32LE(used, 46);
  }
  for (const [at, value] of Object.entries(words)) head.writeUInt32LE(value, 14 + Number(at));
  return Uint8Array.from([...head, ...tail]);
}

const parse = (bytes: Uint8Array) => bmp.parse(new ByteReader(bytes), 0);

test("every header of Windows and OS/2 says the size and what is coded how", (t) => {
  for (const size of [12, 16, 20, 40, 42, 52, 56, 64, 108, 124]) {
    const bytes = file({ size });
    t.true(bmp.canParse(bytes.subarray(0, 64)), `${size}`);
    const { width, height, channels, sampleFormat, detail } = parse(bytes);
    t.deepEqual([width, height, channels, sampleFormat], [5, 3, 3, "I_RGB"], `${size}`);
    t.deepEqual(detail, { headerSize: size, bitsPerPixel: 24, coding: "NONE", topDown: false });
  }
  t.deepEqual(
    [parse(file({ size: 40, height: -3 })).height, parse(file({ size: 40, height: -3 })).detail?.topDown],
    [3, true],
  );
  t.is(parse(file({ size: 64, compression: 4 })).detail?.coding, "RLE24");
  t.is(parse(file({ size: 64, bits: 1, compression: 3 })).detail?.coding, "HUFFMAN");
  t.is(parse(file({ size: 124, bits: 0, compression: 5 })).detail?.coding, "PNG");
  for (const size of [65, 107, 109, 123, 125]) t.false(bmp.canParse(file({ size }).subarray(0, 64)), `${size}`);
});

test("alpha is there where a mask for it is, and masks count", (t) => {
  const masks = { 40: 0xff0000, 44: 0xff00, 48: 0xff, 52: 0xff000000 };
  const channels = (header: Header) => parse(file(header)).channels;
  t.is(channels({ size: 124, bits: 32, compression: 3, words: masks }), 4);
  t.is(channels({ size: 56, bits: 32, compression: 3, words: masks }), 4);
  t.is(channels({ size: 124, bits: 32, compression: 3, words: { ...masks, 52: 0 } }), 3);
  t.is(channels({ size: 124, bits: 32, compression: 0, words: masks }), 3, "without bit fields masks mean nothing");
  t.is(channels({ size: 40, bits: 32, compression: 3, tail: new Array(16).fill(1) }), 3);
  t.is(channels({ size: 40, bits: 32, compression: 6, tail: new Array(16).fill(1) }), 4);
});

test("a palette of grays makes a gray picture", (t) => {
  const channels = (bits: number, tail: number[], used = 0, size = 40) =>
    parse(file({ size, bits, used, tail })).channels;
  t.is(channels(1, [0, 0, 0, 0, 255, 255, 255, 0]), 1);
  t.is(channels(1, [0, 0, 0, 0, 255, 255, 254, 0]), 3);
  t.is(channels(1, [0, 0, 0, 0, 255, 255, 254, 0], 1), 1, "a colour that is not in use");
  t.is(channels(8, [9, 9, 9, 0], 1), 1);
  t.is(channels(1, [0, 0, 0, 255, 255, 255], 0, 12), 1, "three bytes a colour in OS/2 1");
});

test("an ICC profile is found where the header says, and nowhere else", (t) => {
  const words = { 56: 0x4d424544, 112: 124, 116: 3 };
  const icc = (header: Header) => bmp.metadata!(new ByteReader(file(header)), 0).map(({ bytes }) => [...bytes]);
  t.deepEqual(icc({ size: 124, words, tail: [7, 8, 9] }), [[7, 8, 9]]);
  t.deepEqual(icc({ size: 124, words: { ...words, 56: 0x73524742 }, tail: [7, 8, 9] }), []);
  t.deepEqual(icc({ size: 108, tail: [7, 8, 9] }), []);
  t.throws(() => icc({ size: 124, words: { ...words, 116: 4 }, tail: [7, 8, 9] }), { instanceOf: CodecError });
  t.deepEqual(bmp.metadata!(new ByteReader(file({ size: 124, words, tail: [7, 8, 9] })), 0, "EXIF"), []);
});

const damaged: readonly (readonly [name: string, file: Uint8Array, status: CodecError["status"], message: RegExp])[] = [
  ["a header of no known size", file({ size: 65 }), "IMAGE_CORRUPTED", /a header of 65 bytes/],
  ["cut in the header", file({ size: 40 }).subarray(0, 53), "IMAGE_TRUNCATED", /ends at offset 53/],
  ["cut before the header", file({ size: 40 }).subarray(0, 16), "IMAGE_TRUNCATED", /ends/],
  ["no width", file({ size: 40, width: 0 }), "IMAGE_CORRUPTED", /0 x 3 pixels/],
  ["a width below 0", file({ size: 40, width: -5 }), "IMAGE_CORRUPTED", /-5 x 3 pixels/],
  ["no height", file({ size: 12, height: 0 }), "IMAGE_CORRUPTED", /5 x 0 pixels/],
  ["a depth that none has", file({ size: 40, bits: 7 }), "IMAGE_CORRUPTED", /7 bits a pixel/],
  ["runs of 8 bits at 4", file({ size: 40, bits: 4, compression: 1 }), "IMAGE_CORRUPTED", /4 bits a pixel, 8 expected/],
  ["an unknown compression", file({ size: 40, compression: 77 }), "IMAGE_CORRUPTED", /compression 77/],
];
for (const [name, bytes, status, message] of damaged) {
  test(`damaged headers are refused with the fact: ${name}`, (t) => {
    t.is(t.throws(() => parse(bytes), { instanceOf: CodecError, message })?.status, status);
  });
}

test("the least height is a number of rows; a file holds one image", (t) => {
  t.is(parse(file({ size: 40, height: -(2 ** 31) })).height, 2 ** 31);
  t.throws(() => bmp.parse(new ByteReader(file({ size: 40 })), 1), { message: /image 1: a BMP holds one image/ });
});
