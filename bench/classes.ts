/** The picture classes of the bench: sizes, codings, and what is in the pictures. */

/** Made of the same pixels by our own encoders. */
export type Recoding =
  | "webp"
  | "webp-lossless"
  | "lossless"
  | "bmp"
  | "pnm"
  | "png"
  | "qoi"
  | "jpegls"
  | "jpeg2k"
  | "htj2k";
export const EXTENSIONS: Readonly<Record<Recoding, string>> = {
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
export const isRecoded = (coding: PictureClass["coding"]): coding is Recoding => coding in EXTENSIONS;

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
