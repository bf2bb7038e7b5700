/** Walking the chunks of a PNG (W3C PNG, third edition, section 5). */
import { type ByteReader, NeedBytes, startsWith } from "../bytes.js";
import { CodecError } from "../errors.js";

export const PNG_SIGNATURE = "\x89PNG\r\n\x1a\n";

/** A chunk's length may not exceed this (5.3). */
const MAX_LENGTH = 0x7fff_ffff;

/** More chunks than this before the image data is an attempt to keep us busy. */
const MAX_CHUNKS = 1 << 16;

/** A cursor over chunks, which steps over their data without touching it. CRCs are the decoder's business. */
export class PngChunks {
  /** Four letters: `"IHDR"`; empty before the first `next`. */
  type = "";
  /** Offset of the data. */
  start = 0;
  /** Bytes of data. */
  length = 0;
  readonly #reader: ByteReader;
  #next = PNG_SIGNATURE.length;
  #chunks = 0;

  /** `ahead`: bytes to fetch at a time where chunks are looked for beyond what is in memory. Default: as core likes. */
  constructor(
    reader: ByteReader,
    private readonly ahead = 0,
  ) {
    this.#reader = reader;
    if (!startsWith(reader.seek(0).take(PNG_SIGNATURE.length), PNG_SIGNATURE)) {
      throw new CodecError("IMAGE_CORRUPTED", "does not begin with the PNG signature");
    }
  }

  /** Moves to the next chunk and returns its type. Throws `CodecError("IMAGE_TRUNCATED")` where the file ends. */
  next(): string {
    const reader = this.#reader.seek(this.#next);
    if (++this.#chunks > MAX_CHUNKS) throw new CodecError("LIMIT_EXCEEDED", `more than ${MAX_CHUNKS} chunks`);
    this.#fetchAhead();
    this.length = reader.u32be();
    this.type = String.fromCharCode(...reader.take(4));
    this.start = reader.offset;
    if (!/^[A-Za-z]{4}$/.test(this.type)) {
      throw new CodecError("IMAGE_CORRUPTED", `offset ${this.#next}: no chunk begins here`);
    }
    if (this.length > MAX_LENGTH) throw this.corrupted(`length ${this.length}`);
    this.#next = this.start + this.length + 4;
    return this.type;
  }

  #fetchAhead(): void {
    if (this.ahead === 0) return;
    try {
      this.#reader.take(8);
      this.#reader.seek(this.#next);
    } catch (error) {
      if (!(error instanceof NeedBytes)) throw error;
      throw new NeedBytes(this.#next, Math.min(this.ahead, this.#reader.size - this.#next));
    }
  }

  /** Does the file hold all of the current chunk, its CRC included? */
  get isWhole(): boolean {
    return this.#next <= this.#reader.size;
  }

  /** The current chunk's data, without copying. */
  data(): Uint8Array {
    return this.#reader.seek(this.start).take(this.length);
  }

  /** An error that names the current chunk and where it stands. */
  corrupted(fact: string): CodecError {
    return new CodecError("IMAGE_CORRUPTED", `${this.type} chunk at offset ${this.start - 8}: ${fact}`);
  }
}
