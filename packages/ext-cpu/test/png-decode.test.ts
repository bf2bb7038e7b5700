/** What is PNG's own in decoding: depths, palettes, transparency, interlace, checksums, truncation, animations. */

import { deflateSync } from "node:zlib";
import { CodeStream, type DecodeError, Decoder, type DecoderOptions, Registry } from "@polycodec/core";
import { drawPicture, seededRandom } from "@polycodec/core/testing";
import { extension } from "@polycodec/ext-cpu/extension";
import test from "ava";
import {
  animationControl,
  chunk,
  chunksOf,
  frameControl,
  frameData,
  type Header,
  headerChunk,
  joined,
  pngOf,
  resplit,
  rowsOf,
} from "./png-bytes.js";
import { openEncoder, slice } from "./subject.js";

const registry = new Registry().use(extension);
const open = (options: DecoderOptions = {}) => new Decoder({ ...options, registry });
const statusOf = (error: unknown) => (error as DecodeError).attempts?.map(({ status }) => status).join();
const messageOf = (error: unknown) => (error as DecodeError).attempts?.map(({ message }) => message).join();

const CODED = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 } as const;
const KINDS: readonly [colorType: keyof typeof CODED, depths: readonly number[]][] = [
  [0, [1, 2, 4, 8, 16]],
  [2, [8, 16]],
  [3, [1, 2, 4, 8]],
  [4, [8, 16]],
  [6, [8, 16]],
];

/** Random rows in every filter, and the bytes that they stand for, by the standard's formulas. */
function randomRows(header: Header, seed: number, filters = [0, 1, 2, 3, 4]) {
  const { width, height, depth, colorType } = header;
  const bits = depth * CODED[colorType as keyof typeof CODED];
  const [rowBytes, pixelBytes] = [Math.ceil((width * bits) / 8), Math.max(1, bits >> 3)];
  const random = seededRandom(seed);
  const filtered = new Uint8Array((rowBytes + 1) * height);
  const plain = new Uint8Array(rowBytes * height);
  for (let y = 0; y < height; y++) {
    const filter = filters[Math.floor(random() * filters.length)]!;
    filtered[y * (rowBytes + 1)] = filter;
    for (let i = 0; i < rowBytes; i++) {
      const a = i >= pixelBytes ? plain[y * rowBytes + i - pixelBytes]! : 0;
      const b = y > 0 ? plain[(y - 1) * rowBytes + i]! : 0;
      const c = y > 0 && i >= pixelBytes ? plain[(y - 1) * rowBytes + i - pixelBytes]! : 0;
      const [pa, pb, pc] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)] as const;
      const paeth = pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
      const predicted = [0, a, b, (a + b) >> 1, paeth][filter]!;
      // Small differences as well as wild ones: both kinds of ties occur.
      const difference = random() < 0.5 ? Math.floor(random() * 4) : Math.floor(random() * 256);
      filtered[y * (rowBytes + 1) + 1 + i] = difference;
      plain[y * rowBytes + i] = predicted + difference;
    }
  }
  return { filtered, plain, rowBytes };
}

/** The samples of plain rows in 8 or 16 bits, gray scaled up, palettes as their indices. */
function samplesOf({ width, height, depth, colorType }: Header, plain: Uint8Array, rowBytes: number): number[] {
  const channels = CODED[colorType as keyof typeof CODED];
  const scale = colorType === 0 && depth < 8 ? 255 / (2 ** depth - 1) : 1;
  const samples: number[] = [];
  for (let y = 0; y < height; y++) {
    for (let i = 0; i < width * channels; i++) {
      const at = y * rowBytes + ((i * depth) >> 3);
      if (depth === 16) samples.push(plain[at]! * 256 + plain[at + 1]!);
      else samples.push(((plain[at]! >> (8 - depth - ((i * depth) % 8))) & (2 ** depth - 1)) * scale);
    }
  }
  return samples;
}

