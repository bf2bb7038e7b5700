/** Our ImageWriterStage as a rival, on the same arrays. */
import { readFile } from "node:fs/promises";
import { Image } from "@polycodec/core";
import { ImageWriterStage } from "@polycodec/dataset";
import "@polycodec/ext-cpu";

export interface ShardsJob {
  /** Files of plain samples. */
  readonly raw: readonly string[];
  /** Height, width, channels. */
  readonly shape: readonly [number, number, number];
  readonly outputDir: string;
}

export async function prepare({ raw, shape: [height, width, channels], outputDir }: ShardsJob) {
  const images: Image[] = [];
  for (const path of raw) images.push(Image.from(await readFile(path), { width, height, channels }));
  const data = images.map((imageData, i) => ({ imagePath: String(i), imageId: String(i), imageData }));
  return async () => {
    // A stage of its own for every pass: one does not write a task twice.
    const stage = new ImageWriterStage({ outputDir, compatibility: "curator" });
    await stage.process({ taskId: "bench", datasetName: "bench", data, metadata: {} });
    stage.join();
    return images.length;
  };
}
