import test from "ava";
import { ByteReader } from "#core/bytes.js";
import { CodecError } from "#core/errors.js";
import { jpeg2k } from "#core/parsers/jpeg2k.js";
import { Registry } from "#core/registry.js";
import { bytes, segment, u16be as u16, u32be as u32 } from "./jpeg-bytes.js";
import { box, coc, cod, codeStream, colr, ftyp, ihdr, jp2, qcd, SIGNATURE, siz } from "./jpeg2k-bytes.js";

const parse = (file: Uint8Array) => jpeg2k.parse(new ByteReader(file), 0);
const plain = codeStream(siz(), cod(), qcd());

test("the main header of a code stream says what it holds", (t) => {
  t.deepEqual(parse(plain), {
    codec: "jpeg2k",
    numImages: 1,
    width: 40,
    height: 30,
    channels: 3,
    dtype: "uint8",
    precision: 8,
    sampleFormat: "I_RGB",
    colorSpec: "SRGB",
    chromaSubsampling: "CSS_444",
    orientation: 1,
    tile: { width: 40, height: 30 },
    detail: {
      container: "J2K",
      ht: false,
      tiles: 1,
      reversible: true,
      resolutions: 6,
      layers: 1,
      progression: "RPCL",
      mct: false,
      codeBlockWidth: 64,
      codeBlockHeight: 64,
      palette: false,
      alpha: false,
    },
  });
});

test("a file is known by its signature box, or by SOC and SIZ", (t) => {
  const registry = new Registry();
  t.is(registry.parserFor(plain), jpeg2k);
  t.is(registry.parserFor(jp2([ihdr(), colr(16)], plain)), jpeg2k);
  t.not(registry.parserFor(bytes([0xff, 0x4f, 0xff, 0x52])), jpeg2k);
});

test("the coding style says how it is coded", (t) => {
  const style = { progression: 4, layers: 300, mct: 1, levels: 0, block: [8, 0], wavelet: 0 } as const;
  t.like(parse(codeStream(siz(), cod(style), qcd())).detail, {
    progression: "CPRL",
    layers: 300,
    mct: true,
    resolutions: 1,
    codeBlockWidth: 1024,
    codeBlockHeight: 4,
    reversible: false,
    ht: false,
  });
  t.is(parse(codeStream(siz(), cod({ levels: 32 }), qcd())).detail!.resolutions, 33);
});

test("high throughput is a bit of the code block style", (t) => {
  const ht = codeStream(siz(), segment(0x50, u32(0x20000), u16(0)), cod({ style: 0x40 }), qcd());
  t.is(parse(ht).detail!.ht, true);
  t.like(parse(jp2([ihdr(), colr(16)], ht, "jph ")).detail, { ht: true, container: "JPH" });
});

test("resolutions are those of the component that has fewest", (t) => {
  t.is(parse(codeStream(siz(), cod(), coc(1, { levels: 2 }), qcd())).detail!.resolutions, 3);
  t.is(parse(codeStream(siz(), cod({ levels: 1 }), coc(1, { levels: 4 }), qcd())).detail!.resolutions, 2);
});

test("the picture is the image area, tiles lie on the reference grid", (t) => {
  const info = parse(codeStream(siz({ area: [5, 7, 105, 57], tile: [32, 16, 3, 2] }), cod(), qcd()));
  t.deepEqual([info.width, info.height, info.tile, info.detail!.tiles], [100, 50, { width: 32, height: 16 }, 4 * 4]);
});

test("the depth is that of the deepest component, signed when all are", (t) => {
  const of = (...components: number[][]) => {
    const { dtype, precision } = parse(codeStream(siz({ components }), cod(), qcd()));
    return [dtype, precision];
  };
  t.deepEqual(of([0, 1, 1]), ["uint8", 1]);
  t.deepEqual(of([11, 1, 1], [7, 1, 1]), ["uint16", 12]);
  t.deepEqual(of([0x87, 1, 1]), ["int8", 8]);
  t.deepEqual(of([0x8f, 1, 1], [0x83, 1, 1]), ["int16", 16]);
  t.deepEqual(of([0x8f, 1, 1], [7, 1, 1]), ["uint16", 16]);
  t.deepEqual(of([0x80 | 30, 1, 1]), ["int32", 31]);
});

