/** JPEG 2000: round trips, what the encode options do, regions and scales, cut files, metadata, and other people's programs. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CodeStream, Decoder, type EncodeOptions, Encoder, Image, type MetadataKind } from "@polycodec/core";
import { drawPicture, psnr, seededRandom } from "@polycodec/core/testing";
import "@polycodec/ext-cpu";
import test from "ava";
import { has, pipe, readPnm } from "./programs.js";

const AS_STORED = { colorSpec: "UNCHANGED", allowAnyDepth: true } as const;
const ARRAYS = {
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  uint32: Uint32Array,
  int32: Int32Array,
} as const;

const decoder = new Decoder();
const encoder = new Encoder();
const jpeg2k = (image: Image, options: Omit<EncodeOptions, "codec"> = {}) =>
  encoder.encode(image, { ...options, codec: "jpeg2k" });

/** Noise over the whole range of a type, its ends among it. */
function noise(dtype: keyof typeof ARRAYS, precision: number, width: number, height: number, channels: number): Image {
  const random = seededRandom(precision * channels + width);
  const least = dtype.startsWith("int") ? -(2 ** (precision - 1)) : 0;
  const data = new ARRAYS[dtype](width * height * channels).map(() => least + Math.floor(random() * 2 ** precision));
  data[0] = least;
  data[data.length - 1] = least + 2 ** precision - 1;
  return Image.from(data, { width, height, channels, precision });
}

for (const ht of [false, true]) {
  test(`lossless for every type and number of channels${ht ? ", high throughput" : ""}`, async (t) => {
    for (const [dtype, precisions] of Object.entries({
      uint8: [1, 4, 8],
      int8: [4, 8],
      uint16: [9, 12, 16],
      int16: [10, 16],
      uint32: [17, 22, 24],
      int32: [20, 24],
    })) {
      for (const precision of precisions) {
        for (const channels of [1, 2, 3, 4, 5]) {
          const mctMode = (channels === 3 || channels === 4) && precision <= 22 ? 1 : 0;
          for (const jpeg2kOptions of [{}, { bitstreamType: "J2K", tileWidth: 16, tileHeight: 19, mctMode }] as const) {
            const image = noise(dtype as keyof typeof ARRAYS, precision, 37, 29, channels);
            const bytes = await jpeg2k(image, { jpeg2k: { ...jpeg2kOptions, ht } });
            using back = await decoder.decode(bytes, AS_STORED);
            const what = `${dtype} of ${precision} bits, ${channels} channels, ${JSON.stringify(jpeg2kOptions)}`;
            t.deepEqual([back.dtype, back.precision, back.channels], [dtype, precision, channels], what);
            t.true(Buffer.from(back.bytes).equals(Buffer.from(image.bytes)), what);
          }
        }
      }
    }
  });
}

test("small pictures survive high throughput, whose library transforms very small tiles wrongly", async (t) => {
  const random = seededRandom(5);
  const side = (most: number) => 1 + Math.floor(random() * most);
  for (let i = 0; i < 150; i++) {
    const image = noise("uint8", 8, side(40), side(40), 1);
    const tiles = i % 2 ? { tileWidth: side(20), tileHeight: side(20) } : {};
    const options = { ht: true, numResolutions: side(8), ...tiles };
    const what = `${image.width}x${image.height} ${JSON.stringify(options)}`;
    using back = await decoder.decode(await jpeg2k(image, { jpeg2k: options }), AS_STORED);
    t.true(Buffer.from(back.bytes).equals(Buffer.from(image.bytes)), what);
  }
});

test("the options are what the code stream says", async (t) => {
  const picture = drawPicture(300, 200);
  for (const progOrder of ["LRCP", "RLCP", "RPCL", "PCRL", "CPRL"] as const) {
    for (const ht of [false, true]) {
      const options = { ht, progOrder, mctMode: 1, numResolutions: 4, codeBlockSize: [16, 128] } as const;
      const stream = CodeStream.from(await jpeg2k(picture, { jpeg2k: { ...options, tileWidth: 128, tileHeight: 96 } }));
      const { detail, tile } = stream.info;
      t.deepEqual(tile, { width: 128, height: 96 });
      t.like(detail, {
        container: ht ? "JPH" : "JP2",
        ht,
        tiles: 9,
        reversible: true,
        resolutions: 4,
        progression: progOrder,
        mct: true,
        codeBlockHeight: 16,
        codeBlockWidth: 128,
      });
    }
  }
  t.like(CodeStream.from(await jpeg2k(picture, { quality: 50 })).info.detail, { reversible: false, resolutions: 6 });
  const tiny = CodeStream.from(await jpeg2k(noise("uint8", 8, 1, 1, 1), { jpeg2k: { numResolutions: 33 } }));
  t.is(tiny.info.detail!.resolutions, 1);
});