test("every colour type and depth, with every filter, at awkward widths", async (t) => {
  using decoder = open();
  for (const [colorType, depths] of KINDS) {
    for (const depth of depths) {
      for (const width of [1, 2, 3, 5, 8, 17, 31, 67]) {
        const header = { width, height: 23, depth, colorType };
        const palette = chunk(
          "PLTE",
          Uint8Array.from({ length: 3 << Math.min(depth, 8) }, (_, i) => i * 37),
        );
        for (const filters of [[0, 1, 2, 3, 4], [4], [3], [4, 4, 4, 1]]) {
          const { filtered, plain, rowBytes } = randomRows(header, width * depth + colorType, filters);
          const png = pngOf(header, filtered, colorType === 3 ? [palette] : []);
          const image = await decoder.decode(png, { colorSpec: "UNCHANGED", allowAnyDepth: true });
          let expected = samplesOf(header, plain, rowBytes);
          if (colorType === 3)
            expected = expected.flatMap((i) => [i * 3, i * 3 + 1, i * 3 + 2].map((k) => (k * 37) & 255));
          t.deepEqual([...image.data], expected, `type ${colorType}, ${depth} bits, ${width} wide, ${filters}`);
        }
      }
    }
  }
});

test("transparency by colour and by palette is a channel", async (t) => {
  using decoder = open();
  const gray = pngOf({ width: 4, height: 1, depth: 2, colorType: 0 }, Uint8Array.of(0, 0b00011011), [
    chunk("tRNS", Uint8Array.of(0, 2)),
  ]);
  const ya = await decoder.decode(gray, { colorSpec: "UNCHANGED" });
  t.is(ya.sampleFormat, "I_YA");
  t.deepEqual([...ya.data], [0, 255, 85, 255, 170, 0, 255, 255]);
  t.deepEqual([...(await decoder.decode(gray)).data], [0, 0, 0, 85, 85, 85, 170, 170, 170, 255, 255, 255]);

  const rgb = pngOf(
    { width: 2, height: 1, depth: 16, colorType: 2 },
    Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 7),
    [chunk("tRNS", Uint8Array.of(1, 2, 3, 4, 5, 6))],
  );
  const rgba = await decoder.decode(rgb, { colorSpec: "UNCHANGED", allowAnyDepth: true });
  t.deepEqual([...rgba.data], [0x102, 0x304, 0x506, 0, 0x102, 0x304, 0x507, 65_535]);

  const indexed = pngOf({ width: 3, height: 1, depth: 8, colorType: 3 }, Uint8Array.of(0, 0, 1, 9), [
    chunk("PLTE", Uint8Array.of(1, 2, 3, 4, 5, 6)),
    chunk("tRNS", Uint8Array.of(7)),
  ]);
  const image = await decoder.decode(indexed, { sampleFormat: "I_RGBA" });
  t.deepEqual([...image.data], [1, 2, 3, 7, 4, 5, 6, 255, 0, 0, 0, 255], "an index without a colour is opaque black");
});

test("16 bits become 8 by 255 / 65535, rounded, for every value", async (t) => {
  using decoder = open();
  const rows = Buffer.alloc(256 * (1 + 512));
  for (let v = 0; v < 65_536; v++) rows.writeUInt16BE(v, (v >> 8) * 513 + 1 + (v & 255) * 2);
  const image = await decoder.decode(pngOf({ width: 256, height: 256, depth: 16, colorType: 0 }, rows), {
    colorSpec: "GRAY",
  });
  t.true(image.data.every((got, v) => got === Math.round((v * 255) / 65_535)));
});

