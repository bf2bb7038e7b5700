/** Registering extensions: shape, version and names are checked before anything of them is taken. */
import test from "ava";
import type { DecodeBackend, Extension, Parser } from "#core/plugin.js";
import { Registry } from "#core/registry.js";
import { fakeDecoder, fakeEncoder, fakeExtension, fakeParser } from "#core/testing/fake-backend.js";

const INVALID = { code: "ERR_POLYCODEC_INVALID_EXTENSION" };
const DUPLICATE = { code: "ERR_POLYCODEC_DUPLICATE" };
const counts = (registry: Registry) => [
  registry.extensions.length,
  registry.parsers.length,
  registry.decoders.length,
  registry.encoders.length,
];

test("a new registry has core's parsers and no backend", (t) => {
  const registry = new Registry();
  t.true(registry.parsers.some(({ codec }) => codec === "jpeg"));
  t.deepEqual([registry.decoders.length, registry.encoders.length, registry.extensions.length], [0, 0, 0]);
});

test("use returns the registry, and the same object twice is once", (t) => {
  const registry = new Registry();
  const extension = fakeExtension();
  t.is(registry.use(extension), registry);
  const before = counts(registry);
  registry.use(extension);
  t.deepEqual(counts(registry), before);
});

test("two registries share nothing", (t) => {
  const one = new Registry().use(fakeExtension());
  t.is(new Registry().decoders.length, 0);
  t.is(one.decoders.length, 1);
});

test("a second backend or parser of the same name is refused, and nothing of its extension stays", (t) => {
  const registry = new Registry().use(fakeExtension());
  const before = counts(registry);
  const other = (parts: Partial<Extension>): Extension => ({
    name: "other",
    version: "1.0.0",
    apiVersion: 1,
    ...parts,
  });
  t.throws(() => registry.use(other({ parsers: [{ ...fakeParser }] })), {
    ...DUPLICATE,
    message: /other: a parser for fake/,
  });
  t.throws(() => registry.use(other({ decoders: [fakeDecoder({ id: "new" }), fakeDecoder()] })), {
    ...DUPLICATE,
    message: /fake-decoder/,
  });
  t.throws(() => registry.use(other({ encoders: [fakeEncoder()] })), DUPLICATE);
  t.throws(() => registry.use(other({ decoders: [fakeDecoder({ id: "twin" }), fakeDecoder({ id: "twin" })] })), {
    ...DUPLICATE,
    message: /twin/,
  });
  t.deepEqual(counts(registry), before);
});

test("two parsers of one codec in one extension are refused like two of two", (t) => {
  const twins: Extension = { name: "twins", version: "1.0.0", apiVersion: 1, parsers: [fakeParser, { ...fakeParser }] };
  t.throws(() => new Registry().use(twins), DUPLICATE);
});

test("one id may serve two codecs, and decode as well as encode", (t) => {
  const decoder = fakeDecoder({ id: "same" });
  const registry = new Registry().use(
    fakeExtension([decoder, { ...decoder, codec: "fake2" }], [fakeEncoder({ id: "same" })]),
  );
  t.is(registry.decoders.length, 2);
  t.deepEqual(
    registry.codecs.filter((codec) => codec.startsWith("fake")),
    ["fake", "fake2"],
  );
});

test("backends are kept in order of priority, ties in order of registration, 300 where none is given", (t) => {
  const registry = new Registry().use(
    fakeExtension([
      fakeDecoder({ id: "last", priority: 1000 }),
      fakeDecoder({ id: "first" }),
      fakeDecoder({ id: "hardware", priority: 100 }),
      fakeDecoder({ id: "second", priority: 300 }),
    ]),
  );
  t.deepEqual(
    registry.decoders.map(({ id }) => id),
    ["hardware", "first", "second", "last"],
  );
});

const wrong: readonly (readonly [string, unknown, RegExp])[] = [
  ["null", null, /expected an Extension object/],
  ["a function", () => 0, /expected an Extension object/],
  ["no name", { version: "1", apiVersion: 1 }, /name and version/],
  ["another contract", { name: "x", version: "1", apiVersion: 2 }, /x: written for contract version 2/],
  [
    "a parser without parse",
    { name: "x", version: "1", apiVersion: 1, parsers: [{ codec: "x", extensions: [], canParse: () => true }] },
    /parser/,
  ],
  [
    "upper case extensions",
    { name: "x", version: "1", apiVersion: 1, parsers: [{ ...fakeParser, extensions: [".JPG"] }] },
    /lower case/,
  ],
  [
    "extensions without period",
    { name: "x", version: "1", apiVersion: 1, parsers: [{ ...fakeParser, extensions: ["jpg"] }] },
    /leading period/,
  ],
  [
    "a backend without create",
    { name: "x", version: "1", apiVersion: 1, decoders: [{ id: "a", codec: "b", kind: "CPU_ONLY" }] },
    /create/,
  ],
  [
    "an unknown kind",
    { name: "x", version: "1", apiVersion: 1, encoders: [{ id: "a", codec: "b", kind: "CPU", create: () => 0 }] },
    /kind CPU is none of CPU_ONLY/,
  ],
  ["null among the backends", { name: "x", version: "1", apiVersion: 1, decoders: [null] }, /backend/],
  ["null among the parsers", { name: "x", version: "1", apiVersion: 1, parsers: [null] }, /parser/],
  ["parsers that are no array", { name: "x", version: "1", apiVersion: 1, parsers: {} }, /parsers/],
];
for (const [what, extension, message] of wrong) {
  test(`an extension is refused with the reason: ${what}`, (t) => {
    const registry = new Registry();
    const before = counts(registry);
    t.throws(() => registry.use(extension as Extension), { ...INVALID, message });
    t.deepEqual(counts(registry), before);
  });
}

test("a parser is found by the first bytes, the codec by the file's name", (t) => {
  const registry = new Registry().use(fakeExtension());
  t.is(registry.parserFor(Buffer.from("FAKE....")), fakeParser);
  t.is(registry.parserFor(Uint8Array.of(0xff, 0xd8, 0xff, 0xe0))?.codec, "jpeg");
  t.is(registry.parserFor(new Uint8Array(0)), undefined);
  t.is(registry.parserFor(Buffer.from("nothing known")), undefined);
  t.is(registry.codecOf("a/photo.JPG"), "jpeg");
  t.is(registry.codecOf("photo.jpeg"), "jpeg");
  t.is(registry.codecOf("photo.fake"), "fake");
  t.is(registry.codecOf("photo"), undefined);
  t.is(registry.codecOf("photo.xyz"), undefined);
});

test("a parser sees at most 64 bytes to recognise a code stream by", (t) => {
  const seen: number[] = [];
  const curious: Parser = {
    ...fakeParser,
    codec: "curious",
    canParse: (head) => {
      seen.push(head.length);
      return false;
    },
  };
  const registry = new Registry().use({ name: "curious", version: "1", apiVersion: 1, parsers: [curious] });
  registry.parserFor(new Uint8Array(4096));
  registry.parserFor(new Uint8Array(3));
  t.deepEqual(seen, [64, 3]);
});

test("registering brings no backend to life", (t) => {
  const backend: DecodeBackend = {
    ...fakeDecoder(),
    create: () => {
      throw new Error("came to life");
    },
  };
  t.notThrows(() => new Registry().use(fakeExtension([backend])));
});
