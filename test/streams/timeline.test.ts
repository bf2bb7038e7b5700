/** The timeline of `polycodec bench`, what core publishes for it, and the tracing of whole calls. */
import { type ChannelListener, channel, subscribe, tracingChannel, unsubscribe } from "node:diagnostics_channel";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type ChunkMessage, Decoder, Encoder } from "@polycodec/core";
import { fakeStream } from "@polycodec/core/testing";
import "@polycodec/ext-cpu";
import ava from "ava";
import { cli, drawing, temporaryFolder, writeJpeg } from "../cli-process.js";
import { decoderOf } from "../fake-decoders.js";

const test = ava.serial;

test("the timeline has a bar per sample, a row per thread, marks failures, and needs no other file", async (t) => {
  const folder = temporaryFolder(t);
  const names = ["a", "b", "c & <d>", "cut"].map((name) => `${name}.jpg`);
  for (const name of names) await writeJpeg(join(folder, name), drawing(300, 200));
  await writeFile(join(folder, "cut.jpg"), (await readFile(join(folder, "cut.jpg"))).subarray(0, 3000));
  const run = (file: string, ...more: string[]) =>
    cli(folder, ["bench", ".", "--rounds", "1", "--threads", "3", "--timeline", file, ...more]);
  const { stderr } = await run("out.svg");
  t.regex(stderr, /cut\.jpg/);
  const svg = await readFile(join(folder, "out.svg"), "utf8");
  const titles = [...svg.matchAll(/<title>([^:]*): [\d.]+ ms from [\d.]+ ms on\n?([^<]*)<\/title>/g)];
  t.deepEqual(titles.map(([, name]) => name).sort(), ["a.jpg", "b.jpg", "c &amp; &lt;d&gt;.jpg", "cut.jpg", "cut.jpg"]);
  t.deepEqual(
    titles.filter(([, , failure]) => failure !== "").map(([, name, failure]) => `${name} ${failure!.split(":")[0]}`),
    ["cut.jpg CODESTREAM_UNSUPPORTED", "cut.jpg IMAGE_TRUNCATED"],
    "one a backend that tried",
  );
  t.deepEqual(
    [...svg.matchAll(/text-anchor="end">(\d)</g)].map(([, thread]) => thread),
    ["0", "1", "2", "0", "1", "2"],
    "of two lanes",
  );
  t.is([...svg.matchAll(/\d+ % busy<\/text>/g)].length, 7, "one a row, and the whole");
  t.regex(svg, />0 ms</);
  t.notRegex(svg, /href|src=|<script|url\((?!#idle)/);

  t.is((await run("out.svg")).status, 2, "a file that exists is kept");
  await run("out.html", "--force");
  const html = await readFile(join(folder, "out.html"), "utf8");
  t.true(html.startsWith("<!doctype html>") && html.includes("<svg") && html.endsWith("</html>\n"));
  t.is((await run("out.png")).status, 2);
});

test("polycodec:chunk says who did what when: places in the call, also beyond the first window", async (t) => {
  const messages: ChunkMessage[] = [];
  const listen: ChannelListener = (message) => messages.push(message as ChunkMessage);
  subscribe("polycodec:chunk", listen);
  try {
    using decoder = decoderOf({ id: "one", concurrency: 4 });
    await decoder.decode(
      Array.from({ length: 600 }, () => fakeStream(1, 1)),
      { memory: "transferable" },
    );
    t.deepEqual(
      messages.flatMap(({ chunks }) => chunks.flatMap(({ places }) => places)).sort((a, b) => a - b),
      Array.from({ length: 600 }, (_, i) => i),
    );
    t.true(
      messages.every(
        ({ operation, codec, device, startNs, endNs }) =>
          operation === "decode" && codec === "fake" && device === "cpu" && endNs >= startNs,
      ),
    );
    messages.length = 0;
    using encoder = new Encoder();
    for await (const _ of encoder.encodeStream([{ image: drawing(8, 8) }], { codec: "jpeg" })) void _;
    t.like(messages[0], { operation: "encode", codec: "jpeg", chunks: [{ places: [0] }] });
    t.regex(messages[0]!.chunks[0]!.backend, /^(jpeg-fast|libjpeg-turbo)$/);
    t.true(messages[0]!.slots >= 1);
  } finally {
    unsubscribe("polycodec:chunk", listen);
  }
});

test("whole calls can be traced: decode, encode and their streams; failures too", async (t) => {
  const heard: string[] = [];
  const handlers = (name: string) => ({
    start: (message: object) => heard.push(`${name} start ${(message as { samples?: number }).samples}`),
    asyncEnd: () => heard.push(`${name} asyncEnd`),
    error: ({ error }: { error: unknown }) => heard.push(`${name} error ${(error as Error).name}`),
    end: () => {},
    asyncStart: () => {},
  });
  const subscribers = ["decode", "encode", "transcode"].map((name) => ({
    channel: tracingChannel<object>(`polycodec:${name}`),
    to: handlers(name),
  }));
  for (const { channel, to } of subscribers) channel.subscribe(to as never);
  try {
    using decoder = new Decoder();
    using encoder = new Encoder();
    const jpeg = await encoder.encode(drawing(8, 8), { codec: "jpeg" });
    await decoder.decode([jpeg, jpeg]);
    for await (const _ of decoder.decodeStream([jpeg])) void _;
    const never = decoder.decode(jpeg, { signal: AbortSignal.timeout(0), urgency: "batch" });
    await never.catch(() => undefined);
  } finally {
    for (const { channel, to } of subscribers) channel.unsubscribe(to as never);
  }
  t.deepEqual(heard.slice(0, 6), [
    "encode start 1",
    "encode asyncEnd",
    "decode start 2",
    "decode asyncEnd",
    "decode start undefined",
    "decode asyncEnd",
  ]);
  t.is(heard[6], "decode start 1");
  t.false(channel("tracing:polycodec:decode:start").hasSubscribers);
});