test("colours go by the boxes, else by number and resolution of the components", (t) => {
  const of = (channels: number, chroma: readonly [number, number] = [1, 1], enumerated?: number) => {
    const components = Array.from({ length: channels }, (_, i) => [7, ...(i === 1 || i === 2 ? chroma : [1, 1])]);
    const stream = codeStream(siz({ components }), cod(), qcd());
    const info = parse(enumerated === undefined ? stream : jp2([ihdr(channels), colr(enumerated)], stream));
    return [info.colorSpec, info.sampleFormat, info.chromaSubsampling];
  };
  t.deepEqual(of(1), ["GRAY", "I_Y", "CSS_GRAY"]);
  t.deepEqual(of(2), ["GRAY", "I_YA", "CSS_NONE"]);
  t.deepEqual(of(4), ["SRGB", "I_RGBA", "CSS_NONE"]);
  t.deepEqual(of(5), ["UNKNOWN", "I_UNCHANGED", "CSS_NONE"]);
  t.deepEqual(of(3, [2, 2]), ["SYCC", "I_RGB", "CSS_420"]);
  t.deepEqual(of(3, [2, 1], 18), ["SYCC", "I_RGB", "CSS_422"]);
  t.deepEqual(of(3, [1, 1], 18), ["SYCC", "I_RGB", "CSS_444"]);
  t.deepEqual(of(3, [2, 2], 16), ["SYCC", "I_RGB", "CSS_420"], "nobody makes colours of RGB coarser");
  t.deepEqual(of(4, [1, 1], 12), ["CMYK", "I_UNCHANGED", "CSS_NONE"]);
  t.deepEqual(of(3, [1, 1], 14), ["UNKNOWN", "I_UNCHANGED", "CSS_444"], "CIELab");
  t.deepEqual(of(1, [1, 1], 16), ["GRAY", "I_Y", "CSS_GRAY"], "one channel is no RGB");
});

const palette = (entries: number, ...columns: number[][]) =>
  box(
    "pclr",
    u16(entries),
    [columns.length],
    columns.map(([depth]) => depth!),
    new Array(entries * columns.length).fill(0),
  );
const mapping = (...channels: [component: number, type: number, column: number][]) =>
  box(
    "cmap",
    channels.flatMap(([component, type, column]) => [...u16(component), type, column]),
  );
const index = codeStream(siz({ components: [[7, 1, 1]] }), cod(), qcd());

test("a palette makes the channels", (t) => {
  const header = [ihdr(1), palette(4, [7], [7], [5]), mapping([0, 1, 0], [0, 1, 1], [0, 1, 2]), colr(16)];
  const info = parse(jp2(header, index));
  t.like(info, { channels: 3, precision: 8, dtype: "uint8", colorSpec: "SRGB", chromaSubsampling: "CSS_NONE" });
  t.is(info.detail!.palette, true);
});

test("a channel definition says which channel is opacity", (t) => {
  const cdef = (type: number) =>
    box("cdef", u16(2), [...u16(0), ...u16(0), ...u16(1)], [...u16(1), ...u16(type), ...u16(0)]);
  const two = codeStream(
    siz({
      components: [
        [7, 1, 1],
        [7, 1, 1],
      ],
    }),
    cod(),
    qcd(),
  );
  t.is(parse(jp2([ihdr(2), colr(17), cdef(1)], two)).detail!.alpha, true);
  t.is(parse(jp2([ihdr(2), colr(17), cdef(2)], two)).detail!.alpha, true, "premultiplied");
  t.is(parse(jp2([ihdr(2), colr(17), cdef(65535)], two)).detail!.alpha, false);
});

test("boxes of unknown type, of 64-bit length and up to the file's end are read past", (t) => {
  const header = box("jp2h", ihdr(), colr(16));
  const unknown = [...u32(1), ...Buffer.from("free"), ...u32(0), ...u32(20), 1, 2, 3, 4];
  const open = [...u32(0), ...Buffer.from("jp2c"), ...plain];
  t.is(parse(bytes(SIGNATURE, ftyp("jpx "), unknown, header, open)).detail!.container, "JPX");
});

