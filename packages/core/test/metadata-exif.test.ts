import test from "ava";
import { ByteReader } from "#core/bytes.js";
import { CodecError } from "#core/errors.js";
import { orientationOf, parseExif, withOrientation } from "#core/metadata/exif.js";
import { TiffStructure, TiffType } from "#core/metadata/tiff-values.js";
import { bytes, directory, type Entry, orientationTiff, tailOf, tiff, u16, u32 } from "./jpeg-bytes.js";

/** One value of each type, written in one byte order, with what it should read as. */
function everyType(little: boolean): { structure: Uint8Array; expected: readonly unknown[] } {
  const double = Buffer.alloc(8);
  const float = Buffer.alloc(4);
  if (little) double.writeDoubleLE(-0.125), float.writeFloatLE(1.5);
  else double.writeDoubleBE(-0.125), float.writeFloatBE(1.5);
  const tail = tailOf(13);
  const outOfLine = bytes(u32(3, little), u32(7, little), u32(0xffff_fffd, little), u32(7, little), double, "hello\0");
  const entries: Entry[] = [
    [1, TiffType.BYTE, 1, [200, 0, 0, 0]],
    [2, TiffType.ASCII, 3, [65, 66, 0, 0]],
    [3, TiffType.SHORT, 2, [...u16(1, little), ...u16(65_535, little)]],
    [4, TiffType.LONG, 1, u32(0xffff_ffff, little)],
    [5, TiffType.RATIONAL, 1, tail],
    [6, TiffType.SBYTE, 2, [255, 127, 0, 0]],
    [7, TiffType.UNDEFINED, 2, [9, 8, 0, 0]],
    [8, TiffType.SSHORT, 1, [...u16(0xffff, little), 0, 0]],
    [9, TiffType.SLONG, 1, u32(0x8000_0000, little)],
    [10, TiffType.SRATIONAL, 1, tail + 8],
    [11, TiffType.FLOAT, 1, [...float]],
    [12, TiffType.DOUBLE, 1, tail + 16],
    [13, TiffType.ASCII, 6, tail + 24],
  ];
  const expected = [
    200,
    "AB",
    [1, 65_535],
    0xffff_ffff,
    [[3, 7]],
    [-1, 127],
    Uint8Array.of(9, 8),
    -1,
    -0x8000_0000,
    [[-3, 7]],
    1.5,
    -0.125,
    "hello",
  ];
  return { structure: Uint8Array.from(tiff(entries, { little, tail: outOfLine })), expected };
}

for (const little of [true, false]) {
  test(`the twelve types of values are read ${little ? "little" : "big"}-endian`, (t) => {
    const { structure, expected } = everyType(little);
    const read = new TiffStructure(new ByteReader(structure));
    const { entries, warnings, next } = read.directory(read.firstDirectory);
    t.deepEqual(warnings, []);
    t.is(next, 0);
    t.is(read.littleEndian, little);
    t.deepEqual(
      entries.map((entry) => read.value(entry)),
      expected as never,
    );
  });
}

test("a structure may lie anywhere in a source, and its offsets count from its own start", (t) => {
  const { structure, expected } = everyType(true);
  const reader = new ByteReader(Uint8Array.from(bytes("before", structure, "behind")));
  const read = new TiffStructure(reader, 6, 6 + structure.length);
  t.deepEqual(
    read.directory(read.firstDirectory).entries.map((entry) => read.value(entry)),
    expected as never,
  );
});

test("entries of unknown type or out of bounds are left out with a warning, the others stay", (t) => {
  const read = new TiffStructure(
    new ByteReader(
      tiff([
        [1, 99, 1, 0],
        [2, TiffType.LONG, 0xffff_ffff, 0],
        [3, TiffType.ASCII, 5, 0xffff_fff0],
        [4, TiffType.SHORT, 1, 7],
        [5, 0, 1, 0],
      ]),
    ),
  );
  const { entries, warnings } = read.directory(8);
  t.deepEqual(
    entries.map(({ tag }) => tag),
    [4],
  );
  t.is(warnings.length, 4);
});

