/** transcodeStream: results, metadata, bounded memory, aborting, leaving early. */
import { execFile } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import {
  CodecError,
  CodeStream,
  Decoder,
  Encoder,
  type Metadata,
  Registry,
  runtimeStats,
  type TranscodedItem,
  type TranscodeOptions,
  transcodeStream,
} from "@polycodec/core";
import { drawPicture, fakeDecoder, fakeEncoder, fakeExtension, fakeParser, fakeStream } from "@polycodec/core/testing";
import "@polycodec/ext-cpu";
import ava from "ava";
import { drawing, exif, temporaryFolder } from "../cli-process.js";
import { paint } from "../fake-decoders.js";

const test = ava.serial; // what the runtime holds is counted

async function jpegOf(
  width: number,
  height: number,
  metadata: readonly Metadata[] = [],
  channels: 1 | 3 = 3,
): Promise<Uint8Array> {
  using encoder = new Encoder();
  return (await encoder.encode(drawing(width, height, channels), { codec: "jpeg", metadata })).slice();
}

async function all(sources: Iterable<Uint8Array | string>, options?: TranscodeOptions): Promise<TranscodedItem[]> {
  const items: TranscodedItem[] = [];
  for await (const item of transcodeStream(sources, options)) items.push(item);
  return items;
}

function bytesOf({ result }: TranscodedItem): Uint8Array {
  if (result.status === "rejected") throw result.reason;
  return result.value as Uint8Array;
}

/** A Decoder and an Encoder of the fake codec. */
function fakes(registry = new Registry().use(fakeExtension())) {
  return { decoder: new Decoder({ registry }), encoder: new Encoder({ registry }) };
}

async function nothingRuns(): Promise<void> {
  for (const begun = performance.now(); runtimeStats().liveTasks > 0 && performance.now() - begun < 5000; )
    await new Promise((resume) => setTimeout(resume, 5));
}

test("100,000 samples and a slow consumer take less than 256 MB (and a minute, where POLYCODEC_TIMED=1)", async (t) => {
  const program = fileURLToPath(new URL("many.js", import.meta.url));
  const begun = performance.now();
  const { stdout } = await promisify(execFile)(process.execPath, [program, "100000"], { timeout: 120_000 });
  const { seen, wrong, ahead, maxRss } = JSON.parse(stdout) as Record<string, number>;
  t.log(`${(maxRss! / 1e6).toFixed(0)} MB, ${((performance.now() - begun) / 1000).toFixed(1)} s`);
  t.deepEqual([seen, wrong], [100_000, 0]);
  t.true(ahead! <= 256, `${ahead} drawn ahead of the consumer`);
  t.true(maxRss! < 256e6, `${maxRss} bytes`);
  if (process.env.POLYCODEC_TIMED === "1") t.true(performance.now() - begun < 60_000);
});

test("results come in order, to files or to memory as path says, and tell of what they were made", async (t) => {
  const folder = temporaryFolder(t);
  const jpegs = [await jpegOf(64, 48), await jpegOf(32, 16)];
  const sources = [jpegs[0]!, Buffer.from("no picture"), jpegs[1]!, jpegs[1]!.subarray(0, -30)];
  const items = await all(sources, {
    encode: { quality: 50 },
    path: (source, index, info) => {
      t.is(source, sources[index]!);
      return index === 0 ? join(folder, `${info.width}.jpg`) : undefined;
    },
  });
  t.deepEqual(
    items.map(({ index, result }) => [index, result.status]),
    [
      [0, "fulfilled"],
      [1, "rejected"],
      [2, "fulfilled"],
      [3, "rejected"],
    ],
  );
  const [file, unknown, bytes, cut] = items as [TranscodedItem, TranscodedItem, TranscodedItem, TranscodedItem];
  t.deepEqual(file.result, { status: "fulfilled", value: join(folder, "64.jpg") });
  t.like(file, { source: jpegs[0], sourceSize: jpegs[0]!.length, warnings: [] });
  t.like(file.info, { codec: "jpeg", width: 64, height: 48 });
  t.like(file.image, { width: 64, height: 48, channels: 3 });
  t.is(file.size, (await CodeStream.from(join(folder, "64.jpg")).open()).size);
  t.is(unknown.info, undefined);
  t.is(bytes.size, bytesOf(bytes).length);
  t.like(CodeStream.from(bytesOf(bytes)).info, { codec: "jpeg", width: 32, height: 16 });
  t.like(cut.info, { width: 32 });
  t.like(cut.result, { reason: { code: "ERR_POLYCODEC_TRUNCATED" } });
});

