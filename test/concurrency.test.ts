/** Many calls on one Decoder: each gets its own results, and the urgent one does not wait for the others. */
import { Decoder, Encoder, type Image } from "@polycodec/core";
import { drawPicture, fakeStream } from "@polycodec/core/testing";
import "@polycodec/ext-cpu";
import test from "ava";
import { decoderOf } from "./fake-decoders.js";

const CALLERS = 32;

test("32 callers of one Decoder each get their own pictures", async (t) => {
  using decoder = new Decoder();
  using encoder = new Encoder();
  // Every caller has a size and a colour of its own.
  const sources = await Promise.all(
    Array.from({ length: CALLERS }, async (_, k) =>
      (await encoder.encode(drawPicture(40 + k, 30 + k, { seed: k }), { codec: "jpeg" })).slice(),
    ),
  );
  const expected = sources.map((source) => decoder.decodeSync(source));
  const isExpected = (image: Image, k: number) =>
    image.width === 40 + k && Buffer.compare(image.packed(), expected[k]!.packed()) === 0;
  const wrong: string[] = [];
  await Promise.all(
    sources.map(async (source, k) => {
      for (let round = 0; round < 6; round++) {
        const urgency = (k + round) % 5 === 0 ? "interactive" : "batch";
        const count = 1 + ((k * 7 + round) % 9);
        if (round % 3 === 2) {
          let seen = 0;
          for await (const { index, result } of decoder.decodeStream(
            Array.from({ length: count }, () => source),
            { urgency },
          ))
            if (index !== seen++ || result.status !== "fulfilled" || !isExpected(result.value, k))
              wrong.push(`caller ${k}, stream, ${index}`);
          if (seen !== count) wrong.push(`caller ${k}: ${seen} of ${count}`);
        } else if (round % 3 === 1 && count === 1) {
          if (!isExpected(await decoder.decode(source, { urgency }), k)) wrong.push(`caller ${k}, one`);
        } else {
          const results = await decoder.decode(
            Array.from({ length: count }, () => source),
            { urgency },
          );
          if (results.length !== count) wrong.push(`caller ${k}: ${results.length} of ${count}`);
          for (const result of results)
            if (result.status !== "fulfilled" || !isExpected(result.value, k)) wrong.push(`caller ${k}, batch`);
        }
      }
    }),
  );
  t.deepEqual(wrong, []);
});

test("32 callers of a backend that runs one chunk at a time", async (t) => {
  let inside = 0;
  let most = 0;
  using decoder = decoderOf({
    run: async (tasks) => {
      most = Math.max(most, ++inside);
      await new Promise((resume) => setTimeout(resume, 1));
      inside--;
      return tasks.map((task) => {
        task.pixels.fill((task as unknown as { bytes: Uint8Array }).bytes[12]!);
        return { status: "SUCCESS" as const };
      });
    },
  });
  const all = await Promise.all(
    Array.from({ length: CALLERS }, (_, k) =>
      decoder.decode(
        Array.from({ length: 3 }, () => fakeStream(2, 2, k)),
        { memory: "transferable" },
      ),
    ),
  );
  all.forEach((results, k) => {
    for (const result of results) t.is(result.status === "fulfilled" && result.value.data[0], k);
  });
  t.is(most, 1);
});

test("an interactive call settles before the batch that began earlier; several do, one after the other", async (t) => {
  using decoder = new Decoder();
  using encoder = new Encoder();
  const jpeg = (await encoder.encode(drawPicture(1000, 800), { codec: "jpeg" })).slice();
  let isBatchDone = false;
  const batch = decoder.decode(Array.from({ length: 250 }, () => jpeg)).then((results) => {
    isBatchDone = true;
    return results;
  });
  await new Promise((resume) => setTimeout(resume, 20));
  for (let i = 0; i < 3; i++) {
    (await decoder.decode(jpeg, { urgency: "interactive" })).release();
    t.false(isBatchDone, `call ${i}`);
  }
  for (const result of await batch) {
    t.is(result.status, "fulfilled");
    if (result.status === "fulfilled") result.value.release();
  }
});
