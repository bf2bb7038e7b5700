/** PNM: the conformance suite, exact round trips of every format, and what maxval, order and place of samples mean. */
import { CodeStream, type DecodeError, type EncodeOptions, Image } from "@polycodec/core";
import { testBackend } from "@polycodec/core/testing";
import { extension } from "@polycodec/ext-cpu/extension";
import test from "ava";
import { givesBack, type Kind, noisy } from "./round-trip.js";
import { drawn, openDecoder, openEncoder, registry, slice } from "./subject.js";

for (const [name, pnm] of [
  ["ppm", {}],
  ["ascii", { ascii: true }],
  ["pam", { format: "pam" }],
] as const) {
  testBackend(
    (title, body) =>
      test(`${name}: ${title}`, async (t) => {
        await body();
        t.pass();
      }),
    { extension, codec: "pnm", decoder: "pnm", encoder: "pnm", encodeOptions: { pnm } },
  );
}

const codec = "pnm";
const file = (header: string, ...samples: number[]) => Uint8Array.from([...Buffer.from(header), ...samples]);
const text = (bytes: Uint8Array, length = 80) => Buffer.from(bytes.subarray(0, length)).toString("latin1");

test("every depth, dtype and number of channels comes back as it was", async (t) => {
  const kinds: Kind[] = [];
  for (const channels of [1, 2, 3, 4, 5]) {
    for (let precision = 1; precision <= 8; precision++) kinds.push({ channels, dtype: "uint8", precision });
    for (let precision = 9; precision <= 16; precision++) kinds.push({ channels, dtype: "uint16", precision });
  }
  kinds.push({ channels: 1, dtype: "float32" }, { channels: 3, dtype: "float32" });
  for (const kind of kinds) await givesBack(t, kind, { codec });
  for (const kind of kinds.filter(({ dtype, channels }) => dtype !== "float32" && channels !== 5))
    await givesBack(t, kind, { codec, pnm: { format: "pam" } });
  for (const kind of kinds.filter(({ dtype, channels }) => dtype !== "float32" && [1, 3].includes(channels)))
    await givesBack(t, kind, { codec, pnm: { ascii: true } });
  for (const sampleFormat of ["P_RGB", "I_BGR", "P_BGR", "P_UNCHANGED"] as const) {
    await givesBack(t, { channels: 3, sampleFormat }, { codec });
    await givesBack(t, { channels: 3, sampleFormat, dtype: "uint16", precision: 12 }, { codec });
  }
});

test("the format follows the picture, or is what was asked for", async (t) => {
  using encoder = openEncoder();
  const magic = async (kind: Kind, pnm?: EncodeOptions["pnm"]) =>
    text(await encoder.encode(noisy(5, 3, kind), { codec, ...(pnm && { pnm }) }), 2);
  t.is(await magic({ channels: 1, precision: 1 }), "P4");
  t.is(await magic({ channels: 1 }), "P5");
  t.is(await magic({ channels: 2 }), "P7");
  t.is(await magic({ channels: 3 }), "P6");
  t.is(await magic({ channels: 4 }), "P7");
  t.is(await magic({ channels: 7 }), "P7");
  t.is(await magic({ channels: 3, dtype: "float32" }), "PF");
  t.is(await magic({ channels: 1, dtype: "float32" }), "Pf");
  t.is(await magic({ channels: 1, precision: 1 }, { ascii: true }), "P1");
  t.is(await magic({ channels: 1, precision: 1 }, { format: "pgm" }), "P5");
  t.is(await magic({ channels: 1 }, { ascii: true }), "P2");
  t.is(await magic({ channels: 3 }, { ascii: true }), "P3");
  for (const [kind, pnm, status] of [
    [{ channels: 3 }, { format: "pgm" }, "NUM_CHANNELS_UNSUPPORTED"],
    [{ channels: 1 }, { format: "pbm" }, "SAMPLE_TYPE_UNSUPPORTED"],
    [{ channels: 1 }, { format: "pfm" }, "SAMPLE_TYPE_UNSUPPORTED"],
    [{ channels: 2, dtype: "float32" }, {}, "NUM_CHANNELS_UNSUPPORTED"],
    [{ channels: 4 }, { ascii: true }, "ENCODING_UNSUPPORTED"],
  ] as const) {
    const error = (await t.throwsAsync(magic(kind, pnm))) as DecodeError;
    t.is(error.attempts[0]?.status, status, JSON.stringify([kind, pnm]));
  }
});

