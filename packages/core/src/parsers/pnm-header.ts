/** Reading one header of the Netpbm family; native/pnm_header.cpp of ext-cpu reads the same. */
import type { ByteReader } from "../bytes.js";
import { CodecError } from "../errors.js";

export interface PnmHeader {
  /** P1 to P7, PF (colour), Pf (gray). */
  readonly kind: string;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  /** The value that stands for white; 0: samples are floating point. */
  readonly maxval: number;
  /** Of PAM: what the channels are. */
  readonly tupleType: string | undefined;
  readonly comments: readonly string[];
  /** Where the picture ends, in bytes from the start of the file; 0 in the ASCII formats, where only reading it tells. */
  readonly end: number;
}

/** Comments and lines together; headers in the wild have fewer than a thousand bytes. */
const MAX_HEADER_BYTES = 1 << 16;
const MAX_SIDE = 0x7fff_ffff;
const MAX_CHANNELS = 0xffff;

const HASH = 0x23;
const NEWLINE = 0x0a;

/** White space as isspace(3) has it. */
export const isSpace = (byte: number) => byte === 0x20 || (byte >= 9 && byte <= 13);

/** Reads the header at the cursor. */
export function readPnmHeader(reader: ByteReader): PnmHeader {
  const start = reader.offset;
  if (reader.u8() !== 0x50) throw new CodecError("IMAGE_CORRUPTED", `no Netpbm header at offset ${start}`);
  const kind = `P${String.fromCharCode(reader.u8())}`;
  const tokens = new Tokens(reader, start + MAX_HEADER_BYTES);
  if (kind === "P7") return pamHeader(reader, tokens);
  const width = tokens.number("width", MAX_SIDE);
  const height = tokens.number("height", MAX_SIDE);
  const facts = { kind, width, height, tupleType: undefined, comments: tokens.comments };
  switch (kind) {
    case "P1":
    case "P2":
    case "P3":
      return {
        ...facts,
        channels: kind === "P3" ? 3 : 1,
        maxval: kind === "P1" ? 1 : tokens.number("maxval", 65_535),
        end: 0,
      };
    case "P4":
      return { ...facts, channels: 1, maxval: 1, end: rasterEnd(reader, Math.ceil(width / 8) * height) };
    case "P5":
    case "P6": {
      const channels = kind === "P6" ? 3 : 1;
      const maxval = tokens.number("maxval", 65_535);
      const end = rasterEnd(reader, width * height * channels * (maxval < 256 ? 1 : 2));
      return { ...facts, channels, maxval, end };
    }
    case "PF":
    case "Pf": {
      const scale = Number(tokens.word());
      if (!Number.isFinite(scale) || scale === 0) throw new CodecError("IMAGE_CORRUPTED", `scale ${scale}`);
      const channels = kind === "PF" ? 3 : 1;
      return { ...facts, channels, maxval: 0, end: rasterEnd(reader, width * height * channels * 4) };
    }
    default:
      throw new CodecError("IMAGE_CORRUPTED", `format ${kind}, P1 to P7, PF or Pf expected`);
  }
}

/** Lines of a name and a value, in any order (pam(5)). */
function pamHeader(reader: ByteReader, tokens: Tokens): PnmHeader {
  const fields = new Map<string, number>();
  let tupleType: string | undefined;
  for (let name = tokens.word(); name !== "ENDHDR"; name = tokens.word()) {
    if (name === "TUPLTYPE") {
      const more = tokens.line();
      tupleType = tupleType === undefined ? more : `${tupleType} ${more}`;
    } else if (name === "WIDTH" || name === "HEIGHT") fields.set(name, tokens.number(name, MAX_SIDE));
    else if (name === "DEPTH") fields.set(name, tokens.number(name, MAX_CHANNELS));
    else if (name === "MAXVAL") fields.set(name, tokens.number(name, 65_535));
    else throw new CodecError("IMAGE_CORRUPTED", `PAM header: unknown line ${JSON.stringify(name.slice(0, 20))}`);
  }
  const field = (name: string) => {
    const value = fields.get(name);
    if (value === undefined) throw new CodecError("IMAGE_CORRUPTED", `PAM header: no ${name}`);
    return value;
  };
  const [width, height, channels, maxval] = [field("WIDTH"), field("HEIGHT"), field("DEPTH"), field("MAXVAL")];
  const end = rasterEnd(reader, width * height * channels * (maxval < 256 ? 1 : 2));
  return { kind: "P7", width, height, channels, maxval, tupleType, comments: tokens.comments, end };
}

/**
 * Where a raster of so many bytes ends that begins here. One white space stands before it, but where lines end in CR
 * LF there are two: LF belongs to the header if the file has a byte more than the raster needs.
 */
function rasterEnd(reader: ByteReader, bytes: number): number {
  const hasMore = reader.remaining > bytes;
  if (hasMore && reader.peek(-1) === 0x0d && reader.peek() === NEWLINE) reader.skip(1);
  return reader.offset + bytes;
}

/** Words between white space and comments, which reach from # to the end of the line. */
class Tokens {
  readonly comments: string[] = [];
  readonly #reader: ByteReader;
  readonly #limit: number;

  constructor(reader: ByteReader, limit: number) {
    this.#reader = reader;
    this.#limit = limit;
  }

  /** The next word; exactly one white space behind it is read too. */
  word(): string {
    let byte = this.#byte();
    for (; byte === HASH || isSpace(byte); byte = this.#byte())
      if (byte === HASH) this.comments.push(this.line().trim());
    let word = "";
    for (; !isSpace(byte); byte = this.#byte()) word += String.fromCharCode(byte);
    return word;
  }

  number(what: string, max: number): number {
    const word = this.word();
    const value = /^\d{1,10}$/.test(word) ? Number(word) : Number.NaN;
    if (!(value >= 1 && value <= max)) {
      throw new CodecError("IMAGE_CORRUPTED", `${what} ${JSON.stringify(word.slice(0, 20))}, 1 to ${max} expected`);
    }
    return value;
  }

  /** The rest of the line, without its end. */
  line(): string {
    let line = "";
    for (let byte = this.#byte(); byte !== NEWLINE; byte = this.#byte()) line += String.fromCharCode(byte);
    return line.trim();
  }

  #byte(): number {
    if (this.#reader.offset >= this.#limit)
      throw new CodecError("IMAGE_CORRUPTED", `a Netpbm header of more than ${MAX_HEADER_BYTES} bytes`);
    return this.#reader.u8();
  }
}
