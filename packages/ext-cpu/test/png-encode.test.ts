/** What is PNG's own in encoding: every layout comes back exactly, with the fewest bits, and others can read it. */
import { spawnSync } from "node:child_process";
import { CodeStream, Decoder, type EncodeError, Image, Registry } from "@polycodec/core";
import { drawPicture, seededRandom } from "@polycodec/core/testing";
import { extension } from "@polycodec/ext-cpu/extension";
import test from "ava";
import { chunksOf } from "./png-bytes.js";
import { openEncoder } from "./subject.js";

const registry = new Registry().use(extension);
const openDecoder = () => new Decoder({ registry });
const PRESETS = ["fast", "default", "best"] as const;
const unchanged = { colorSpec: "UNCHANGED", allowAnyDepth: true } as const;
const headerOf = (png: Uint8Array) => {
  const { data } = chunksOf(png)[0]!;
  return { depth: data[8], colorType: data[9] };
};
const typesOf = (png: Uint8Array) => chunksOf(png).map(({ type }) => type);

/** pngcheck of Debian, where it is there. */
const hasPngcheck = spawnSync("pngcheck", ["-h"]).error === undefined;
function isSound(png: Uint8Array): string {
  const { status, stdout } = spawnSync("pngcheck", [], { input: png, encoding: "utf8" });
  return status === 0 ? "" : stdout;
}
const checkTest = hasPngcheck ? test : test.skip;

test("every channel count, depth, order and preset comes back exactly", async (t) => {
  using encoder = openEncoder();
  using decoder = openDecoder();
  for (const preset of PRESETS) {
    for (const dtype of ["uint8", "uint16"] as const) {
      for (const sampleFormat of ["I_Y", "I_YA", "I_RGB", "I_RGBA"] as const) {
        for (const [width, height] of [
          [1, 1],
          [2, 3],
          [33, 7],
          [200, 90],
        ] as const) {
          const picture = drawPicture(width, height, { sampleFormat, dtype, seed: width });
          const png = await encoder.encode(picture, { codec: "png", png: { preset } });
          const back = await decoder.decode(png, unchanged);
          const label = `${preset} ${dtype} ${sampleFormat} ${width}x${height}`;
          t.is(back.sampleFormat, sampleFormat, label);
          t.deepEqual(back.data, picture.data, label);
        }
      }
    }
  }
});

test("planar and BGR pixels are those of the interleaved picture", async (t) => {
  using encoder = openEncoder();
  for (const dtype of ["uint8", "uint16"] as const) {
    const picture = drawPicture(41, 29, { sampleFormat: "I_RGB", dtype });
    const expected = await encoder.encode(picture, { codec: "png" });
    const n = 41 * 29;
    const make = dtype === "uint16" ? (a: number[]) => Uint16Array.from(a) : (a: number[]) => Uint8Array.from(a);
    const sample = (i: number, c: number) => Number(picture.data[i * 3 + c]);
    for (const [sampleFormat, at] of [
      ["P_RGB", (k: number) => sample(k % n, Math.floor(k / n))],
      ["P_BGR", (k: number) => sample(k % n, 2 - Math.floor(k / n))],
      ["I_BGR", (k: number) => sample(Math.floor(k / 3), 2 - (k % 3))],
    ] as const) {
      const data = make(Array.from({ length: 3 * n }, (_, k) => at(k)));
      const image = Image.from(data, { width: 41, height: 29, channels: 3, sampleFormat, dtype });
      t.deepEqual(await encoder.encode(image, { codec: "png" }), expected, `${dtype} ${sampleFormat}`);
    }
  }
});

