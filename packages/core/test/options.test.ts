/** The door: what each option allows, what it is by default, and what is said when it is wrong. */
import test from "ava";
import { Decoder } from "#core/decoder.js";
import { Encoder } from "#core/encoder.js";
import { Image } from "#core/image/image.js";
import { isImage } from "#core/image/is-image.js";
import { DEFAULT_LIMITS } from "#core/limits.js";
import { type DecodeOptions, readDecodeParams, readLimits, readReuse } from "#core/params/decode-params.js";
import { type EncodeOptions, metadataOf, readEncodeOptions } from "#core/params/encode-params.js";
import { nearest } from "#core/params/options.js";
import { readRegion } from "#core/params/region.js";
import type { Metadata } from "#core/plugin.js";
import { Registry } from "#core/registry.js";
import { fakeDecoder, fakeExtension } from "#core/testing/fake-backend.js";

const TYPE = { instanceOf: TypeError, code: "ERR_POLYCODEC_INVALID_ARGUMENT" };
const RANGE = { instanceOf: RangeError, code: "ERR_POLYCODEC_OUT_OF_RANGE" };
const UNKNOWN = { instanceOf: TypeError, code: "ERR_POLYCODEC_UNKNOWN_OPTION" };
const decode = (options: unknown) => readDecodeParams(options as DecodeOptions, DEFAULT_LIMITS);
const encode = (options: unknown) => readEncodeOptions(options as EncodeOptions);

test("decode options are complete and frozen, with their defaults", (t) => {
  const params = decode(undefined);
  t.true(Object.isFrozen(params));
  t.like(params, {
    applyExifOrientation: true,
    colorSpec: "SRGB",
    sampleFormat: undefined,
    allowAnyDepth: false,
    scale: 1,
    onTruncated: "error",
    memory: "recycled",
    urgency: "batch",
    limits: DEFAULT_LIMITS,
  });
  t.deepEqual(decode({ scale: undefined }), params);
});

test("a sample format says what colour is meant, and may not contradict it", (t) => {
  t.is(decode({ sampleFormat: "P_BGR" }).colorSpec, "SRGB");
  t.is(decode({ sampleFormat: "I_Y" }).colorSpec, "GRAY");
  t.is(decode({ sampleFormat: "I_YUV" }).colorSpec, "SYCC");
  t.is(decode({ sampleFormat: "P_UNCHANGED" }).colorSpec, "UNCHANGED");
  t.throws(() => decode({ sampleFormat: "I_Y", colorSpec: "SRGB" }), { ...TYPE, message: /I_Y does not hold SRGB/ });
  t.throws(() => decode({ colorSpec: "CMYK" }), { ...TYPE, message: /SRGB, GRAY, SYCC or UNCHANGED/ });
});

const wrongDecodes: readonly (readonly [unknown, object, RegExp])[] = [
  [{ colorspec: "SRGB" }, UNKNOWN, /did you mean colorSpec/],
  [{ zzz: 1 }, UNKNOWN, /expected applyExifOrientation/],
  [{ scale: 3 }, TYPE, /scale: expected one of 1, 2, 4, 8, got 3/],
  [{ scale: "2" }, TYPE, /scale/],
  [{ applyExifOrientation: 1 }, TYPE, /applyExifOrientation: expected a boolean, got 1/],
  [{ colorSpec: "SRG" }, TYPE, /did you mean SRGB/],
  [{ sampleFormat: "IRGB" }, TYPE, /did you mean I_RGB/],
  [{ imageIdx: -1 }, RANGE, /imageIdx/],
  [{ imageIdx: 1.5 }, TYPE, /an integer/],
  [{ onTruncated: "ignore" }, TYPE, /error, partial/],
  [{ memory: "gpu" }, TYPE, /recycled, transferable/],
  [{ signal: {} }, TYPE, /AbortSignal/],
  [{ urgency: "high" }, TYPE, /interactive, batch/],
  [{ limits: 5 }, TYPE, /limits: expected an object/],
  [{ limits: { maxPixel: 5 } }, UNKNOWN, /did you mean maxPixels/],
  [{ limits: { maxPixels: 0 } }, RANGE, /maxPixels/],
  [{ limits: { windowItems: 0 } }, RANGE, /windowItems/],
  [{ limits: { maxScans: Number.NaN } }, TYPE, /maxScans/],
  [{ region: [0, 0, 1, 1] }, TYPE, /region: expected an object/],
  [{ region: { start: [0, 0] } }, TYPE, /end/],
  [{ region: { start: [0, 0], end: [1] } }, TYPE, /\[y, x\]/],
  [{ region: { start: [0, 0], end: [1, 0.5] } }, TYPE, /integers/],
  [{ region: { start: [0, 0], end: [1, 2 ** 31] } }, RANGE, /beyond/],
  [{ region: { start: [3, 3], end: [3, 5] } }, RANGE, /must be below/],
  [{ region: { start: [0, 0], end: [1, 1], outOfBoundsSamples: [] } }, TYPE, /1 to 5 values/],
  [{ region: { start: [0, 0], end: [1, 1], outOfBoundsSamples: [1, 2, 3, 4, 5, 6] } }, TYPE, /1 to 5 values/],
  [{ region: { start: [0, 0], end: [1, 1], outOfBoundSamples: [1] } }, UNKNOWN, /outOfBoundsSamples/],
  ["SRGB", TYPE, /DecodeOptions: expected an object, got "SRGB"/],
  [null, TYPE, /DecodeOptions/],
];
for (const [options, expectation, message] of wrongDecodes) {
  test(`decode options are refused: ${JSON.stringify(options)}`, (t) => {
    t.throws(() => decode(options), { ...expectation, message });
  });
}

