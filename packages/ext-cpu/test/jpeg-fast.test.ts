/** jpeg-fast gives libjpeg-turbo's bytes, at every level of SIMD, and passes on what is not regular. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type DecodeError, type DecodeOptions, Decoder, Registry } from "@polycodec/core";
import { seededRandom } from "@polycodec/core/testing";
import { extension } from "@polycodec/ext-cpu/extension";
import test from "ava";
import { drawn, jpegOf, openDecoder, scansOf, withDecoders } from "./subject.js";

const openFast = (options = {}) => new Decoder({ ...options, registry: new Registry().use(withDecoders("jpeg-fast")) });
const openBoth = (options = {}) => new Decoder({ ...options, registry: new Registry().use(extension) });

const samplings = ["CSS_444", "CSS_422", "CSS_420", "CSS_440", "CSS_411", "CSS_410", "CSS_GRAY"] as const;
const outputs: readonly DecodeOptions[] = [
  {},
  { sampleFormat: "I_BGR" },
  { sampleFormat: "I_RGBA" },
  { sampleFormat: "P_RGB" },
  { sampleFormat: "P_BGR" },
  { sampleFormat: "P_RGBA" },
  { sampleFormat: "I_Y" },
  { sampleFormat: "I_UNCHANGED" },
  { colorSpec: "SYCC" },
];

/** Pictures of small and awkward sizes, in every sampling, with and without restart markers and tables of their own. */
async function* pictures() {
  const sizes = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 40, 63, 64, 65, 67, 129, 140];
  const random = seededRandom(7);
  const pick = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)]!;
  for (const chromaSubsampling of samplings) {
    for (let i = 0; i < 18; i++) {
      const [width, height] = [pick(sizes), pick(sizes)];
      const jpeg = pick([
        {},
        { optimizedHuffman: true },
        { restartRows: 1 },
        { restartInterval: 3 },
        { progressive: true },
        { progressive: true, restartRows: 1 },
      ] as const);
      const quality = 1 + Math.floor(random() * 100);
      const bytes = await jpegOf(drawn(width, height), { chromaSubsampling, quality, jpeg });
      yield {
        bytes,
        width,
        height,
        name: `${chromaSubsampling} ${width}x${height} q${quality} ${JSON.stringify(jpeg)}`,
      };
    }
  }
}

for (const scale of [1, 2, 4] as const) {
  test(`gives libjpeg-turbo's bytes at 1/${scale}, in every output and in regions`, async (t) => {
    using fast = openFast();
    using library = openDecoder();
    const random = seededRandom(scale);
    let compared = 0;
    for await (const { bytes, width, height, name } of pictures()) {
      const cut = (side: number) => {
        const start = Math.floor(random() * Math.ceil(side / scale));
        return [
          start * scale,
          Math.min(side, (start + 1 + Math.floor(random() * (side / scale - start))) * scale),
        ] as const;
      };
      const [[y0, y1], [x0, x1]] = [cut(height), cut(width)];
      for (const output of outputs) {
        for (const region of [undefined, { start: [y0, x0], end: [y1, x1] } as const]) {
          const options = { ...output, scale, ...(region ? { region } : {}) };
          const [a, b] = [await fast.decode(bytes, options), await library.decode(bytes, options)];
          if (Buffer.compare(a.bytes, b.bytes) !== 0) return t.fail(`${name} ${JSON.stringify(options)}`);
          compared++;
        }
      }
    }
    t.is(compared, 7 * 18 * outputs.length * 2);
  });
}

test("progressive pictures at 1/8 are libjpeg-turbo's, in every output and in regions", async (t) => {
  using fast = openFast();
  using library = openDecoder();
  for (const chromaSubsampling of samplings) {
    const bytes = await jpegOf(drawn(140, 67), { chromaSubsampling, jpeg: { progressive: true } });
    for (const output of outputs) {
      for (const region of [undefined, { start: [16, 40], end: [64, 136] } as const]) {
        const options = { ...output, scale: 8 as const, ...(region ? { region } : {}) };
        const [a, b] = [await fast.decode(bytes, options), await library.decode(bytes, options)];
        t.is(Buffer.compare(a.bytes, b.bytes), 0, `${chromaSubsampling} ${JSON.stringify(options)}`);
      }
    }
  }
});

test("a large picture on several threads, cut at restart markers or scan by scan, equals the library's", async (t) => {
  using fast = openFast({ maxCpuThreads: 3 });
  using library = openDecoder({ maxCpuThreads: 1 });
  const picture = drawn(1131, 813);
  for (const [chromaSubsampling, jpeg] of [
    ["CSS_420", { restartRows: 1 }],
    ["CSS_420", { restartRows: 3 }],
    ["CSS_440", { restartRows: 1 }],
    ["CSS_422", { restartRows: 2 }],
    ["CSS_444", { restartInterval: 47 }],
    ["CSS_GRAY", { restartRows: 1 }],
    ["CSS_420", { progressive: true }],
    ["CSS_422", { progressive: true, restartRows: 2 }],
    ["CSS_GRAY", { progressive: true }],
  ] as const) {
    const bytes = await jpegOf(picture, { chromaSubsampling, jpeg });
    const [a, b] = [await fast.decode(bytes), await library.decode(bytes)];
    t.is(Buffer.compare(a.bytes, b.bytes), 0, `${chromaSubsampling} ${JSON.stringify(jpeg)}`);
  }
});

