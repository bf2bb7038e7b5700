/** What is measured: a cell is one operation on one class on so many cores, with its rivals and its bars. */
import type { ClassName } from "./classes.js";
import type { Operation } from "./job.js";
import type { NpmPeer } from "./peers.js";
import { hasAvx512 } from "./project.js";

/** How a rival's process is made. */
export type Maker =
  | { readonly by: "polycodec" | "core" }
  | { readonly by: "loop" }
  | { readonly by: "npm"; readonly driver: string; readonly needs: NpmPeer; readonly uvThreads?: "cores" | "twice" }
  | { readonly by: "python"; readonly needs: string };

export interface Entrant {
  /** Unique in its cell. What comes before a " · " is the rival, of whose variants the fastest counts. */
  readonly id: string;
  readonly maker: Maker;
  readonly operation: Operation;
  readonly variant?: string;
  /** Differs from the cell's where cores are what is compared. */
  readonly cores?: 1;
}

/**
 * A promise of the project: `ours` is at least `atLeast` times as fast as `rival`, encoders at no more than `bytesAtMost`
 * of its bytes, or costs at most `atMostUs` an item.
 */
export type Bar =
  | { readonly ours: string; readonly rival: string; readonly atLeast: number; readonly bytesAtMost?: number }
  | { readonly ours: string; readonly atMostUs: number };

export const cellOperations = [
  "decode",
  "encode",
  "thumbnail",
  "region",
  "tensor",
  "scaling",
  "single",
  "bridge",
  "road",
] as const;
export type CellOperation = (typeof cellOperations)[number];

export interface Cell {
  readonly class: ClassName;
  readonly operation: CellOperation;
  readonly title: string;
  readonly entrants: readonly Entrant[];
  /** They hold on all cores; on one core the same ratios are shown without a verdict. */
  readonly bars: readonly Bar[];
  /** Only worth measuring on several cores. */
  readonly on?: "several";
  /** How many times each picture is in the batch; 1 where it is left out. */
  readonly times?: number;
}

const polycodec = (id: string, operation: Operation): Entrant => ({ id, operation, maker: { by: "polycodec" } });
const loop = (operation: Operation): Entrant => ({ id: "C loop", operation, maker: { by: "loop" } });
const python = (needs: string, operation: Operation): Entrant => ({
  id: needs,
  operation,
  maker: { by: "python", needs },
});
const npm = (needs: NpmPeer, driver: string, operation: Operation): Entrant => ({
  id: needs,
  operation,
  maker: { by: "npm", driver, needs, uvThreads: "twice" },
});
const sharp = (operation: Operation, name = "sharp", variant?: string): Entrant[] =>
  (["cores", "twice"] as const).map((uvThreads) => ({
    id: `${name} · UV ${uvThreads}`,
    operation,
    ...(variant && { variant }),
    maker: { by: "npm", driver: "sharp", needs: "sharp", uvThreads },
  }));

const everybody = (operation: "decode-fresh" | "encode"): Entrant[] => [
  loop(operation),
  ...sharp(operation),
  npm("@napi-rs/image", "napi-rs-image", operation),
  npm("@julusian/jpeg-turbo", "julusian-jpeg-turbo", operation),
  ...["nvimgcodec", "imagecodecs", "simplejpeg", "pillow"].map((library) => python(library, operation)),
];