test("names that every object has are unknown options like any other", (t) => {
  t.throws(() => decode({ toString: 1 }), UNKNOWN);
  t.throws(() => decode(JSON.parse('{"__proto__": 1}')), UNKNOWN);
});

test("limits are completed with those of the decoder", (t) => {
  const base = readLimits({ maxPixels: 5, windowItems: 3 }, "limits");
  t.like(readLimits({ windowItems: 4 }, "limits", base), {
    maxPixels: 5,
    windowItems: 4,
    maxScans: DEFAULT_LIMITS.maxScans,
  });
  t.is(readLimits({ maxPixels: undefined }, "limits", base).maxPixels, 5);
  t.true(Object.isFrozen(base));
});

test("a region may lie outside of the picture, and is copied and frozen", (t) => {
  const start = [-5, -6];
  const region = readRegion({ start, end: [1, 2], outOfBoundsSamples: [7] }, "region");
  start[0] = 100;
  t.deepEqual(region, { start: [-5, -6], end: [1, 2], outOfBoundsSamples: [7] });
  t.true(Object.isFrozen(region) && Object.isFrozen(region.start));
});

test("images to reuse: one place per source, Images or holes", (t) => {
  const image = Image.from(new Uint8Array(3), { width: 1, height: 1 });
  t.is(readReuse(undefined, 2, false, isImage), undefined);
  t.deepEqual(readReuse(image, 1, true, isImage), [image]);
  t.deepEqual(readReuse([undefined, image], 2, false, isImage), [undefined, image]);
  t.throws(() => readReuse([image], 2, false, isImage), {
    ...TYPE,
    message: /expected 2 places, one per source, got 1/,
  });
  t.throws(() => readReuse(image, 2, false, isImage), TYPE);
  t.throws(() => readReuse([{} as Image], 1, false, isImage), { ...TYPE, message: /Images/ });
});

test("one image cannot be the target of two sources of one call", (t) => {
  const image = Image.from(new Uint8Array(3), { width: 1, height: 1 });
  t.throws(() => readReuse([image, image], 2, false, isImage), { message: /twice|two/ });
});

test("encode options are complete: quality is short for a type and a value, subsampling follows the channels", (t) => {
  const plain = encode({ codec: "jpeg" });
  t.like(plain, { codec: "jpeg", overwrite: false, urgency: "batch" });
  t.deepEqual(plain.paramsFor("jpeg", 3), {
    qualityType: "DEFAULT",
    qualityValue: 0,
    colorSpec: "UNCHANGED",
    chromaSubsampling: "CSS_444",
    codecParams: {
      progressive: false,
      optimizedHuffman: false,
      restartInterval: 0,
      restartRows: 0,
      predictor: 1,
      pointTransform: 0,
    },
  });
  t.is(plain.paramsFor("jpeg", 1).chromaSubsampling, "CSS_GRAY");
  t.is(
    plain.paramsFor("jpeg", 3),
    plain.paramsFor("jpeg", 4),
    "images of alike kind share one object, so that they share a call",
  );
  t.deepEqual(plain.paramsFor("fake", 3).codecParams, {});
  t.like(encode({ quality: 92, chromaSubsampling: "CSS_420" }).paramsFor("jpeg", 3), {
    qualityType: "QUALITY",
    qualityValue: 92,
    chromaSubsampling: "CSS_420",
  });
  t.is(encode({ chromaSubsampling: "CSS_420" }).paramsFor("jpeg", 1).chromaSubsampling, "CSS_GRAY");
  t.like(encode({ qualityType: "PSNR", qualityValue: 40 }).paramsFor("jpeg", 3), {
    qualityType: "PSNR",
    qualityValue: 40,
  });
});

