/** Code streams: what is read when, how much of it, and what is said when it cannot be. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import test from "ava";
import { CodeStream } from "#core/code-stream/code-stream.js";
import { HEAD_BYTES } from "#core/code-stream/source.js";
import { CodecError, PolycodecError } from "#core/errors.js";
import { DEFAULT_LIMITS } from "#core/limits.js";
import type { Parser } from "#core/plugin.js";
import { Registry } from "#core/registry.js";
import { fakeExtension, fakeParser, fakeStream } from "#core/testing/fake-backend.js";

const registry = new Registry().use(fakeExtension());
const folder = mkdtempSync(join(tmpdir(), "polycodec-"));
test.after.always(() => rmSync(folder, { recursive: true }));
const file = (name: string, bytes: Uint8Array): string => {
  writeFileSync(join(folder, name), bytes);
  return join(folder, name);
};

/** Random access over bytes, with a note of what was asked. */
function noted(bytes: Uint8Array) {
  const asked: [offset: number, length: number][] = [];
  return {
    asked,
    size: bytes.length,
    readAt: async (offset: number, length: number) => {
      asked.push([offset, length]);
      return bytes.slice(offset, offset + length);
    },
  };
}
const withParser = (parse: Parser["parse"]) =>
  new Registry().use({ name: "x", version: "1.0.0", apiVersion: 1, parsers: [{ ...fakeParser, parse }] });
const info = fakeParser.parse.bind(fakeParser);

test("properties of bytes, of a path and of a URL are there at once; nothing is read before", async (t) => {
  const path = file("a.fake", fakeStream(7, 5));
  for (const source of [fakeStream(7, 5), fakeStream(7, 5).buffer as ArrayBuffer, path, pathToFileURL(path)]) {
    const stream = CodeStream.from(source, registry);
    t.deepEqual(
      [
        stream.codecName,
        stream.width,
        stream.height,
        stream.numChannels,
        stream.dtype,
        stream.precision,
        stream.numImages,
        stream.orientation,
      ],
      ["fake", 7, 5, 3, "uint8", 8, 1, 1],
    );
    t.is(stream.size, 13);
    t.is(stream.name, typeof source === "string" || source instanceof URL ? "a.fake" : "bytes");
    t.is(await stream.open(), stream);
  }
  t.notThrows(() => CodeStream.from(join(folder, "missing"), registry));
});

test("a code stream of a code stream is itself; other things are refused", (t) => {
  const stream = CodeStream.from(fakeStream(1, 1), registry);
  t.is(CodeStream.from(stream), stream);
  for (const wrong of [null, undefined, 5, {}, { size: 1.5, readAt: () => 0 }, { size: -1, readAt: () => 0 }, [1]])
    t.throws(() => CodeStream.from(wrong as never), { instanceOf: TypeError }, JSON.stringify(wrong));
  t.throws(() => CodeStream.from(new URL("https://example.org/a.jpg")), { instanceOf: TypeError });
});

test("missing and empty files, and unknown bytes, say so, waited for or not", async (t) => {
  const missing = CodeStream.from(join(folder, "missing.fake"), registry);
  await t.throwsAsync(missing.open(), {
    instanceOf: PolycodecError,
    code: "ERR_POLYCODEC_IO",
    message: /missing\.fake/,
  });
  t.throws(() => CodeStream.from(join(folder, "missing.fake"), registry).width, { code: "ERR_POLYCODEC_IO" });
  t.throws(() => CodeStream.from(file("empty", new Uint8Array(0)), registry).width, {
    code: "ERR_POLYCODEC_UNKNOWN_CODEC",
  });
  const stranger = CodeStream.from(Buffer.from("who am I, then?"), registry);
  t.throws(() => stranger.width, { code: "ERR_POLYCODEC_UNKNOWN_CODEC", message: /77 68 6f/ });
  await t.throwsAsync(stranger.open(), { code: "ERR_POLYCODEC_UNKNOWN_CODEC" });
});

test("openAll opens many: a result a stream, in order, what cannot be read among them; each read once", async (t) => {
  const source = noted(fakeStream(3, 4));
  const shared = CodeStream.from(source, registry);
  const streams = [
    CodeStream.from(file("many.fake", fakeStream(5, 6)), registry),
    CodeStream.from(join(folder, "missing.fake"), registry),
    shared,
    CodeStream.from(Buffer.from("who am I, then?"), registry),
    CodeStream.from(fakeStream(7, 8), new Registry()),
    shared,
  ];
  const results = await CodeStream.openAll(streams);
  t.deepEqual(
    results.map((result) => (result.status === "fulfilled" ? "opened" : result.reason.code)),
    ["opened", "ERR_POLYCODEC_IO", "opened", "ERR_POLYCODEC_UNKNOWN_CODEC", "ERR_POLYCODEC_UNKNOWN_CODEC", "opened"],
  );
  for (const [i, result] of results.entries()) if (result.status === "fulfilled") t.is(result.value, streams[i]!);
  t.deepEqual([streams[0]!.width, streams[0]!.height, shared.width, shared.height], [5, 6, 3, 4]);
  await CodeStream.openAll(streams);
  t.deepEqual(source.asked, [[0, 13]], "also when it is asked for twice, and again");
  t.deepEqual(await CodeStream.openAll([]), []);
});

test("random access is opened asynchronously, and then its properties are there", async (t) => {
  const source = noted(fakeStream(3, 4));
  const stream = CodeStream.from(source, registry);
  t.throws(() => stream.width, { code: "ERR_POLYCODEC_SYNC_UNSUPPORTED", message: /open\(\)/ });
  await stream.open();
  t.deepEqual([stream.width, stream.height, stream.size], [3, 4, 13]);
  t.deepEqual(source.asked, [[0, 13]]);
});

