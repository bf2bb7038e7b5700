/** What the codecs' libraries have freed goes back to the system on request. Alone in its process, as it measures that. */
import { Decoder, Encoder, trimMemory } from "@polycodec/core";
import { drawPicture } from "@polycodec/core/testing";
import "@polycodec/ext-cpu";
import test from "ava";

const MEGABYTES = 2 ** 20;

test("trimMemory() gives back what OpenJPEG has freed and malloc has kept", async (t) => {
  const encoded = await new Encoder().encode(drawPicture(1920, 1080), { codec: "jpeg2k", quality: 50 });
  using decoder = new Decoder();
  // Four times: glibc keeps nothing of the first, until it has seen how large the pieces are.
  for (let turn = 0; turn < 4; turn++) (await decoder.decode(encoded)).release();
  trimMemory();
  (await decoder.decode(encoded)).release();
  const before = process.memoryUsage.rss();
  const pixels = trimMemory();
  const given = before - process.memoryUsage.rss();
  // The samples, three of 32 bits a pixel, are 23.7 MiB; some of them may stay beside what is still in use.
  t.true(given - pixels > 12 * MEGABYTES, `${given / MEGABYTES} MiB, ${pixels / MEGABYTES} of them pixels`);
});
