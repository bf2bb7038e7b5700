/**
 * Reading TIFF structures (TIFF 6.0, section 2): headers, image file directories and the twelve types of values, in
 * both byte orders. EXIF, MPF and TIFF files are written in it. Offsets count from the structure's first byte.
 */
import type { ByteReader } from "../bytes.js";
import { CodecError } from "../errors.js";

/** Numerator and denominator, as written: 0/0 and x/0 occur. */
export type Rational = readonly [numerator: number, denominator: number];

/** A value in JavaScript: text, bytes, a number, several numbers, or rationals (a list even when there is only one). */
export type TiffValue = string | number | Uint8Array | readonly number[] | readonly Rational[];

/** Types of values by their numbers (TIFF 6.0, page 15). IFD is the thirteenth, of TIFF Technical Note 1. */
export const TiffType = {
  BYTE: 1,
  ASCII: 2,
  SHORT: 3,
  LONG: 4,
  RATIONAL: 5,
  SBYTE: 6,
  UNDEFINED: 7,
  SSHORT: 8,
  SLONG: 9,
  SRATIONAL: 10,
  FLOAT: 11,
  DOUBLE: 12,
  IFD: 13,
} as const;

/** Bytes of one value, by type. */
const TYPE_BYTES = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4];

/** One entry of a directory, with its bounds checked: an entry that is here can be read. */
export interface TiffEntry {
  readonly tag: number;
  readonly type: number;
  /** How many values. */
  readonly count: number;
  /** Where the values begin: in the entry itself when they fit into four bytes. */
  readonly offset: number;
  /** Bytes of all values together. */
  readonly byteLength: number;
  /** Where the entry itself begins. */
  readonly entryOffset: number;
}

/** An image file directory. */
export interface TiffDirectory {
  readonly offset: number;
  readonly entries: readonly TiffEntry[];
  /** Offset of the next directory in the chain; 0: the last. */
  readonly next: number;
  /** What was left out and why: entries whose type is unknown or whose values lie outside the structure. */
  readonly warnings: readonly string[];
}

/** A TIFF structure within a source: bytes [start, end) of `reader`. */
export class TiffStructure {
  readonly littleEndian: boolean;
  /** Offset of the first directory. */
  readonly firstDirectory: number;
  readonly size: number;
  readonly #reader: ByteReader;
  readonly #start: number;

  /** Throws `CodecError("IMAGE_CORRUPTED")` when the header is not that of a classic TIFF structure. */
  constructor(reader: ByteReader, start = 0, end = reader.size) {
    this.#reader = reader;
    this.#start = start;
    this.size = end - start;
    if (this.size < 8) throw new CodecError("IMAGE_CORRUPTED", `TIFF structure of ${this.size} bytes, 8 expected`);
    const order = reader.seek(start).u16be();
    this.littleEndian = order === LITTLE_ENDIAN;
    if (!this.littleEndian && order !== BIG_ENDIAN) {
      throw new CodecError("IMAGE_CORRUPTED", "TIFF structure begins with neither II nor MM");
    }
    const version = this.u16(2);
    if (version !== 42) throw new CodecError("IMAGE_CORRUPTED", `TIFF structure of version ${version}, 42 expected`);
    this.firstDirectory = this.u32(4);
  }

  u16(offset: number): number {
    const reader = this.#reader.seek(this.#start + offset);
    return this.littleEndian ? reader.u16le() : reader.u16be();
  }

  u32(offset: number): number {
    const reader = this.#reader.seek(this.#start + offset);
    return this.littleEndian ? reader.u32le() : reader.u32be();
  }

  /**
   * The directory at `offset`. One that runs past the end gives the entries that are there (cameras write such);
   * throws `CodecError("IMAGE_CORRUPTED")` when not even its count is.
   */
  directory(offset: number): TiffDirectory {
    if (offset < 8 || offset + 2 > this.size) {
      throw new CodecError("IMAGE_CORRUPTED", `TIFF directory at offset ${offset} of ${this.size}`);
    }
    const warnings: string[] = [];
    const declared = this.u16(offset);
    const count = Math.min(declared, Math.floor((this.size - offset - 2) / 12));
    if (count < declared) {
      warnings.push(`directory at offset ${offset}: ${declared} entries, ${count} of them in bounds`);
    }
    const entries: TiffEntry[] = [];
    for (let i = 0; i < count; i++) {
      const entry = this.#entry(offset + 2 + 12 * i, warnings);
      if (entry) entries.push(entry);
    }
    const end = offset + 2 + 12 * count;
    const next = count === declared && end + 4 <= this.size ? this.u32(end) : 0;
    return { offset, entries, next, warnings };
  }

  /** The directories of the chain from `offset`, each once: a chain that bites its tail ends there. */
  *chain(offset = this.firstDirectory): Generator<TiffDirectory> {
    const seen = new Set<number>();
    while (offset !== 0 && !seen.has(offset)) {
      seen.add(offset);
      const directory = this.directory(offset);
      yield directory;
      offset = directory.next;
    }
  }

