/** GIFs for tests: a small encoder, and files put together block by block (GIF89a specification). */

export interface GifFrame {
  readonly width: number;
  readonly height: number;
  /** One a pixel, in the order in which the rows are stored. */
  readonly indices: ArrayLike<number>;
  readonly x?: number;
  readonly y?: number;
  /** Of its own: red, green and blue of each. 2, 4, 8, … 256 colours. */
  readonly colors?: readonly number[];
  readonly transparent?: number;
  readonly disposal?: number;
  readonly delay?: number;
  readonly interlaced?: boolean;
  /** Instead of the coded indices. */
  readonly data?: Uint8Array;
}

const u16 = (value: number) => [value & 255, value >> 8];
/** The field of a colour table's size: 2^(n+1) colours. */
const sizeField = (colors: readonly number[]) => Math.log2(colors.length / 3) - 1;

/** A GIF with these colours for all frames that have none of their own. */
export function gif(
  width: number,
  height: number,
  colors: readonly number[],
  frames: readonly GifFrame[],
  { extensions = [] as readonly Uint8Array[], trailer = true } = {},
): Uint8Array {
  const flags = colors.length > 0 ? 0xf0 | sizeField(colors) : 0;
  const head = Buffer.from([...Buffer.from("GIF89a"), ...u16(width), ...u16(height), flags, 0, 0, ...colors]);
  const bits = (frame: GifFrame) => Math.max(2, sizeField(frame.colors ?? colors) + 1);
  return new Uint8Array(
    Buffer.concat([
      head,
      ...extensions,
      ...frames.flatMap((frame) => [control(frame), descriptor(frame), image(frame, bits(frame))]),
      Buffer.from(trailer ? [0x3b] : []),
    ]),
  );
}

function control({ disposal = 0, transparent, delay = 0 }: GifFrame): Uint8Array {
  const flags = (disposal << 2) | (transparent === undefined ? 0 : 1);
  return Uint8Array.of(0x21, 0xf9, 4, flags, ...u16(delay), transparent ?? 0, 0);
}

function descriptor({ x = 0, y = 0, width, height, colors, interlaced }: GifFrame): Uint8Array {
  const flags = (interlaced ? 0x40 : 0) | (colors ? 0x80 | sizeField(colors) : 0);
  return Uint8Array.of(0x2c, ...u16(x), ...u16(y), ...u16(width), ...u16(height), flags, ...(colors ?? []));
}

function image({ indices, data }: GifFrame, bits: number): Uint8Array {
  return Buffer.concat([Uint8Array.of(bits), subBlocks(data ?? lzw(indices, bits))]);
}

export function subBlocks(bytes: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += 255) {
    const part = bytes.subarray(at, at + 255);
    parts.push(Uint8Array.of(part.length), part);
  }
  return Buffer.concat([...parts, Uint8Array.of(0)]);
}

export const extension = (label: number, ...blocks: readonly Uint8Array[]): Uint8Array =>
  Buffer.concat([Uint8Array.of(0x21, label), ...blocks]);

/** Codes of growing length, lowest bit first; the table is cleared when it is full. */
export function lzw(indices: ArrayLike<number>, bits: number): Uint8Array {
  const [clear, stop] = [1 << bits, (1 << bits) + 1];
  const writer = new CodeWriter();
  let table = new Map<number, number>();
  let next = stop + 1;
  let width = bits + 1;
  writer.write(clear, width);
  let prefix = -1;
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i]!;
    if (prefix < 0) {
      prefix = index;
      continue;
    }
    const key = prefix * 256 + index;
    const known = table.get(key);
    if (known !== undefined) {
      prefix = known;
      continue;
    }
    writer.write(prefix, width);
    if (next < 4096) {
      table.set(key, next);
      if (next++ === 1 << width) width++;
    } else {
      writer.write(clear, width);
      table = new Map();
      [next, width] = [stop + 1, bits + 1];
    }
    prefix = index;
  }
  if (prefix >= 0) writer.write(prefix, width);
  // The reader makes one code more than we have, and may be a bit wider by now.
  if (next === 1 << width && width < 12) width++;
  writer.write(stop, width);
  return writer.bytes();
}

/** Codes as they are given, all of one length: for streams that no encoder makes. */
export function codes(list: readonly (readonly [code: number, width: number])[]): Uint8Array {
  const writer = new CodeWriter();
  for (const [code, width] of list) writer.write(code, width);
  return writer.bytes();
}

class CodeWriter {
  readonly #bytes: number[] = [];
  #window = 0;
  #held = 0;

  write(code: number, width: number): void {
    this.#window |= code << this.#held;
    this.#held += width;
    for (; this.#held >= 8; this.#held -= 8) {
      this.#bytes.push(this.#window & 255);
      this.#window >>>= 8;
    }
  }

  bytes(): Uint8Array {
    return Uint8Array.from(this.#held > 0 ? [...this.#bytes, this.#window & 255] : this.#bytes);
  }
}
