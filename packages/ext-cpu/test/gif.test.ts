/** GIF: conformance, and what is particular to it: LZW, disposal, transparency, interlace, truncation. */
import { type DecodeOptions, Image } from "@polycodec/core";
import { seededRandom, testBackend } from "@polycodec/core/testing";
import { extension as extCpu } from "@polycodec/ext-cpu/extension";
import test from "ava";
import { codes, type GifFrame, gif } from "./gif-bytes.js";
import { openDecoder } from "./subject.js";

const BLACK_WHITE = [0, 0, 0, 255, 255, 255];
const FOUR = [255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 8, 7];
const [RED, GREEN, BLUE] = [
  [255, 0, 0, 255],
  [0, 255, 0, 255],
  [0, 0, 255, 255],
];
const CLEAR = [0, 0, 0, 0];

/** 256 colours that have nothing to do with each other. */
const colorsOf = (count: number, seed = 1) => {
  const random = seededRandom(seed);
  return Array.from({ length: 3 * count }, () => Math.floor(random() * 256));
};

/** A picture of smooth parts and noise, by index. */
function drawIndices(width: number, height: number, colors: number, seed = 1): Uint8Array {
  const random = seededRandom(seed);
  return Uint8Array.from({ length: width * height }, (_, i) => {
    const smooth = Math.floor(((i % width) + i / width) / 9) % colors;
    return random() < 0.15 ? Math.floor(random() * colors) : smooth;
  });
}

const single = (width: number, height: number, indices: ArrayLike<number>): GifFrame => ({ width, height, indices });
const paint = (indices: ArrayLike<number>, colors: readonly number[]) =>
  Uint8Array.from({ length: indices.length * 3 }, (_, i) => colors[indices[Math.floor(i / 3)]! * 3 + (i % 3)]!);

const samples = [
  [1, 1],
  [7, 5],
  [64, 48],
  [193, 131],
].map(([width, height]) => {
  const colors = colorsOf(256);
  const indices = drawIndices(width!, height!, 256);
  return {
    name: `${width}x${height}`,
    bytes: gif(width!, height!, colors, [single(width!, height!, indices)]),
    pixels: Image.from(paint(indices, colors), { width: width!, height: height!, channels: 3 }),
  };
});

const run = (name: string, body: () => Promise<void>) =>
  test(name, async (t) => {
    await body();
    t.pass();
  });
testBackend(run, { extension: extCpu, codec: "gif", decoder: "gif", samples, scales: true });

async function decode(bytes: Uint8Array, options: DecodeOptions = {}): Promise<Image> {
  using decoder = openDecoder();
  return await decoder.decode(bytes, { colorSpec: "UNCHANGED", ...options });
}

const pixels = ({ bytes, channels }: Image) =>
  Array.from({ length: bytes.length / channels }, (_, i) => [...bytes.subarray(i * channels, (i + 1) * channels)]);

test("tables of every size, through more codes than the table holds", async (t) => {
  for (let bits = 1; bits <= 8; bits++) {
    const colors = colorsOf(1 << bits, bits);
    for (const [width, height] of [
      [1, 1],
      [3, 2],
      [300, 200],
    ] as const) {
      const indices = drawIndices(width, height, 1 << bits, width);
      const image = await decode(gif(width, height, colors, [single(width, height, indices)]));
      t.deepEqual(image.bytes, paint(indices, colors), `${bits} bits, ${width}x${height}`);
    }
  }
});

test("one colour: strings as long as they get, each made while it is used", async (t) => {
  const indices = new Uint8Array(2000 * 1500);
  const image = await decode(gif(2000, 1500, BLACK_WHITE, [single(2000, 1500, indices.fill(1))]));
  t.true(image.bytes.every((sample) => sample === 255));
});

test("a full table stays as it is until it is cleared", async (t) => {
  // 4096 literals fill the table; then the last string is used, and a literal again.
  const literals = Array.from({ length: 4094 }, (_, i) => i % 4);
  let made = 6;
  let width = 3;
  const list: [number, number][] = [[4, 3]];
  const indices: number[] = [];
  for (const [i, literal] of literals.entries()) {
    list.push([literal, width]);
    indices.push(literal);
    if (i > 0 && made < 4096 && ++made === 1 << width && width < 12) width++;
  }
  list.push([4095, 12], [2, 12], [5, 12]);
  const last = [indices[4089]!, indices[4090]!];
  indices.push(...last, 2);
  const frame = { width: indices.length, height: 1, indices: [], data: codes(list) };
  const image = await decode(gif(indices.length, 1, FOUR, [frame]));
  t.deepEqual(image.bytes, paint(indices, FOUR));
});

