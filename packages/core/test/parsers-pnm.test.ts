import test from "ava";
import { ByteReader, NeedBytes, type Piece } from "#core/bytes.js";
import { CodecError } from "#core/errors.js";
import { pnm } from "#core/parsers/pnm.js";
import { bytes } from "./jpeg-bytes.js";

const parse = (file: Uint8Array, imageIdx = 0) => pnm.parse(new ByteReader(file), imageIdx);

test("the headers of each format say what it holds", (t) => {
  for (const [header, expected] of [
    ["P1 3 2 ", ["uint8", 1, 1, "I_Y", "GRAY"]],
    ["P2 3 2 15 ", ["uint8", 4, 1, "I_Y", "GRAY"]],
    ["P3 3 2 256 ", ["uint16", 9, 3, "I_RGB", "SRGB"]],
    ["P4 3 2 ", ["uint8", 1, 1, "I_Y", "GRAY"]],
    ["P5 3 2 65535 ", ["uint16", 16, 1, "I_Y", "GRAY"]],
    ["P6 3 2 255 ", ["uint8", 8, 3, "I_RGB", "SRGB"]],
    ["P7\nWIDTH 3\nHEIGHT 2\nDEPTH 2\nMAXVAL 255\nENDHDR\n", ["uint8", 8, 2, "I_YA", "GRAY"]],
    ["P7\nWIDTH 3\nHEIGHT 2\nDEPTH 4\nMAXVAL 7\nTUPLTYPE RGB_ALPHA\nENDHDR\n", ["uint8", 3, 4, "I_RGBA", "SRGB"]],
    ["P7\nWIDTH 3\nHEIGHT 2\nDEPTH 4\nMAXVAL 7\nTUPLTYPE CMYK\nENDHDR\n", ["uint8", 3, 4, "I_UNCHANGED", "CMYK"]],
    ["P7\nWIDTH 3\nHEIGHT 2\nDEPTH 9\nMAXVAL 7\nENDHDR\n", ["uint8", 3, 9, "I_UNCHANGED", "UNKNOWN"]],
    ["PF 3 2 -1 ", ["float32", 32, 3, "I_RGB", "SRGB"]],
    ["Pf 3 2 1.5 ", ["float32", 32, 1, "I_Y", "GRAY"]],
  ] as const) {
    const file = bytes(header);
    t.true(pnm.canParse(file), header);
    const { width, height, dtype, precision, channels, sampleFormat, colorSpec } = parse(file);
    t.deepEqual([width, height, dtype, precision, channels, sampleFormat, colorSpec], [3, 2, ...expected], header);
  }
  for (const other of ["P8 1 1 1 ", "P", "PNG", "Pg 1 1 ", "P5x", ""]) t.false(pnm.canParse(bytes(other)), other);
});

test("a header of nothing but a comment ends", (t) => {
  const endless = bytes("P5 #", new Uint8Array(200_000).fill(0x61));
  t.throws(() => parse(endless), { message: /more than 65536 bytes/ });
  t.throws(() => parse(bytes("P5", new Uint8Array(200_000).fill(0x20))), { message: /more than 65536 bytes/ });
});

/** As core does with a file of which it reads 4 KiB at a time. */
function rounds(file: Uint8Array, imageIdx: number): { numImages: number; rounds: number } {
  const pieces: Piece[] = [{ offset: 0, bytes: file.subarray(0, 4096) }];
  for (let n = 1; ; n++) {
    try {
      return { numImages: pnm.parse(new ByteReader(pieces, file.length), imageIdx).numImages, rounds: n };
    } catch (error) {
      if (!(error instanceof NeedBytes)) throw error;
      pieces.push({ offset: error.offset, bytes: file.subarray(error.offset, error.offset + 4096) });
    }
  }
}

test("of a thousand frames alike three headers are read", (t) => {
  const frame = bytes("P6 40 40 255\n", new Uint8Array(4800).fill(7));
  const file = bytes(...new Array(1000).fill(frame));
  t.deepEqual(rounds(file, 0), { numImages: 1000, rounds: 3 });
  t.deepEqual(rounds(file, 500), { numImages: 1000, rounds: 4 });
  t.throws(() => parse(file, 1000), { message: "image 1000 of 1000" });
});

test("trailing bytes are no image, and neither is what only looks like one", (t) => {
  const one = bytes("P5 2 1 255\n", [1, 2]);
  for (const tail of ["\n", "P", "P5 rubbish here", "P9 1 1 255\n12", "hello world"])
    t.is(parse(bytes(one, tail)).numImages, 1, tail);
  t.is(parse(bytes(one, one, "P5 0 0 255\n")).numImages, 2);
  t.is(parse(bytes("P2 1 1 255\n3\nP2 1 1 255\n4\n")).numImages, 1, "ASCII files hold one image");
});

const pam = (...lines: readonly string[]) => `${["P7", "WIDTH 3", "HEIGHT 2", ...lines, "ENDHDR"].join("\n")}\n`;
const damaged: readonly (readonly [header: string, status: CodecError["status"], message: RegExp])[] = [
  ["P8 3 2 255 ", "IMAGE_CORRUPTED", /format P8/],
  ["P5 0 2 255 ", "IMAGE_CORRUPTED", /width "0", 1 to/],
  ["P5 3 -2 255 ", "IMAGE_CORRUPTED", /height "-2", 1 to/],
  ["P5 99999999999 2 255 ", "IMAGE_CORRUPTED", /width "99999999999"/],
  ["P5 3 2 65536 ", "IMAGE_CORRUPTED", /maxval "65536", 1 to 65535/],
  ["P3 3 2 0 ", "IMAGE_CORRUPTED", /maxval "0"/],
  ["PF 3 2 0 ", "IMAGE_CORRUPTED", /scale 0/],
  ["PF 3 2 x ", "IMAGE_CORRUPTED", /scale NaN/],
  ["P6 3 2", "IMAGE_TRUNCATED", /ends/],
  [pam("DEPTH 3", "MAXVAL 255", "COLOR 1"), "IMAGE_CORRUPTED", /unknown line "COLOR"/],
  [pam("DEPTH 3"), "IMAGE_CORRUPTED", /no MAXVAL/],
  [pam("DEPTH 0", "MAXVAL 255"), "IMAGE_CORRUPTED", /DEPTH "0"/],
  ["P7\nWIDTH 3\nHEIGHT 2\n", "IMAGE_TRUNCATED", /ends/],
];
for (const [header, status, message] of damaged) {
  test(`damaged headers are refused with the fact: ${JSON.stringify(header)}`, (t) => {
    t.is(t.throws(() => parse(bytes(header)), { instanceOf: CodecError, message })?.status, status);
  });
}