test("each quality type gives what it promises, and is refused where there is no such thing", async (t) => {
  const picture = drawPicture(320, 240);
  const dB = async (options: Omit<EncodeOptions, "codec">) =>
    psnr((await decoder.decode(await jpeg2k(picture, options))).data, picture.data);
  for (const qualityValue of [30, 36, 42]) {
    const found = await dB({ qualityType: "PSNR", qualityValue });
    t.true(Math.abs(found - qualityValue) < 1, `${qualityValue} dB: ${found}`);
  }
  for (const qualityValue of [0.05, 0.2]) {
    const { length } = await jpeg2k(picture, { qualityType: "SIZE_RATIO", qualityValue });
    t.true(
      Math.abs(length / picture.bytes.length - qualityValue) < 0.05 * qualityValue,
      `${qualityValue}: ${length} bytes`,
    );
  }
  const by = [];
  for (const quality of [10, 50, 75, 95, 100]) by.push(await dB({ quality }));
  t.deepEqual(
    [...by].sort((a, b) => a - b),
    by,
    "better quality, better picture",
  );
  t.true(by[2]! > 33 && by[4]! > 45, String(by));
  const coarse = await dB({ qualityType: "QUANTIZATION_STEP", qualityValue: 20 });
  t.true(coarse < (await dB({ qualityType: "QUANTIZATION_STEP", qualityValue: 2 })) - 6);
  t.is(await dB({ qualityType: "LOSSLESS" }), Infinity);
  for (const qualityType of ["QUALITY", "QUANTIZATION_STEP", "PSNR", "SIZE_RATIO"] as const) {
    await t.throwsAsync(
      jpeg2k(picture, { qualityType, qualityValue: qualityType === "QUALITY" ? 50 : 0.5, jpeg2k: { ht: true } }),
      {
        code: "ERR_POLYCODEC_UNSUPPORTED",
      },
    );
  }
  await t.throwsAsync(jpeg2k(picture, { colorSpec: "SYCC", jpeg2k: { mctMode: 1 } }));
  await t.throwsAsync(jpeg2k(picture, { chromaSubsampling: "CSS_420" }));
  t.throws(() => encoder.encodeSync(picture, { codec: "jpeg2k", jpeg2k: { codeBlockSize: [128, 128] } }), {
    instanceOf: RangeError,
  });
});

test("YCbCr with coarser colour comes back as RGB", async (t) => {
  const picture = drawPicture(129, 97);
  for (const chromaSubsampling of [
    "CSS_444",
    "CSS_422",
    "CSS_420",
    "CSS_440",
    "CSS_411",
    "CSS_410",
    "CSS_410V",
  ] as const) {
    for (const ht of [false, true]) {
      const bytes = await jpeg2k(picture, { colorSpec: "SYCC", chromaSubsampling, jpeg2k: { ht } });
      const { info } = CodeStream.from(bytes);
      t.deepEqual([info.colorSpec, info.chromaSubsampling], ["SYCC", chromaSubsampling]);
      using back = await decoder.decode(bytes);
      const found = psnr(back.data, picture.data);
      t.true(found > (chromaSubsampling === "CSS_444" ? 45 : 20), `${chromaSubsampling}: ${found} dB`);
    }
  }
  using gray = await decoder.decode(await jpeg2k(picture, { chromaSubsampling: "CSS_GRAY" }), AS_STORED);
  t.is(gray.channels, 1);
});

test("regions of tiled and of scaled pictures are slices of the whole, on one thread and on several", async (t) => {
  const picture = drawPicture(333, 222);
  const random = seededRandom(9);
  for (const options of [{}, { tileWidth: 64, tileHeight: 50 }, { ht: true, tileWidth: 100, tileHeight: 222 }]) {
    for (const quality of "ht" in options ? [{}] : [{}, { quality: 80 }]) {
      const bytes = await jpeg2k(picture, { ...quality, jpeg2k: options });
      for (const scale of [1, 2, 4, 8] as const) {
        using whole = await decoder.decode(bytes, { scale });
        t.deepEqual(whole.shape, [Math.ceil(222 / scale), Math.ceil(333 / scale), 3]);
        for (let i = 0; i < 5; i++) {
          const y0 = Math.floor(random() * whole.height);
          const x0 = Math.floor(random() * whole.width);
          const y1 = y0 + 1 + Math.floor(random() * (whole.height - y0));
          const x1 = x0 + 1 + Math.floor(random() * (whole.width - x0));
          const region = { start: [y0 * scale, x0 * scale], end: [y1 * scale, x1 * scale] } as const;
          using part = await decoder.decode(bytes, { scale, region });
          const rows = Array.from({ length: Math.min(y1, whole.height) - y0 }, (_, y) =>
            whole.bytes.subarray(
              ((y0 + y) * whole.width + x0) * 3,
              ((y0 + y) * whole.width + Math.min(x1, whole.width)) * 3,
            ),
          );
          t.true(
            Buffer.concat(rows).equals(inside(part, y1, x1, y0, x0, whole)),
            `${JSON.stringify({ options, quality, scale, region })}`,
          );
        }
      }
    }
  }
});