test("interlaced rows come back in order, whatever the height", async (t) => {
  for (const height of [1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 33]) {
    const indices = drawIndices(5, height, 4, height);
    const order = [
      [0, 8],
      [4, 8],
      [2, 4],
      [1, 2],
    ].flatMap(([start, step]) => {
      const rows = [];
      for (let y = start!; y < height; y += step!) rows.push(y);
      return rows;
    });
    const stored = order.flatMap((y) => [...indices.subarray(y * 5, (y + 1) * 5)]);
    const image = await decode(gif(5, height, FOUR, [{ width: 5, height, indices: stored, interlaced: true }]));
    t.deepEqual(image.bytes, paint(indices, FOUR), `${height} rows`);
  }
});

/** A frame of one pixel or of a row of them, on a canvas of four. */
const row = (indices: readonly number[], more: Partial<GifFrame> = {}): GifFrame => ({
  width: indices.length,
  height: 1,
  indices,
  ...more,
});

test("frames are the canvas as it is shown: kept, cleared, restored", async (t) => {
  const bytes = gif(4, 1, FOUR, [
    row([0, 0, 0, 0]),
    row([1, 1], { x: 1, disposal: 2 }),
    row([2], { x: 0, disposal: 3 }),
    row([3, 1], { x: 0, transparent: 3, disposal: 1 }),
    row([2, 2, 2, 2], { disposal: 2 }),
    row([1], { x: 3, colors: [1, 2, 3, 4, 5, 6] }),
  ]);
  const at = async (imageIdx: number) => pixels(await decode(bytes, { imageIdx }));
  t.deepEqual(await at(0), [RED, RED, RED, RED]);
  t.deepEqual(await at(1), [RED, GREEN, GREEN, RED]);
  t.deepEqual(await at(2), [BLUE, CLEAR, CLEAR, RED]);
  t.deepEqual(await at(3), [RED, GREEN, CLEAR, RED], "the third frame has left no trace");
  t.deepEqual(await at(4), [BLUE, BLUE, BLUE, BLUE]);
  t.deepEqual(await at(5), [CLEAR, CLEAR, CLEAR, [4, 5, 6, 255]]);
  await t.throwsAsync(decode(bytes, { imageIdx: 6 }), { message: /image 6 of a file of 6/ });
});

test("without transparency there are three channels; a first frame that leaves gaps, or clearing, makes four", async (t) => {
  const channels = async (frames: readonly GifFrame[]) => (await decode(gif(2, 1, FOUR, frames))).channels;
  t.is(await channels([row([0, 1])]), 3);
  t.is(await channels([row([0, 1]), row([1], { x: 1, disposal: 2 })]), 3, "nothing comes after it");
  t.is(await channels([row([0])]), 4);
  t.is(await channels([row([0, 1], { transparent: 3 })]), 4);
  t.is(await channels([row([0, 1], { disposal: 2 }), row([1])]), 4);
});

test("under transparency lies the colour that the first frame has for it", async (t) => {
  const bytes = gif(3, 1, FOUR, [row([3, 0], { transparent: 3 })]);
  t.deepEqual(pixels(await decode(bytes)), [[9, 8, 7, 0], RED, [9, 8, 7, 0]]);
  t.deepEqual([...(await decode(bytes, { colorSpec: "SRGB" })).bytes], [9, 8, 7, 255, 0, 0, 9, 8, 7]);
});

test("a frame that reaches out of the screen is cut off, and cannot take more memory than its data fill", async (t) => {
  const wide = { width: 6, height: 3, indices: [0, 1, 2, 0, 1, 2, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2], x: 1, y: 1 };
  t.deepEqual(pixels(await decode(gif(3, 2, FOUR, [wide]))), [CLEAR, CLEAR, CLEAR, CLEAR, RED, GREEN]);
  const huge = { width: 65_535, height: 65_535, indices: [0, 1, 2] };
  const limits = { maxScratchBytes: 2_000_000 };
  await t.throwsAsync(decode(gif(3, 1, FOUR, [huge]), { limits }), { message: /row 0 of 65535: its data end/ });
  const part = await decode(gif(3, 1, FOUR, [huge]), { limits, onTruncated: "partial" });
  t.deepEqual([...part.bytes], [255, 0, 0, 0, 255, 0, 0, 0, 255]);
});