const wrongEncodes: readonly (readonly [unknown, object, RegExp])[] = [
  [{ quality: 0 }, RANGE, /quality: expected 1 to 100, got 0/],
  [{ quality: 101 }, RANGE, /quality/],
  [{ quality: "90" }, TYPE, /a number, got "90"/],
  [{ quality: 90, qualityType: "QUALITY" }, TYPE, /one or the other/],
  [{ qualityType: "QUALITY" }, RANGE, /1 to 100/],
  [{ qualityType: "PSNR", qualityValue: 0 }, RANGE, /above 0/],
  [{ qualityType: "SIZE_RATIO", qualityValue: 1 }, RANGE, /between 0 and 1/],
  [{ qualitiy: 90 }, UNKNOWN, /did you mean quality/],
  [{ chromaSubsampling: "420" }, TYPE, /CSS_420/],
  [{ jpeg: { progresive: true } }, UNKNOWN, /EncodeOptions\.jpeg.*did you mean progressive/],
  [{ jpeg: { restartInterval: 70_000 } }, RANGE, /restartInterval/],
  [{ jpeg: { restartInterval: 1, restartRows: 1 } }, TYPE, /exclude each other/],
  [{ metadata: "x" }, TYPE, /metadata: expected an array/],
  [{ metadata: [{ kind: "EXIF" }] }, TYPE, /metadata\[0\]\.bytes/],
  [{ metadata: [{ kind: "EXIFF", bytes: new Uint8Array(1) }] }, TYPE, /metadata\[0\]\.kind/],
  [{ overwrite: "yes" }, TYPE, /a boolean/],
];
for (const [options, expectation, message] of wrongEncodes) {
  test(`encode options are refused: ${JSON.stringify(options)}`, (t) => {
    t.throws(() => encode(options), { ...expectation, message });
  });
}

test("metadata is one list for all images, or one for each", (t) => {
  const one: Metadata = { kind: "EXIF", format: "RAW", id: 0, bytes: new Uint8Array(1) };
  t.deepEqual(metadataOf(undefined, 0), []);
  t.deepEqual(metadataOf([one], 3), [one]);
  t.deepEqual(
    [0, 1, 2].map((i) => metadataOf([[one], undefined], i)),
    [[one], [], []],
  );
});

test("a slip of the keyboard is recognised, a stranger is not", (t) => {
  t.is(nearest("colorspec", ["colorSpec", "scale"]), "colorSpec");
  t.is(nearest("banana", ["colorSpec", "scale"]), undefined);
  t.is(nearest("x", []), undefined);
});

test("a Decoder's and an Encoder's own options pass the same door", (t) => {
  const registry = new Registry().use(fakeExtension([{ ...fakeDecoder(), options: { fast: true, level: 3 } }]));
  const decoder = (options: unknown) => new Decoder(options as never);
  t.throws(() => decoder({ registrys: registry }), { ...UNKNOWN, message: /did you mean registry/ });
  t.throws(() => decoder({ registry: {} }), { ...TYPE, message: /a Registry/ });
  t.throws(() => decoder({ maxCpuThreads: -1 }), RANGE);
  t.throws(() => decoder({ backends: [{ kind: "CPU" }] }), { ...TYPE, message: /backends\[0\]\.kind/ });
  t.throws(() => decoder({ registry, options: { "fake-decodr": {} } }), {
    ...UNKNOWN,
    message: /did you mean fake-decoder/,
  });
  t.throws(() => decoder({ registry, options: { "fake-decoder": { fst: true } } }), {
    ...UNKNOWN,
    message: /did you mean fast/,
  });
  t.throws(() => decoder({ registry, options: { "fake-decoder": { fast: 1 } } }), {
    ...TYPE,
    message: /fast: expected a boolean/,
  });
  t.notThrows(() =>
    decoder({
      registry,
      backends: ["CPU_ONLY", { kind: "GPU_ONLY" }],
      options: { "fake-decoder": { level: 4 } },
    }).close(),
  );
  t.throws(() => new Encoder({ regsitry: registry } as never), UNKNOWN);
  t.throws(() => new Encoder({ registry, options: { "fake-decoder": {} } }), { ...UNKNOWN, message: /fake/ });
});

test("options reach the backend complete, and it cannot change them", (t) => {
  let seen: unknown;
  const backend = { ...fakeDecoder(), options: { fast: true, level: 3 } };
  const spy = {
    ...backend,
    create: (context: Parameters<typeof backend.create>[0]) => {
      seen = context.options;
      return backend.create(context);
    },
  };
  const registry = new Registry().use(fakeExtension([spy]));
  using decoder = new Decoder({ registry, options: { "fake-decoder": { level: 4 } } });
  t.true(decoder.backends[0]?.available);
  t.deepEqual(seen, { fast: true, level: 4 });
  t.true(Object.isFrozen(seen));
});