test("a chain of directories that bites its tail ends", (t) => {
  const second = tailOf(0);
  const looped = new TiffStructure(new ByteReader(tiff([], { next: second, tail: directory([], { next: 8 }) })));
  t.deepEqual(
    [...looped.chain()].map(({ offset }) => offset),
    [8, second],
  );
});

test("a structure that is none is refused", (t) => {
  const wrong = [
    "",
    "II*\0",
    "XX*\0\x08\0\0\0\0\0",
    "II+\0\x08\0\0\0\0\0",
    "II*\0\x07\0\0\0\0\0",
    "II*\0\xff\0\0\0\0\0",
  ];
  for (const structure of wrong) {
    t.is(t.throws(() => parseExif(bytes(structure)), { instanceOf: CodecError })?.status, "IMAGE_CORRUPTED");
  }
});

/** A structure with all directories: IFD0 → Exif → Interoperability, IFD0 → GPS, IFD1 with a thumbnail of 4 bytes. */
function fullExif(little: boolean): Uint8Array {
  const first: Entry[] = [
    [0x010f, 2, 4, [67, 97, 109, 0]],
    [0x0112, 3, 1, 6],
    [0x8769, 4, 1, 0],
    [0x8825, 4, 1, 0],
    [0xc4a5, 3, 1, 42],
  ];
  const exif: Entry[] = [
    [0x829a, 5, 1, 0],
    [0x8827, 3, 2, [...u16(200, little), ...u16(0, little)]],
    [0xa005, 4, 1, 0],
  ];
  const exifAt = tailOf(first.length);
  const exposureAt = exifAt + 6 + 12 * exif.length;
  const interopAt = exposureAt + 8;
  const gpsAt = interopAt + 6 + 12;
  const latitudeAt = gpsAt + 6 + 12;
  const thumbnailIfdAt = latitudeAt + 24;
  const thumbnailAt = thumbnailIfdAt + 6 + 24;
  first[2] = [0x8769, 4, 1, exifAt];
  first[3] = [0x8825, 4, 1, gpsAt];
  exif[0] = [0x829a, 5, 1, exposureAt];
  exif[2] = [0xa005, 4, 1, interopAt];
  const tail = bytes(
    directory(exif, { little }),
    u32(1, little),
    u32(250, little),
    directory([[1, 2, 4, [82, 57, 56, 0]]], { little }),
    directory([[2, 5, 3, latitudeAt]], { little }),
    [48, 1, 12, 1, 30, 1].flatMap((n) => u32(n, little)),
    directory(
      [
        [0x0201, 4, 1, thumbnailAt],
        [0x0202, 4, 1, 4],
      ],
      { little },
    ),
    [0xff, 0xd8, 0xff, 0xd9],
  );
  return Uint8Array.from(tiff(first, { little, next: thumbnailIfdAt, tail }));
}

for (const little of [true, false]) {
  test(`tags come by name from every directory, ${little ? "little" : "big"}-endian`, (t) => {
    const exif = parseExif(fullExif(little));
    t.is(exif.littleEndian, little);
    t.is(exif.image.Make, "Cam");
    t.is(exif.image.Orientation, 6);
    t.is(exif.image[0xc4a5], 42);
    t.deepEqual(exif.exif.ExposureTime, [1, 250]);
    t.is(exif.exif.PhotographicSensitivity, 200);
    t.is(exif.interoperability.InteroperabilityIndex, "R98");
    t.deepEqual(exif.gps.GPSLatitude, [
      [48, 1],
      [12, 1],
      [30, 1],
    ]);
    const { start, end } = exif.thumbnailRange!;
    t.deepEqual([...fullExif(little).subarray(start, end)], [0xff, 0xd8, 0xff, 0xd9]);
    t.deepEqual(exif.warnings, []);
  });
}