const reused = "Polycodec, reused";
const fresh = "Polycodec, fresh";
const decode = (name: ClassName, bars: readonly Bar[]): Cell => ({
  class: name,
  operation: "decode",
  title: "decode",
  bars,
  entrants: [polycodec(reused, "decode-reused"), polycodec(fresh, "decode-fresh"), ...everybody("decode-fresh")],
});
const decodeWebp = (name: ClassName, bars: readonly Bar[]): Cell => ({
  class: name,
  operation: "decode",
  title: "decode",
  bars,
  entrants: [
    polycodec(reused, "decode-reused"),
    polycodec(fresh, "decode-fresh"),
    loop("decode-fresh"),
    ...sharp("decode-fresh"),
  ],
});
/** Formats that few libraries read. */
const decodePlain = (name: ClassName, rivals: readonly Entrant[], bars: readonly Bar[] = []): Cell => ({
  class: name,
  operation: "decode",
  title: "decode",
  bars,
  entrants: [polycodec(reused, "decode-reused"), polycodec(fresh, "decode-fresh"), ...rivals],
});
const pythons = (...libraries: string[]) => libraries.map((library) => python(library, "decode-fresh"));
const decodePng = (name: ClassName, bars: readonly Bar[]): Cell => ({
  class: name,
  operation: "decode",
  title: "decode",
  bars,
  entrants: [
    polycodec(reused, "decode-reused"),
    polycodec(fresh, "decode-fresh"),
    { ...loop("decode-fresh"), id: "libspng" },
    ...sharp("decode-fresh"),
    npm("@napi-rs/image", "napi-rs-image", "decode-fresh"),
  ],
});
const photoBars: readonly Bar[] = [
  { ours: reused, rival: "sharp", atLeast: 1.8 },
  { ours: reused, rival: "@napi-rs/image", atLeast: 1.25 },
  { ours: reused, rival: "libspng", atLeast: 3 },
];
/** PNG encoders: a preset of ours beside a level of zlib-ng in sharp, whose default is to write unfiltered rows. */
const encodePng = (name: ClassName, preset: string, level: string, atLeast: number, bytesAtMost: number): Cell => ({
  class: name,
  operation: "encode",
  title: `encode PNG, ${preset} beside level ${level}`,
  bars: [{ ours: "Polycodec", rival: "sharp", atLeast, bytesAtMost }],
  entrants: [
    { ...polycodec("Polycodec", "encode"), variant: `png ${preset}` },
    ...sharp("encode", "sharp", `png ${level}`),
    ...sharp("encode", "sharp (filtered)", `png ${level} filtered`),
  ],
});
const encode = (name: ClassName, bars: readonly Bar[]): Cell => ({
  class: name,
  operation: "encode",
  title: "encode 4:2:0, standard tables",
  bars,
  entrants: [
    polycodec("Polycodec", "encode"),
    ...everybody("encode"),
    ...sharp("encode", "sharp (own tables)", "default"),
  ],
});

/** What the cores bring: the same batch on all and on one, long enough that its end does not count. */
const scaling = (name: ClassName, times: number): Cell => ({
  class: name,
  operation: "scaling",
  title: `decode, all cores beside one, batch × ${times}`,
  on: "several",
  times,
  bars: [{ ours: "Polycodec", rival: "Polycodec, one core", atLeast: 1.9 }],
  entrants: [
    polycodec("Polycodec", "decode-reused"),
    { ...polycodec("Polycodec, one core", "decode-reused"), cores: 1 },
    loop("decode-fresh"),
    { ...loop("decode-fresh"), id: "C loop, one core", cores: 1 },
  ],
});

/** The own encoder against libjpeg-turbo's loop, with AVX-512 and with AVX2 alone. */
const encodeAtLeast = hasAvx512() ? 2.6 : 1.55;

