/** encodeStream: order, windows, whose the images are, leaving early. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { CodeStream, type EncodeItem, Encoder, Image, type Metadata, Registry } from "@polycodec/core";
import { type FakeBehaviour, fakeDecoder, fakeEncoder, fakeExtension, fakeStream } from "@polycodec/core/testing";
import "@polycodec/ext-cpu";
import test from "ava";
import { drawing, exif, temporaryFolder } from "../cli-process.js";

const encoderOf = (behaviour: FakeBehaviour = {}, limits = {}) =>
  new Encoder({ registry: new Registry().use(fakeExtension([fakeDecoder()], [fakeEncoder(behaviour)])), limits });
const gray = (value: number, side = 2) =>
  Image.from(new Uint8Array(side * side * 3).fill(value), { width: side, height: side });
const fake = { codec: "fake" };

function* drawn(count: number, images: Image[] = [], side = 2): Generator<EncodeItem> {
  for (let i = 0; i < count; i++) {
    images.push(gray(i & 255, side));
    yield { image: images.at(-1)! };
  }
}

for (const releaseImages of [false, true]) {
  test(`results come in order; images are ${releaseImages ? "released, as asked" : "the caller's"}`, async (t) => {
    using encoder = encoderOf();
    const images: Image[] = [];
    let next = 0;
    for await (const { index, result } of encoder.encodeStream(drawn(100, images), { ...fake, releaseImages })) {
      t.is(index, next);
      t.deepEqual(result, { status: "fulfilled", value: fakeStream(2, 2, next) });
      t.is(images[next]!.isReleased, releaseImages);
      next++;
    }
    t.is(next, 100);
  });
}

test("to files and to memory, with metadata of the item's own or of all", async (t) => {
  const folder = temporaryFolder(t);
  using encoder = new Encoder();
  const own: Metadata[] = [{ kind: "EXIF", format: "RAW", id: 0, bytes: exif(3) }];
  const shared: Metadata[] = [{ kind: "COMMENT", format: "RAW", id: 0, bytes: Buffer.from("all") }];
  async function* items(): AsyncGenerator<EncodeItem> {
    yield { image: drawing(16, 8), path: join(folder, "a.jpg"), metadata: own };
    yield { image: drawing(8, 16) };
  }
  const values = [];
  for await (const { result } of encoder.encodeStream(items(), { codec: "jpeg", metadata: shared }))
    values.push(result.status === "fulfilled" && result.value);
  t.is(values[0], join(folder, "a.jpg"));
  const kinds = async (source: string | Uint8Array) =>
    (await CodeStream.from(source).metadata()).map(({ kind }) => kind);
  t.deepEqual(await kinds(values[0] as string), ["EXIF"]);
  t.deepEqual(await kinds(values[1] as Uint8Array), ["COMMENT"]);
  t.deepEqual(readdirSync(folder), ["a.jpg"]);
  for await (const { result } of encoder.encodeStream([{ image: drawing(4, 4), path: join(folder, "a.jpg") }]))
    t.like(result, { reason: { code: "ERR_POLYCODEC_FILE_EXISTS" } });
});

test("no more is drawn than the window holds, in items and in bytes", async (t) => {
  const images: Image[] = [];
  let consumed = 0;
  using few = encoderOf({}, { windowItems: 16 });
  for await (const _ of few.encodeStream(drawn(200, images), fake)) {
    t.true(images.length - consumed <= 16, `${images.length} drawn, ${consumed} consumed`);
    consumed++;
  }
  const side = 32;
  const bytes = side * side * 3;
  using small = encoderOf({}, { windowBytes: 6 * bytes });
  images.length = consumed = 0;
  for await (const _ of small.encodeStream(drawn(100, images, side), fake)) {
    t.true(images.length - consumed <= 6, `${images.length} drawn, ${consumed} consumed`);
    consumed++;
  }
  t.is(consumed, 100);
  using tiny = encoderOf({}, { windowBytes: 1 });
  images.length = consumed = 0;
  for await (const _ of tiny.encodeStream(drawn(10, images, side), fake)) {
    t.is(images.length - consumed, 1, "a larger one goes alone");
    consumed++;
  }
  t.is(consumed, 10);
});

test("a failure settles its own item; a wrong item ends the loop after the results before it", async (t) => {
  using encoder = encoderOf({
    accepts: ({ output, input }: never) =>
      ((output ?? input) as { width: number }).width === 3 ? "IMAGE_UNSUPPORTED" : "SUCCESS",
  } as never);
  const seen: string[] = [];
  const items = [
    { image: gray(1) },
    { image: gray(1, 3) },
    { image: gray(1) },
    { image: 5 as never },
    { image: gray(1) },
  ];
  await t.throwsAsync(
    async () => {
      for await (const { result } of encoder.encodeStream(items, fake)) seen.push(result.status);
    },
    { instanceOf: TypeError, message: /expected an Image/ },
  );
  t.deepEqual(seen, ["fulfilled", "rejected", "fulfilled"]);
  await t.throwsAsync(
    async () => {
      for await (const _ of encoder.encodeStream([{ image: gray(1), pth: "a" } as never], fake)) t.fail();
    },
    { message: /unknown option "pth"; did you mean path\?/ },
  );
});

test("leaving early tells the backend and the source, and releases what was to be released", async (t) => {
  const signals: AbortSignal[] = [];
  using encoder = encoderOf({
    run: async (tasks, signal) => {
      signals.push(signal!);
      return tasks.map(() => ({ status: "SUCCESS" as const, bytes: fakeStream(1, 1) }));
    },
  });
  const images: Image[] = [];
  for await (const { index } of encoder.encodeStream(drawn(1000, images), { ...fake, releaseImages: true }))
    if (index === 2) break;
  t.true(images.length < 300);
  t.true(
    images.every(({ isReleased }) => isReleased),
    "all that were drawn",
  );
  t.true(signals.length > 0 && signals.every(({ aborted }) => aborted));
});
