/** GIF headers and metadata, from files put together by hand. */
import test from "ava";
import { ByteReader, NeedBytes, type Piece } from "#core/bytes.js";
import { CodecError } from "#core/errors.js";
import { gif } from "#core/parsers/gif.js";
import type { MetadataKind } from "#core/plugin.js";

const u16 = (value: number) => [value & 255, value >> 8];
const COLORS = [0, 0, 0, 255, 255, 255];
const screen = (width: number, height: number, colors: readonly number[] = COLORS) =>
  Buffer.from([...Buffer.from("GIF89a"), ...u16(width), ...u16(height), colors.length > 0 ? 0x80 : 0, 0, 0, ...colors]);
const control = (delay: number, { transparent = false, disposal = 0 } = {}) =>
  Buffer.from([0x21, 0xf9, 4, (disposal << 2) | Number(transparent), ...u16(delay), 0, 0]);
const frame = (width: number, height: number, { interlaced = false, data = [1, 7] as readonly number[] } = {}) =>
  Buffer.from([0x2c, 0, 0, 0, 0, ...u16(width), ...u16(height), interlaced ? 0x40 : 0, 2, ...data, 0]);
const block = (text: string) => Buffer.concat([Buffer.from([text.length]), Buffer.from(text, "latin1")]);
const extension = (label: number, ...blocks: readonly Uint8Array[]) =>
  Buffer.concat([Buffer.from([0x21, label]), ...blocks, Buffer.from([0])]);
const file = (...parts: readonly Uint8Array[]) => new Uint8Array(Buffer.concat([...parts, Buffer.from([0x3b])]));

const parse = (bytes: Uint8Array, imageIdx = 0) => gif.parse(new ByteReader(bytes), imageIdx);
const loops = (application: string, count: number) =>
  extension(0xff, block(application), Buffer.from([3, 1, ...u16(count)]));

test("frames are counted; size, duration and loops are told", (t) => {
  const bytes = file(screen(9, 8), loops("NETSCAPE2.0", 0), control(7), frame(9, 8), control(250), frame(3, 2));
  t.like(parse(bytes), { width: 9, height: 8, channels: 3, numImages: 2, sampleFormat: "I_RGB", orientation: 1 });
  const detail = { encoding: "GIF89a", interlaced: false, animated: true, loopCount: 0 };
  t.deepEqual(parse(bytes).detail, { ...detail, durationMs: 70 });
  t.deepEqual(parse(bytes, 1).detail, { ...detail, durationMs: 2500 });
  t.throws(() => parse(bytes, 2), { instanceOf: CodecError, message: /image 2 of a file of 2/ });
  t.is(parse(file(screen(9, 8), frame(9, 8))).detail!.loopCount, 1, "it runs once");
  t.is(parse(file(screen(9, 8), loops("ANIMEXTS1.0", 2), frame(9, 8))).detail!.loopCount, 3, "and twice again");
});

test("transparency, gaps and clearing make four channels", (t) => {
  const channels = (...parts: readonly Uint8Array[]) => parse(file(screen(9, 8), ...parts)).channels;
  t.is(channels(frame(9, 8)), 3);
  t.is(channels(frame(9, 7)), 4);
  t.is(channels(control(0, { transparent: true }), frame(9, 8)), 4);
  t.is(channels(control(0, { disposal: 2 }), frame(9, 8)), 3);
  t.is(channels(control(0, { disposal: 2 }), frame(9, 8), frame(1, 1)), 4);
});

test("what comes before damage counts; without a frame the damage is the answer", (t) => {
  const good = file(screen(4, 4), frame(4, 4), frame(4, 4));
  t.is(parse(good.subarray(0, good.length - 1)).numImages, 2, "no trailer");
  t.is(parse(good.subarray(0, good.length - 4)).numImages, 2, "cut in the second one's data");
  t.is(parse(good.subarray(0, good.length - 7)).numImages, 1, "cut in the second one's descriptor");
  t.is(parse(file(screen(4, 4), frame(4, 4), Buffer.from([0x77]), frame(4, 4))).numImages, 1);
  const refused = (bytes: Uint8Array, code: string, message: RegExp) =>
    t.throws(() => parse(bytes), { instanceOf: CodecError, code: `ERR_POLYCODEC_${code}`, message });
  refused(file(screen(4, 4), Buffer.from([0x77])), "CORRUPTED", /offset 19: a block of the unknown kind 0x77/);
  refused(file(screen(4, 4)), "CORRUPTED", /holds no image/);
  refused(screen(4, 4).subarray(0, 15), "TRUNCATED", /ends/);
  refused(screen(4, 4), "TRUNCATED", /ends within a block/);
  refused(file(screen(0, 4), frame(4, 4)), "CORRUPTED", /a screen of 0x4 pixels/);
});

const read = (bytes: Uint8Array, kind?: MetadataKind) =>
  gif.metadata!(new ByteReader(bytes), 0, kind).map((one) => [one.kind, Buffer.from(one.bytes).toString("latin1")]);

test("comments, XMP and ICC profiles are found, joined from their blocks", (t) => {
  const packet = `<?xpacket?><x:xmpmeta>${"é".repeat(300)}</x:xmpmeta>`;
  const trailer = Buffer.from([1, ...Array.from({ length: 256 }, (_, i) => 255 - i)]);
  const bytes = file(
    screen(4, 4),
    extension(0xfe, block("a".repeat(255)), block("b")),
    extension(0xff, block("ICCRGBG1012"), block("pro"), block("file")),
    extension(0xff, block("XMP DataXMP"), Buffer.from(packet), trailer),
    frame(4, 4),
    extension(0xfe, block("behind it")),
  );
  const found = [
    ["COMMENT", `${"a".repeat(255)}b`],
    ["ICC_PROFILE", "profile"],
    ["XMP", Buffer.from(packet).toString("latin1")],
    ["COMMENT", "behind it"],
  ];
  t.deepEqual(read(bytes), found);
  t.deepEqual(read(bytes, "COMMENT"), [found[0], found[3]]);
  t.deepEqual(read(bytes, "EXIF"), []);
  t.is(parse(bytes).numImages, 1, "the packet's bytes are no blocks of the file");
});

test("a large file is walked through in few fetches", (t) => {
  const data = Array.from({ length: 100 * 256 }, (_, i) => (i % 256 === 0 ? 255 : 7));
  const bytes = file(screen(4, 4), ...Array.from({ length: 150 }, () => frame(4, 4, { data })));
  const pieces: Piece[] = [{ offset: 0, bytes: bytes.subarray(0, 4096) }];
  for (let count = 0; ; count++) {
    t.true(count < 20, `${bytes.length} bytes`);
    try {
      t.is(gif.parse(new ByteReader(pieces, bytes.length), 0).numImages, 150);
      return;
    } catch (error) {
      if (!(error instanceof NeedBytes)) throw error;
      pieces.push({ offset: error.offset, bytes: bytes.subarray(error.offset, error.offset + error.length) });
    }
  }
});