test("what is irregular is left to libjpeg-turbo, whose word is the only one told", async (t) => {
  using both = openBoth();
  using fast = openFast();
  const whole = await jpegOf(drawn(320, 240), { jpeg: { restartRows: 1 } });
  const scan = scansOf(whole)[0]! + 20;
  const swapped = whole.slice();
  const marker = swapped.findIndex((byte, i) => i > scan && byte === 0xff && (swapped[i + 1]! & 0xf8) === 0xd0);
  swapped[marker + 1]! ^= 1;
  for (const [name, bytes, warns] of [
    ["no end", whole.subarray(0, whole.length - 2), true],
    ["cut short", whole.subarray(0, whole.length >> 1), false],
    ["a restart marker out of order", swapped, true],
    ["a byte too many", Buffer.concat([whole.subarray(0, -2), Uint8Array.of(0), whole.subarray(-2)]), true],
  ] as const) {
    const alone = (await t.throwsAsync(fast.decode(bytes), undefined, name)) as DecodeError;
    t.is(alone.attempts[0]!.status, "CODESTREAM_UNSUPPORTED", name);
    t.regex(alone.attempts[0]!.message!, /^left to libjpeg-turbo: /);
    if (warns) t.true((await both.decode(bytes)).warnings.length > 0, name);
    else {
      const error = (await t.throwsAsync(both.decode(bytes), { code: "ERR_POLYCODEC_TRUNCATED" })) as DecodeError;
      t.false(error.attempts.some(({ backend }) => backend === "jpeg-fast"));
      t.true(error.attempts.some(({ backend }) => backend === "libjpeg-turbo"));
    }
  }
  const lanes = both.stats().devices.flatMap((device) => device.lanes);
  t.like(
    lanes.find(({ backend }) => backend === "jpeg-fast"),
    { samples: 0, failures: 4 },
  );
  t.like(
    lanes.find(({ backend }) => backend === "libjpeg-turbo"),
    { samples: 3, failures: 1 },
  );
});

test("a gray picture's rows are missed in groups of its vertical factor, as libjpeg-turbo reads them", async (t) => {
  using both = openBoth();
  using library = openDecoder();
  const whole = await jpegOf(drawn(64, 96), { chromaSubsampling: "CSS_GRAY", jpeg: { restartRows: 1 } });
  const restarts = [...whole.keys()].filter((i) => whole[i] === 0xff && (whole[i + 1]! & 0xf8) === 0xd0);
  const frame = whole.findIndex((byte, i) => byte === 0xff && whole[i + 1] === 0xc0);
  for (const vertical of [1, 2, 3, 4]) {
    const bytes = whole.slice(0, restarts[4]);
    bytes[frame + 11] = 0x10 | vertical;
    for (let end = 6; end < 48; end += 8) {
      const options = { region: { start: [0, 0], end: [end, 64] } } as const;
      const [a, b] = await Promise.all([both.decode([bytes], options), library.decode([bytes], options)]);
      const [got, expected] = [a[0]!, b[0]!];
      t.is(got.status, expected.status, `factor ${vertical}, rows to ${end}`);
      if (got.status === "fulfilled" && expected.status === "fulfilled")
        t.deepEqual(got.value.data, expected.value.data);
    }
  }
});

test("regular pictures are counted as jpeg-fast's, others as libjpeg-turbo's", async (t) => {
  using both = openBoth();
  const picture = drawn(100, 80);
  const progressive = await jpegOf(picture, { jpeg: { progressive: true } });
  // Without its last scan a progressive picture is one that libjpeg-turbo smooths.
  const unfinished = Buffer.concat([progressive.subarray(0, scansOf(progressive).at(-1)!), Uint8Array.of(0xff, 0xd9)]);
  const files = [await jpegOf(picture), progressive, unfinished];
  for (const result of await both.decode(files)) t.is(result.status, "fulfilled");
  const lanes = both.stats().devices.flatMap((device) => device.lanes);
  t.like(
    lanes.find(({ backend }) => backend === "jpeg-fast"),
    { samples: 2, failures: 1 },
  );
  t.like(
    lanes.find(({ backend }) => backend === "libjpeg-turbo"),
    { samples: 1 },
  );
});

test("options of libjpeg-turbo that change pixels switch it off", async (t) => {
  const bytes = await jpegOf(drawn(100, 80), { chromaSubsampling: "CSS_420" });
  for (const options of [{ fancyUpsampling: false }, { fastIdct: true }]) {
    using both = openBoth({ options: { "libjpeg-turbo": options } });
    using library = openDecoder({ options: { "libjpeg-turbo": options } });
    t.deepEqual((await both.decode(bytes)).data, (await library.decode(bytes)).data);
    t.like(
      both.backends.find(({ id }) => id === "jpeg-fast"),
      { available: false },
    );
  }
});

test("every level of SIMD gives the same bytes", async (t) => {
  const program = fileURLToPath(new URL("jpeg-fast-digest.js", import.meta.url));
  const hashes = new Map<string, string>();
  for (const level of ["scalar", "avx2", "avx512"]) {
    const { stdout } = await promisify(execFile)(process.execPath, [program], {
      env: { ...process.env, POLYCODEC_SIMD: level },
    });
    hashes.set(level, stdout.trim());
  }
  t.regex(hashes.get("scalar")!, /^[0-9a-f]{64}$/);
  t.is(new Set(hashes.values()).size, 1, JSON.stringify([...hashes]));
});
