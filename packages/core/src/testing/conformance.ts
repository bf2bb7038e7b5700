/**
 * The conformance suite: what every backend must do, whatever its codec. A backend's own test file is a call of
 * `testBackend` and the regressions that are only its own. Works with any test runner: `testBackend(test, { … })`.
 */
import assert from "node:assert/strict";
import { ByteReader, NeedBytes } from "../bytes.js";
import { Decoder } from "../decoder.js";
import { Encoder } from "../encoder.js";
import { CodecError } from "../errors.js";
import type { Extension, Parser } from "../plugin.js";
import { Registry } from "../registry.js";
import { decodeConformance } from "./decode-conformance.js";
import { encodeConformance } from "./encode-conformance.js";
import { drawPicture, seededRandom } from "./pictures.js";
import type { BackendUnderTest, Subject, TestFunction, TestStream } from "./subject.js";

export function testBackend(test: TestFunction, under: BackendUnderTest): void {
  // Only the backends under test are registered, so that no other one helps out.
  const extension: Extension = {
    ...under.extension,
    decoders: (under.extension.decoders ?? []).filter(({ id, codec }) => id === under.decoder && codec === under.codec),
    encoders: (under.extension.encoders ?? []).filter(({ id, codec }) => id === under.encoder && codec === under.codec),
  };
  const registry = new Registry().use(extension);
  const label = `${under.codec} ${under.decoder ?? under.encoder}`;
  const named: TestFunction = (name, body) => test(`${label}: ${name}`, body);

  named("the backends under test exist", async () => {
    assert.equal(extension.decoders!.length, under.decoder === undefined ? 0 : 1, `decoder ${under.decoder}`);
    assert.equal(extension.encoders!.length, under.encoder === undefined ? 0 : 1, `encoder ${under.encoder}`);
  });

  named("an extension used twice is registered once, and a second of the same name is refused", async () => {
    const own = new Registry().use(extension);
    const before = own.decoders.length + own.encoders.length;
    own.use(extension);
    assert.equal(own.decoders.length + own.encoders.length, before);
    assert.throws(() => own.use({ ...extension }), { code: "ERR_POLYCODEC_DUPLICATE" });
  });

  let made: Promise<readonly TestStream[]> | undefined;
  const subject: Subject = {
    under,
    registry,
    openDecoder: () => new Decoder({ registry }),
    openEncoder: () => new Encoder({ registry }),
    streams: () => (made ??= under.samples ? Promise.resolve(under.samples) : encodeSamples(subject)),
  };
  const parser = registry.parsers.find(({ codec }) => codec === under.codec);
  if (parser) parserConformance(named, subject, parser);
  if (under.decoder !== undefined) decodeConformance(named, subject);
  if (under.encoder !== undefined) encodeConformance(named, subject);
}

async function encodeSamples({ openEncoder, under: { codec, encodeOptions } }: Subject): Promise<TestStream[]> {
  using encoder = openEncoder();
  const samples = [];
  for (const [width, height] of [
    [1, 1],
    [7, 5],
    [64, 48],
    [193, 131],
  ] as const) {
    const pixels = drawPicture(width, height, { seed: width });
    samples.push({
      name: `${width}x${height}`,
      bytes: await encoder.encode(pixels, { ...encodeOptions, codec }),
      pixels,
    });
  }
  return samples;
}

function parserConformance(test: TestFunction, { streams, under: { codec } }: Subject, parser: Parser): void {
  test("the parser recognises the samples, reads their headers and gives a sound description", async () => {
    for (const { name, bytes } of await streams()) {
      assert.ok(parser.canParse(bytes.subarray(0, 64)), name);
      const info = parser.parse(new ByteReader(bytes), 0);
      assert.equal(info.codec, codec, name);
      for (const value of [info.width, info.height, info.channels, info.numImages, info.precision])
        assert.ok(Number.isSafeInteger(value) && value > 0, `${name}: ${JSON.stringify(info)}`);
      assert.ok(info.orientation >= 1 && info.orientation <= 8, name);
    }
  });

  test("the parser throws nothing but CodecErrors about headers cut short or garbled, and canParse never throws", async () => {
    const random = seededRandom(7);
    for (const { bytes } of await streams()) {
      for (let cut = 0; cut < Math.min(bytes.length, 200); cut++) parsesOrRefuses(parser, bytes.subarray(0, cut));
      for (let i = 0; i < 200; i++) {
        const garbled = bytes.slice(0, 4096);
        for (let k = 0; k < 4; k++)
          garbled[Math.floor(random() * Math.min(garbled.length, 64))] = Math.floor(random() * 256);
        parsesOrRefuses(parser, garbled);
      }
    }
  });
}

function parsesOrRefuses(parser: Parser, bytes: Uint8Array): void {
  if (!parser.canParse(bytes.subarray(0, 64))) return;
  try {
    parser.parse(new ByteReader(bytes), 0);
  } catch (error) {
    assert.ok(error instanceof CodecError || error instanceof NeedBytes, `${(error as Error).stack}`);
  }
}