  /** The bytes of an entry's values, not copied. */
  bytes(entry: TiffEntry): Uint8Array {
    return this.#reader.seek(this.#start + entry.offset).take(entry.byteLength);
  }

  /**
   * An entry's values: ASCII as text, UNDEFINED and more than one BYTE as bytes (not copied), rationals as a list of
   * pairs, anything else as a number if there is one of it, else as a list of numbers.
   */
  value(entry: TiffEntry): TiffValue {
    const bytes = this.bytes(entry);
    if (entry.type === TiffType.ASCII) return decodeAscii(bytes);
    if (entry.type === TiffType.UNDEFINED || (entry.type === TiffType.BYTE && entry.count !== 1)) return bytes;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const size = TYPE_BYTES[entry.type]!;
    if (entry.type === TiffType.RATIONAL || entry.type === TiffType.SRATIONAL) {
      const part = entry.type === TiffType.RATIONAL ? TiffType.LONG : TiffType.SLONG;
      const pair = (at: number): Rational => [this.#number(view, part, at), this.#number(view, part, at + 4)];
      return Array.from({ length: entry.count }, (_, i) => pair(i * size));
    }
    if (entry.count === 1) return this.#number(view, entry.type, 0);
    return Array.from({ length: entry.count }, (_, i) => this.#number(view, entry.type, i * size));
  }

  #entry(at: number, warnings: string[]): TiffEntry | undefined {
    const tag = this.u16(at);
    const type = this.u16(at + 2);
    const count = this.u32(at + 4);
    const size = TYPE_BYTES[type] ?? 0;
    if (size === 0) {
      warnings.push(`tag ${hex(tag)}: type ${type} is unknown`);
      return undefined;
    }
    const byteLength = size * count;
    const offset = byteLength <= 4 ? at + 8 : this.u32(at + 8);
    if (offset + byteLength > this.size) {
      warnings.push(`tag ${hex(tag)}: ${byteLength} bytes at offset ${offset} of ${this.size}`);
      return undefined;
    }
    return { tag, type, count, offset, byteLength, entryOffset: at };
  }

  #number(view: DataView, type: number, at: number): number {
    switch (type) {
      case TiffType.BYTE:
        return view.getUint8(at);
      case TiffType.SBYTE:
        return view.getInt8(at);
      case TiffType.SHORT:
        return view.getUint16(at, this.littleEndian);
      case TiffType.SSHORT:
        return view.getInt16(at, this.littleEndian);
      case TiffType.SLONG:
        return view.getInt32(at, this.littleEndian);
      case TiffType.FLOAT:
        return view.getFloat32(at, this.littleEndian);
      case TiffType.DOUBLE:
        return view.getFloat64(at, this.littleEndian);
      default:
        return view.getUint32(at, this.littleEndian);
    }
  }
}

const LITTLE_ENDIAN = 0x4949;
const BIG_ENDIAN = 0x4d4d;

/**
 * The number that `tag` has in the first directory of the TIFF structure in bytes [start, end) of `reader`, or
 * `undefined` when the structure is damaged, the tag is missing or is not one SHORT or LONG. For parsers, which want
 * one number of many: allocates nothing and touches only the header and the entries up to the tag.
 */
export function firstIfdNumber(reader: ByteReader, start: number, end: number, tag: number): number | undefined {
  if (end - start < 8) return undefined;
  const order = reader.seek(start).u16be();
  if (order !== LITTLE_ENDIAN && order !== BIG_ENDIAN) return undefined;
  const little = order === LITTLE_ENDIAN;
  if ((little ? reader.u16le() : reader.u16be()) !== 42) return undefined;
  const offset = little ? reader.u32le() : reader.u32be();
  if (offset < 8 || start + offset + 2 > end) return undefined;
  reader.seek(start + offset);
  const count = little ? reader.u16le() : reader.u16be();
  let at = start + offset + 2;
  for (let i = 0; i < count && at + 12 <= end; i++, at += 12) {
    reader.seek(at);
    if ((little ? reader.u16le() : reader.u16be()) !== tag) continue;
    const type = little ? reader.u16le() : reader.u16be();
    if ((little ? reader.u32le() : reader.u32be()) !== 1) return undefined;
    if (type === TiffType.SHORT) return little ? reader.u16le() : reader.u16be();
    return type === TiffType.LONG ? (little ? reader.u32le() : reader.u32be()) : undefined;
  }
  return undefined;
}

/** ASCII is what the standard says; UTF-8 is what is written, and Latin-1 before that. Trailing NULs are not text. */
function decodeAscii(bytes: Uint8Array): string {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, end);
  const utf8 = text.toString("utf8");
  return utf8.includes("\ufffd") ? text.toString("latin1") : utf8;
}

function hex(tag: number): string {
  return `0x${tag.toString(16).padStart(4, "0")}`;
}
