/** What is kept from OpenJPH, whose decoder trusts its input: each is refused before it gets there, and OpenJPEG's to decode. */
import { type DecodeError, Decoder, Encoder, Registry } from "@polycodec/core";
import { drawPicture } from "@polycodec/core/testing";
import test from "ava";
import { withDecoders } from "./subject.js";

const openJph = new Decoder({ registry: new Registry().use(withDecoders("openjph")) });
const both = new Decoder({ registry: new Registry().use(withDecoders("openjph", "openjpeg")) });

const encode = (width: number, height: number, jpeg2k = {}, sampleFormat: "I_RGB" | "I_YA" = "I_RGB") =>
  new Encoder({ registry: new Registry().use(withDecoders()) }).encode(drawPicture(width, height, { sampleFormat }), {
    codec: "jpeg2k",
    jpeg2k: { ht: true, bitstreamType: "J2K", ...jpeg2k },
  });

const SIZ = 0xff51;
const COD = 0xff52;
const QCD = 0xff5c;
const SOD = 0xff93;
/** Where the first such marker stands. */
const find = (bytes: Uint8Array, marker: number) => Buffer.from(bytes).indexOf(Buffer.of(marker >> 8, marker & 0xff));
/** With bytes at an offset from a marker replaced. */
function patched(bytes: Uint8Array, marker: number, offset: number, ...values: number[]): Uint8Array {
  const to = bytes.slice();
  to.set(values, find(bytes, marker) + offset);
  return to;
}
/** With precincts of its own for every resolution: width | height << 4, exponents. */
function withPrecincts(bytes: Uint8Array, precincts: readonly number[]): Uint8Array {
  const cod = Buffer.from(bytes).subarray(find(bytes, COD), find(bytes, COD) + 14);
  cod[3]! += precincts.length;
  cod[4]! |= 1;
  const at = find(bytes, COD);
  return Buffer.concat([bytes.subarray(0, at), cod, Buffer.from(precincts), bytes.subarray(at + 14)]);
}

const cases: { title: string; bytes: () => Promise<Uint8Array>; fact: RegExp }[] = [
  {
    title: "a colour transform of two components",
    bytes: async () => patched(await encode(20, 20, {}, "I_YA"), COD, 8, 1),
    fact: /a colour transform of fewer than three components/,
  },
  {
    title: "a colour transform with a coarser component",
    bytes: async () => patched(await encode(20, 20, { mctMode: 1 }), SIZ, 44, 2),
    fact: /a colour transform with coarser components/,
  },
  {
    title: "a tile that has no sample of a component",
    bytes: async () => patched(await encode(34, 20, { tileWidth: 33, tileHeight: 20 }), SIZ, 47, 2),
    fact: /a tile that has no sample of a component/,
  },
  {
    title: "a tile whose edge is beyond 32 bits",
    bytes: async () => patched(await encode(20, 20), SIZ, 26, 0xff, 0xff, 0xfe, 0x64),
    fact: /tiles that reach beyond 2\^31/,
  },
  {
    title: "code blocks of two rows",
    bytes: async () => withPrecincts(await encode(20, 20, { numResolutions: 2 }), [0xff, 0x2f]),
    fact: /a precinct of so few rows/,
  },
  {
    title: "a code block whose unused bits are set",
    bytes: async () => patched(await encode(20, 20), COD, 10, 0x14),
    fact: /a code block of such a size/,
  },
  {
    title: "a band of 31 bit planes",
    bytes: async () => patched(await encode(20, 20), QCD, 5, 31 << 3),
    fact: /a band of so many bit planes/,
  },
  {
    title: "tiles whose structures are many times the pixels",
    bytes: () => encode(512, 512, { tileWidth: 16, tileHeight: 16 }),
    fact: /code blocks and tiles that take OpenJPH \d+ bytes/,
  },
  {
    title: "a marker in a code block",
    bytes: async () => patched(await encode(64, 64, { numResolutions: 1 }), SOD, 2000, 0xff, 0x90),
    fact: /a code block with a marker in it/,
  },
  {
    title: "a marker in a packet header",
    bytes: async () => patched(await encode(64, 64, { numResolutions: 1 }), SOD, 2, 0xff, 0xff),
    fact: /a packet header with a marker in it/,
  },
];

for (const { title, bytes, fact } of cases) {
  test(`OpenJPH does not get to see ${title}`, async (t) => {
    const damaged = await bytes();
    const refused = await t.throwsAsync<DecodeError>(openJph.decode(damaged));
    t.regex(refused.message, fact);
    const [result] = await both.decode([damaged]);
    t.true(result!.status === "fulfilled" || (result!.reason as DecodeError).code.startsWith("ERR_POLYCODEC_"));
    if (result!.status === "fulfilled") result!.value.release();
  });
}