test("what is written looks as the manuals say", async (t) => {
  using encoder = openEncoder();
  const encode = async (image: Image, pnm: EncodeOptions["pnm"] = {}) =>
    text(await encoder.encode(image, { codec, pnm }));
  const bits = Image.from(Uint8Array.of(1, 0, 1), { width: 3, height: 1, channels: 1, precision: 1 });
  t.is(await encode(bits, { ascii: true }), "P1\n3 1\n0 1 0\n");
  t.is(await encode(bits), "P4\n3 1\n\x40");
  const wide = Image.from(Uint16Array.of(1, 4095), { width: 2, height: 1, channels: 1, precision: 12 });
  t.is(await encode(wide), "P5\n2 1\n4095\n\x00\x01\x0f\xff");
  t.is(
    await encode(wide, { format: "pam" }),
    "P7\nWIDTH 2\nHEIGHT 1\nDEPTH 1\nMAXVAL 4095\nTUPLTYPE GRAYSCALE\nENDHDR\n\x00\x01\x0f\xff".slice(0, 80),
  );
  const long = await encoder.encode(noisy(40, 2, { channels: 3 }), { codec, pnm: { ascii: true } });
  for (const line of Buffer.from(long).toString().split("\n")) t.true(line.length <= 70, line);
});

test("any maxval is stretched to all of its bits, and samples above it count as it", async (t) => {
  using decoder = openDecoder();
  for (const [maxval, samples] of [
    [1, [0, 1, 2, 255]],
    [4, [0, 1, 4, 9]],
    [100, [0, 50, 100, 200]],
    [254, [0, 127, 254, 255]],
  ] as const) {
    const bytes = file(`P5 4 1 ${maxval}\n`, ...samples);
    const full = 2 ** Math.ceil(Math.log2(maxval + 1)) - 1;
    const stretched = samples.map((v) => Math.round((Math.min(v, maxval) * full) / maxval));
    const any = await decoder.decode(bytes, { colorSpec: "UNCHANGED", allowAnyDepth: true });
    t.deepEqual([...any.data], stretched, `${maxval}`);
    const gray = await decoder.decode(bytes, { colorSpec: "GRAY" });
    t.deepEqual(
      [...gray.data],
      stretched.map((v) => Math.round((v * 255) / full)),
      `${maxval} in 8 bits`,
    );
    const ascii = await decoder.decode(file(`P2 4 1 ${maxval}\n${samples.join(" ")}`), { colorSpec: "GRAY" });
    t.deepEqual([...ascii.data], [...gray.data], `${maxval} in ASCII`);
  }
  const wide = file("P5 3 1 1000\n", 0, 0, 1, 244, 255, 255);
  const any = await decoder.decode(wide, { colorSpec: "UNCHANGED", allowAnyDepth: true });
  t.deepEqual([any.precision, ...any.data], [10, 0, Math.round((500 * 1023) / 1000), 1023]);
});

test("comments, white space of every kind, and lines that end in CR LF", async (t) => {
  using decoder = openDecoder();
  const gray = { colorSpec: "GRAY" } as const;
  const pixels = async (bytes: Uint8Array) => [...(await decoder.decode(bytes, gray)).data];
  t.deepEqual(await pixels(file("P5# a\n#b\n 2\t# c\n\v1\f255\r", 7, 8)), [7, 8]);
  t.deepEqual(await pixels(file("P2\n2 1 # d\n255\n 7 # e\n #f\n8")), [7, 8]);
  t.deepEqual(await pixels(file("P1 5 1\n10101")), [0, 255, 0, 255, 0]);
  t.deepEqual(await pixels(file("P5\r\n2 1\r\n255\r\n", 7, 8)), [7, 8], "CR LF");
  t.deepEqual(await pixels(file("P5\r2 1\r255\r", 10, 8)), [10, 8], "CR, and a first sample of 10");
  t.deepEqual(await pixels(file("P7\nMAXVAL 255\n# g\nDEPTH 1\nHEIGHT 1\nWIDTH 2\nENDHDR\n", 7, 8)), [7, 8]);
  const comments = CodeStream.from(file("P5# a\n#b\n 2 1 255\n", 7, 8), registry);
  t.deepEqual(
    (await comments.metadata()).map(({ bytes }) => Buffer.from(bytes).toString()),
    ["a", "b"],
  );
});

test("floating point: order of bytes and rows, and [0, 1] in 8 bits", async (t) => {
  using decoder = openDecoder();
  const values = [0.5, -1, 2, Number.NaN, 1, 0];
  for (const [scale, write] of [
    ["-1.0", "writeFloatLE"],
    ["3", "writeFloatBE"],
  ] as const) {
    const raster = Buffer.alloc(24);
    values.forEach((v, i) => raster[write](v, i * 4));
    const bytes = file(`Pf\n2 3\n${scale}\n`, ...raster);
    const any = await decoder.decode(bytes, { colorSpec: "UNCHANGED", allowAnyDepth: true });
    t.deepEqual([any.dtype, ...any.data], ["float32", 1, 0, 2, Number.NaN, 0.5, -1], "the lowest row comes first");
    const gray = await decoder.decode(bytes, { colorSpec: "GRAY" });
    t.deepEqual([...gray.data], [255, 0, 255, 0, 128, 0]);
  }
});

