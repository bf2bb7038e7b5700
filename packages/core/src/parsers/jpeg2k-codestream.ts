/** The main header of a JPEG 2000 code stream (ITU-T T.800 | ISO/IEC 15444-1, annex A.5 and A.6). */
import type { ByteReader } from "../bytes.js";
import { CodecError } from "../errors.js";

const Marker = {
  SOC: 0xff4f,
  CAP: 0xff50,
  SIZ: 0xff51,
  COD: 0xff52,
  COC: 0xff53,
  COM: 0xff64,
  SOT: 0xff90,
  SOD: 0xff93,
  EOC: 0xffd9,
} as const;

const PROGRESSIONS = ["LRCP", "RLCP", "RPCL", "PCRL", "CPRL"] as const;

/** T.800, A.5.1: Csiz is 1 to 16,384; a tile's number has 16 bits, of which 65,535 is none. */
const MAX_COMPONENTS = 16_384;
const MAX_TILES = 65_535;
const MAX_PRECISION = 38;

export interface Component {
  readonly precision: number;
  readonly signed: boolean;
  /** Reference grid points from a sample to the next. */
  readonly dx: number;
  readonly dy: number;
}

export interface MainHeader {
  /** The image area on the reference grid. */
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
  readonly tileWidth: number;
  readonly tileHeight: number;
  readonly tilesAcross: number;
  readonly tilesDown: number;
  readonly components: readonly Component[];
  readonly progression: (typeof PROGRESSIONS)[number];
  readonly layers: number;
  readonly mct: boolean;
  /** Of the component that has fewest: decomposition levels and one. */
  readonly resolutions: number;
  readonly codeBlockWidth: number;
  readonly codeBlockHeight: number;
  /** Is the wavelet 5/3 rather than 9/7? */
  readonly reversible: boolean;
  /** Are code blocks coded as T.814 has it? */
  readonly ht: boolean;
}

/** A marker segment: what stands behind its length. */
export interface Segment {
  readonly marker: number;
  readonly start: number;
  readonly end: number;
}

/** The marker segments of the main header, up to the first tile-part (SOT). */
export function* mainHeaderSegments(reader: ByteReader, start: number, end: number): Generator<Segment> {
  if (reader.seek(start).u16be() !== Marker.SOC) throw headerError(start, "no SOC marker");
  let at = start + 2;
  for (;;) {
    const marker = reader.seek(at).u16be();
    if (marker === Marker.SOT) return;
    if (marker === Marker.EOC || marker === Marker.SOD || marker === Marker.SOC) {
      throw headerError(at, `marker ${marker.toString(16)} before any tile-part`);
    }
    if (marker < 0xff01 || (marker >= 0xff30 && marker <= 0xff3f)) {
      throw headerError(at, `${marker.toString(16).padStart(4, "0")} where a marker segment is expected`);
    }
    const length = reader.u16be();
    const segmentEnd = at + 2 + length;
    if (length < 2 || segmentEnd > end) throw headerError(at, `a marker segment of ${length} bytes`);
    yield { marker, start: at + 4, end: segmentEnd };
    at = segmentEnd;
  }
}

/** Reads the main header of the code stream in [start, end). */
export function readMainHeader(reader: ByteReader, start: number, end: number): MainHeader {
  let size: ReturnType<typeof readSize> | undefined;
  let style: ReturnType<typeof readStyle> | undefined;
  let resolutions = 33;
  for (const segment of mainHeaderSegments(reader, start, end)) {
    reader.seek(segment.start);
    if (!size && segment.marker !== Marker.SIZ) throw headerError(segment.start - 4, "SIZ is not the first segment");
    switch (segment.marker) {
      case Marker.SIZ:
        if (size) throw headerError(segment.start - 4, "a second SIZ");
        size = readSize(reader, segment);
        break;
      case Marker.COD:
        style = readStyle(reader, segment);
        resolutions = Math.min(resolutions, style.resolutions);
        break;
      case Marker.COC: {
        const wide = size!.components.length > 256;
        if (segment.end - segment.start < (wide ? 3 : 2) + 5) throw headerError(segment.start - 4, "a short COC");
        const component = wide ? reader.u16be() : reader.u8();
        if (component >= size!.components.length) throw headerError(segment.start - 4, `component ${component}`);
        reader.skip(1);
        resolutions = Math.min(resolutions, readBlockStyle(reader, segment).resolutions);
        break;
      }
    }
  }
  if (!size) throw headerError(start, "no SIZ segment");
  if (!style) throw headerError(start, "no COD segment");
  return { ...size, ...style, resolutions };
}