test("a value that is not what its name promises is kept under its number", (t) => {
  const exif = parseExif(
    tiff([
      [0x0112, 2, 2, [0x36, 0, 0, 0]],
      [0x010f, 3, 1, 5],
      [0x0212, 3, 2, [2, 0, 1, 0]],
      [0x011a, 4, 1, 72],
    ]),
  );
  t.is(exif.image.Orientation, undefined);
  t.is(exif.image[0x0112], "6");
  t.is(exif.image.Make, undefined);
  t.is(exif.image[0x010f], 5);
  t.deepEqual(exif.image.YCbCrSubSampling, [2, 1]);
  t.deepEqual(exif.image.XResolution, [72, 1]);
});

test("directories that point at each other are read once", (t) => {
  const exif = parseExif(
    tiff(
      [
        [0x8769, 4, 1, 8],
        [0x8825, 4, 1, 0xffff],
      ],
      { next: 8 },
    ),
  );
  t.is(exif.warnings.length, 3);
  t.deepEqual(exif.exif, {});
});

test("entries that share their bytes cannot blow up a small structure", (t) => {
  const many = Array.from({ length: 2000 }, (_, i): Entry => [i + 0x1000, TiffType.SHORT, 10_000, 8]);
  const exif = parseExif(tiff(many));
  t.true(Object.keys(exif.image).length < 10);
  t.regex(exif.warnings.join(), /the rest is left out/);
});

test("a thumbnail that is not whole is not offered", (t) => {
  const structure = tiff([], {
    next: tailOf(0),
    tail: directory([
      [0x0201, 4, 1, 8],
      [0x0202, 4, 1, 9999],
    ]),
  });
  const exif = parseExif(structure);
  t.is(exif.thumbnailRange, undefined);
  t.is(exif.warnings.length, 1);
});

test("text is read as UTF-8, or as Latin-1 where it is not that", (t) => {
  const artist = (data: Buffer): string | undefined =>
    parseExif(tiff([[0x013b, 2, data.length, tailOf(1)]], { tail: data })).image.Artist;
  t.is(artist(Buffer.from("Jürgen\0\0", "utf8")), "Jürgen");
  t.is(artist(Buffer.from("Jürgen\0", "latin1")), "Jürgen");
});

test("orientationOf reads 1 to 8 and takes anything else for 1", (t) => {
  for (let n = 1; n <= 8; n++) t.is(orientationOf(orientationTiff(n, n % 2 === 0)), n);
  t.is(orientationOf(orientationTiff(9)), 1);
  t.is(orientationOf(bytes("nonsense")), 1);
});

test("withOrientation changes the tag in a copy and nothing else", (t) => {
  for (const little of [true, false]) {
    const before = fullExif(little);
    const kept = Uint8Array.from(before);
    const after = withOrientation(before, 1);
    t.deepEqual(before, kept);
    t.is(orientationOf(after), 1);
    t.deepEqual({ ...parseExif(after).image, Orientation: 6 }, parseExif(before).image);
    t.deepEqual(withOrientation(after, 6), before);
  }
});

test("withOrientation adds the tag where it is missing, unless it would say 1", (t) => {
  for (const little of [true, false]) {
    const tail = directory([[0x0103, 3, 1, 6]], { little });
    const entries: Entry[] = [
      [0x0100, 3, 1, 9],
      [0x010f, 2, 4, [67, 97, 109, 0]],
      [0x0131, 2, 2, [83, 0, 0, 0]],
    ];
    const before = tiff(entries, { little, next: tailOf(3), tail });
    t.deepEqual(withOrientation(before, 1), Uint8Array.from(before));
    const grown = withOrientation(before, 8);
    const read = new TiffStructure(new ByteReader(grown));
    t.deepEqual(
      read.directory(read.firstDirectory).entries.map(({ tag }) => tag),
      [0x0100, 0x010f, 0x0112, 0x0131],
    );
    const after = parseExif(grown);
    t.deepEqual(after.image, { ImageWidth: 9, Make: "Cam", Orientation: 8, Software: "S" } as never);
    t.is(after.thumbnail.Compression, 6);
    t.deepEqual(after.warnings, []);
  }
});

test("withOrientation refuses orientations that do not exist", (t) => {
  for (const wrong of [0, 9, 1.5, Number.NaN]) {
    t.throws(() => withOrientation(orientationTiff(1), wrong), { instanceOf: RangeError });
  }
});