/** What of a region's pixels lies inside of the picture. */
function inside(part: Image, y1: number, x1: number, y0: number, x0: number, whole: Image): Buffer {
  const width = Math.min(x1, whole.width) - x0;
  const rows = Array.from({ length: Math.min(y1, whole.height) - y0 }, (_, y) =>
    part.bytes.subarray(y * part.width * 3, (y * part.width + width) * 3),
  );
  return Buffer.concat(rows);
}

test("a cut file is an error, or partial with a warning", async (t) => {
  const picture = drawPicture(256, 256);
  for (const options of [{}, { tileWidth: 64, tileHeight: 64 }, { ht: true }]) {
    const bytes = await jpeg2k(picture, { jpeg2k: options });
    for (const part of [0.4, 0.7, 0.95]) {
      const cut = bytes.subarray(0, Math.floor(bytes.length * part));
      await t.throwsAsync(decoder.decode(cut), { code: "ERR_POLYCODEC_TRUNCATED" }, JSON.stringify(options));
      const [result] = await decoder.decode([cut], { onTruncated: "partial" });
      if (result!.status === "rejected") {
        t.true(options.ht, `${JSON.stringify(options)} ${part}: ${result!.reason.message}`);
        continue;
      }
      t.true(
        result!.value.warnings.some((warning) => /early|missing/.test(warning)),
        String(result!.value.warnings),
      );
    }
  }
});

test("metadata goes into boxes and comes back; without boxes there are comments alone", async (t) => {
  const piece = (kind: MetadataKind, text: string) => ({
    kind,
    format: "RAW" as const,
    id: 0,
    bytes: new TextEncoder().encode(text),
  });
  const metadata = [
    piece("EXIF", "II*\0\x08\0\0\0\0\0\0\0\0\0"),
    piece("XMP", "<x:xmpmeta/>"),
    piece("IPTC", "\x1c\x02\x78\0\x01a"),
    piece("ICC_PROFILE", "a profile"),
    piece("COMMENT", "drawn by hand"),
  ];
  const plain = (pieces: readonly { kind: MetadataKind; bytes: Uint8Array }[]) =>
    pieces.map(({ kind, bytes }) => `${kind}: ${Buffer.from(bytes).toString("latin1")}`).sort();
  for (const ht of [false, true]) {
    const picture = drawPicture(40, 30);
    const boxed = CodeStream.from(await jpeg2k(picture, { metadata, jpeg2k: { ht } }));
    const found = (await boxed.metadata()).filter(({ bytes }) => !/OpenJP/.test(Buffer.from(bytes).toString("latin1")));
    t.deepEqual(plain(found), plain(metadata));
    const bare = await jpeg2k(picture, { metadata, jpeg2k: { ht, bitstreamType: "J2K" } });
    t.true(plain(await CodeStream.from(bare).metadata("COMMENT")).includes("COMMENT: drawn by hand"));
    using back = await decoder.decode(bare);
    t.true(Buffer.from(back.bytes).equals(Buffer.from(picture.bytes)));
  }
});

/** opj_decompress signs what it writes. */
function withoutComment(pnm: Buffer): Uint8Array {
  const [start, end] = [pnm.indexOf("#"), pnm.indexOf("\n", pnm.indexOf("#")) + 1];
  return start > 0 && start < 10 ? Buffer.concat([pnm.subarray(0, start), pnm.subarray(end)]) : pnm;
}

const withOpj = has("opj_decompress") ? test : test.skip;
withOpj("opj_decompress decodes what we write to the same pixels", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "polycodec-"));
  try {
    const picture = drawPicture(150, 110);
    for (const [name, options] of Object.entries({
      "a.jp2": { mctMode: 1 },
      "b.j2k": { bitstreamType: "J2K", tileWidth: 40, tileHeight: 60, progOrder: "CPRL" },
      "c.jp2": { ht: true, mctMode: 1 },
      "d.j2k": { ht: true, bitstreamType: "J2K", tileWidth: 64, tileHeight: 64 },
    } as const)) {
      const [path, output] = [join(folder, name), join(folder, "out.ppm")];
      writeFileSync(path, await jpeg2k(picture, { jpeg2k: options }));
      pipe("opj_decompress", ["-i", path, "-o", output], new Uint8Array());
      const { width, height, data } = readPnm(withoutComment(readFileSync(output)));
      t.deepEqual([width, height], [150, 110]);
      t.true(Buffer.from(data).equals(Buffer.from(picture.bytes)), name);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
