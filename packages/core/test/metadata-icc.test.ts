import test from "ava";
import { CodecError } from "#core/errors.js";
import { parseIcc } from "#core/metadata/icc.js";
import { bytes, u32be } from "./jpeg-bytes.js";

const utf16be = (text: string): Uint8Array => Buffer.from(text, "utf16le").swap16();

/** A profile with one `desc` tag, whose element is given. */
function profile(
  element: Uint8Array,
  { version = [4, 0x30], signature = "acsp", sizeError = 0, tags = 1 } = {},
): Uint8Array {
  const size = 128 + 4 + 12 + element.length + sizeError;
  const head = bytes(
    u32be(size),
    "test",
    version,
    [0, 0],
    "mntr",
    "RGB ",
    "XYZ ",
    new Uint8Array(12),
    signature,
    new Uint8Array(24),
    u32be(1),
    new Uint8Array(60),
  );
  return bytes(head, u32be(tags), "desc", u32be(144), u32be(element.length), element);
}

const v2 = (name: string): Uint8Array => bytes("desc", u32be(0), u32be(name.length + 1), name, [0], new Uint8Array(70));
const v4 = (...names: readonly [language: string, text: string][]): Uint8Array => {
  let at = 16 + 12 * names.length;
  const records = names.map(([language, text]) => {
    const record = bytes(language, "XX", u32be(2 * text.length), u32be(at));
    at += 2 * text.length;
    return record;
  });
  return bytes("mluc", u32be(0), u32be(names.length), u32be(12), ...records, ...names.map(([, text]) => utf16be(text)));
};

test("header and name of a version 4 profile", (t) => {
  const file = profile(v4(["de", "Bildschirm"], ["en", "Display P3"], ["fr", "Écran"]));
  t.deepEqual(parseIcc(file), {
    size: file.length,
    version: "4.3.0",
    profileClass: "mntr",
    colorSpace: "RGB",
    pcs: "XYZ",
    renderingIntent: 1,
    description: "Display P3",
  });
});

test("the name of a version 2 profile, and of one without English", (t) => {
  const old = parseIcc(profile(v2("sRGB IEC61966-2.1"), { version: [2, 0x10] }));
  t.like(old, { version: "2.1.0", description: "sRGB IEC61966-2.1" });
  t.is(parseIcc(profile(v4(["de", "Größe"], ["fr", "Écran"]))).description, "Größe");
});

test("bytes behind the profile are not its own", (t) => {
  t.is(parseIcc(bytes(profile(v2("x")), new Uint8Array(9))).description, "x");
});

test("a name that cannot be read is absent, and nothing else suffers", (t) => {
  const odd: readonly Uint8Array[] = [
    profile(bytes("text", new Uint8Array(20))),
    profile(bytes("mluc", u32be(0), u32be(0xffff_ffff), u32be(12))),
    profile(bytes("mluc", u32be(0), u32be(1), u32be(12), "enUS", u32be(0xffff_fff0), u32be(4))),
    profile(v2("x"), { tags: 0 }),
    profile(bytes("desc")),
  ];
  for (const file of odd) {
    t.is(parseIcc(file).description, undefined);
    t.is(parseIcc(file).colorSpace, "RGB");
  }
});

test("a wrong size or signature is refused", (t) => {
  const wrong: readonly [Uint8Array, RegExp][] = [
    [new Uint8Array(0), /0 bytes/],
    [profile(v2("x")).subarray(0, 131), /131 bytes/],
    [profile(v2("x"), { sizeError: 1 }), /says it has/],
    [profile(v2("x"), { sizeError: -200 }), /says it has/],
    [profile(v2("x"), { signature: "ascp" }), /"ascp", "acsp" expected/],
  ];
  for (const [file, message] of wrong) {
    t.is(t.throws(() => parseIcc(file), { instanceOf: CodecError, message })?.status, "IMAGE_CORRUPTED");
  }
});
