/** Reading untrusted bytes: every read is checked, and running off the end is one kind of error. */
import { CodecError } from "./errors.js";

/**
 * Thrown by a ByteReader over the beginning of a longer source: the parse goes on when these bytes are there. It never
 * reaches users: core fetches the bytes and parses again.
 */
export class NeedBytes extends Error {
  override readonly name = "NeedBytes";
  constructor(
    readonly offset: number,
    readonly length: number,
  ) {
    super(`needs bytes ${offset} to ${offset + length}`);
  }
}

/** A contiguous run of a source's bytes that core holds. */
export interface Piece {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/**
 * A cursor over untrusted bytes. Reading past the end throws `CodecError("IMAGE_CORRUPTED")`.
 *
 * `size` is the length of the whole source, of which only `pieces` are in memory; a parser need not know.
 */
export class ByteReader {
  /** Where the next read begins, in bytes from the start of the source. */
  offset = 0;
  readonly size: number;
  readonly #pieces: readonly Piece[];
  #piece: Piece;

  constructor(bytes: Uint8Array | readonly Piece[], size?: number) {
    this.#pieces = bytes instanceof Uint8Array ? [{ offset: 0, bytes }] : bytes;
    this.#piece = this.#pieces[0] ?? { offset: 0, bytes: new Uint8Array(0) };
    this.size = size ?? this.#piece.offset + this.#piece.bytes.length;
  }

  /** Bytes from here to the end of the source. */
  get remaining(): number {
    return this.size - this.offset;
  }

  /** Makes bytes [offset, offset + n) available and returns where they begin in `#piece`. Does not move the cursor. */
  #at(offset: number, n: number): number {
    const held = this.#piece;
    const start = offset - held.offset;
    if (start >= 0 && start + n <= held.bytes.length) return start;
    if (offset < 0 || offset + n > this.size) {
      throw new CodecError("IMAGE_CORRUPTED", `ends at offset ${this.size}, ${n} bytes at offset ${offset} expected`);
    }
    for (const piece of this.#pieces) {
      const at = offset - piece.offset;
      if (at >= 0 && at + n <= piece.bytes.length) {
        this.#piece = piece;
        return at;
      }
    }
    throw new NeedBytes(offset, n);
  }

  /** Moves to an absolute offset; going past the end is found by the next read. */
  seek(offset: number): this {
    this.offset = offset;
    return this;
  }

  skip(n: number): this {
    this.offset += n;
    return this;
  }

  /** The byte `ahead` of the cursor, which stays where it is. */
  peek(ahead = 0): number {
    const start = this.#at(this.offset + ahead, 1);
    return this.#piece.bytes[start]!;
  }

  u8(): number {
    const start = this.#at(this.offset, 1);
    this.offset += 1;
    return this.#piece.bytes[start]!;
  }

  u16be(): number {
    const start = this.#at(this.offset, 2);
    this.offset += 2;
    const b = this.#piece.bytes;
    return (b[start]! << 8) | b[start + 1]!;
  }

  u16le(): number {
    const start = this.#at(this.offset, 2);
    this.offset += 2;
    const b = this.#piece.bytes;
    return b[start]! | (b[start + 1]! << 8);
  }

  u32be(): number {
    return this.u16be() * 0x1_0000 + this.u16be();
  }

  u32le(): number {
    return this.u16le() + this.u16le() * 0x1_0000;
  }

  /** The next `n` bytes, without copying. */
  take(n: number): Uint8Array {
    if (!(n >= 0)) throw new CodecError("IMAGE_CORRUPTED", `a length of ${n} bytes at offset ${this.offset}`);
    const start = this.#at(this.offset, n);
    this.offset += n;
    return this.#piece.bytes.subarray(start, start + n);
  }
}

/** Do these bytes begin with this signature (at `offset`)? Characters stand for bytes. */
export function startsWith(bytes: Uint8Array, signature: string, offset = 0): boolean {
  if (bytes.length < offset + signature.length) return false;
  for (let i = 0; i < signature.length; i++) if (bytes[offset + i] !== signature.charCodeAt(i)) return false;
  return true;
}
