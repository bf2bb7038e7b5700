/** Makes the picture classes, once: of photographs where there are some, else of drawn scenes. */
import { execFile } from "node:child_process";
import { copyFileSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import { Decoder, type EncodeOptions, Encoder, Image } from "@polycodec/core";
import "@polycodec/ext-cpu";
import { drawDesktop } from "./classes/draw-desktop.js";
import { type ClassName, classNamed, EXTENSIONS, isRecoded, type PictureClass, type Recoding } from "./classes.js";
import { allowedCores, cacheFolder, compileMakeImage, photographsFolder } from "./project.js";

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
