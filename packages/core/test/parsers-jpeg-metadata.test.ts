import test from "ava";
import { ByteReader, NeedBytes } from "#core/bytes.js";
import { CodecError } from "#core/errors.js";
import { decodeText, firstOfKind, MAX_METADATA_BYTES, selectMetadata } from "#core/metadata/metadata.js";
import { jpeg } from "#core/parsers/jpeg.js";
import type { Metadata, MetadataKind } from "#core/plugin.js";
import {
  bytes,
  exifSegment,
  frame,
  jpegWith,
  orientationTiff,
  SOI,
  scan,
  segment,
  u16be,
  u32be,
} from "./jpeg-bytes.js";

const metadata = (file: Uint8Array, kind?: MetadataKind): readonly Metadata[] =>
  jpeg.metadata!(new ByteReader(file), 0, kind);
const text = (piece: Metadata | undefined): string => Buffer.from(piece?.bytes ?? []).toString("latin1");

const icc = (at: number, total: number, data: string): Uint8Array => segment(0xe2, "ICC_PROFILE\0", [at, total], data);
const xmp = (packet: string): Uint8Array => segment(0xe1, "http://ns.adobe.com/xap/1.0/\0", packet);
const EXTENDED = "http://ns.adobe.com/xmp/extension/\0";
const GUID = "0123456789ABCDEF0123456789ABCDEF";
const extended = (guid: string, total: number, at: number, data: string): Uint8Array =>
  segment(0xe1, EXTENDED, guid, u32be(total), u32be(at), data);
const resource = (id: number, data: string, { owner = "8BIM", name = "", pad = true } = {}): Uint8Array => {
  const nameField = bytes([name.length], name, name.length % 2 === 0 ? [0] : []);
  return bytes(owner, u16be(id), nameField, u32be(data.length), data, pad && data.length % 2 === 1 ? [0] : []);
};
const photoshop = (...data: readonly Uint8Array[]): Uint8Array => segment(0xed, "Photoshop 3.0\0", ...data);

test("every kind is found, without the signature of its segment", (t) => {
  const tiff = orientationTiff(6);
  const found = metadata(
    jpegWith([
      exifSegment(tiff),
      icc(1, 1, "profile"),
      xmp("<x/>"),
      photoshop(resource(0x0404, "iptc")),
      segment(0xfe, "hello"),
    ]),
  );
  t.deepEqual(
    found.map(({ kind, format, id }) => [kind, format, id]),
    [
      ["EXIF", "RAW", 0],
      ["XMP", "XMP", 0],
      ["COMMENT", "RAW", 0],
      ["ICC_PROFILE", "RAW", 0],
      ["IPTC", "RAW", 0],
    ],
  );
  t.deepEqual(Buffer.from(found[0]!.bytes), Buffer.from(tiff));
  t.deepEqual(found.slice(1).map(text), ["<x/>", "hello", "profile", "iptc"]);
});

test("a kind narrows the search to the segments that can hold it", (t) => {
  const file = jpegWith([exifSegment(orientationTiff(6)), icc(1, 1, "p"), segment(0xfe, "a"), segment(0xfe, "b")]);
  t.deepEqual(metadata(file, "COMMENT").map(text), ["a", "b"]);
  t.deepEqual(
    metadata(file, "EXIF").map((piece) => piece.kind),
    ["EXIF"],
  );
  t.deepEqual(metadata(file, "XMP"), []);
  t.deepEqual(metadata(file, "GEO"), []);
  const all = metadata(file);
  t.deepEqual(selectMetadata(all, "COMMENT").map(text), ["a", "b"]);
  t.is(selectMetadata(all), all);
  t.is(text(firstOfKind(all, "COMMENT")), "a");
});

test("segments of other kinds are not fetched", (t) => {
  const head = bytes(SOI, segment(0xe1, "Exif\0\0", new Uint8Array(50_000)));
  const file = bytes(head, segment(0xfe, "a"), frame(), scan());
  const pieces = [
    { offset: 0, bytes: file.subarray(0, 6) },
    { offset: head.length, bytes: file.subarray(head.length) },
  ];
  t.deepEqual(jpeg.metadata!(new ByteReader(pieces, file.length), 0, "COMMENT").map(text), ["a"]);
  t.throws(() => jpeg.metadata!(new ByteReader(pieces, file.length), 0, "EXIF"), { instanceOf: NeedBytes });
});

test("pieces are copies", (t) => {
  const file = Uint8Array.from(jpegWith([segment(0xfe, "hello")]));
  const [comment] = metadata(file);
  file.fill(0);
  t.is(text(comment), "hello");
  t.is(comment?.bytes.buffer.byteLength, 5);
});

test("an ICC profile is joined in the order of its chunk numbers", (t) => {
  t.is(text(metadata(jpegWith([icc(3, 3, "c"), icc(1, 3, "aa"), icc(2, 3, "b")]))[0]), "aabc");
  t.is(text(metadata(jpegWith([icc(1, 1, "same"), icc(1, 1, "same")]))[0]), "same");
  t.deepEqual(metadata(jpegWith([icc(1, 1, "")])), []);
});

