/** `polycodec shard`, run as a process. */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { Encoder } from "polycodec";
import { cli, cliOnTerminal, drawing, temporaryFolder } from "./cli-process.js";

async function photos(folder: string, count: number): Promise<void> {
  const encoder = new Encoder();
  for (let i = 0; i < count; i++) {
    const image = drawing(32 + i, 24);
    await encoder.write(join(folder, `photo-${i}.jpg`), image);
  }
  encoder.close();
}

test("writes shards, sums up, goes on where it was, and refuses what it would mix with", async (t) => {
  const folder = temporaryFolder(t);
  await photos(folder, 7);
  const args = ["shard", ".", "--out", "shards", "--images-per-tar", "3"];
  const first = await cli(folder, [...args, "--workers", "2"]);
  t.is(first.status, 0, first.stderr);
  t.regex(
    first.stdout.toString(),
    /^shards +3\npictures +7\nbytes .* → .*\ntime .*\nspeed .* pictures\/s, .* MB\/s\n$/,
  );
  t.is((await readdir(join(folder, "shards"))).length, 7);

  const again = await cli(folder, args);
  t.is(again.status, 2);
  t.regex(again.stderr, /holds this run already, 3 of 3 tasks committed.*\(--resume\)/);
  const other = await cli(folder, [...args, "--resume", "--quality", "80"]);
  t.is(other.status, 2);
  t.regex(other.stderr, /quality is 92 there and 80 here/);
  const resumed = await cli(folder, [...args, "--resume", "--json"]);
  t.is(resumed.status, 0);
  t.like(resumed.items[0], { tasks: 3, committed: 3, present: 3, images: 7, newImages: 0, failures: [] });
});

test("an array job: each process its part, by options or by the environment", async (t) => {
  const folder = temporaryFolder(t);
  await photos(folder, 8);
  const args = ["shard", ".", "--out", "shards", "--images-per-tar", "1", "--json"];
  const parts = [
    await cli(folder, [...args, "--index", "0", "--of", "2"]),
    await cli(folder, [...args, "--index", "1", "--of", "2"]),
  ];
  const images = parts.map(({ items }) => items[0]!.newImages as number);
  t.is(images[0]! + images[1]!, 8);
  t.true(images[0]! > 0 && images[1]! > 0);
  t.is((await readFile(join(folder, "shards/_polycodec/manifest.jsonl"), "utf8")).trim().split("\n").length, 8);
  t.regex((await cli(folder, [...args, "--index", "2"])).stderr, /--of/);
  t.regex((await cli(folder, [...args, "--index", "2", "--of", "2"])).stderr, /process 2 of 2: the first is 0/);
  t.regex((await cli(folder, [...args, "--of", "2"])).stderr, /--of needs --index/);
});

test("a picture that cannot be decoded is left out, counted, and makes the exit status 1", async (t) => {
  const folder = temporaryFolder(t);
  await photos(folder, 2);
  await writeFile(join(folder, "broken.jpg"), (await readFile(join(folder, "photo-0.jpg"))).subarray(0, 200));
  const result = await cli(folder, ["shard", ".", "--out", "shards"]);
  t.is(result.status, 1);
  t.regex(result.stdout.toString(), /pictures +2\nleft out +1, cannot be decoded/);
});

test("a Redis that is not there is an error, not a wait", async (t) => {
  const folder = temporaryFolder(t);
  await photos(folder, 1);
  const result = await cli(folder, ["shard", ".", "--out", "shards", "--redis", "redis://127.0.0.1:1"]);
  t.is(result.status, 1);
  t.regex(result.stderr, /redis:\/\/127\.0\.0\.1:1: no Redis answers: .*ECONNREFUSED/);
});

test("on a terminal a line shows the progress and goes when the run ends; elsewhere there is none", async (t) => {
  const folder = temporaryFolder(t);
  await photos(folder, 7);
  const args = ["shard", ".", "--images-per-tar", "3"];
  t.is((await cli(folder, [...args, "--out", "piped"])).stderr, "");

  const screen = await cliOnTerminal(folder, [...args, "--out", "shown"]);
  const [, ...lines] = screen.split("\r\x1b[K");
  const summary = lines.pop()!;
  t.true(lines.length > 0, screen);
  for (const line of lines)
    t.regex(line, /^\d\/3 shards {2}\d\/7 pictures {2}\d+\/s {2}\d+\.\d MB\/s {2}(\?|[\d.]+ \w+) left$/);
  t.regex(summary, /^shards +3\r\npictures +7\r\n/);
});