test("unordered, a picture that takes long does not hold up the others", async (t) => {
  let release = () => {};
  const slow = new Promise<void>((resolve) => {
    release = resolve;
  });
  const registry = new Registry().use(
    fakeExtension([
      fakeDecoder({
        id: "slow",
        priority: 1,
        concurrency: 100,
        accepts: (task) =>
          (task as { info: { width: number } }).info.width === 9 ? "SUCCESS" : "CODESTREAM_UNSUPPORTED",
        run: async (tasks) => {
          await slow;
          return paint(tasks);
        },
      }),
      fakeDecoder({ id: "fast", priority: 2, kind: "GPU_ONLY" }),
    ]),
  );
  const { decoder, encoder } = fakes(registry);
  const sources = [fakeStream(9, 9), ...Array.from({ length: 10 }, (_, i) => fakeStream(2, 2, i))];
  const seen: number[] = [];
  for await (const { index, result } of transcodeStream(sources, { decoder, encoder, ordered: false })) {
    t.is(result.status, "fulfilled");
    seen.push(index);
    if (seen.length === 10) release();
  }
  t.is(seen.at(-1), 0);
  t.is(new Set(seen).size, 11);
});

const profile = (space: string): Metadata => {
  const bytes = Buffer.alloc(132);
  bytes.writeUInt32BE(132, 0);
  bytes.write(space, 16, "latin1");
  bytes.write("acsp", 36, "latin1");
  return { kind: "ICC_PROFILE", format: "RAW", id: 0, bytes };
};
const turned: Metadata = { kind: "EXIF", format: "RAW", id: 0, bytes: exif(6) };

test("metadata is kept as far as it is still true; or stripped; or as a function says", async (t) => {
  const source = await jpegOf(48, 32, [turned, profile("RGB ")]);
  const [kept] = await all([source]);
  const stream = CodeStream.from(bytesOf(kept!));
  t.deepEqual([stream.width, stream.height, stream.orientation], [32, 48, 1]);
  t.deepEqual((await stream.metadata()).map(({ kind }) => kind).sort(), ["EXIF", "ICC_PROFILE"]);

  const [stored] = await all([source], { decode: { applyExifOrientation: false } });
  t.deepEqual([CodeStream.from(bytesOf(stored!)).width, CodeStream.from(bytesOf(stored!)).orientation], [48, 6]);
  const [gray] = await all([source], { decode: { colorSpec: "GRAY" } });
  t.deepEqual(
    (await CodeStream.from(bytesOf(gray!)).metadata()).map(({ kind }) => kind),
    ["EXIF"],
    "an RGB profile says nothing of gray",
  );
  const [bare] = await all([source], { metadata: "strip" });
  t.deepEqual(await CodeStream.from(bytesOf(bare!)).metadata(), []);
  const comment: Metadata = { kind: "COMMENT", format: "RAW", id: 0, bytes: Buffer.from("hello") };
  const [chosen] = await all([source], {
    metadata: (known, { index, info }) => {
      t.deepEqual([index, info.orientation], [0, 6]);
      return [...known.filter(({ kind }) => kind === "EXIF"), comment];
    },
  });
  t.deepEqual((await CodeStream.from(bytesOf(chosen!)).metadata()).map(({ kind }) => kind).sort(), ["COMMENT", "EXIF"]);
});

test("gray stays gray, also where the others get a subsampling", async (t) => {
  const sources = [await jpegOf(32, 32, [], 1), await jpegOf(32, 32)];
  const items = await all(sources, { encode: { chromaSubsampling: "CSS_420" } });
  t.deepEqual(
    items.map((item) => CodeStream.from(bytesOf(item)).chromaSubsampling),
    ["CSS_GRAY", "CSS_420"],
  );
});

test("metadata that cannot be read is a warning, a wrong path its own picture's failure", async (t) => {
  const parser = {
    ...fakeParser,
    metadata: () => {
      throw new CodecError("IMAGE_CORRUPTED", "a box of 7 bytes");
    },
  };
  const { decoder, encoder } = fakes(new Registry().use({ ...fakeExtension(), parsers: [parser] }));
  const sources = [fakeStream(1, 1), fakeStream(2, 2), fakeStream(3, 3)];
  const items = await all(sources, {
    decoder,
    encoder,
    path: (_, index) => (index === 1 ? "a.unheard-of" : undefined),
  });
  t.deepEqual(items[0]!.warnings, ["metadata: a box of 7 bytes"]);
  t.deepEqual(
    items.map(({ result }) => result.status),
    ["fulfilled", "rejected", "fulfilled"],
  );
  t.like(items[1]!.result, { reason: { code: "ERR_POLYCODEC_UNKNOWN_CODEC" } });
});

