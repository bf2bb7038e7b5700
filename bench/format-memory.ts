/**
 * The memory of each format: `node dist-test/bench/format-memory.js [NAMES]`. A process of its own decodes one batch per
 * format; its peak RSS may be 60 MB, the inputs, the outputs, and for each thread the format's documented working set.
 * The exit status is 1 when a bound is missed.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Encoder, Image } from "@polycodec/core";
import "@polycodec/ext-cpu";
import type { ClassName } from "./classes.js";
import { makeClass } from "./make-class.js";
import { allowedCores, cacheFolder } from "./project.js";

/** Imports nothing but what a user's process would. */
const child = fileURLToPath(new URL("format-memory-batch.js", import.meta.url));

const MB = 1e6;
const NODE = 60 * MB;

interface Format {
  readonly class: ClassName;
  /** Bytes that a thread may take for a picture of so many pixels; all are RGB. */
  readonly workingSet: (pixels: number, width: number) => number;
  readonly documented: string;
  /** The class's pixels are encoded with it first, so many of them: no class has this format. */
  readonly codec?: { readonly name: string; readonly extension: string; readonly count: number };
}

const rows = { workingSet: () => 8 * MB, documented: "8 MB" };
const rawImage = { workingSet: (pixels: number) => 3 * pixels, documented: "one raw image" };
const formats: Readonly<Record<string, Format>> = {
  jpeg: { class: "1080p", ...rows },
  "jpeg, progressive": {
    class: "progressive",
    // 4:2:0: one and a half samples a pixel.
    workingSet: (pixels) => 2 * 1.5 * pixels,
    documented: "2 bytes a sample",
  },
  bmp: { class: "bmp-1080p", ...rows },
  pnm: { class: "pnm-1080p", ...rows },
  qoi: { class: "qoi-1080p", ...rows },
  png: { class: "png-1080p", ...rawImage },
  webp: { class: "webp-1080p", ...rawImage },
  // libwebp's raw image has four bytes a pixel, whatever comes out; 17 rows more, and the tables (docs/codecs/webp.md).
  "webp, lossless": {
    class: "webp-lossless",
    workingSet: (pixels, width) => 4 * pixels + 68 * width + 0.3 * MB,
    documented: "one raw image of ARGB, 17 rows, 0.3 MB",
  },
  jpeg2k: {
    class: "png-1080p",
    codec: { name: "jpeg2k", extension: "jp2", count: 4 },
    workingSet: (pixels) => 8 * 3 * pixels,
    documented: "8 bytes a sample",
  },
};

/** The format's files. */
async function filesOf({
  class: name,
  codec,
}: Format): Promise<{ paths: readonly string[]; pixels: number; width: number }> {
  const made = await makeClass(name);
  const pixels = made.width * made.height;
  if (codec === undefined) return { paths: made.pictures.map(({ path }) => path), pixels, width: made.width };
  const folder = cacheFolder(`memory/${codec.name}-${made.origin}`);
  const paths = made.pixels.slice(0, codec.count).map((_, i) => join(folder, `${i}.${codec.extension}`));
  using encoder = new Encoder();
  for (const [i, path] of paths.entries()) {
    if (existsSync(path)) continue;
    const image = Image.from(readFileSync(made.pixels[i]!), { width: made.width, height: made.height });
    await encoder.write(path, image, { codec: codec.name });
  }
  return { paths, pixels, width: made.width };
}

async function main(names: readonly string[]): Promise<void> {
  const threads = allowedCores().length;
  const mb = (bytes: number) => (bytes / MB).toFixed(1);
  console.log(`One batch of each format, ${threads} threads; MB.\n`);
  console.log("| format | pictures | inputs | outputs | working set | bound | peak RSS | |");
  console.log("|---|--:|--:|--:|---|--:|--:|---|");
  for (const name of names) {
    const format = formats[name];
    if (format === undefined) throw new Error(`${name}: expected any of ${Object.keys(formats).join("; ")}`);
    const { paths, pixels, width } = await filesOf(format);
    const inputs = paths.reduce((sum, path) => sum + statSync(path).size, 0);
    const outputs = paths.length * pixels * 3;
    const bound = NODE + inputs + outputs + threads * format.workingSet(pixels, width);
    const peak = Number(execFileSync(process.execPath, [child, ...paths], { encoding: "utf8" }));
    const met = peak <= bound;
    if (!met) process.exitCode = 1;
    const cells = [name, paths.length, mb(inputs), mb(outputs), format.documented, mb(bound), mb(peak)];
    console.log(`| ${cells.join(" | ")} | ${met ? "met" : "**missed**"} |`);
  }
}

const names = process.argv.slice(2);
await main(names.length > 0 ? names : Object.keys(formats));
