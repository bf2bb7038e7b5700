/** The memory of images: busy, reused, released, transferred. */

import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { Decoder, Encoder, Image, imagesOrNull, Registry, runtimeStats } from "@polycodec/core";
import type { Outcome } from "@polycodec/core/plugin";
import { drawPicture, fakeEncoder, fakeExtension, fakeStream } from "@polycodec/core/testing";
import "@polycodec/ext-cpu";
import test from "ava";
import { decoderOf, paint } from "./fake-decoders.js";

test("an image that is decoded into is busy: no second call may have it, nor may it be released", async (t) => {
  using decoder = new Decoder();
  using encoder = new Encoder();
  const bytes = await encoder.encode(drawPicture(1500, 1200), { codec: "jpeg" });
  const image = Image.from(new Uint8Array(1500 * 1200 * 3), { width: 1500, height: 1200 });
  const busy = { code: "ERR_POLYCODEC_IMAGE_BUSY" };
  const call = decoder.decode(bytes, { images: image });
  t.throws(() => image.release(), busy);
  t.throws(() => decoder.decodeSync(bytes, { images: image }), busy);
  await t.throwsAsync(decoder.decode(bytes, { images: image }), busy);
  t.is(await call, image);
  t.notThrows(() => image.release());
});

test("two calls that start together for one image: the second is refused, whatever the order of events", async (t) => {
  using decoder = new Decoder();
  using encoder = new Encoder();
  const bytes = await encoder.encode(drawPicture(300, 200), { codec: "jpeg" });
  const image = Image.from(new Uint8Array(300 * 200 * 3), { width: 300, height: 200 });
  const results = await Promise.allSettled([
    decoder.decode(bytes, { images: image }),
    decoder.decode(bytes, { images: image }),
  ]);
  t.deepEqual(results.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
  t.is(
    (results.find(({ status }) => status === "rejected") as PromiseRejectedResult).reason.code,
    "ERR_POLYCODEC_IMAGE_BUSY",
  );
});

test("an image is busy after an abort until its decode has really ended", async (t) => {
  let finish = () => {};
  using decoder = decoderOf({
    run: (tasks) =>
      new Promise((resolve) => {
        finish = () => resolve(paint(tasks));
      }),
  });
  const image = Image.from(new Uint8Array(3), { width: 1, height: 1 });
  const controller = new AbortController();
  const call = decoder.decode(fakeStream(1, 1), { images: image, signal: controller.signal });
  await new Promise((resume) => setTimeout(resume, 5));
  const reason = new Error("enough");
  controller.abort(reason);
  await t.throwsAsync(call, { is: reason });
  t.throws(() => image.release(), { code: "ERR_POLYCODEC_IMAGE_BUSY" });
  finish();
  await new Promise((resume) => setTimeout(resume, 5));
  t.notThrows(() => image.release());
});

test("reused images hold the new picture and its layout; failures leave the others alone", async (t) => {
  using decoder = new Decoder();
  using encoder = new Encoder();
  const pictures = [drawPicture(60, 40, { seed: 1 }), drawPicture(20, 30, { seed: 2 })];
  const streams = (await encoder.encode(pictures, { codec: "jpeg", quality: 100 })).map(
    (r) => (r as PromiseFulfilledResult<Uint8Array>).value,
  );
  const images = [0, 1, 2].map(() => Image.from(new Uint8Array(60 * 40 * 3), { width: 60, height: 40 }));
  const results = await decoder.decode([streams[1]!, streams[0]!.subarray(0, 200), streams[0]!], { images });
  t.deepEqual(
    results.map((r) => r.status),
    ["fulfilled", "rejected", "fulfilled"],
  );
  t.like(images[0], { width: 20, height: 30, rowStride: 60 });
  t.like(images[2], { width: 60, height: 40 });
  const fresh = await decoder.decode(streams[0]!);
  t.is(Buffer.compare(images[2]!.bytes, fresh.bytes), 0);
  const again = await decoder.decode([streams[0]!], { images: [images[0]!] });
  t.is((again[0] as PromiseFulfilledResult<Image>).value, images[0]!);
  t.is(Buffer.compare(images[0]!.bytes, fresh.bytes), 0);
});

test.serial("an image that is released while an encoder reads it keeps its memory until that is done", async (t) => {
  let finish: (() => void) | undefined;
  const read: number[] = [];
  using decoder = new Decoder();
  using jpegs = new Encoder();
  const encoder = new Encoder({
    registry: new Registry().use(
      fakeExtension(
        [],
        [
          fakeEncoder({
            run: async (tasks) => {
              const { pixels } = tasks[0]!;
              await new Promise<void>((resolve) => {
                finish = resolve;
              });
              read.push(pixels.length, pixels[0]!);
              return tasks.map(() => ({ status: "SUCCESS", bytes: Uint8Array.of(1) }) as Outcome);
            },
          }),
        ],
      ),
    ),
  });
  const white = Image.from(new Uint8Array(300 * 200 * 3).fill(255), { width: 300, height: 200 });
  const image = await decoder.decode(await jpegs.encode(white, { codec: "jpeg" }));
  const before = runtimeStats().liveSlabs;
  const call = encoder.encode(image, { codec: "fake" });
  while (!finish) await sleep(1);
  await t.throwsAsync(decoder.decode(fakeStream(1, 1), { images: image }), { code: "ERR_POLYCODEC_IMAGE_BUSY" });
  image.release();
  t.true(image.isReleased);
  await sleep(5);
  t.is(runtimeStats().liveSlabs, before);
  finish();
  await call;
  t.deepEqual(read, [180_000, 255]);
  for (let i = 0; i < 100 && runtimeStats().liveSlabs === before; i++) await sleep(5);
  t.is(runtimeStats().liveSlabs, before - 1);
});

test("an image that is released before its turn comes fails alone", async (t) => {
  using encoder = new Encoder();
  const images = Array.from({ length: 20 }, () => drawPicture(30, 20));
  const call = encoder.encode(images, { codec: "jpeg" });
  images[7]!.release();
  const results = await call;
  t.is(results.filter(({ status }) => status === "fulfilled").length, 19);
  const { reason } = results[7] as PromiseRejectedResult;
  t.is(reason.code, "ERR_POLYCODEC_FAILED");
  t.regex(reason.message, /released before its turn/);
});

test.serial("pixels that nobody looks at are encoded from where they are", async (t) => {
  using decoder = new Decoder();
  using encoder = new Encoder();
  const bytes = await encoder.encode(drawPicture(300, 200), { codec: "jpeg" });
  const [seen, unseen] = [await decoder.decode(bytes), await decoder.decode(bytes)];
  t.is(seen.data.length, 180_000);
  const before = process.memoryUsage().arrayBuffers;
  const [one, other] = [await encoder.encode(seen, { codec: "jpeg" }), await encoder.encode(unseen, { codec: "jpeg" })];
  t.deepEqual(one, other);
  t.true(process.memoryUsage().arrayBuffers - before < 180_000);
  t.deepEqual(unseen.data, seen.data);
});

test.serial("release gives the memory back: views are empty, and the slab returns", async (t) => {
  using decoder = new Decoder();
  using encoder = new Encoder();
  const bytes = await encoder.encode(drawPicture(640, 480), { codec: "jpeg" });
  const image = await decoder.decode(bytes);
  const { data } = image;
  const live = runtimeStats().liveSlabs;
  image.release();
  t.is(data.length, 0);
  t.true(image.isReleased);
  t.throws(() => image.data, { code: "ERR_POLYCODEC_IMAGE_RELEASED" });
  for (let i = 0; i < 50 && runtimeStats().liveSlabs >= live; i++) await new Promise((resume) => setTimeout(resume, 5));
  t.true(runtimeStats().liveSlabs < live, `${runtimeStats().liveSlabs} live slabs, ${live} before`);
});

test("10,000 released pictures do not pile up", async (t) => {
  using decoder = new Decoder();
  using encoder = new Encoder();
  const bytes = await encoder.encode(drawPicture(320, 240), { codec: "jpeg" });
  const batch = Array.from({ length: 100 }, () => bytes);
  let most = 0;
  for (let i = 0; i < 20; i++) {
    for (const image of imagesOrNull(await decoder.decode(batch))) image?.release();
    most = Math.max(most, runtimeStats().liveSlabs);
  }
  t.true(most <= 400, `${most} live slabs at most, after ${20 * 100} pictures`);
});

test("transferable memory can be posted to a worker and back; recycled memory cannot be lost that way", async (t) => {
  using decoder = new Decoder();
  using encoder = new Encoder();
  const bytes = await encoder.encode(drawPicture(64, 48), { codec: "jpeg" });
  const image = await decoder.decode(bytes, { memory: "transferable" });
  const before = image.bytes.slice();
  const worker = new Worker(
    "const { parentPort } = require('node:worker_threads'); parentPort.once('message', (m) => parentPort.postMessage(m, [m.buffer]));",
    { eval: true },
  );
  const { buffer } = image.bytes;
  const back = await new Promise<Uint8Array>((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
    worker.postMessage(image.bytes, [buffer as ArrayBuffer]);
  });
  t.is(buffer.byteLength, 0);
  t.true(image.isReleased);
  t.is(Buffer.compare(back, before), 0);
  await worker.terminate();
  const recycled = await decoder.decode(bytes);
  const kept = recycled.bytes.slice();
  try {
    structuredClone(recycled.bytes.buffer, { transfer: [recycled.bytes.buffer as ArrayBuffer] });
  } catch {
    t.is(Buffer.compare(recycled.bytes, kept), 0, "refused, and still there");
  }
  t.pass();
});