test("an abort in the middle leaves whole files and no other, and nothing runs on", async (t) => {
  const folder = temporaryFolder(t);
  const jpeg = await jpegOf(800, 600);
  const controller = new AbortController();
  const reason = new Error("enough");
  let written = 0;
  const consume = async () => {
    const sources = Array.from({ length: 400 }, () => jpeg);
    for await (const { result } of transcodeStream(sources, {
      path: (_, i) => join(folder, `${i}.jpg`),
      signal: controller.signal,
    })) {
      t.is(result.status, "fulfilled");
      if (++written === 20) controller.abort(reason);
    }
  };
  await t.throwsAsync(consume, { is: reason });
  const files = readdirSync(folder); // at once: when the loop has rejected, no file is being written any more
  t.true(files.length >= 20 && files.length < 400, `${files.length} files`);
  t.deepEqual(
    files.filter((name) => !/^\d+\.jpg$/.test(name)),
    [],
  );
  using decoder = new Decoder();
  for (const result of await decoder.decode(files.map((name) => join(folder, name)))) {
    t.is(result.status, "fulfilled");
    if (result.status === "fulfilled") result.value.release();
  }
  await nothingRuns();
  t.is(runtimeStats().liveTasks, 0);
});

test("leaving early cancels, and lets go of every picture", async (t) => {
  const folder = temporaryFolder(t);
  const jpeg = await jpegOf(800, 600);
  const before = runtimeStats().slabBytesInUse;
  let drawn = 0;
  let isReturned = false;
  function* sources() {
    try {
      for (; drawn < 2000; drawn++) yield jpeg;
    } finally {
      isReturned = true;
    }
  }
  for await (const { index } of transcodeStream(sources(), { path: (_, i) => join(folder, `${i}.jpg`) }))
    if (index === 3) break;
  t.true(isReturned);
  t.true(drawn <= 300, `${drawn} drawn`);
  const files = readdirSync(folder);
  t.deepEqual(
    files.filter((name) => !/^\d+\.jpg$/.test(name)),
    [],
  );
  t.true(existsSync(join(folder, "3.jpg")));
  await nothingRuns();
  t.is(runtimeStats().liveTasks, 0);
  for (const begun = performance.now(); runtimeStats().slabBytesInUse > before && performance.now() - begun < 5000; )
    await new Promise((resume) => setImmediate(resume));
  t.true(runtimeStats().slabBytesInUse <= before, "slabs are back");
  t.is(readdirSync(folder).length, files.length, "and no file comes later");
});

test("a picture goes to the encoder as soon as it is decoded, and its memory back when it is encoded", async (t) => {
  const side = 64;
  const live = new Set<unknown>();
  let most = 0;
  const registry = new Registry().use(
    fakeExtension(
      [fakeDecoder()],
      [
        fakeEncoder({
          run: async (tasks) => {
            for (const task of tasks) live.add((task as unknown as { image: unknown }).image);
            const held = [...live].filter((image) => !(image as { isReleased: boolean }).isReleased).length;
            most = Math.max(most, held);
            return tasks.map(() => ({ status: "SUCCESS" as const, bytes: fakeStream(1, 1) }));
          },
        }),
      ],
    ),
  );
  const { decoder, encoder } = fakes(registry);
  const sources = Array.from({ length: 200 }, () => fakeStream(side, side));
  const items = await all(sources, { decoder, encoder, decode: { limits: { windowBytes: 10 * side * side * 3 } } });
  t.true(items.every(({ result }) => result.status === "fulfilled"));
  t.is(live.size, 200);
  t.true(most <= 10, `${most} pictures at once, 10 allowed`);
  t.true([...live].every((image) => (image as { isReleased: boolean }).isReleased));
});

test("what is the matter with the arguments is said at once", (t) => {
  for (const [options, message] of [
    [{ decode: { signal: new AbortController().signal } }, /decode\.signal: is an option of the whole stream/],
    [{ encode: { metadata: [] } }, /encode\.metadata/],
    [{ decode: { memory: "recycled" } }, /decode\.memory/],
    [{ metadata: "keep all" }, /keep, strip/],
    [{ path: "out.jpg" }, /expected a function/],
    [{ decodr: {} }, /did you mean decode\?/],
    [{ decode: { scale: 3 } }, /scale/],
  ] as const)
    t.throws(() => transcodeStream([], options as never), { message });
  t.throws(() => transcodeStream("a.jpg" as never), { message: /expected an iterable/ });
});

test("a drawing of several kinds goes through unharmed", async (t) => {
  using decoder = new Decoder();
  const before = drawPicture(200, 120);
  using encoder = new Encoder();
  const source = await encoder.encode(before, { codec: "jpeg", quality: 98 });
  const [item] = await all([source], { encode: { quality: 98 } });
  const after = await decoder.decode(bytesOf(item!));
  let worst = 0;
  before.packed().forEach((value, i) => {
    worst = Math.max(worst, Math.abs(value - after.data[i]!));
  });
  t.true(worst < 40, `${worst}`);
  t.is(basename(String(item!.info!.codec)), "jpeg");
});
