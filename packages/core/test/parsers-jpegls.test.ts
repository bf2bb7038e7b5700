import test from "ava";
import { ByteReader } from "#core/bytes.js";
import { CodecError } from "#core/errors.js";
import { jpeg } from "#core/parsers/jpeg.js";
import { jpegls } from "#core/parsers/jpegls.js";
import { Registry } from "#core/registry.js";
import { bytes, EOI, frame, SOI, segment } from "./jpeg-bytes.js";

const SOF55 = { marker: 0xf7, sampling: [0x11, 0x11, 0x11] };
/** NEAR 2, interleaved by row. */
const SCAN = segment(0xda, [3, 1, 0, 2, 0, 3, 0], [2, 1, 0]);
const file = bytes(SOI, frame(SOF55), SCAN);
const parse = (of: Uint8Array, parser = jpegls) => parser.parse(new ByteReader(of), 0);

test("the headers of a JPEG-LS say what it holds", (t) => {
  t.deepEqual(parse(file), {
    codec: "jpegls",
    numImages: 1,
    width: 40,
    height: 30,
    channels: 3,
    dtype: "uint8",
    precision: 8,
    sampleFormat: "I_RGB",
    colorSpec: "SRGB",
    chromaSubsampling: "CSS_NONE",
    orientation: 1,
    detail: { nearLossless: 2, interleave: "line" },
  });
  const deep = parse(
    bytes(SOI, frame({ ...SOF55, precision: 12, sampling: [0x11] }), segment(0xda, [1, 1, 0, 0, 0, 0])),
  );
  t.deepEqual([deep.dtype, deep.precision, deep.colorSpec], ["uint16", 12, "GRAY"]);
});

test("JPEG and JPEG-LS are told apart by their frame headers, however far these are", (t) => {
  const registry = new Registry();
  t.is(registry.parserFor(file), jpegls);
  t.is(registry.parserFor(bytes(SOI, segment(0xf8, [1, 0, 255, 0, 3, 0, 7, 0, 21, 0, 64]))), jpegls, "LSE comes first");
  t.is(registry.parserFor(bytes(SOI, frame())), jpeg);
  t.is(registry.parserFor(bytes(SOI, segment(0xdb, new Array(65).fill(1)))), jpeg);
  const far = bytes(SOI, segment(0xe1, new Array(500).fill(0)), frame(SOF55), SCAN);
  t.is(registry.parserFor(far), jpeg);
  t.deepEqual(parse(far, jpeg), parse(file));
});

const faults: readonly [string, Uint8Array, string, RegExp][] = [
  ["a second frame", bytes(SOI, frame(SOF55), frame(SOF55), SCAN), "IMAGE_CORRUPTED", /a second frame header/],
  ["no frame", bytes(SOI, SCAN), "IMAGE_CORRUPTED", /a scan before the frame header/],
  ["no scan", bytes(SOI, frame(SOF55), EOI), "IMAGE_CORRUPTED", /the end before any scan/],
  ["a frame of JPEG", bytes(SOI, frame(), SCAN), "IMAGE_CORRUPTED", /not a marker of JPEG-LS/],
  ["precision", bytes(SOI, frame({ ...SOF55, precision: 17 }), SCAN), "IMAGE_CORRUPTED", /precision 17/],
  ["height 0", bytes(SOI, frame({ ...SOF55, height: 0 }), SCAN), "CODESTREAM_UNSUPPORTED", /the size stands in/],
  [
    "subsampling",
    bytes(SOI, frame({ ...SOF55, sampling: [0x22, 0x11, 0x11] }), SCAN),
    "CODESTREAM_UNSUPPORTED",
    /component 0 is subsampled/,
  ],
  ["interleaving", bytes(SOI, frame(SOF55), segment(0xda, [1, 1, 0, 0, 3, 0])), "IMAGE_CORRUPTED", /interleave mode/],
  ["scan header", bytes(SOI, frame(SOF55), segment(0xda, [2, 1, 0, 0, 0, 0])), "IMAGE_CORRUPTED", /scan header/],
  ["cut", file.subarray(0, file.length - 3), "IMAGE_TRUNCATED", /the file ends/],
];
for (const [name, broken, status, message] of faults) {
  test(`broken headers are refused with a fact: ${name}`, (t) => {
    const error = t.throws(() => parse(broken), { instanceOf: CodecError, message });
    t.is(error?.status as string, status);
  });
}

test("a file holds one image", (t) => {
  t.throws(() => jpegls.parse(new ByteReader(file), 1), { instanceOf: CodecError, message: /image 1/ });
});