test("headers further back are fetched in pieces, each once", async (t) => {
  const bytes = new Uint8Array(100_000);
  bytes.set(fakeStream(9, 8));
  const places = [50_000, 90_000, 20_000];
  const far = withParser((reader, imageIdx) => {
    for (const place of places) reader.seek(place).u32be();
    return info(reader, imageIdx);
  });
  const source = noted(bytes);
  t.is((await CodeStream.from(source, far).open()).width, 9);
  t.deepEqual(
    source.asked.map(([offset]) => offset),
    [0, ...places],
  );
  t.true(source.asked.every(([, length]) => length <= HEAD_BYTES));
  t.is(CodeStream.from(file("far.fake", bytes), far).width, 9, "also from a file, blocking");
});

test("a parser that asks for ever more places, or too many bytes, meets the limits", async (t) => {
  const bytes = new Uint8Array(2_000_000);
  bytes.set(fakeStream(9, 8));
  let parses = 0;
  const endless = withParser((reader) => {
    parses++;
    for (let at = 0; ; at += 10_000) reader.seek(at).u8();
  });
  await t.throwsAsync(CodeStream.from(noted(bytes), endless).open(), {
    code: "ERR_POLYCODEC_LIMIT_EXCEEDED",
    message: /64 places/,
  });
  t.true(parses < 70, `${parses}`);
  t.throws(() => CodeStream.from(file("endless.fake", bytes), endless).width, { code: "ERR_POLYCODEC_LIMIT_EXCEEDED" });
  const greedy = withParser((reader) => {
    reader.take(1_500_000);
    return info(reader, 0);
  });
  await t.throwsAsync(CodeStream.from(noted(bytes), greedy).open({ ...DEFAULT_LIMITS, maxHeaderBytes: 1_000_000 }), {
    code: "ERR_POLYCODEC_LIMIT_EXCEEDED",
    message: /maxHeaderBytes/,
  });
});

test("what a parser throws is told under its name, and an error that is not ours becomes one", async (t) => {
  const damaged = withParser(() => {
    throw new CodecError("IMAGE_CORRUPTED", "marker 7");
  });
  await t.throwsAsync(CodeStream.from(fakeStream(1, 1), damaged).open(), {
    code: "ERR_POLYCODEC_CORRUPTED",
    message: "marker 7",
  });
  const broken = withParser(() => {
    throw new TypeError("undefined is not a function");
  });
  await t.throwsAsync(CodeStream.from(fakeStream(1, 1), broken).open(), {
    code: "ERR_POLYCODEC_FAILED",
    message: /parser fake: undefined is not/,
  });
});

test("a file that shrinks while it is read is an error, not a loop", async (t) => {
  const source = {
    size: 100_000,
    readAt: async (offset: number) => (offset === 0 ? fakeStream(1, 1) : new Uint8Array(0)),
  };
  const far = withParser((reader) => {
    reader.seek(50_000).u8();
    return info(reader, 0);
  });
  await t.throwsAsync(CodeStream.from(source, far).open(), { code: "ERR_POLYCODEC_IO", message: /no bytes at 50000/ });
});

test("sizes beyond the limits are refused before anything is decoded", (t) => {
  t.throws(() => CodeStream.from(fakeStream(65_535, 65_535), registry).width, { code: "ERR_POLYCODEC_LIMIT_EXCEEDED" });
});

test("sub code streams: image and region, frozen; regions do not nest", (t) => {
  const stream = CodeStream.from(fakeStream(10, 10), registry);
  const region = { start: [1, 2], end: [3, 4] } as const;
  const part = stream.region(region);
  t.deepEqual(part.view?.region, region);
  t.is(part.subCodeStream({ imageIdx: 2 }).view?.imageIdx, 2);
  t.deepEqual(part.subCodeStream({ imageIdx: 2 }).view?.region, region);
  t.throws(() => part.region(region), { instanceOf: TypeError, message: /another region/ });
  t.throws(() => stream.subCodeStream({ imageIdx: -1 }), { instanceOf: RangeError });
  t.throws(() => stream.subCodeStream({ regin: region } as never), { code: "ERR_POLYCODEC_UNKNOWN_OPTION" });
  t.is(stream.view, undefined);
});

test("a format without metadata has none", async (t) => {
  t.deepEqual(await CodeStream.from(fakeStream(1, 1), registry).metadata(), []);
});

test("metadata is fetched piece by piece, up to its limit", async (t) => {
  const bytes = new Uint8Array(300_000);
  bytes.set(fakeStream(1, 1));
  const parser: Parser = {
    ...fakeParser,
    metadata: (reader) => [{ kind: "EXIF", format: "RAW", id: 0, bytes: reader.seek(100_000).take(150_000).slice() }],
  };
  const own = new Registry().use({ name: "x", version: "1.0.0", apiVersion: 1, parsers: [parser] });
  const [found] = await CodeStream.from(noted(bytes), own).metadata();
  t.is(found!.bytes.length, 150_000);
  await t.throwsAsync(
    CodeStream.from(noted(bytes), own).metadata(undefined, {
      ...DEFAULT_LIMITS,
      maxHeaderBytes: 10_000,
      maxMetadataBytes: 10_000,
    }),
    { code: "ERR_POLYCODEC_LIMIT_EXCEEDED" },
  );
});
