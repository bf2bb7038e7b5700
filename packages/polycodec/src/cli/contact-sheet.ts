/** Contact sheets: many pictures small on one, and a page that holds everything it shows. */
import { CodeStream, Decoder, Encoder, Image } from "@polycodec/core";
import { failure } from "./report.js";
import { type PageItem, sheetPage } from "./sheet-page.js";
import { decodeScale, fitInto, shrink } from "./shrink.js";

export interface SheetEntry {
  readonly source: string | Uint8Array;
  readonly title: string;
  /** Lines below the title. Default: size and codec. */
  readonly lines?: readonly string[];
  /** Why there is no picture. It is not decoded then. */
  readonly error?: string;
}

export interface SheetOptions {
  readonly title: string;
  /** Longest side of a thumbnail, in pixels. */
  readonly size: number;
  /** Default: such that the sheet becomes about 4:3. */
  readonly columns?: number | undefined;
  readonly signal: AbortSignal;
}

export interface ContactSheet {
  readonly picture: Image;
  readonly html: string;
  /** Entries that could not be shown, by place, and why; without those that came with an error. */
  readonly failures: ReadonlyMap<number, Error>;
}

/** The picture has at most so many pixels; above, its thumbnails become smaller. */
const MAX_SHEET_PIXELS = 48e6;
const GAP = 8;
const BACKGROUND = [38, 40, 44] as const;
const FAILED = [132, 46, 46] as const;
const THUMBNAIL_QUALITY = 82;

export async function contactSheet(entries: readonly SheetEntry[], options: SheetOptions): Promise<ContactSheet> {
  using decoder = new Decoder();
  using encoder = new Encoder();
  const canvas = new Canvas(entries.length, options);
  const items: PageItem[] = entries.map(({ title, lines = [], error }) => ({
    title,
    lines,
    ...(error !== undefined && { error }),
  }));
  const failures = new Map<number, Error>();
  const fail = (place: number, error: Error) => {
    failures.set(place, error);
    items[place] = { ...items[place]!, error: failure(error).message };
  };

  const streams = entries.map(({ source }) => CodeStream.from(source));
  await Promise.allSettled(streams.map((stream, i) => entries[i]!.error === undefined && stream.open()));
  for (const scale of [1, 2, 4, 8] as const) {
    const places = streams.flatMap((stream, i) =>
      entries[i]!.error === undefined && scaleOf(stream, options.size) === scale ? [i] : [],
    );
    const params = { scale, sampleFormat: "I_RGB", onTruncated: "partial", signal: options.signal } as const;
    for await (const { index, result } of decoder.decodeStream(
      places.map((i) => streams[i]!),
      params,
    )) {
      const place = places[index]!;
      if (result.status === "rejected") {
        fail(place, result.reason);
        continue;
      }
      const thumbnail = shrink(result.value, options.size);
      result.value.release();
      canvas.paste(place, thumbnail);
      const jpeg = await encoder.encode(thumbnail, {
        codec: "jpeg",
        quality: THUMBNAIL_QUALITY,
        chromaSubsampling: "CSS_420",
      });
      items[place] = {
        ...withLines(items[place]!, streams[place]!),
        thumbnail: { jpeg, width: thumbnail.width, height: thumbnail.height },
      };
    }
  }
  items.forEach(({ error }, place) => {
    if (error !== undefined) canvas.cross(place);
  });
  return { picture: canvas.image(), html: sheetPage(options.title, items, options.size), failures };
}

function scaleOf(stream: CodeStream, box: number): 1 | 2 | 4 | 8 {
  try {
    return decodeScale(stream.width, stream.height, box);
  } catch {
    return 1; // Unreadable: the decoder will say why.
  }
}

function withLines(item: PageItem, stream: CodeStream): PageItem {
  if (item.lines.length > 0) return item;
  return { ...item, lines: [`${stream.width}×${stream.height} · ${stream.codecName}`] };
}

/** A grid of squares, drawn into memory. */
class Canvas {
  readonly #cell: number;
  readonly #columns: number;
  readonly #width: number;
  readonly #height: number;
  readonly #samples: Uint8Array;

  constructor(count: number, { size, columns }: SheetOptions) {
    this.#columns = Math.min(count, columns ?? Math.ceil(Math.sqrt((count * 4) / 3)));
    const rows = Math.ceil(count / this.#columns);
    this.#cell = Math.max(8, Math.min(size, Math.floor(Math.sqrt(MAX_SHEET_PIXELS / (rows * this.#columns))) - GAP));
    this.#width = this.#columns * (this.#cell + GAP) + GAP;
    this.#height = rows * (this.#cell + GAP) + GAP;
    this.#samples = new Uint8Array(this.#width * this.#height * 3);
    this.#fill(0, 0, this.#width, this.#height, BACKGROUND);
  }

  /** In the middle of its square. */
  paste(place: number, picture: Image): void {
    const small = Math.max(picture.width, picture.height) > this.#cell ? shrink(picture, this.#cell) : picture;
    const { x, y } = this.#middle(place, small.width, small.height);
    const row = small.width * 3;
    for (let i = 0; i < small.height; i++) {
      this.#samples.set(small.bytes.subarray(i * row, (i + 1) * row), ((y + i) * this.#width + x) * 3);
    }
  }

  /** A square in the colour of failure, crossed. */
  cross(place: number): void {
    const { width, height } = fitInto(this.#cell, (this.#cell * 3) / 4, this.#cell);
    const { x, y } = this.#middle(place, width, height);
    this.#fill(x, y, width, height, FAILED);
    const thickness = Math.max(1, Math.round(this.#cell / 40));
    for (let i = 0; i < width - thickness; i++) {
      const down = Math.min(height - thickness, Math.floor((i * height) / width));
      this.#fill(x + i, y + down, thickness, thickness, BACKGROUND);
      this.#fill(x + i, y + height - thickness - down, thickness, thickness, BACKGROUND);
    }
  }

  image(): Image {
    return Image.from(this.#samples, { width: this.#width, height: this.#height, channels: 3 });
  }

  #middle(place: number, width: number, height: number): { x: number; y: number } {
    const column = place % this.#columns;
    const row = Math.floor(place / this.#columns);
    return {
      x: GAP + column * (this.#cell + GAP) + Math.floor((this.#cell - width) / 2),
      y: GAP + row * (this.#cell + GAP) + Math.floor((this.#cell - height) / 2),
    };
  }

  #fill(x: number, y: number, width: number, height: number, [r, g, b]: readonly [number, number, number]): void {
    for (let j = y; j < y + height; j++) {
      for (let i = (j * this.#width + x) * 3, end = i + width * 3; i < end; i += 3) {
        this.#samples[i] = r;
        this.#samples[i + 1] = g;
        this.#samples[i + 2] = b;
      }
    }
  }
}
