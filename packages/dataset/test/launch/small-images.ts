/** Folders of small pictures, each unlike all others. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const SIDE = 16;

/** `count` PPM files of 16×16, `0000000.ppm` and so on; the first pixel is the number. */
export async function smallImages(folder: string, count: number): Promise<void> {
  await mkdir(folder, { recursive: true });
  const samples = new Uint8Array(SIDE * SIDE * 3);
  for (let i = 0; i < count; i++) {
    samples.fill(i % 251);
    samples.set([i >> 16, (i >> 8) & 255, i & 255]);
    await writeFile(
      join(folder, `${String(i).padStart(7, "0")}.ppm`),
      Buffer.concat([Buffer.from(`P6 ${SIDE} ${SIDE} 255\n`), samples]),
    );
  }
}

/** A folder that goes when the test ends. */
export async function temporaryFolder(t: { teardown(fn: () => Promise<void>): void }): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "polycodec-shards-"));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