const brokenJoins: readonly [string, MetadataKind, readonly Uint8Array[], RegExp][] = [
  ["an ICC chunk is missing", "ICC_PROFILE", [icc(1, 3, "a"), icc(3, 3, "c")], /ICC chunk 2 of 3 is missing/],
  ["ICC chunks disagree about their number", "ICC_PROFILE", [icc(1, 2, "a"), icc(2, 3, "b")], /chunk 2 of 3, where 2/],
  ["an ICC chunk has number 0", "ICC_PROFILE", [icc(0, 1, "a")], /chunk 0 of 1/],
  ["an ICC chunk occurs twice and differs", "ICC_PROFILE", [icc(1, 1, "a"), icc(1, 1, "b")], /occurs twice/],
  ["an ICC chunk has no number", "ICC_PROFILE", [segment(0xe2, "ICC_PROFILE\0")], /without its number/],
  ["extended XMP has a gap", "XMP", [extended(GUID, 6, 0, "ab"), extended(GUID, 6, 4, "e")], /goes on at 4 of 6, 2/],
  ["extended XMP ends early", "XMP", [extended(GUID, 6, 0, "abcd")], /4 of 6 bytes/],
  ["extended XMP claims gigabytes", "XMP", [extended(GUID, 0xffff_ffff, 0, "abcd")], /4 of 4294967295 bytes/],
  ["extended XMP is shorter than its head", "XMP", [segment(0xe1, EXTENDED, "x")], /without its length/],
];
for (const [name, kind, parts, message] of brokenJoins) {
  test(`refused, and other kinds still served: ${name}`, (t) => {
    const file = jpegWith([...parts, segment(0xfe, "hello")]);
    for (const one of [undefined, kind]) {
      const error = t.throws(() => metadata(file, one), { instanceOf: CodecError, message });
      t.is(error?.status, "IMAGE_CORRUPTED");
    }
    t.deepEqual(metadata(file, "COMMENT").map(text), ["hello"]);
  });
}

test("extended XMP is joined by offset and follows the packet that names it", (t) => {
  const packet = `<rdf:Description xmpNote:HasExtendedXMP="${GUID}"/>`;
  const stranger = "F".repeat(32);
  const found = metadata(
    jpegWith([extended(GUID, 5, 3, "de"), extended(stranger, 9, 0, "x"), xmp(packet), extended(GUID, 5, 0, "abc")]),
    "XMP",
  );
  t.deepEqual(found.map(text), [packet, "abcde"]);
});

test("extended XMP that the packet does not name is a leftover, unless nothing is named and there is but one", (t) => {
  t.deepEqual(metadata(jpegWith([xmp(`HasExtendedXMP>${"1".repeat(32)}<`), extended(GUID, 1, 0, "a")])).length, 1);
  t.deepEqual(metadata(jpegWith([extended(GUID, 1, 0, "a")])).map(text), ["a"]);
  t.deepEqual(metadata(jpegWith([extended(GUID, 1, 0, "a"), extended("2".repeat(32), 1, 0, "b")])), []);
});

test("IPTC records are found among Photoshop's resources, wherever these are cut into segments", (t) => {
  const resources = bytes(
    resource(0x03ed, "abc", { name: "odd" }),
    resource(1, "x", { owner: "MeSa" }),
    resource(0x0404, "first"),
    resource(0x0404, ""),
    resource(0x0404, "second", { name: "even" }),
  );
  for (let cut = 0; cut <= resources.length; cut++) {
    const file = jpegWith([photoshop(resources.subarray(0, cut)), photoshop(resources.subarray(cut))]);
    t.deepEqual(metadata(file, "IPTC").map(text), ["first", "second"], `cut at ${cut}`);
  }
});

test("a missing padding byte, unknown owners and sizes out of bounds do no harm", (t) => {
  const odd = photoshop(resource(0x0404, "abc", { pad: false }));
  t.deepEqual(metadata(jpegWith([odd, photoshop(resource(0x0404, "de"))])).map(text), ["abc", "de"]);
  t.deepEqual(metadata(jpegWith([photoshop(resource(0x0404, "ab", { owner: "XXXX" }))])), []);
  t.deepEqual(metadata(jpegWith([photoshop(bytes("8BIM", [4, 4, 0, 0], u32be(0xffff_fff0), "ab"))])), []);
  t.deepEqual(metadata(jpegWith([photoshop(bytes("8BIM", [4, 4, 255, 0], u32be(2), "ab"))])), []);
});

test("metadata behind the first scan is not read", (t) => {
  t.deepEqual(metadata(bytes(jpegWith([]), segment(0xfe, "late"))), []);
});

test("more than 64 MiB of metadata is beyond the limit", (t) => {
  const comment = segment(0xfe, new Uint8Array(65_533));
  const file = new Uint8Array(2 + comment.length * Math.ceil((MAX_METADATA_BYTES + 1) / 65_533));
  file.set(SOI);
  for (let at = 2; at < file.length; at += comment.length) file.set(comment, at);
  const error = t.throws(() => metadata(file), { instanceOf: CodecError });
  t.is(error?.status, "LIMIT_EXCEEDED");
});

test("text is UTF-8, UTF-16 with a byte order mark, or else Latin-1, without trailing NULs", (t) => {
  const piece = (data: Uint8Array): Metadata => ({ kind: "XMP", format: "XMP", id: 0, bytes: data });
  t.is(decodeText(piece(Buffer.from("größe\0\0", "utf8"))), "größe");
  t.is(decodeText(piece(Buffer.from("\ufeffgröße", "utf8"))), "größe");
  t.is(decodeText(piece(Buffer.from("größe", "latin1"))), "größe");
  t.is(decodeText(piece(Buffer.from("\ufeffgröße", "utf16le"))), "größe");
  t.is(decodeText(piece(Buffer.from("\ufeffgröße", "utf16le").swap16())), "größe");
});