test("the formats that the decoder makes itself are those that core makes of the file's own", async (t) => {
  using decoder = open();
  for (const [colorType, depth] of [
    [0, 8],
    [4, 8],
    [2, 8],
    [6, 8],
    [0, 16],
    [4, 16],
    [2, 16],
    [6, 16],
  ] as const) {
    const header = { width: 37, height: 11, depth, colorType };
    const png = pngOf(header, randomRows(header, depth + colorType).filtered);
    const own = await decoder.decode(png, { colorSpec: "UNCHANGED", allowAnyDepth: true });
    const channels = own.channels;
    const sample = (i: number, c: number) => Number(own.data[i * channels + c]);
    const alpha = (i: number) => (channels % 2 === 0 ? sample(i, channels - 1) : 2 ** depth - 1);
    const colour = (i: number, c: number) => sample(i, channels >= 3 ? c : 0);
    const luma = (i: number) =>
      channels < 3
        ? sample(i, 0)
        : Math.floor((19_595 * sample(i, 0) + 38_470 * sample(i, 1) + 7471 * sample(i, 2) + 32_768) / 65_536);
    const wanted: Record<string, (i: number) => number[]> = {
      Y: (i) => [luma(i)],
      RGB: (i) => [0, 1, 2].map((c) => colour(i, c)),
      BGR: (i) => [2, 1, 0].map((c) => colour(i, c)),
      RGBA: (i) => [...[0, 1, 2].map((c) => colour(i, c)), alpha(i)],
    };
    for (const allowAnyDepth of [true, false]) {
      for (const [format, of] of Object.entries(wanted)) {
        const expected = Array.from({ length: 37 * 11 }, (_, i) => of(i)).flat();
        const scaled = depth === 16 && !allowAnyDepth ? expected.map((v) => Math.round((v * 255) / 65_535)) : expected;
        const colorSpec = format === "Y" ? "GRAY" : "SRGB";
        const label = `type ${colorType}, ${depth} bits to ${format}${allowAnyDepth ? "" : " of 8 bits"}`;
        const inter = await decoder.decode(png, { colorSpec, sampleFormat: `I_${format}` as "I_RGB", allowAnyDepth });
        t.deepEqual([...inter.data], scaled, label);
        const planar = await decoder.decode(png, { colorSpec, sampleFormat: `P_${format}` as "P_RGB", allowAnyDepth });
        const n = format.length;
        t.deepEqual(
          [...planar.data],
          scaled.map((_, k) => scaled[(k % 407) * n + Math.floor(k / 407)]!),
          `${label}, planar`,
        );
      }
    }
  }
});

test("an interlaced picture is the same picture, whole and by region, at every small size", async (t) => {
  using decoder = open();
  for (const [colorType, depth] of [
    [0, 1],
    [0, 2],
    [3, 4],
    [2, 8],
    [6, 16],
    [4, 8],
  ] as const) {
    for (let size = 1; size <= 12; size++) {
      const [width, height] = [size, 13 - size];
      const header = { width, height, depth, colorType };
      const bits = depth * CODED[colorType];
      const { plain, rowBytes } = randomRows(header, size, [0]);
      // Adam7, pixel by pixel.
      const passes: number[] = [];
      for (const [x0, y0, dx, dy] of [
        [0, 0, 8, 8],
        [4, 0, 8, 8],
        [0, 4, 4, 8],
        [2, 0, 4, 4],
        [0, 2, 2, 4],
        [1, 0, 2, 2],
        [0, 1, 1, 2],
      ] as const) {
        for (let y = y0; y < height; y += dy) {
          const row: number[] = [];
          for (let x = x0, i = 0; x < width; x += dx, i++) {
            for (let b = 0; b < bits; b++) {
              const from = x * bits + b;
              const to = i * bits + b;
              row[to >> 3] ??= 0;
              row[to >> 3]! |= ((plain[y * rowBytes + (from >> 3)]! >> (7 - (from & 7))) & 1) << (7 - (to & 7));
            }
          }
          if (row.length > 0) passes.push(0, ...row);
        }
      }
      const palette =
        colorType === 3
          ? [
              chunk(
                "PLTE",
                Uint8Array.from({ length: 48 }, (_, i) => i * 5),
              ),
            ]
          : [];
      const straight = Buffer.alloc((rowBytes + 1) * height);
      for (let y = 0; y < height; y++)
        straight.set(plain.subarray(y * rowBytes, (y + 1) * rowBytes), y * (rowBytes + 1) + 1);
      const options = { sampleFormat: "I_RGBA", allowAnyDepth: true } as const;
      const expected = await decoder.decode(pngOf(header, straight, palette), options);
      const png = pngOf({ ...header, interlaced: true }, Uint8Array.from(passes), palette);
      const image = await decoder.decode(png, options);
      t.deepEqual(image.data, expected.data, `${width}x${height}, type ${colorType}, ${depth} bits`);
      const planar = await decoder.decode(png, { ...options, sampleFormat: "P_RGBA" });
      t.deepEqual(
        planar.data,
        (await decoder.decode(pngOf(header, straight, palette), { ...options, sampleFormat: "P_RGBA" })).data,
      );
      const [y0, x0] = [height >> 1, width >> 1];
      const part = await decoder.decode(png, {
        ...options,
        allowAnyDepth: false,
        region: { start: [y0, x0], end: [height, width] },
      });
      const eight = await decoder.decode(png, { ...options, allowAnyDepth: false });
      t.deepEqual(part.data, slice(eight, y0, x0, height, width));
    }
  }
});

