/** Batches: order, reasons, every kind of source; with real files and broken ones. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  DecodeError,
  type DecodeOptions,
  Decoder,
  Encoder,
  imagesOrNull,
  PolycodecError,
  Registry,
} from "@polycodec/core";
import { drawPicture, fakeDecoder, fakeExtension, fakeStream } from "@polycodec/core/testing";
import "@polycodec/ext-cpu";
import test from "ava";
import { files, pathOf, read, someJpegs } from "./corpus.js";
import { corpusTest } from "./corpus-test.js";
import { paint } from "./fake-decoders.js";

corpusTest(
  "a batch with broken files: results in order, reasons name each backend tried, nothing else is disturbed",
  async (t) => {
    const good = someJpegs(40);
    const broken = files
      .filter(({ path, expect, strict }) => path.startsWith("broken/") && expect === "error" && strict)
      .slice(0, 80);
    const mixed = good.flatMap((file, i) =>
      [broken[2 * i], file, broken[2 * i + 1]].filter((one) => one !== undefined),
    );
    using decoder = new Decoder();
    const alone = new Map<string, Uint8Array>();
    for (const file of good) {
      const image = await decoder.decode(read(file));
      alone.set(file.path, image.bytes.slice());
      image.release();
    }
    for (const memory of [false, true]) {
      const results = await decoder.decode(mixed.map((file) => (memory ? read(file) : pathOf(file))));
      t.is(results.length, mixed.length);
      for (const [i, result] of results.entries()) {
        const file = mixed[i]!;
        if (result.status === "fulfilled") {
          t.is(Buffer.compare(result.value.bytes, alone.get(file.path) ?? new Uint8Array(0)), 0, file.path);
          continue;
        }
        t.false(alone.has(file.path), `${file.path}: ${result.reason.message}`);
        t.true(result.reason instanceof DecodeError, file.path);
        const { message, code } = result.reason as DecodeError;
        if (!memory) t.true(message.startsWith(file.path.slice(file.path.lastIndexOf("/") + 1)), message);
        for (const { backend, status } of (result.reason as DecodeError).attempts) {
          t.true(message.includes(`${backend.padEnd(16)} ${status}`), message);
        }
        t.regex(code, /^ERR_POLYCODEC_/);
      }
      t.deepEqual(
        imagesOrNull(results).map((image) => image !== null),
        mixed.map(({ path }) => alone.has(path)),
      );
    }
  },
);

test("files that are missing, unreadable or empty settle with the fact", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "polycodec-"));
  try {
    await writeFile(join(folder, "empty.jpg"), "");
    using decoder = new Decoder();
    const results = await decoder.decode([join(folder, "missing.jpg"), folder, join(folder, "empty.jpg")]);
    const codes = results.map((result) =>
      result.status === "rejected" ? (result.reason as PolycodecError).code : "a picture",
    );
    t.deepEqual(codes, ["ERR_POLYCODEC_IO", "ERR_POLYCODEC_IO", "ERR_POLYCODEC_UNKNOWN_CODEC"]);
    t.regex((results[0] as PromiseRejectedResult).reason.message, /missing\.jpg.*(ENOENT|No such file)/);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("an empty batch is an empty result", async (t) => {
  using decoder = new Decoder();
  t.deepEqual(await decoder.decode([]), []);
  t.deepEqual(decoder.decodeSync([]), []);
});

corpusTest("decodeSync gives what decode gives, errors included", async (t) => {
  using decoder = new Decoder();
  const sources = [
    ...someJpegs(12).map(pathOf),
    pathOf(
      files.find(({ path, format, expect }) => path.startsWith("broken/") && format === "jpeg" && expect === "error")!,
    ),
  ];
  const waited = await decoder.decode(sources);
  const blocked = decoder.decodeSync(sources);
  for (const [i, result] of blocked.entries()) {
    const other = waited[i]!;
    t.is(result.status, other.status);
    if (result.status === "fulfilled" && other.status === "fulfilled")
      t.is(Buffer.compare(result.value.bytes, other.value.bytes), 0, sources[i]);
    if (result.status === "rejected" && other.status === "rejected") t.is(result.reason.message, other.reason.message);
  }
  t.throws(() => decoder.decodeSync(sources.at(-1)!), { instanceOf: DecodeError });
});

test("sync refuses what has no blocking form", async (t) => {
  const registry = new Registry().use(
    fakeExtension([
      { ...fakeDecoder(), create: () => ({ accepts: () => "SUCCESS" as const, run: async (tasks) => paint(tasks) }) },
    ]),
  );
  using decoder = new Decoder({ registry });
  t.throws(() => decoder.decodeSync(fakeStream(1, 1)), { code: "ERR_POLYCODEC_SYNC_UNSUPPORTED" });
  t.is((await decoder.decode(fakeStream(1, 1, 3))).data[0], 3);
  const random = {
    size: 13,
    readAt: async (offset: number, length: number) => fakeStream(1, 1, 4).slice(offset, offset + length),
  };
  t.throws(() => decoder.decodeSync(random), { code: "ERR_POLYCODEC_SYNC_UNSUPPORTED" });
});

test("a source of random access is read by its readAt, and what it throws is told", async (t) => {
  using decoder = new Decoder();
  using encoder = new Encoder();
  const bytes = await encoder.encode(drawPicture(200, 100), { codec: "jpeg" });
  const asked: number[] = [];
  const source = {
    size: bytes.length,
    readAt: async (offset: number, length: number) => {
      asked.push(length);
      return bytes.slice(offset, offset + length);
    },
  };
  t.is(Buffer.compare((await decoder.decode(source)).bytes, (await decoder.decode(bytes)).bytes), 0);
  t.true(asked.length >= 2);
  const broken = { size: 5000, readAt: () => Promise.reject(new Error("the cable is out")) };
  await t.throwsAsync(decoder.decode(broken), { code: "ERR_POLYCODEC_IO", message: /the cable is out/ });
  const throws = {
    size: 5000,
    readAt: () => {
      throw new Error("not even a promise");
    },
  };
  await t.throwsAsync(decoder.decode(throws), { code: "ERR_POLYCODEC_IO", message: /not even a promise/ });
  const short = {
    size: bytes.length,
    readAt: async (offset: number, length: number) => bytes.slice(offset, offset + Math.min(length, 100)),
  };
  const [settled] = await decoder.decode([short]);
  t.true(settled!.status === "fulfilled" || settled!.reason instanceof PolycodecError);
  const nothing = { size: 5000, readAt: async () => undefined as never };
  await t.throwsAsync(decoder.decode(nothing), { instanceOf: PolycodecError });
});

test("writing: whole files only, none replaced unless asked, collisions are found before work starts", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "polycodec-"));
  try {
    using encoder = new Encoder();
    using decoder = new Decoder();
    const picture = drawPicture(50, 40);
    const [a, b] = [join(folder, "a.jpg"), join(folder, "b.jpeg")];
    await t.throwsAsync(encoder.write([a, a], [picture, picture]), {
      instanceOf: TypeError,
      message: /two images go to/,
    });
    await t.throwsAsync(encoder.write([a, b], [picture]), { instanceOf: TypeError });
    await t.throwsAsync(encoder.write(join(folder, "a.xyz"), picture), { code: "ERR_POLYCODEC_UNKNOWN_CODEC" });
    await writeFile(b, "mine");
    const results = await encoder.write([a, b], [picture, picture]);
    t.deepEqual(
      results.map((r) => (r.status === "fulfilled" ? r.value : (r.reason as PolycodecError).code)),
      [a, "ERR_POLYCODEC_FILE_EXISTS"],
    );
    t.is(await readFile(b, "utf8"), "mine");
    t.is(await encoder.write(b, picture, { overwrite: true }), b);
    t.like(await decoder.decode(b), { width: 50, height: 40 });
    t.is(Buffer.compare(await readFile(a), await readFile(b)), 0);
    await t.throwsAsync(encoder.write(join(folder, "none", "a.jpg"), picture), { code: "ERR_POLYCODEC_IO" });
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("arguments of the wrong type are the caller's error, and reject", async (t) => {
  using decoder = new Decoder();
  using encoder = new Encoder();
  for (const source of [undefined, null, 5, {}, { size: 5 }, () => 0])
    await t.throwsAsync(decoder.decode(source as never), { instanceOf: TypeError }, String(source));
  await t.throwsAsync(decoder.decode(new Uint8Array(4), { scale: 3 } as unknown as DecodeOptions), {
    instanceOf: TypeError,
  });
  await t.throwsAsync(encoder.encode(new Uint8Array(4) as never, { codec: "jpeg" }), {
    instanceOf: TypeError,
    message: /Image\.from/,
  });
  await t.throwsAsync(encoder.encode(drawPicture(1, 1), {}), { instanceOf: TypeError, message: /codec/ });
  await t.throwsAsync(encoder.encode(drawPicture(1, 1), { codec: "jpg" }), {
    code: "ERR_POLYCODEC_UNKNOWN_CODEC",
    message: /did you mean jpeg/,
  });
});