test("a picture cut short is an error, or what there is of it, with a warning", async (t) => {
  const indices = drawIndices(90, 70, 256);
  const colors = colorsOf(256);
  const whole = gif(90, 70, colors, [single(90, 70, indices)]);
  const half = whole.subarray(0, whole.length / 2 + 400);
  await t.throwsAsync(decode(half), {
    code: "ERR_POLYCODEC_TRUNCATED",
    message: /frame 0, row \d+ of 70: the file ends/,
  });
  const part = await decode(half, { onTruncated: "partial" });
  const rows = Number(/row (\d+) of 70: the file ends/.exec(part.warnings.join())?.[1]);
  t.true(rows > 5 && rows < 70);
  t.deepEqual(part.bytes.subarray(0, rows * 90 * 3), paint(indices, colors).subarray(0, rows * 90 * 3));
  const stopped = gif(2, 2, FOUR, [{ width: 2, height: 2, indices: [1, 2] }]);
  await t.throwsAsync(decode(stopped), { code: "ERR_POLYCODEC_TRUNCATED", message: /row 1 of 2: its data end/ });
  t.deepEqual(pixels(await decode(stopped, { onTruncated: "partial" })), [
    [0, 255, 0],
    [0, 0, 255],
    [0, 0, 0],
    [0, 0, 0],
  ]);
  await t.notThrowsAsync(decode(gif(1, 1, FOUR, [row([1])], { trailer: false })), "no trailer is missed");
});

test("codes that cannot be, literals that cannot be, and frames without colours are damage", async (t) => {
  const damaged = async (bytes: Uint8Array, message: RegExp) =>
    void (await t.throwsAsync(decode(bytes), { code: "ERR_POLYCODEC_CORRUPTED", message }));
  const wrong = (list: readonly (readonly [number, number])[]) =>
    gif(4, 1, FOUR, [{ width: 4, height: 1, indices: [], data: codes(list) }]);
  await damaged(
    wrong([
      [4, 3],
      [7, 3],
    ]),
    /row 0 of 1: a code that has not been made yet/,
  );
  await damaged(
    wrong([
      [4, 3],
      [1, 3],
      [7, 3],
    ]),
    /a code that has not been made yet/,
  );
  t.deepEqual(
    pixels(
      await decode(
        wrong([
          [4, 3],
          [1, 3],
          [6, 3],
          [1, 3],
          [5, 4],
        ]),
      ),
    ),
    Array(4).fill([0, 255, 0]),
  );
  t.deepEqual(
    pixels(
      await decode(
        wrong([
          [1, 3],
          [6, 3],
          [1, 3],
          [5, 4],
        ]),
      ),
    ),
    Array(4).fill([0, 255, 0]),
    "no clear at first",
  );
  const bare = gif(1, 1, [], [row([0])]);
  await damaged(bare, /frame 0: there is no colour table/);
  const zero = gif(1, 1, FOUR, [row([0])]);
  zero[13 + 12 + 8 + 10] = 12;
  await damaged(zero, /codes of 12 bits, 1 to 8 expected/);
});

test("an index beyond the table is black", async (t) => {
  const image = await decode(gif(2, 1, BLACK_WHITE, [row([3, 1])]));
  t.deepEqual(pixels(image), [
    [0, 0, 0],
    [255, 255, 255],
  ]);
});

test("only frames that are still seen are decoded, and not more pixels than maxScanPixels", async (t) => {
  const bad = row([0, 0, 0, 0], { data: codes([[7, 3]]) });
  const options = { imageIdx: 1 };
  t.deepEqual(pixels(await decode(gif(4, 1, FOUR, [{ ...bad, disposal: 2 }, row([1])]), options))[0], GREEN);
  t.deepEqual(pixels(await decode(gif(4, 1, FOUR, [{ ...bad, disposal: 3 }, row([1])]), options))[0], [0, 255, 0]);
  t.deepEqual(pixels(await decode(gif(4, 1, FOUR, [bad, row([1, 1, 1, 1])]), options))[0], GREEN.slice(0, 3));
  await t.throwsAsync(decode(gif(4, 1, FOUR, [bad, row([1])]), options), { message: /frame 0, row 0/ });
  const many = gif(4, 1, FOUR, Array(10).fill(row([1, 1, 1, 3], { transparent: 3 })));
  const limits = { maxScanPixels: 20 };
  await t.throwsAsync(decode(many, { imageIdx: 5, limits }), { code: "ERR_POLYCODEC_LIMIT_EXCEEDED" });
  await t.notThrowsAsync(decode(many, { imageIdx: 4, limits }));
});
