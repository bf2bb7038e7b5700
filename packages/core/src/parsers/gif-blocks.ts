/** The blocks of a GIF in the order of the file (GIF89a specification). */
import { type ByteReader, startsWith } from "../bytes.js";
import { CodecError } from "../errors.js";

export interface Screen {
  readonly version: "GIF87a" | "GIF89a";
  readonly width: number;
  readonly height: number;
  readonly hasColors: boolean;
  readonly backgroundIndex: number;
}

export interface GifFrame {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly interlaced: boolean;
  readonly hasColors: boolean;
  readonly isTransparent: boolean;
  /** What becomes of it when it has been shown: 2 clears its place, 3 brings back what was there before. */
  readonly disposal: number;
  readonly durationMs: number;
}

/** An extension: its label, and where its sub-blocks begin (the first one's length). */
export interface GifExtension {
  readonly label: number;
  readonly start: number;
}

export type GifBlock = { readonly frame: GifFrame } | { readonly extension: GifExtension };

export const APPLICATION = 0xff;
export const COMMENT = 0xfe;
const GRAPHIC_CONTROL = 0xf9;
const EXTENSION = 0x21;
const IMAGE = 0x2c;
const TRAILER = 0x3b;

const COLORS = 0x80;
const INTERLACED = 0x40;

/** Reads the header and the logical screen descriptor. */
export function screenOf(reader: ByteReader): Screen {
  const version = Buffer.from(reader.seek(0).take(6)).toString("latin1");
  if (version !== "GIF87a" && version !== "GIF89a") {
    throw new CodecError("IMAGE_CORRUPTED", `signature ${JSON.stringify(version)}, GIF87a or GIF89a expected`);
  }
  const [width, height, flags] = [reader.u16le(), reader.u16le(), reader.u8()];
  const backgroundIndex = reader.u8();
  if (width === 0 || height === 0) throw new CodecError("IMAGE_CORRUPTED", `a screen of ${width}x${height} pixels`);
  skipColors(reader.skip(1), flags);
  return { version, width, height, hasColors: (flags & COLORS) !== 0, backgroundIndex };
}

/**
 * The blocks behind the screen descriptor, up to the trailer, or to where the file ends or holds no more blocks: many
 * files end so, with all their frames before. `problem` then says what was found.
 */
export function* blocksOf(reader: ByteReader, problem?: (fact: CodecError) => void): Generator<GifBlock, undefined> {
  let control = { isTransparent: false, disposal: 0, durationMs: 0 };
  let at = reader.offset;
  try {
    for (;;) {
      const introducer = reader.seek(at).u8();
      if (introducer === EXTENSION) {
        const label = reader.u8();
        const start = reader.offset;
        if (label === GRAPHIC_CONTROL) control = graphicControl(reader) ?? control;
        skipSubBlocks(reader.seek(start));
        at = reader.offset;
        yield { extension: { label, start } };
      } else if (introducer === IMAGE) {
        const frame = { ...descriptor(reader), ...control };
        control = { isTransparent: false, disposal: 0, durationMs: 0 };
        const start = reader.skip(1).offset;
        if (start > reader.size) throw new CodecError("IMAGE_TRUNCATED", "ends in an image descriptor");
        yield { frame };
        skipSubBlocks(reader.seek(start));
        at = reader.offset;
      } else if (introducer === TRAILER) {
        return;
      } else {
        const kind = `0x${introducer.toString(16).padStart(2, "0")}`;
        throw new CodecError("IMAGE_CORRUPTED", `offset ${at}: a block of the unknown kind ${kind}`);
      }
    }
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    const within = reader.offset >= reader.size ? new CodecError("IMAGE_TRUNCATED", "ends within a block") : error;
    problem?.(within);
  }
}

/** Delay in hundredths of a second; the first sub-block has four bytes, or it is none. */
function graphicControl(reader: ByteReader) {
  if (reader.u8() < 4) return undefined;
  const flags = reader.u8();
  const durationMs = 10 * reader.u16le();
  return { isTransparent: (flags & 1) !== 0, disposal: (flags >> 2) & 7, durationMs };
}

function descriptor(reader: ByteReader) {
  const [x, y, width, height] = [reader.u16le(), reader.u16le(), reader.u16le(), reader.u16le()];
  const flags = reader.u8();
  skipColors(reader, flags);
  return { x, y, width, height, interlaced: (flags & INTERLACED) !== 0, hasColors: (flags & COLORS) !== 0 };
}

function skipColors(reader: ByteReader, flags: number): void {
  if ((flags & COLORS) !== 0) reader.skip(3 << ((flags & 7) + 1));
}

function skipSubBlocks(reader: ByteReader): void {
  for (let length = reader.u8(); length > 0; length = reader.skip(length).u8());
}

/** The bytes of an extension's sub-blocks, joined. `most`: stop before there are more. */
export function joinSubBlocks(reader: ByteReader, start: number, most: number): Uint8Array {
  const parts: Uint8Array[] = [];
  let size = 0;
  reader.seek(start);
  for (let length = reader.u8(); length > 0; length = reader.u8()) {
    size += length;
    if (size > most) throw new CodecError("LIMIT_EXCEEDED", `an extension of more than ${most} bytes`);
    parts.push(reader.take(length));
  }
  return new Uint8Array(Buffer.concat(parts));
}

/** The application extension's identifier and authentication code: eleven characters. */
export function applicationOf(reader: ByteReader, start: number): string | undefined {
  if (reader.seek(start).u8() !== 11) return undefined;
  return Buffer.from(reader.take(11)).toString("latin1");
}

export const isGif = (head: Uint8Array): boolean => startsWith(head, "GIF87a") || startsWith(head, "GIF89a");