export const cells: readonly Cell[] = [
  decode("inet", [
    { ours: reused, rival: "sharp", atLeast: 2.1 },
    { ours: reused, rival: "imagecodecs", atLeast: 1.0 },
    { ours: reused, rival: "C loop", atLeast: 0.95 },
    { ours: fresh, rival: "sharp", atLeast: 2.0 },
    { ours: fresh, rival: "C loop", atLeast: 0.9 },
  ]),
  decode("1080p", [{ ours: reused, rival: "sharp", atLeast: 1.45 }]),
  decode("12mp", [
    { ours: reused, rival: "sharp", atLeast: 1.5 },
    { ours: fresh, rival: "sharp", atLeast: 1.25 },
  ]),
  decode("progressive", [{ ours: reused, rival: "sharp", atLeast: 1.2 }]),
  decodePlain("bmp-1080p", [
    ...pythons("nvimgcodec", "pillow"),
    npm("@napi-rs/image", "napi-rs-image", "decode-fresh"),
  ]),
  decodePlain("pnm-1080p", pythons("nvimgcodec", "pillow")),
  decodePlain("qoi-1080p", pythons("imagecodecs", "pillow")),
  decodePlain("jpegls-1080p", pythons("imagecodecs")),
  decodeWebp("webp-inet", [
    { ours: reused, rival: "sharp", atLeast: 1.7 },
    { ours: reused, rival: "C loop", atLeast: 0.95 },
  ]),
  decodeWebp("webp-1080p", [
    { ours: reused, rival: "sharp", atLeast: 1.7 },
    { ours: reused, rival: "C loop", atLeast: 0.95 },
  ]),
  decodePlain(
    "jpeg2k-1080p",
    [loop("decode-fresh"), ...pythons("nvimgcodec", "imagecodecs", "pillow")],
    [
      { ours: reused, rival: "C loop", atLeast: 0.95 },
      { ours: reused, rival: "nvimgcodec", atLeast: 1.8 },
    ],
  ),
  {
    class: "htj2k-1080p",
    operation: "decode",
    title: "decode",
    // nvImageCodec leaves a core to its caller: per core is what holds.
    bars: [
      { ours: reused, rival: "C loop", atLeast: 0.95 },
      { ours: reused, rival: "nvimgcodec", atLeast: 2.2 },
    ],
    entrants: [polycodec(reused, "decode-reused"), loop("decode-fresh"), ...pythons("nvimgcodec", "imagecodecs")],
  },
  {
    class: "jpeg2k-12mp",
    operation: "region",
    title: "512 × 512 of one tile",
    bars: [{ ours: "Polycodec", rival: "Polycodec, whole", atLeast: 8 }],
    entrants: [polycodec("Polycodec", "region"), polycodec("Polycodec, whole", "decode-reused")],
  },
  decodeWebp("webp-lossless", [{ ours: reused, rival: "C loop", atLeast: 0.95 }]),
  {
    ...decode("lossless", []),
    // Those with libjpeg-turbo 3; the others have no lossless decoder.
    entrants: [
      polycodec(reused, "decode-reused"),
      polycodec(fresh, "decode-fresh"),
      ...["imagecodecs", "pillow"].map((library) => python(library, "decode-fresh")),
    ],
  },
  decodePng("png-1080p", photoBars),
  decodePng("png-kodak", photoBars),
  decodePng("png-graphics", [{ ours: reused, rival: "sharp", atLeast: 2.7 }]),
  encodePng("png-1080p", "fast", "1", 4, 0.7),
  encodePng("png-1080p", "default", "6", 1.3, 0.65),
  encodePng("png-kodak", "fast", "1", 4, 0.7),
  encodePng("png-kodak", "default", "6", 1.3, 0.65),
  encodePng("png-graphics", "fast", "1", 0.6, 1),
  encode("inet", [
    { ours: "Polycodec", rival: "sharp", atLeast: 5 },
    { ours: "Polycodec", rival: "C loop", atLeast: encodeAtLeast },
    { ours: "Polycodec", rival: "simplejpeg", atLeast: 2.2 },
  ]),
  encode("1080p", [{ ours: "Polycodec", rival: "C loop", atLeast: encodeAtLeast }]),
  encode("12mp", [{ ours: "Polycodec", rival: "C loop", atLeast: encodeAtLeast }]),
  {
    class: "12mp",
    operation: "thumbnail",
    title: "thumbnail at 1/8",
    bars: [{ ours: "Polycodec", rival: "sharp", atLeast: 1.4 }],
    entrants: [polycodec("Polycodec", "thumbnail"), loop("thumbnail"), ...sharp("thumbnail")],
  },
  {
    class: "inet",
    operation: "tensor",
    title: "ImageNet preprocessing to NCHW float32, 224 × 224",
    bars: [{ ours: "Polycodec", rival: "sharp", atLeast: 2.5 }],
    entrants: [
      polycodec("Polycodec", "tensor"),
      ...sharp("tensor"),
      ...sharp("tensor", "sharp (own kernel)", "lanczos3"),
      python("pillow", "tensor"),
    ],
  },
  scaling("inet", 4),
  scaling("1080p", 4),
  scaling("12mp", 4),
  {
    class: "restart",
    operation: "single",
    title: "one image at a time",
    on: "several",
    bars: [{ ours: "Polycodec", rival: "Polycodec, one core", atLeast: 1.5 }],
    entrants: [polycodec("Polycodec", "single"), { ...polycodec("Polycodec, one core", "single"), cores: 1 }],
  },
  {
    class: "inet",
    operation: "bridge",
    title: "batch of 10,000 empty items, runtime alone",
    on: "several",
    bars: [{ ours: "Polycodec", atMostUs: 0.5 }],
    entrants: [{ id: "Polycodec", operation: "bridge", maker: { by: "core" } }],
  },
  {
    class: "inet",
    operation: "road",
    title: "batch of 2,000 JPEGs, backend that does nothing",
    on: "several",
    bars: [
      { ours: reused, atMostUs: 20 },
      { ours: fresh, atMostUs: 20 },
    ],
    entrants: [
      { id: reused, operation: "road-reused", maker: { by: "core" } },
      { id: fresh, operation: "road-fresh", maker: { by: "core" } },
    ],
  },
];

/** The rival whose variants count as one. */
export const rivalOf = (id: string): string => id.split(" · ")[0]!;
