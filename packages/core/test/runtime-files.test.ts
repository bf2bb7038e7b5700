/** Files as the runtime reads and writes them. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { runtime } from "#core/runtime/load-addon.js";
import { folder } from "./noop-backend.js";

/** A folder of its own for a test. */
function place(name: string): string {
  const own = join(folder, name);
  mkdirSync(own);
  return own;
}
const headsOf = (paths: readonly string[]) =>
  runtime().readRanges(
    paths,
    paths.map(() => 0),
    paths.map(() => 4096),
    false,
  );
const ramp = (length: number) => Uint8Array.from({ length }, (_, i) => i % 251);

test("heads are the first bytes, cut at the file's end, with the whole size", async (t) => {
  const own = place("heads");
  const paths = [0, 1, 4095, 4096, 5000].map((size) => {
    writeFileSync(join(own, `${size}.bin`), ramp(size));
    return join(own, `${size}.bin`);
  });
  const heads = await headsOf(paths);
  t.deepEqual(heads.sizes, [0, 1, 4095, 4096, 5000]);
  t.is(heads.errors, undefined);
  heads.bytes.forEach((bytes, i) => t.deepEqual(bytes, ramp(5000).subarray(0, Math.min(heads.sizes[i]!, 4096))));
});

test("ranges are cut at the file's end; large ones too", async (t) => {
  const path = join(place("ranges"), "large.bin");
  writeFileSync(path, ramp(300_000));
  const heads = await runtime().readRanges(
    [path, path, path, path],
    [10, 299_990, 400_000, 0],
    [5, 100, 5, 200_000],
    false,
  );
  t.deepEqual(
    heads.bytes.map((bytes) => Uint8Array.from(bytes)),
    [ramp(15).subarray(10), ramp(300_000).subarray(299_990), new Uint8Array(0), ramp(200_000)],
  );
  t.deepEqual(runtime().readRangeSync(path, 299_998, 10), {
    bytes: [ramp(300_000).subarray(299_998)],
    sizes: [300_000],
  });
});

test("what is no file is an error in its place, and never a wait", async (t) => {
  const own = place("odd");
  execFileSync("mkfifo", [join(own, "pipe")]);
  symlinkSync(join(own, "loop"), join(own, "loop"));
  writeFileSync(join(own, "good"), "good");
  const heads = await headsOf([
    join(own, "missing"),
    own,
    join(own, "pipe"),
    join(own, "loop"),
    join(own, "good\0x"),
    join(own, "good"),
    "/dev/zero",
  ]);
  t.deepEqual(
    Array.from(heads.errors!, (error) => error?.slice(error.indexOf(": "))),
    [
      ": No such file or directory (ENOENT)",
      ": Is a directory (EISDIR)",
      ": not a regular file (EINVAL)",
      ": Too many levels of symbolic links (ELOOP)",
      ": Invalid argument (EINVAL)",
      undefined,
      ": not a regular file (EINVAL)",
    ],
  );
  t.is(Buffer.from(heads.bytes[5]!).toString(), "good");
  t.is(heads.bytes[0]!.length, 0);
});

test("a file is written whole, with the rights of a new file, and nothing is left beside it", async (t) => {
  const own = place("write");
  const path = join(own, "a".repeat(250));
  await runtime().writeFile(path, ramp(100_000), false);
  t.deepEqual(new Uint8Array(readFileSync(path)), ramp(100_000));
  t.is(statSync(path).mode & 0o777, 0o666 & ~process.umask());
  await runtime().writeFile(path, ramp(3), true);
  t.deepEqual(new Uint8Array(readFileSync(path)), ramp(3));
  t.deepEqual(readdirSync(own), ["a".repeat(250)]);
});

test("nobody's file is replaced unless it may be", async (t) => {
  const path = join(place("keep"), "mine");
  writeFileSync(path, "mine");
  const error = await t.throwsAsync(runtime().writeFile(path, ramp(3), false), {
    message: `${path}: File exists (EEXIST)`,
  });
  t.is((error as NodeJS.ErrnoException).code, "EEXIST");
  t.is(readFileSync(path, "utf8"), "mine");
});

test("of many writers of one name, one wins, and the others are told", async (t) => {
  const own = place("race");
  const path = join(own, "one");
  const results = await Promise.allSettled(
    Array.from({ length: 40 }, (_, i) => runtime().writeFile(path, new Uint8Array(1000).fill(i), false)),
  );
  t.is(results.filter(({ status }) => status === "fulfilled").length, 1);
  const winner = results.findIndex(({ status }) => status === "fulfilled");
  t.deepEqual(new Uint8Array(readFileSync(path)), new Uint8Array(1000).fill(winner));
  t.deepEqual(readdirSync(own), ["one"]);
});

test("a write that fails leaves nothing behind", async (t) => {
  const own = place("fails");
  mkdirSync(join(own, "folder"));
  writeFileSync(join(own, "folder/in-it"), "");
  await t.throwsAsync(runtime().writeFile(join(own, "folder"), ramp(3), true), { code: "EISDIR" });
  await t.throwsAsync(runtime().writeFile(join(own, "none/x"), ramp(3), false), { code: "ENOENT" });
  await t.throwsAsync(runtime().writeFile("/proc/x", ramp(3), false), { message: /\((ENOENT|EACCES|EPERM|EROFS)\)$/ });
  t.deepEqual(readdirSync(own), ["folder"]);
});
