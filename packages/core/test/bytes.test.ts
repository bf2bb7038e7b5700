/** Reading untrusted bytes: within the source everything, beyond it one kind of error. */
import test from "ava";
import { ByteReader, NeedBytes, startsWith } from "#core/bytes.js";
import { CodecError } from "#core/errors.js";

const bytes = Uint8Array.from({ length: 16 }, (_, i) => 0xf0 + i);
const CORRUPTED = { instanceOf: CodecError, code: "ERR_POLYCODEC_CORRUPTED" };

test("numbers of both byte orders, unsigned, and the cursor moves on", (t) => {
  const reader = new ByteReader(bytes);
  t.is(reader.u8(), 0xf0);
  t.is(reader.u16be(), 0xf1f2);
  t.is(reader.u16le(), 0xf4f3);
  t.is(reader.u32be(), 0xf5f6f7f8);
  t.is(reader.u32le(), 0xfcfbfaf9);
  t.is(reader.offset, 13);
  t.is(reader.remaining, 3);
  t.is(reader.peek(), 0xfd);
  t.is(reader.peek(2), 0xff);
  t.is(reader.seek(4).skip(2).u8(), 0xf6);
});

test("taking gives a view, not a copy", (t) => {
  const taken = new ByteReader(bytes).skip(2).take(3);
  t.deepEqual([...taken], [0xf2, 0xf3, 0xf4]);
  t.is(taken.buffer, bytes.buffer);
  t.is(new ByteReader(bytes).take(0).length, 0);
  t.is(new ByteReader(bytes).seek(16).take(0).length, 0);
});

const beyond: Readonly<Record<string, (reader: ByteReader) => unknown>> = {
  u8: (r) => r.seek(16).u8(),
  u16be: (r) => r.seek(15).u16be(),
  u16le: (r) => r.seek(15).u16le(),
  u32be: (r) => r.seek(13).u32be(),
  u32le: (r) => r.seek(14).u32le(),
  take: (r) => r.take(17),
  peek: (r) => r.peek(16),
  "a negative offset": (r) => r.seek(-1).u8(),
  "a huge offset": (r) => r.seek(2 ** 52).u8(),
  "a huge length": (r) => r.take(2 ** 52),
};
for (const [what, read] of Object.entries(beyond)) {
  test(`running off the end is an error of the file: ${what}`, (t) => {
    t.throws(() => read(new ByteReader(bytes)), CORRUPTED);
  });
}

test("a negative length is no way out of the bytes", (t) => {
  t.throws(() => new ByteReader(bytes).take(-1), CORRUPTED);
});

test("what is inside the source but not in memory is asked for", (t) => {
  const reader = new ByteReader(
    [
      { offset: 0, bytes: bytes.subarray(0, 4) },
      { offset: 10, bytes: bytes.subarray(10) },
    ],
    16,
  );
  t.is(reader.u32be(), 0xf0f1f2f3);
  const error = t.throws(() => reader.u16be(), { instanceOf: NeedBytes });
  t.deepEqual([error.offset, error.length], [4, 2]);
  t.is(reader.seek(10).u8(), 0xfa);
  t.is(reader.seek(0).u8(), 0xf0);
  t.throws(() => reader.seek(8).take(4), { instanceOf: NeedBytes }, "a run over two pieces is fetched as one");
  t.throws(() => reader.seek(14).take(4), CORRUPTED, "beyond the source there is nothing to fetch");
});

test("a read that fails does not move the cursor", (t) => {
  const reader = new ByteReader(bytes).seek(14);
  t.throws(() => reader.take(5));
  t.is(reader.offset, 14);
});

test("signatures", (t) => {
  t.true(startsWith(Buffer.from("RIFFxxxxWEBP"), "WEBP", 8));
  t.true(startsWith(Uint8Array.of(0xff, 0xd8), "\xff\xd8"));
  t.false(startsWith(Buffer.from("RI"), "RIFF"));
  t.false(startsWith(new Uint8Array(0), "R"));
});
