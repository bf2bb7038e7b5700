/** The picture classes: made once, of photographs where there are some, else of drawn scenes. */
import { execFile } from "node:child_process";
import { copyFileSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import { Decoder, type EncodeOptions, Encoder, Image } from "@polycodec/core";
import "@polycodec/ext-cpu";
import { drawDesktop } from "./classes/draw-desktop.js";
import { allowedCores, cacheFolder, compileMakeImage, photographsFolder } from "./project.js";

/** Made of the same pixels by our own encoders. */
type Recoding = "webp" | "webp-lossless" | "lossless" | "bmp" | "pnm" | "png" | "qoi" | "jpegls" | "jpeg2k" | "htj2k";
const EXTENSIONS: Readonly<Record<Recoding, string>> = {
  webp: "webp",
  "webp-lossless": "webp",
  lossless: "jpg",
  bmp: "bmp",
  pnm: "ppm",
  png: "png",
  qoi: "qoi",
  jpegls: "jls",
  jpeg2k: "j2k",
  htj2k: "j2k",
};
const isRecoded = (coding: PictureClass["coding"]): coding is Recoding => coding in EXTENSIONS;

export interface PictureClass {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly quality: number;
  readonly coding: "baseline" | "progressive" | "restart" | Recoding;
  /** Where its pixels come from. Default: the photographs of the corpus, cropped and resized. */
  readonly subject?: "kodak" | "desktops";
  /** Pictures in the class, all different: a pass of every rival is one batch of them. */
  readonly count: number;
  /** What it is, for people. */
  readonly title: string;
}

const classes = [
  {
    name: "inet",
    width: 500,
    height: 375,
    quality: 90,
    coding: "baseline",
    count: 240,
    title: "500 × 375, q90",
  },
  {
    name: "1080p",
    width: 1920,
    height: 1080,
    quality: 90,
    coding: "baseline",
    count: 24,
    title: "1920 × 1080, q90",
  },
  {
    name: "12mp",
    width: 4000,
    height: 3000,
    quality: 95,
    coding: "baseline",
    count: 6,
    title: "4000 × 3000, q95",
  },
  {
    name: "progressive",
    width: 1920,
    height: 1080,
    quality: 90,
    coding: "progressive",
    count: 12,
    title: "1920 × 1080, q90, progressive",
  },
  {
    name: "restart",
    width: 4000,
    height: 3000,
    quality: 95,
    coding: "restart",
    count: 4,
    title: "4000 × 3000, q95, a restart marker per MCU row",
  },
  {
    name: "webp-inet",
    width: 500,
    height: 375,
    quality: 80,
    coding: "webp",
    count: 240,
    title: "500 × 375, WebP q80",
  },
  {
    name: "webp-1080p",
    width: 1920,
    height: 1080,
    quality: 80,
    coding: "webp",
    count: 24,
    title: "1920 × 1080, WebP q80",
  },
  {
    name: "webp-lossless",
    width: 1920,
    height: 1080,
    quality: 80,
    coding: "webp-lossless",
    count: 6,
    title: "1920 × 1080, lossless WebP",
  },
  {
    name: "lossless",
    width: 1920,
    height: 1080,
    quality: 100,
    coding: "lossless",
    count: 8,
    title: "1920 × 1080, lossless JPEG",
  },
  ...(["bmp", "pnm", "qoi", "jpegls"] as const).map((coding) => ({
    name: `${coding}-1080p` as const,
    width: 1920,
    height: 1080,
    quality: 100,
    coding,
    count: 24,
    title: `1920 × 1080, ${coding === "jpegls" ? "lossless JPEG-LS" : coding.toUpperCase()}`,
  })),
  {
    name: "png-1080p",
    width: 1920,
    height: 1080,
    quality: 100,
    coding: "png",
    count: 12,
    title: "1920 × 1080, PNG",
  },
  {
    name: "png-kodak",
    width: 768,
    height: 512,
    quality: 100,
    coding: "png",
    subject: "kodak",
    count: 17,
    title: "Kodak's photographs, 768 × 512, PNG",
  },
  {
    name: "png-graphics",
    width: 1920,
    height: 1080,
    quality: 100,
    coding: "png",
    subject: "desktops",
    count: 12,
    title: "drawn desktops, 1920 × 1080, PNG",
  },
  {
    name: "jpeg2k-1080p",
    width: 1920,
    height: 1080,
    quality: 100,
    coding: "jpeg2k",
    count: 6,
    title: "1920 × 1080, JPEG 2000 of 2 bpp at most",
  },
  {
    name: "htj2k-1080p",
    width: 1920,
    height: 1080,
    quality: 100,
    coding: "htj2k",
    count: 12,
    title: "1920 × 1080, lossless HTJ2K",
  },
  {
    name: "jpeg2k-12mp",
    width: 4000,
    height: 3000,
    quality: 100,
    coding: "jpeg2k",
    count: 2,
    title: "4000 × 3000, JPEG 2000 of 2 bpp at most, one tile",
  },
] as const satisfies readonly PictureClass[];

export type ClassName = (typeof classes)[number]["name"];
export const classNames: readonly ClassName[] = classes.map((c) => c.name);
export const classNamed = (name: ClassName): PictureClass => classes.find((c) => c.name === name)!;

export interface Picture {
  readonly path: string;
  readonly width: number;
  readonly height: number;
}

/** A class whose files exist. */
export interface MadeClass extends PictureClass {
  readonly pictures: readonly Picture[];
  /** The interleaved RGB pixels of picture i, the input of the encoders. */
  readonly pixels: readonly string[];
  /** For the C loop: a line per picture. */
  readonly list: string;
  readonly origin: "photographs" | "drawn";
  /** Coded bits per pixel, the mean over the class. */
  readonly bitsPerPixel: number;
}

/** Makes what is missing of a class. Takes seconds the first time, minutes where 12 MP scenes have to be drawn. */
export async function makeClass(name: ClassName): Promise<MadeClass> {
  const made = classNamed(name);
  const origin = photographsFolder() === undefined || made.subject === "desktops" ? "drawn" : "photographs";
  const folder = cacheFolder(`classes/${name}-${origin}`);
  const pictures = Array.from({ length: made.count }, (_, i) => ({
    path: join(folder, `${i}.${isRecoded(made.coding) ? EXTENSIONS[made.coding] : "jpg"}`),
    width: made.width,
    height: made.height,
  }));
  const pixels = pictures.map(({ path }) => path.replace(/\w+$/, "rgb"));
  const missing = pictures.flatMap(({ path }, i) => (existsSync(path) && existsSync(pixels[i]!) ? [] : [i]));
  if (missing.length > 0 && made.subject === "desktops") {
    for (const i of missing) {
      writeFileSync(pixels[i]!, drawDesktop(i + 1, made.width, made.height));
      await writeFiltered(pictures[i]!, pixels[i]!);
    }
  } else if (missing.length > 0 && made.subject === "kodak" && origin === "photographs") {
    await takeKodak(made, pictures, pixels);
  } else if (missing.length > 0) {
    const program = compileMakeImage();
    const sources = await photographs();
    const size = [made.width, made.height, made.quality].map(String);
    await inParallel(
      missing.map((i) => async () => {
        const source = sources[i % sources.length] ?? `draw:${i + 1}`;
        const part = String(Math.floor(i / Math.max(1, sources.length)));
        const jpeg = pictures[i]!.path.replace(/\w+$/, "jpg");
        const coding = isRecoded(made.coding) ? "baseline" : made.coding;
        await run(program, [jpeg, pixels[i]!, ...size, coding, source, part]);
        if (isRecoded(made.coding)) await recode(pictures[i]!, pixels[i]!, made);
      }),
    );
  }
  const list = join(folder, "list.txt");
  writeFileSync(list, pictures.map((p, i) => `${p.path}\t${pixels[i]}\t${p.width}\t${p.height}\n`).join(""));
  const coded = pictures.reduce((sum, p) => sum + statSync(p.path).size, 0);
  return {
    ...made,
    pictures,
    pixels,
    list,
    origin,
    bitsPerPixel: (coded * 8) / (made.count * made.width * made.height),
  };
}

/** Kodak's pictures that lie flat: the files as they are, and their pixels. */
async function takeKodak(made: PictureClass, pictures: readonly Picture[], pixels: readonly string[]): Promise<void> {
  const folder = join(photographsFolder()!, "kodak");
  using decoder = new Decoder();
  let taken = 0;
  for (const file of readdirSync(folder).sort()) {
    using image = await decoder.decode(join(folder, file));
    if (taken === pictures.length || image.width !== made.width || image.height !== made.height) continue;
    copyFileSync(join(folder, file), pictures[taken]!.path);
    writeFileSync(pixels[taken++]!, image.packed());
  }
  if (taken < made.count)
    throw new Error(`${folder}: ${taken} pictures of ${made.width} × ${made.height}, not ${made.count}`);
}

/** A PNG as most programs write it: each row filtered, as libpng does by default. Our encoder would filter no desktop. */
async function writeFiltered({ path, width, height }: Picture, pixels: string): Promise<void> {
  type Sharp = (input: Buffer, options: object) => { png(options: object): { toFile(path: string): Promise<unknown> } };
  const sharp = createRequire(join(cacheFolder("peers"), "package.json"))("sharp") as Sharp;
  await sharp(readFileSync(pixels), { raw: { width, height, channels: 3 } })
    .png({ adaptiveFiltering: true })
    .toFile(path);
}

/** Of 24 bits a pixel. */
const TWO_BITS_A_PIXEL = 2 / 24;

/** How the classes are coded whose codec has no obvious way; code streams without boxes are what all can read. */
const encoding: { readonly [coding in Recoding]?: EncodeOptions } = {
  jpeg2k: {
    qualityType: "SIZE_RATIO",
    qualityValue: TWO_BITS_A_PIXEL,
    jpeg2k: { bitstreamType: "J2K", mctMode: 1 },
  },
  htj2k: { qualityType: "LOSSLESS", jpeg2k: { bitstreamType: "J2K", mctMode: 1, ht: true } },
};

/** The pixels, as the class's codec writes them: with its defaults, or as said above. */
async function recode({ path, width, height }: Picture, pixels: string, made: PictureClass): Promise<void> {
  using encoder = new Encoder();
  const image = Image.from(new Uint8Array(readFileSync(pixels)), { width, height });
  const quality = made.coding === "webp" ? { quality: made.quality } : ({ qualityType: "LOSSLESS" } as const);
  await encoder.write(path, image, { ...(encoding[made.coding as Recoding] ?? quality), overwrite: true });
}

const run = promisify(execFile);

/** The usable photographs, the one with the most bytes first: it suits the large classes best. */
async function photographs(): Promise<string[]> {
  const folder = photographsFolder();
  if (folder === undefined) return [];
  const files = readdirSync(folder)
    .filter((file) => /\.jpe?g$/i.test(file))
    .sort();
  // Variants of one photograph share their name up to a difference in the coding.
  const subjects = new Map<string, string>();
  for (const file of files) {
    const subject = file.replace(/_(q\d+|hv|horizontal|prog).*$|\.jpe?g$/i, "");
    if (!subjects.has(subject)) subjects.set(subject, join(folder, file));
  }
  const paths = [...subjects.values()].sort((a, b) => statSync(b).size - statSync(a).size);
  const program = compileMakeImage();
  const probe = join(cacheFolder("classes"), "probe.jpg");
  const usable: string[] = [];
  for (const path of paths) {
    const decodes = await run(program, [probe, "-", "16", "16", "75", "baseline", path, "0"]).then(
      () => true,
      () => false,
    );
    if (decodes) usable.push(path);
  }
  return usable;
}

async function inParallel(work: (() => Promise<void>)[]): Promise<void> {
  const worker = async () => {
    for (let next = work.shift(); next !== undefined; next = work.shift()) await next();
  };
  await Promise.all(allowedCores().map(worker));
}