test("image data may be cut into chunks anywhere, even into empty ones", async (t) => {
  using decoder = open();
  using encoder = openEncoder();
  const picture = drawPicture(90, 70);
  const png = await encoder.encode(picture, { codec: "png" });
  for (const size of [1, 7, 1000]) t.deepEqual((await decoder.decode(resplit(png, size))).data, picture.data);
  const chunks = chunksOf(png).map(({ type, data }) => chunk(type, data));
  const image = await decoder.decode(joined([chunks[0]!, chunk("IDAT"), ...chunks.slice(1)]));
  t.deepEqual(image.data, picture.data);
});

test("a file that ends early is an error that names the row, or a picture of what there is", async (t) => {
  using decoder = open();
  using encoder = openEncoder();
  const picture = drawPicture(120, 90);
  for (const preset of ["fast", "default"] as const) {
    const png = await encoder.encode(picture, { codec: "png", png: { preset } });
    const cut = png.subarray(0, png.length >> 1);
    const error = await t.throwsAsync(decoder.decode(cut), { code: "ERR_POLYCODEC_TRUNCATED" });
    t.is(statusOf(error), "IMAGE_TRUNCATED");
    const row = Number(/^row (\d+) of 90: the file ends/.exec(messageOf(error)!)?.[1]);
    t.true(row > 20 && row < 80, messageOf(error));
    const partial = await decoder.decode(cut, { onTruncated: "partial" });
    t.deepEqual(partial.data.subarray(0, row * 360), picture.data.subarray(0, row * 360));
    t.true(partial.data.subarray((row + 1) * 360).every((value) => value === 0));
    t.regex(partial.warnings.join(), /the file ends/);
  }
});

test("what is missing behind the last row is a warning", async (t) => {
  using decoder = open();
  using encoder = openEncoder();
  const picture = drawPicture(60, 40);
  const png = await encoder.encode(picture, { codec: "png" });
  const withoutEnd = await decoder.decode(png.subarray(0, png.length - 12));
  t.deepEqual([withoutEnd.warnings, withoutEnd.data], [["no IEND chunk"], picture.data]);
  const withoutSum = await decoder.decode(png.subarray(0, png.length - 12 - 4 - 2));
  t.deepEqual([withoutSum.warnings, withoutSum.data], [["the file ends behind the last row"], picture.data]);
  const header = { width: 60, height: 39, depth: 8, colorType: 2 };
  const more = await decoder.decode(pngOf(header, rowsOf(png)));
  t.deepEqual(more.warnings, ["the image data goes on behind the last row"]);
  const less = await t.throwsAsync(decoder.decode(pngOf({ ...header, height: 41 }, rowsOf(png))));
  t.deepEqual([statusOf(less), messageOf(less)], ["IMAGE_TRUNCATED", "row 40 of 41: the image data ends"]);
});

test("checksums: an error, a warning, or not looked at", async (t) => {
  using encoder = openEncoder();
  const picture = drawPicture(60, 40);
  const png = await encoder.encode(picture, { codec: "png" });
  const wrongCrc = png.slice();
  wrongCrc[png.length - 13]! ^= 1;
  const chunks = chunksOf(png);
  const adler = joined(
    chunks.map(({ type, data }) => {
      const bytes = Uint8Array.from(data);
      if (type === "IDAT") bytes[bytes.length - 1]! ^= 1;
      return chunk(type, bytes);
    }),
  );
  for (const [bytes, fact] of [
    [wrongCrc, /^IDAT chunk at offset 33: CRC mismatch$/],
    [adler, /does not match its Adler-32/],
  ] as const) {
    using strict = open();
    const error = await t.throwsAsync(strict.decode(bytes), { code: "ERR_POLYCODEC_CORRUPTED" });
    t.regex(messageOf(error)!, fact);
    using lenient = open({ options: { "polycodec-png": { crc: "warn" } } });
    const warned = await lenient.decode(bytes);
    t.regex(warned.warnings.join(), fact);
    t.deepEqual(warned.data, picture.data);
    using blind = open({ options: { "polycodec-png": { crc: "ignore" } } });
    t.deepEqual([...(await blind.decode(bytes)).warnings], []);
  }
  using wrong = open({ options: { "polycodec-png": { crc: "maybe" } } });
  await t.throwsAsync(wrong.decode(png), { message: /option crc is "error", "warn" or "ignore"/ });
});