test("images that follow each other are counted and each is found, alike or not", async (t) => {
  using decoder = openDecoder();
  const one = (value: number) => file("P5 2 1 255\n", value, value);
  const alike = Buffer.concat([1, 2, 3, 4].map(one));
  const mixed = Buffer.concat([one(1), file("P6 1 1 255\n", 2, 2, 2), one(3), Buffer.from("rubbish")]);
  for (const [bytes, count] of [
    [alike, 4],
    [mixed, 3],
  ] as const) {
    const stream = CodeStream.from(new Uint8Array(bytes), registry);
    t.is((await stream.open()).numImages, count);
    for (let imageIdx = 0; imageIdx < count; imageIdx++) {
      const image = await decoder.decode(new Uint8Array(bytes), { imageIdx, colorSpec: "GRAY" });
      t.is(image.data[0], imageIdx + 1);
    }
    await t.throwsAsync(decoder.decode(new Uint8Array(bytes), { imageIdx: count }), { instanceOf: Error });
  }
});

test("CMYK in PAM stays CMYK", async (t) => {
  using encoder = openEncoder();
  using decoder = openDecoder();
  const layout = { width: 2, height: 1, channels: 4, sampleFormat: "I_UNCHANGED", colorSpec: "CMYK" } as const;
  const cmyk = Image.from(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), layout);
  const bytes = await encoder.encode(cmyk, { codec });
  t.regex(text(bytes), /TUPLTYPE CMYK/);
  const back = await decoder.decode(bytes, { colorSpec: "UNCHANGED" });
  t.deepEqual([back.colorSpec, back.sampleFormat, ...back.data], ["CMYK", "I_UNCHANGED", ...cmyk.data]);
});

test("a region of a file needs its own rows alone", async (t) => {
  using encoder = openEncoder();
  using decoder = openDecoder();
  const picture = drawn(40, 30);
  const whole = await encoder.encode(picture, { codec });
  const cut = whole.subarray(0, whole.length - 40 * 3 * 10);
  const part = await decoder.decode(cut, { region: { start: [5, 7], end: [20, 31] } });
  t.deepEqual(part.data, slice(picture, 5, 7, 20, 31));
  const error = (await t.throwsAsync(decoder.decode(cut), { code: "ERR_POLYCODEC_TRUNCATED" })) as DecodeError;
  t.is(error.attempts[0]?.message, "row 20 of 30: the file ends");
  const partial = await decoder.decode(cut, { onTruncated: "partial" });
  t.deepEqual(partial.data.slice(0, 20 * 120), picture.data.slice(0, 20 * 120));
  t.deepEqual(partial.warnings, ["the file ends: 10 rows from row 20 on are filled with 0"]);
});

test("a comment is written and read again; metadata without a place is a warning, not an error", async (t) => {
  using encoder = openEncoder();
  const comment = { kind: "COMMENT", format: "RAW", id: 0, bytes: Buffer.from("two\nlines") } as const;
  const bytes = await encoder.encode(drawn(4, 4), { codec, metadata: [comment] });
  t.is(text(bytes, 27), "P6\n# two\n# lines\n4 4\n255\n".concat(text(bytes.subarray(25), 2)));
  const found = await CodeStream.from(bytes, registry).metadata("COMMENT");
  t.deepEqual(
    found.map((one) => Buffer.from(one.bytes).toString()),
    ["two", "lines"],
  );
  const exif = { kind: "EXIF", format: "RAW", id: 0, bytes: new Uint8Array(20) } as const;
  await t.notThrowsAsync(encoder.encode(drawn(4, 4), { codec, metadata: [exif] }));
});

test("headers that break the rules are refused with a fact", async (t) => {
  using decoder = openDecoder();
  for (const [header, fact] of [
    ["P5 0 1 255\n", /width "0"/],
    ["P5 x 1 255\n", /width "x"/],
    ["P5 1 1 65536\n", /maxval "65536"/],
    ["P5 1 1 0\n", /maxval "0"/],
    ["P5 99999999999 1 255\n", /width/],
    ["P7\nWIDTH 1\nHEIGHT 1\nMAXVAL 255\nENDHDR\n", /no DEPTH/],
    ["P7\nWIDTH 1\nCOLOUR 3\n", /unknown line "COLOUR"/],
    ["Pf 1 1 0\n", /scale 0/],
  ] as const) {
    const error = await t.throwsAsync(decoder.decode(file(header, 1, 2, 3, 4)), { code: "ERR_POLYCODEC_CORRUPTED" });
    t.regex(error!.message, fact, header);
  }
  const number = await t.throwsAsync(decoder.decode(file("P2 2 1 255\n7 x")), { code: "ERR_POLYCODEC_CORRUPTED" });
  t.regex(String((number as DecodeError).attempts[0]?.message), /row 0 of 1: no number at offset 13/);
});
