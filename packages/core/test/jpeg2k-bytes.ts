/** JPEG 2000 headers, byte by byte. */
import { type Bytes, bytes, segment, u16be as u16, u32be as u32 } from "./jpeg-bytes.js";

type Numbers = readonly number[];

const text = (characters: string): Numbers => [...Buffer.from(characters, "latin1")];

export interface Size {
  readonly area?: readonly [x0: number, y0: number, x1: number, y1: number];
  readonly tile?: readonly [width: number, height: number, x0?: number, y0?: number];
  /** Ssiz, XRsiz, YRsiz of each. */
  readonly components?: readonly Numbers[];
}

/** 40 x 30, one tile, RGB of 8 bits. */
export function siz({ area = [0, 0, 40, 30], tile = [40, 30], components = new Array(3).fill([7, 1, 1]) }: Size = {}) {
  const [x0, y0, x1, y1] = area;
  const [width, height, tileX0 = 0, tileY0 = 0] = tile;
  const numbers = [x1, y1, x0, y0, width, height, tileX0, tileY0].flatMap(u32);
  return segment(0x51, u16(0), numbers, u16(components.length), components.flat());
}

export interface Style {
  readonly progression?: number;
  readonly layers?: number;
  readonly mct?: number;
  readonly levels?: number;
  /** Exponents less 2. */
  readonly block?: readonly [width: number, height: number];
  readonly style?: number;
  readonly wavelet?: number;
}

const blockStyle = ({ levels = 5, block = [4, 4], style = 0, wavelet = 1 }: Style) => [
  levels,
  ...block,
  style,
  wavelet,
];

/** RPCL, one layer, five levels, blocks of 64 x 64, 5/3. */
export const cod = (style: Style = {}) =>
  segment(0x52, [0, style.progression ?? 2], u16(style.layers ?? 1), [style.mct ?? 0], blockStyle(style));
export const coc = (component: number, style: Style = {}) => segment(0x53, [component, 0], blockStyle(style));
export const qcd = () => segment(0x5c, [0x40], new Array<number>(16).fill(0x40));

const SOC = [0xff, 0x4f];
/** An empty tile-part, so that the main header ends. */
const TILE = [...segment(0x90, u16(0), u32(14), [0, 1]), 0xff, 0x93];

/** A code stream of these segments. */
export const codeStream = (...segments: Bytes[]) => bytes(SOC, ...segments, TILE, [0xff, 0xd9]);

export const box = (type: string, ...content: (Numbers | Uint8Array)[]): Numbers => {
  const body = content.flatMap((part) => [...part]);
  return [...u32(body.length + 8), ...text(type), ...body];
};
export const SIGNATURE = box("jP  ", [13, 10, 0x87, 10]);
export const ftyp = (brand = "jp2 ") => box("ftyp", text(brand), u32(0), text(brand));
export const ihdr = (components = 3) => box("ihdr", u32(30), u32(40), u16(components), [7, 7, 0, 0]);
export const colr = (enumerated: number) => box("colr", [1, 0, 0], u32(enumerated));

/** A file of a JP2 header of these boxes, and a code stream. */
export const jp2 = (header: readonly Numbers[], stream: Uint8Array, brand = "jp2 ") =>
  bytes(SIGNATURE, ftyp(brand), box("jp2h", ...header), box("jp2c", stream));