test("runs, repetitions, noise and large sizes survive the fast deflate", async (t) => {
  using encoder = openEncoder();
  using decoder = openDecoder();
  const random = seededRandom(5);
  const fills: Readonly<Record<string, (x: number, y: number) => number>> = {
    black: () => 0,
    noise: () => Math.floor(random() * 256),
    stripes: (x) => (x % 97 === 0 ? 255 : 30),
    blocks: (x, y) => ((x >> 4) * 31 + (y >> 4) * 17) & 255,
    ramps: (x, y) => (x * 3 + y) & 255,
    "rare noise": (x, y) => (random() < 0.01 ? Math.floor(random() * 256) : (x >> 6) + (y >> 3)),
  };
  for (const [name, of] of Object.entries(fills)) {
    for (const [width, height] of [
      [700, 500],
      [3, 9000],
      [40_000, 3],
      [11_003, 40],
    ] as const) {
      const data = new Uint8Array(width * height * 3);
      for (let i = 0; i < data.length; i++) data[i] = of(Math.floor(i / 3) % width, Math.floor(i / 3 / width));
      const picture = Image.from(data, { width, height, channels: 3 });
      const png = await encoder.encode(picture, { codec: "png", png: { preset: "fast", reduce: false } });
      const label = `${name} ${width}x${height}`;
      t.is(Buffer.compare((await decoder.decode(png)).bytes, data), 0, label);
      t.true(png.length < (width * 3 + 1) * height * 1.001 + 200, `${label}: ${png.length} of ${data.length} bytes`);
      if (hasPngcheck) t.is(isSound(png), "", label);
    }
  }
});

test("few colours become a palette and few levels of gray fewer bits, and the channels stay", async (t) => {
  using encoder = openEncoder();
  using decoder = openDecoder();
  for (const preset of PRESETS) {
    for (const [colors, depth] of [
      [1, 1],
      [2, 1],
      [3, 2],
      [4, 2],
      [5, 4],
      [16, 4],
      [17, 8],
      [256, 8],
    ] as const) {
      for (const channels of [3, 4] as const) {
        const data = Uint8Array.from({ length: 67 * 60 * channels }, (_, i) => {
          const color = (Math.floor(i / channels) * 7) % colors;
          return i % channels === 3 ? 255 - (color % 3) : color * (1 + (i % channels));
        });
        const picture = Image.from(data, { width: 67, height: 60, channels });
        const png = await encoder.encode(picture, { codec: "png", png: { preset } });
        const label = `${preset}, ${colors} colours, ${channels} channels`;
        t.deepEqual(headerOf(png), { depth, colorType: 3 }, label);
        const back = await decoder.decode(png, unchanged);
        t.is(back.channels, channels, label);
        t.deepEqual(back.data, data, label);
        const whole = await encoder.encode(picture, { codec: "png", png: { preset, reduce: false } });
        t.deepEqual(headerOf(whole), { depth: 8, colorType: channels === 3 ? 2 : 6 }, label);
        t.deepEqual((await decoder.decode(whole, unchanged)).data, data, label);
      }
    }
    for (const [step, depth] of [
      [255, 1],
      [85, 2],
      [17, 4],
      [1, 8],
    ] as const) {
      const data = Uint8Array.from({ length: 61 * 19 }, (_, i) => ((i * 13) % (255 / step + 1)) * step);
      const png = await encoder.encode(Image.from(data, { width: 61, height: 19, channels: 1 }), {
        codec: "png",
        png: { preset },
      });
      t.deepEqual(headerOf(png), { depth, colorType: 0 });
      t.deepEqual((await decoder.decode(png, unchanged)).data, data);
    }
  }
  const opaque = Image.from(new Uint8Array(400).fill(255), { width: 10, height: 10, channels: 4 });
  const png = await encoder.encode(opaque, { codec: "png" });
  t.is((await decoder.decode(png, unchanged)).channels, 4, "all opaque, and still RGBA");
});

test("precisions that PNG lacks are scaled up, and sBIT says which they were", async (t) => {
  using encoder = openEncoder();
  using decoder = openDecoder();
  const data = Uint16Array.from({ length: 64 * 64 }, (_, i) => i);
  const scan = Image.from(data, { width: 64, height: 64, channels: 1, precision: 12 });
  const png = await encoder.encode(scan, { codec: "png" });
  t.deepEqual([...chunksOf(png).find(({ type }) => type === "sBIT")!.data], [12]);
  const back = await decoder.decode(png, unchanged);
  t.true(back.data.every((value, i) => value === Math.floor((i * 65_535 + 2047) / 4095)));
});

