/** Outputs that cannot be written to, or that hold something else. */
import { execFileSync } from "node:child_process";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { localLauncher, RunConflictError, StorageError, shardFolder } from "@polycodec/dataset";
import test, { type ExecutionContext } from "ava";
import "polycodec";
import "./slow-fake-decoder.js";
import { smallImages, temporaryFolder } from "./small-images.js";

const IMPORTS = [import.meta.resolve("polycodec"), new URL("./slow-fake-decoder.js", import.meta.url).href];

/** A file system in memory; needs the right to mount. */
function mountTmpfs(t: ExecutionContext, folder: string, options: string): boolean {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", folder], { stdio: "ignore" });
  } catch {
    return false;
  }
  t.teardown(() => execFileSync("umount", ["--lazy", folder]));
  return true;
}

test("a disk that gets full stops the run, says so, leaves nothing half-written; with room again it is resumed", async (t) => {
  const folder = await temporaryFolder(t);
  const source = join(folder, "source");
  await smallImages(source, 60);
  for (const workers of [0, 1]) {
    const output = join(folder, `full-${workers}`);
    await mkdir(output);
    if (!mountTmpfs(t, output, "size=160k")) {
      t.log("not run: no right to mount a file system");
      t.pass();
      return;
    }
    const options = { source, output, imagesPerTar: 3, imports: IMPORTS, launcher: localLauncher({ workers }) };
    const error = await t.throwsAsync(shardFolder(options), { instanceOf: StorageError });
    t.regex(error!.message, /no space left on the device \(ENOSPC\)/);
    t.true(error!.isFatal);
    t.deepEqual(
      (await readdir(output)).filter((name) => name.startsWith(".")),
      [],
    );
    execFileSync("mount", ["-o", "remount,size=10m", output]);
    t.like(await shardFolder({ ...options, resume: true }), { committed: 20, images: 60, failures: [] });
  }
});

test("an output that may not be written is an error before any work", async (t) => {
  const folder = await temporaryFolder(t);
  const source = join(folder, "source");
  await smallImages(source, 3);
  const output = join(folder, "read-only");
  await mkdir(output);
  if (!mountTmpfs(t, output, "ro")) {
    t.log("not run: no right to mount a file system");
    t.pass();
  } else {
    const error = await t.throwsAsync(shardFolder({ source, output }), {
      instanceOf: StorageError,
      code: "ERR_POLYCODEC_IO",
    });
    t.regex(error!.message, /read-only\/.*: the file system is read-only \(EROFS\)/);
  }
  await writeFile(join(folder, "file"), "");
  const error = await t.throwsAsync(shardFolder({ source, output: join(folder, "file") }), {
    instanceOf: StorageError,
  });
  t.regex(error!.message, /a part of the path is no folder \(ENOTDIR\)|EEXIST/);
});

test("an output that holds this run, another run or shards of nobody is refused, and says which", async (t) => {
  const folder = await temporaryFolder(t);
  const source = join(folder, "source");
  const output = join(folder, "out");
  await smallImages(source, 6);
  await shardFolder({ source, output, imagesPerTar: 3 });
  const before = await readdir(output);
  const conflict = async (options: object) => {
    const error = await t.throwsAsync(shardFolder({ source, output, imagesPerTar: 3, ...options }), {
      instanceOf: RunConflictError,
      code: "ERR_DATASET_NOT_EMPTY",
    });
    return error!;
  };
  const same = await conflict({});
  t.is(same.conflict, "same-run");
  t.regex(same.message, /holds this run already, 2 of 2 tasks committed/);
  const other = await conflict({ quality: 80, resume: true });
  t.is(other.conflict, "other-run");
  t.regex(other.message, /quality is 92 there and 80 here/);
  await mkdir(join(folder, "elsewhere"));
  t.regex(
    (await conflict({ source: join(folder, "elsewhere"), resume: true })).message,
    /source is .*source there and .*elsewhere here/,
  );
  t.deepEqual(await readdir(output), before);

  await rm(join(output, "_polycodec"), { recursive: true });
  const foreign = await conflict({ resume: true });
  t.is(foreign.conflict, "foreign-shards");
  t.regex(foreign.message, /holds images-.* and no record of a run/);
});

test("a shard of the same name with other bytes fails its task and stays as it is", async (t) => {
  const folder = await temporaryFolder(t);
  const source = join(folder, "source");
  const output = join(folder, "out");
  await smallImages(source, 6);
  await shardFolder({ source, output, imagesPerTar: 3 });
  await rm(join(output, "_polycodec/done/000000000.json"));
  // The first image of the first task has changed since.
  await writeFile(join(source, "0000000.ppm"), Buffer.concat([Buffer.from("P6 16 16 255\n"), Buffer.alloc(768, 200)]));
  const summary = await shardFolder({ source, output, imagesPerTar: 3, resume: true });
  t.like(summary, { committed: 1, present: 1, newImages: 0 });
  t.is(summary.failures[0]?.error?.code, "ERR_DATASET_SHARD_EXISTS");
  t.regex(summary.failures[0]!.error!.message, /exists with other bytes/);
});

test("a folder without images, a folder that is not there, settings out of range", async (t) => {
  const folder = await temporaryFolder(t);
  const output = join(folder, "out");
  await mkdir(join(folder, "empty"));
  await writeFile(join(folder, "empty", "a.txt"), "");
  await t.throwsAsync(shardFolder({ source: join(folder, "empty"), output }), {
    message: /no images: none of its 1 files/,
  });
  await t.throwsAsync(shardFolder({ source: join(folder, "nothing"), output }), {
    code: "ERR_POLYCODEC_IO",
    message: /nothing: ENOENT/,
  });
  await t.throwsAsync(shardFolder({ source: folder, output, quality: 101 }), {
    code: "ERR_POLYCODEC_OUT_OF_RANGE",
    message: /quality: 101/,
  });
});