const header = [ihdr(), colr(16)];
const corrupted: readonly [string, Uint8Array, RegExp][] = [
  ["SIZ is not first", codeStream(cod(), siz(), qcd()), /SIZ is not the first segment/],
  ["a second SIZ", codeStream(siz(), siz(), cod()), /a second SIZ/],
  ["no COD", codeStream(siz(), qcd()), /no COD segment/],
  ["no SIZ", codeStream(), /no SIZ segment/],
  ["no image area", codeStream(siz({ area: [40, 0, 40, 30] }), cod()), /an image area from 40,0 to 40,30/],
  ["an image area beyond 31 bits", codeStream(siz({ area: [0, 0, 0x8000_0000, 30] }), cod()), /an image area to/],
  ["tiles of nothing", codeStream(siz({ tile: [0, 30] }), cod()), /tiles of 0x30/],
  [
    "a first tile beside the image",
    codeStream(siz({ area: [50, 0, 60, 30], tile: [40, 30] }), cod()),
    /misses the image/,
  ],
  ["too many tiles", codeStream(siz({ area: [0, 0, 1000, 1000], tile: [1, 1] }), cod()), /1000x1000 tiles/],
  ["no components", codeStream(siz({ components: [] }), cod()), /0 components/],
  ["39 bits", codeStream(siz({ components: [[38, 1, 1]] }), cod()), /component 0 of 39 bits/],
  ["a step of 0", codeStream(siz({ components: [[7, 0, 1]] }), cod()), /a sample every 0x1 points/],
  [
    "a component without samples",
    codeStream(siz({ area: [1, 0, 2, 30], tile: [40, 30], components: [[7, 4, 1]] }), cod()),
    /component 0 has no samples/,
  ],
  ["SIZ too short", codeStream(segment(0x51, u16(0)), cod()), /2 bytes of SIZ/],
  ["SIZ too long", codeStream(segment(0x51, siz().slice(4), [0]), cod()), /do not fit 3 components/],
  ["COD too short", codeStream(siz(), segment(0x52, [0, 0, 0, 1])), /4 bytes of COD/],
  ["no layers", codeStream(siz(), cod({ layers: 0 })), /no layers/],
  ["progression 5", codeStream(siz(), cod({ progression: 5 })), /progression order/],
  ["33 levels", codeStream(siz(), cod({ levels: 33 })), /33 decomposition levels/],
  ["blocks of 8,192 samples", codeStream(siz(), cod({ block: [5, 4] })), /code blocks of 128x64/],
  ["COC of no component", codeStream(siz(), cod(), coc(3)), /component 3/],
  ["a segment of one byte", codeStream(siz(), [0xff, 0x52, 0, 1]), /a marker segment of 1 bytes/],
  ["no marker", codeStream(siz(), [0x12, 0x34]), /1234 where a marker segment is expected/],
  ["the end before a tile-part", codeStream(siz(), cod(), [0xff, 0xd9]), /before any tile-part/],
  ["no code stream", bytes(SIGNATURE, ftyp(), box("jp2h", ...header)), /boxes without a code stream/],
  ["no file type", bytes(SIGNATURE, box("jp2h", ...header), box("jp2c", plain)), /before the file type/],
  ["no JP2 header", bytes(SIGNATURE, ftyp(), box("jp2c", plain)), /before the JP2 header/],
  ["no image header", jp2([colr(16)], plain), /image header is not the first box/],
  ["two image headers", jp2([ihdr(), ihdr()], plain), /a second image header/],
  ["a short image header", jp2([box("ihdr", u32(30))], plain), /4 bytes of image header/],
  ["a box past its superbox", jp2([[...u32(500), ...Buffer.from("ihdr")]], plain), /reach past the box around it/],
  ["a box of 7 bytes", bytes(SIGNATURE, [...u32(7), ...Buffer.from("ftyp")]), /a length of 7 bytes/],
  ["a palette without a mapping", jp2([ihdr(1), palette(2, [7])], index), /go together/],
  ["a mapping without a palette", jp2([ihdr(1), mapping([0, 1, 0])], index), /go together/],
  ["an empty palette", jp2([ihdr(1), palette(0, [7]), mapping([0, 1, 0])], index), /a palette of 0 entries/],
  ["a palette cut short", jp2([ihdr(1), box("pclr", u16(9), [1, 7], [1, 2, 3])], index), /do not hold 9 entries/],
  [
    "a mapping to no column",
    jp2([ihdr(1), palette(2, [7]), mapping([0, 1, 1])], index),
    /column 1, which does not exist/,
  ],
  ["a mapping of type 2", jp2([ihdr(1), palette(2, [7]), mapping([0, 2, 0])], index), /mapping type 2/],
  ["a definition of no channel", jp2([ihdr(), box("cdef", u16(1), u16(3), u16(0), u16(1))], plain), /channel 3 of 3/],
];
for (const [name, file, message] of corrupted) {
  test(`broken headers are refused with a fact: ${name}`, (t) => {
    t.is(t.throws(() => parse(file), { instanceOf: CodecError, message })?.status as string, "IMAGE_CORRUPTED");
  });
}

const unsupported: readonly [string, Uint8Array, RegExp][] = [
  ["33 bits", codeStream(siz({ components: [[32, 1, 1]] }), cod(), qcd()), /33 bits a sample/],
  ["another component transform", codeStream(siz(), cod({ mct: 2 })), /multiple component transform 2/],
  ["another wavelet", codeStream(siz(), cod({ wavelet: 2 })), /wavelet transform 2/],
  ["another compression", jp2([box("ihdr", u32(30), u32(40), u16(3), [7, 4, 0, 0])], plain), /other than JPEG 2000/],
];
for (const [name, file, message] of unsupported) {
  test(`what Part 1 has not is unsupported: ${name}`, (t) => {
    t.is(t.throws(() => parse(file), { instanceOf: CodecError, message })?.status as string, "CODESTREAM_UNSUPPORTED");
  });
}

test("headers that end early are truncated, wherever they are cut", (t) => {
  const file = jp2(header, plain);
  const needed = file.length - 16 - 2; // the tile-part and the end marker
  for (let length = 12; length < needed; length++) {
    const error = t.throws(() => parse(file.subarray(0, length)), { instanceOf: CodecError }, `${length} bytes`);
    t.true(["IMAGE_TRUNCATED", "IMAGE_CORRUPTED"].includes(error!.status), `${length} bytes: ${error!.message}`);
  }
});

test("a file holds one image", (t) => {
  t.throws(() => jpeg2k.parse(new ByteReader(plain), 1), { instanceOf: CodecError, message: /image 1/ });
});
