/** JPEG and TIFF structures built by hand, byte by byte, for tests that need a rule broken or kept in one place. */

export type Bytes = Uint8Array | readonly number[] | string;

/** Joins parts; strings stand for Latin-1 bytes. */
export function bytes(...parts: readonly Bytes[]): Uint8Array {
  const asBytes = (part: Bytes) => (typeof part === "string" ? Buffer.from(part, "latin1") : Uint8Array.from(part));
  return Buffer.concat(parts.map(asBytes));
}

export const u16be = (n: number): number[] => [(n >>> 8) & 255, n & 255];
export const u32be = (n: number): number[] => [...u16be(Math.floor(n / 0x1_0000)), ...u16be(n % 0x1_0000)];

/** A marker segment with its length. */
export function segment(marker: number, ...payload: readonly Bytes[]): Uint8Array {
  const body = bytes(...payload);
  return bytes([0xff, marker], u16be(body.length + 2), body);
}

export const SOI = [0xff, 0xd8];
export const EOI = [0xff, 0xd9];
export const JFIF = segment(0xe0, "JFIF\0", [1, 1, 0, 0, 1, 0, 1, 0, 0]);
export const adobe = (transform: number): Uint8Array => segment(0xee, "Adobe", [0, 100, 0, 0, 0, 0, transform]);

export interface FrameOptions {
  readonly marker?: number;
  readonly precision?: number;
  readonly width?: number;
  readonly height?: number;
  /** Sampling factors, 0x22 for 2x2; one a component. */
  readonly sampling?: readonly number[];
  readonly ids?: readonly number[];
}

export function frame(options: FrameOptions = {}): Uint8Array {
  const { marker = 0xc0, precision = 8, width = 40, height = 30, sampling = [0x22, 0x11, 0x11], ids } = options;
  const components = sampling.flatMap((factors, i) => [ids?.[i] ?? i + 1, factors, i === 0 ? 0 : 1]);
  return segment(marker, [precision], u16be(height), u16be(width), [sampling.length], components);
}

export function scan(components = 1): Uint8Array {
  return segment(0xda, [components], Array.from({ length: components }, (_, i) => [i + 1, 0]).flat(), [0, 63, 0]);
}

/** A JPEG whose headers end with a frame and a scan; nothing follows them. */
export function jpegWith(parts: readonly Bytes[], options?: FrameOptions): Uint8Array {
  return bytes(SOI, ...parts, frame(options), scan());
}

/** tag, type, count, and the entry's last four bytes: a number is written in the structure's byte order. */
export type Entry = readonly [tag: number, type: number, count: number, value: number | readonly number[]];

/** A TIFF structure with one directory right behind its header; `tail` begins at `8 + 6 + 12 * entries.length`. */
export function tiff(entries: readonly Entry[], { little = true, next = 0, tail = [] as Bytes } = {}): Uint8Array {
  return bytes(little ? "II" : "MM", u16(42, little), u32(8, little), directory(entries, { little, next }), tail);
}

export function directory(entries: readonly Entry[], { little = true, next = 0 } = {}): Uint8Array {
  const written = entries.flatMap(([tag, type, count, value]) => [
    ...u16(tag, little),
    ...u16(type, little),
    ...u32(count, little),
    ...inline(type, value, little),
  ]);
  return bytes(u16(entries.length, little), written, u32(next, little));
}

/** Where `tail` begins in `tiff(entries)`. */
export const tailOf = (entries: number): number => 14 + 12 * entries;

function inline(type: number, value: number | readonly number[], little: boolean): readonly number[] {
  if (typeof value !== "number") return value;
  return type === 3 ? [...u16(value, little), 0, 0] : u32(value, little);
}

export const u16 = (n: number, little: boolean): number[] => (little ? u16be(n).reverse() : u16be(n));
export const u32 = (n: number, little: boolean): number[] => (little ? u32be(n).reverse() : u32be(n));

export const exifSegment = (structure: Uint8Array): Uint8Array => segment(0xe1, "Exif\0\0", structure);
export const orientationTiff = (orientation: number, little = true): Uint8Array =>
  tiff(
    [
      [0x010f, 2, 4, [65, 66, 67, 0]],
      [0x0112, 3, 1, orientation],
    ],
    { little },
  );
