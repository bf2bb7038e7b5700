/** Sources that are odd, change under our hands, or cost too much; windows and urgency. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { CodeStream, Decoder, Encoder, Image, imagesOrNull, PolycodecError, runtimeStats } from "@polycodec/core";
import { drawPicture } from "@polycodec/core/testing";
import "@polycodec/ext-cpu";
import test from "ava";

const folder = mkdtempSync(join(tmpdir(), "polycodec-"));
test.after.always(() => rmSync(folder, { recursive: true }));
const encode = async (width: number, height: number, options = {}): Promise<Uint8Array> => {
  using encoder = new Encoder();
  return (await encoder.encode(drawPicture(width, height), { codec: "jpeg", ...options })).slice();
};
const sizes = (images: readonly (Image | null)[]) => images.map((image) => `${image?.width}x${image?.height}`);

test("paths, URLs, buffers, shared memory and views with an offset are all sources", async (t) => {
  const bytes = await encode(31, 17);
  const path = join(folder, "é ü 1%.jpg");
  writeFileSync(path, bytes);
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
  shared.set(bytes);
  const offset = new Uint8Array(bytes.length + 9);
  offset.set(bytes, 5);
  using decoder = new Decoder();
  const sources = [
    path,
    pathToFileURL(path),
    Buffer.from(bytes),
    bytes.slice().buffer,
    shared,
    offset.subarray(5, 5 + bytes.length),
    CodeStream.from(path),
  ];
  t.deepEqual(
    sizes(imagesOrNull(await decoder.decode(sources))),
    sources.map(() => "31x17"),
  );
  t.deepEqual(
    sizes(imagesOrNull(decoder.decodeSync(sources))),
    sources.map(() => "31x17"),
  );
  t.is((await decoder.read(path)).width, 31);
  t.is((await decoder.read([path, path])).length, 2);
});

test("one code stream many times in one batch, each time another part", async (t) => {
  const path = join(folder, "parts.jpg");
  writeFileSync(path, await encode(100, 80));
  const stream = CodeStream.from(path);
  using decoder = new Decoder();
  const whole = await decoder.decode(stream);
  const parts = Array.from({ length: 20 }, (_, i) => stream.region({ start: [i, 2 * i], end: [i + 10, 2 * i + 10] }));
  for (const [i, image] of imagesOrNull(await decoder.decode(parts)).entries())
    t.is(image!.data[0], whole.data[(i * 100 + 2 * i) * 3]!);
});

test("a file that is replaced between the reading of its headers and its decode is refused, larger, smaller or other", async (t) => {
  using decoder = new Decoder();
  const before = await encode(200, 100);
  const others = [
    await encode(400, 300),
    await encode(20, 10),
    before.subarray(0, 300),
    new Uint8Array(0),
    new Uint8Array(5000).fill(0xff),
    await encode(200, 101),
  ];
  for (const [i, other] of others.entries()) {
    const path = join(folder, `changing-${i}.jpg`);
    writeFileSync(path, before);
    const stream = await CodeStream.from(path).open();
    writeFileSync(path, other);
    const [result] = await decoder.decode([stream]);
    const code = result!.status === "rejected" ? (result!.reason as PolycodecError).code : "a picture";
    t.regex(code, /^ERR_POLYCODEC_(CORRUPTED|TRUNCATED|IO|UNSUPPORTED|FAILED)$/, `replacement ${i}`);
  }
});

test("source bytes that were transferred away are an error, not a crash", async (t) => {
  using decoder = new Decoder();
  const bytes = await encode(50, 40);
  const stream = await CodeStream.from(bytes).open();
  structuredClone(bytes.buffer, { transfer: [bytes.buffer as ArrayBuffer] });
  const [result, empty] = await decoder.decode([stream, bytes]);
  t.is(result!.status, "rejected");
  t.is(empty!.status, "rejected");
  t.throws(() => decoder.decodeSync(stream), { instanceOf: PolycodecError });
});

test("windows of one give what one window gives", async (t) => {
  using decoder = new Decoder();
  const streams = await Promise.all(Array.from({ length: 12 }, (_, i) => encode(20 + i, 10)));
  const list = Array.from({ length: 300 }, (_, i) => streams[i % 12]!);
  for (const windowItems of [1, 7, 256]) {
    const images = imagesOrNull(await decoder.decode(list, { limits: { windowItems } }));
    t.true(
      images.every((image, i) => image?.width === 20 + (i % 12)),
      String(windowItems),
    );
  }
});

test("limits: scans, encoded bytes, decoded bytes, scratch", async (t) => {
  using decoder = new Decoder();
  const limit = { code: "ERR_POLYCODEC_LIMIT_EXCEEDED" };
  const progressive = await encode(640, 480, { jpeg: { progressive: true } });
  const path = join(folder, "limits.jpg");
  writeFileSync(path, progressive);
  for (const source of [progressive, path]) {
    await t.throwsAsync(decoder.decode(source, { limits: { maxScans: 3 } }), limit);
    await t.throwsAsync(decoder.decode(source, { limits: { maxScanPixels: 640 * 480 * 2 } }), limit);
    await t.throwsAsync(decoder.decode(source, { limits: { maxEncodedBytes: progressive.length - 1 } }), limit);
    await t.throwsAsync(decoder.decode(source, { limits: { maxDecodedBytes: 640 * 480 * 3 - 1 } }), limit);
    await t.throwsAsync(decoder.decode(source, { limits: { maxScratchBytes: 10_000 } }), limit);
    t.is(
      (
        await decoder.decode(source, {
          limits: { maxScans: 100, maxEncodedBytes: progressive.length, maxDecodedBytes: 640 * 480 * 3 },
        })
      ).width,
      640,
    );
  }
});

test("an interactive call overtakes a batch in flight", async (t) => {
  using decoder = new Decoder();
  const bytes = await encode(1000, 800);
  const order: string[] = [];
  const batch = decoder.decode(Array.from({ length: 80 }, () => bytes)).then((results) => {
    order.push("batch");
    return results;
  });
  await new Promise((resume) => setTimeout(resume, 10));
  await decoder.decode(bytes, { urgency: "interactive" }).then(() => order.push("interactive"));
  for (const image of imagesOrNull(await batch)) image?.release();
  t.deepEqual(order, ["interactive", "batch"]);
});

test.serial("two Decoders and an Encoder at once, from one registry, and nothing is left running", async (t) => {
  const bytes = await encode(300, 200);
  using one = new Decoder();
  using two = new Decoder({ maxCpuThreads: 1, options: { "libjpeg-turbo": { fancyUpsampling: false } } });
  using encoder = new Encoder();
  const picture = drawPicture(300, 200);
  const results = await Promise.all([
    one.decode(Array.from({ length: 30 }, () => bytes)),
    two.decode(Array.from({ length: 30 }, () => bytes)),
    encoder.encode(
      Array.from({ length: 30 }, () => picture),
      { codec: "jpeg" },
    ),
  ]);
  for (const list of results) t.true(list.every(({ status }) => status === "fulfilled"));
  t.is(runtimeStats().liveTasks, 0);
});

test("options of a backend have their effect", async (t) => {
  const bytes = await encode(120, 90, { chromaSubsampling: "CSS_420" });
  using plain = new Decoder();
  const reference = await plain.decode(bytes);
  for (const options of [{ fancyUpsampling: false }, { fastIdct: true }]) {
    using decoder = new Decoder({ options: { "libjpeg-turbo": options } });
    t.not(Buffer.compare((await decoder.decode(bytes)).bytes, reference.bytes), 0, JSON.stringify(options));
  }
});

test("an image over shared memory can be encoded and decoded into", async (t) => {
  using encoder = new Encoder();
  using decoder = new Decoder();
  const picture = drawPicture(40, 30);
  const shared = new Uint8Array(new SharedArrayBuffer(40 * 30 * 3));
  shared.set(picture.bytes);
  const image = Image.from(shared, { width: 40, height: 30 });
  const bytes = await encoder.encode(image, { codec: "jpeg" });
  t.is(Buffer.compare(bytes, await encoder.encode(picture, { codec: "jpeg" })), 0);
  await decoder.decode(bytes, { images: image });
  t.is(Buffer.compare(image.bytes, (await decoder.decode(bytes)).bytes), 0);
});
