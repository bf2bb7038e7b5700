/** A process of its own: 100,000 samples through transcodeStream, a slow consumer, and what memory that took. */
import { setTimeout as sleep, setImmediate as turn } from "node:timers/promises";
import { Decoder, Encoder, Registry, transcodeStream } from "@polycodec/core";
import { drawPicture, fakeExtension, fakeStream } from "@polycodec/core/testing";
import { extension } from "@polycodec/ext-cpu/extension";

const COUNT = Number(process.argv[2]);
/** Of the fake codec, whose pictures cost nothing but memory: 48 KiB each, 4.7 GiB all together. */
const SIDE = 128;
/** Every so many is a JPEG, decoded at 1/8 by real threads. */
const JPEG_EVERY = 10;

const registry = new Registry().use(extension).use(fakeExtension());
using decoder = new Decoder({ registry, limits: { windowBytes: 32 << 20 } });
using encoder = new Encoder({ registry });
const jpeg = (await encoder.encode(drawPicture(320, 240), { codec: "jpeg" })).slice();

let drawn = 0;
function* sources(): Generator<Uint8Array> {
  for (; drawn < COUNT; drawn++) yield drawn % JPEG_EVERY === 0 ? jpeg : fakeStream(8 * SIDE, 8 * SIDE, drawn & 255);
}

let seen = 0;
let wrong = 0;
let ahead = 0;
for await (const { index, result, info } of transcodeStream(sources(), { decoder, encoder, decode: { scale: 8 } })) {
  ahead = Math.max(ahead, drawn - seen);
  if (index !== seen++ || result.status === "rejected") wrong++;
  else if (info!.codec === "fake" && (result.value as Uint8Array)[12] !== (index & 255)) wrong++;
  // Slower than what feeds it: it gives way after every item, and rests now and then.
  if (seen % 16 === 0) await turn();
  if (seen % 2000 === 0) await sleep(20);
}
process.stdout.write(JSON.stringify({ seen, wrong, ahead, maxRss: process.resourceUsage().maxRSS * 1024 }));