test("damage is told by its row", async (t) => {
  using decoder = open();
  const header = { width: 3, height: 4, depth: 8, colorType: 0 };
  const rows = Uint8Array.of(0, 1, 2, 3, 0, 1, 2, 3, 9, 1, 2, 3, 0, 1, 2, 3);
  const filter = await t.throwsAsync(decoder.decode(pngOf(header, rows)));
  t.is(messageOf(filter), "row 2 of 4: filter type 9, expected 0 to 4");
  const bad = deflateSync(rows, { level: 0 });
  bad[3]! ^= 0xff; // the stored block's length
  const stored = await t.throwsAsync(decoder.decode(joined([headerChunk(header), chunk("IDAT", bad), chunk("IEND")])));
  t.is(messageOf(stored), "row 0 of 4: a stored block whose length contradicts itself");
  const notZlib = await t.throwsAsync(
    decoder.decode(joined([headerChunk(header), chunk("IDAT", rows), chunk("IEND")])),
  );
  t.regex(messageOf(notZlib)!, /no zlib header/);
  await t.throwsAsync(decoder.decode(pngOf(header, rows), { limits: { maxScratchBytes: 100 } }), {
    code: "ERR_POLYCODEC_LIMIT_EXCEEDED",
  });
});

test("frames of an animation are whole pictures: placed, blended and disposed of", async (t) => {
  using decoder = open();
  const size = { width: 2, height: 1 };
  const row = (...pixels: number[][]) => Uint8Array.from([0, ...pixels.flat()]);
  const [red, green, half, clear] = [
    [255, 0, 0, 255],
    [0, 255, 0, 255],
    [0, 0, 255, 128],
    [0, 0, 0, 0],
  ];
  const frames = [
    frameControl(1, { width: 1, height: 1, x: 1, dispose: 2, blend: 0 }),
    frameData(2, row(green)),
    frameControl(3, { width: 1, height: 1, x: 1, dispose: 1, blend: 1 }),
    frameData(4, row(half)),
    frameControl(5, { width: 1, height: 1, x: 0, dispose: 0, blend: 1 }),
    frameData(6, row(clear)),
  ];
  const png = joined([
    headerChunk({ ...size, depth: 8, colorType: 6 }),
    animationControl(4),
    frameControl(0, { ...size, dispose: 0 }),
    chunk("IDAT", deflateSync(row(red, red))),
    ...frames,
    chunk("IEND"),
  ]);
  t.is(CodeStream.from(png, registry).info.numImages, 4);
  const pixels = async (imageIdx: number) => [
    ...(await decoder.decode(png, { imageIdx, sampleFormat: "I_RGBA" })).data,
  ];
  t.deepEqual(await pixels(0), [...red, ...red]);
  t.deepEqual(await pixels(1), [...red, ...green]);
  t.deepEqual(await pixels(2), [...red, 127, 0, 128, 255], "over the red that green has given back");
  t.deepEqual(await pixels(3), [...red, ...clear], "cleared; a transparent pixel over red is red");
  t.deepEqual(
    [...(await decoder.decode(png, { imageIdx: 1, region: { start: [0, 1], end: [1, 2] } })).data],
    [0, 255, 0],
  );
  await t.throwsAsync(decoder.decode(png, { imageIdx: 4 }), { message: /image 4: the PNG holds 4/ });

  // A still image that is no frame: the frames follow it. One that the file lacks is an error of that image alone.
  const apart = joined([
    headerChunk({ ...size, depth: 8, colorType: 6 }),
    animationControl(2),
    chunk("IDAT", deflateSync(row(red, red))),
    frameControl(0, size),
    frameData(1, row(green, green)),
    chunk("IEND"),
  ]);
  t.is(CodeStream.from(apart, registry).info.numImages, 3);
  t.deepEqual([...(await decoder.decode(apart, { imageIdx: 1 })).data], [0, 255, 0, 0, 255, 0]);
  t.deepEqual([...(await decoder.decode(apart)).data], [255, 0, 0, 255, 0, 0]);
  const missing = await t.throwsAsync(decoder.decode(apart, { imageIdx: 2 }));
  t.regex(messageOf(missing)!, /frame 2: the animation ends before it/);
});