test("metadata comes back as it was", async (t) => {
  using encoder = openEncoder();
  using decoder = openDecoder();
  const text = (value: string) => new Uint8Array(Buffer.from(value));
  const exif = Uint8Array.from(
    Buffer.from("4949 2a00 0800 0000 0100 1201 0300 0100 0000 0600 0000 0000 0000".replaceAll(" ", ""), "hex"),
  );
  const metadata = [
    { kind: "ICC_PROFILE", format: "RAW", id: 0, bytes: Uint8Array.from({ length: 3000 }, (_, i) => i * i) },
    { kind: "EXIF", format: "RAW", id: 0, bytes: exif },
    { kind: "XMP", format: "XMP", id: 0, bytes: text("<x:xmpmeta xmlns:x='adobe:ns:meta/'>ü</x:xmpmeta>") },
    { kind: "IPTC", format: "RAW", id: 0, bytes: Uint8Array.from({ length: 100 }, (_, i) => i) },
    { kind: "COMMENT", format: "RAW", id: 0, bytes: text("plain") },
    { kind: "COMMENT", format: "RAW", id: 0, bytes: text("größer") },
  ] as const;
  const picture = drawPicture(20, 10);
  const png = await encoder.encode(picture, { codec: "png", metadata, png: { gamma: 0.45455, cicp: "9/16/0/1" } });
  const stream = CodeStream.from(png, registry);
  t.is(stream.info.orientation, 6);
  t.is(stream.info.detail?.gamma, 0.45455);
  t.is(stream.info.detail?.cicp, "9/16/0/1");
  t.deepEqual(await stream.metadata(), metadata);
  t.deepEqual((await decoder.decode(png, { applyExifOrientation: false })).data, picture.data);
  await t.throwsAsync(encoder.encode(picture, { codec: "png", metadata: [metadata[1], metadata[1]] }), {
    message: /a PNG holds one EXIF/,
  });
});

test("what a PNG does not hold is refused with a reason", async (t) => {
  using encoder = openEncoder();
  const picture = drawPicture(8, 8);
  const reasons = async (image: Image, options: object) => {
    const error = await t.throwsAsync(encoder.encode(image, { codec: "png", ...options }));
    return (error as EncodeError).attempts.map(({ status }) => status).join();
  };
  t.is(await reasons(picture, { quality: 90 }), "QUALITY_TYPE_UNSUPPORTED");
  t.is(await reasons(picture, { colorSpec: "GRAY" }), "COLOR_SPEC_UNSUPPORTED");
  t.is(await reasons(picture, { chromaSubsampling: "CSS_420" }), "SAMPLING_UNSUPPORTED");
  const cmyk = Image.from(new Uint8Array(64), {
    width: 4,
    height: 4,
    channels: 4,
    sampleFormat: "I_UNCHANGED",
    colorSpec: "CMYK",
  });
  t.is(await reasons(cmyk, {}), "COLOR_SPEC_UNSUPPORTED");
  t.is(
    await reasons(Image.from(new Float32Array(16), { width: 4, height: 4, channels: 1 }), {}),
    "SAMPLE_TYPE_UNSUPPORTED",
  );
  t.truthy(await encoder.encode(picture, { codec: "png", qualityType: "LOSSLESS" }));
  await t.throwsAsync(encoder.encode(picture, { codec: "png", png: { preset: "fastest" as "fast" } }), {
    message: /expected one of fast, default, best, got "fastest"/,
  });
  await t.throwsAsync(encoder.encode(picture, { codec: "png", png: { cicp: "9/16/0" } }), { instanceOf: RangeError });
});

test("a better preset is never larger on what it is for", async (t) => {
  using encoder = openEncoder();
  for (const noise of [0, 0.05]) {
    const picture = drawPicture(300, 200, { noise });
    const [fast, middle, best] = await Promise.all(
      PRESETS.map(async (preset) => (await encoder.encode(picture, { codec: "png", png: { preset } })).length),
    );
    t.true(best! <= middle! && middle! <= fast!, `${fast} ${middle} ${best} bytes`);
  }
});

checkTest("pngcheck finds nothing wrong with any kind of PNG that is written", async (t) => {
  using encoder = openEncoder();
  for (const preset of PRESETS) {
    for (const sampleFormat of ["I_Y", "I_YA", "I_RGB", "I_RGBA"] as const) {
      for (const dtype of ["uint8", "uint16"] as const) {
        const png = await encoder.encode(drawPicture(50, 40, { sampleFormat, dtype }), {
          codec: "png",
          png: { preset },
        });
        t.is(isSound(png), "", `${preset} ${sampleFormat} ${dtype}: ${typesOf(png)}`);
      }
    }
  }
});