function readSize(reader: ByteReader, { start, end }: Segment) {
  if (end - start < 36) throw headerError(start - 4, `${end - start} bytes of SIZ`);
  reader.skip(2); // Rsiz: what a reader must be able to do; each part is checked where it stands
  const [x1, y1, x0, y0] = [reader.u32be(), reader.u32be(), reader.u32be(), reader.u32be()];
  const [tileWidth, tileHeight, tileX0, tileY0] = [reader.u32be(), reader.u32be(), reader.u32be(), reader.u32be()];
  const count = reader.u16be();
  const wrong = (fact: string) => headerError(start - 4, fact);
  if (x1 <= x0 || y1 <= y0) throw wrong(`an image area from ${x0},${y0} to ${x1},${y1}`);
  if (x1 > 0x7fff_ffff || y1 > 0x7fff_ffff) throw wrong(`an image area to ${x1},${y1}`);
  if (tileWidth === 0 || tileHeight === 0) throw wrong(`tiles of ${tileWidth}x${tileHeight}`);
  if (tileX0 > x0 || tileY0 > y0 || tileX0 + tileWidth <= x0 || tileY0 + tileHeight <= y0) {
    throw wrong(
      `a first tile at ${tileX0},${tileY0} of ${tileWidth}x${tileHeight} that misses the image at ${x0},${y0}`,
    );
  }
  if (count === 0 || count > MAX_COMPONENTS) throw wrong(`${count} components, 1 to ${MAX_COMPONENTS} expected`);
  if (end - start !== 36 + 3 * count) throw wrong(`${end - start} bytes do not fit ${count} components`);
  const tilesAcross = Math.ceil((x1 - tileX0) / tileWidth);
  const tilesDown = Math.ceil((y1 - tileY0) / tileHeight);
  if (tilesAcross * tilesDown > MAX_TILES)
    throw wrong(`${tilesAcross}x${tilesDown} tiles, at most ${MAX_TILES} expected`);
  const components: Component[] = [];
  for (let i = 0; i < count; i++) {
    const depth = reader.u8();
    const [dx, dy] = [reader.u8(), reader.u8()];
    const precision = (depth & 0x7f) + 1;
    if (precision > MAX_PRECISION) throw wrong(`component ${i} of ${precision} bits, 1 to ${MAX_PRECISION} expected`);
    if (dx === 0 || dy === 0) throw wrong(`component ${i} has a sample every ${dx}x${dy} points`);
    if (Math.ceil(x1 / dx) === Math.ceil(x0 / dx) || Math.ceil(y1 / dy) === Math.ceil(y0 / dy)) {
      throw wrong(`component ${i} has no samples`);
    }
    components.push({ precision, signed: depth >= 0x80, dx, dy });
  }
  return { x0, y0, x1, y1, tileWidth, tileHeight, tilesAcross, tilesDown, components };
}

function readStyle(reader: ByteReader, segment: Segment) {
  const { start, end } = segment;
  if (end - start < 10) throw headerError(start - 4, `${end - start} bytes of COD`);
  reader.skip(1);
  const progression = PROGRESSIONS[reader.u8()];
  const layers = reader.u16be();
  const transform = reader.u8();
  if (!progression) throw headerError(start - 4, "a progression order that nobody defined");
  if (layers === 0) throw headerError(start - 4, "no layers");
  if (transform > 1) throw new CodecError("CODESTREAM_UNSUPPORTED", `multiple component transform ${transform}`);
  return { progression, layers, mct: transform === 1, ...readBlockStyle(reader, segment) };
}

/** The part that COD and COC share (T.800, table A.20). */
function readBlockStyle(reader: ByteReader, { start, end }: Segment) {
  const levels = reader.u8();
  const [width, height, style, transform] = [reader.u8() & 15, reader.u8() & 15, reader.u8(), reader.u8()];
  if (levels > 32) throw headerError(start - 4, `${levels} decomposition levels, 0 to 32 expected`);
  if (width > 8 || height > 8 || width + height > 8) {
    throw headerError(start - 4, `code blocks of ${4 << width}x${4 << height}, at most 4096 samples expected`);
  }
  if (transform > 1) throw new CodecError("CODESTREAM_UNSUPPORTED", `wavelet transform ${transform}`);
  if (end < reader.offset) throw headerError(start - 4, "a segment too short for its contents");
  return {
    resolutions: levels + 1,
    codeBlockWidth: 4 << width,
    codeBlockHeight: 4 << height,
    reversible: transform === 1,
    ht: (style & 0x40) !== 0,
  };
}

function headerError(at: number, fact: string): CodecError {
  return new CodecError("IMAGE_CORRUPTED", `main header at offset ${at}: ${fact}`);
}

export { Marker as CodeStreamMarker };
