/** A disk that is full and a folder that is read-only: file systems of our own, which only root may mount. */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BatchError, ImageBatchEncoder } from "@polycodec/batch";
import { drawPicture } from "@polycodec/core/testing";
import { ImageWriterStage, StorageError } from "@polycodec/dataset";
import "@polycodec/ext-cpu";
import test, { type ExecutionContext } from "ava";
import { drawnBatch, filesIn, scratch } from "./shards.js";

const mount = (...args: readonly string[]) => spawnSync("mount", args).status === 0;

/** A small file system in memory; `undefined` where we may not have one. */
function smallDisk(bytes: number): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), "polycodec-disk-"));
  if (process.getuid?.() === 0 && mount("-t", "tmpfs", "-o", `size=${bytes}`, "tmpfs", folder)) return folder;
  rmSync(folder, { recursive: true });
  return undefined;
}

function unmount(folder: string): void {
  spawnSync("umount", [folder]);
  rmSync(folder, { recursive: true, force: true });
}

const probe = smallDisk(65_536);
if (probe) unmount(probe);
const diskTest = (title: string, body: (t: ExecutionContext) => Promise<void>) =>
  probe ? test(title, body) : test.skip(`${title} (no file system may be mounted here)`, body);

diskTest(
  "a full disk: the task fails with ENOSPC, and nothing of it is there; what fits is written afterwards",
  async (t) => {
    const disk = smallDisk(131_072)!;
    t.teardown(() => unmount(disk));
    const stage = new ImageWriterStage({ outputDir: disk, imagesPerTar: 2 });
    const error = (await t.throwsAsync(stage.process(drawnBatch(60)), { instanceOf: StorageError })) as StorageError;
    t.regex(error.message, new RegExp(`^${disk}/.*: no space left on the device \\(ENOSPC\\)`));
    t.like(error, { code: "ERR_POLYCODEC_IO", isFatal: true, cause: { code: "ENOSPC" } });
    t.deepEqual(await filesIn(disk), []);
    t.is((await stage.process(drawnBatch(2))).data.length, 2);
  },
);

diskTest("a full disk: files that do not fit are told of one by one, and none is half there", async (t) => {
  const disk = smallDisk(65_536)!;
  t.teardown(() => unmount(disk));
  const encoder = new ImageBatchEncoder({ outputPath: disk });
  const images = Array.from({ length: 12 }, (_, i) => drawPicture(200, 160, { seed: i, noise: 0.5 }));
  const results = await encoder.write({ batchIdx: 0, data: images, fileInfo: images.map((_, i) => `${i}.jpg`) });
  const written = results.filter(({ error }) => !error);
  t.true(written.length > 0 && written.length < images.length, String(written.length));
  t.is((await filesIn(disk)).length, written.length);
  for (const { error } of results) if (error) t.regex(error.message, /ENOSPC/);
  const end = (await t.throwsAsync(encoder.join(), { instanceOf: BatchError })) as BatchError;
  t.is(end.failures.length, images.length - written.length);
});

test("a read-only folder is an error that says so", async (t) => {
  const disk = probe && smallDisk(65_536);
  const folder = disk ?? scratch(t);
  if (disk) {
    t.teardown(() => unmount(disk));
    t.true(mount("-o", "remount,ro", disk));
  } else chmodSync(folder, 0o500);
  if (!disk && process.getuid?.() === 0) return t.pass("root may write everywhere");
  const reason = /read-only \(EROFS\)|permission denied \(EACCES\)/;
  const stage = new ImageWriterStage({ outputDir: join(folder, "out") });
  await t.throwsAsync(stage.process(drawnBatch(1)), { instanceOf: StorageError, message: reason });
  const encoder = new ImageBatchEncoder({ outputPath: folder });
  const [result] = await encoder.write({ batchIdx: 0, data: [drawPicture(8, 8)], fileInfo: ["a.jpg"] });
  t.regex(result!.error!.message, /EROFS|EACCES/);
  await t.throwsAsync(encoder.join(), { instanceOf: BatchError });
  const inside = new ImageBatchEncoder({ outputPath: join(folder, "out") });
  await t.throwsAsync(inside.start(), { code: "ERR_POLYCODEC_IO", message: /EROFS|EACCES/ });
});
