/**
 * Tar, byte for byte as Python's tarfile writes it: POSIX ustar headers, an extended (pax) header where a name is longer
 * than 100 characters or not ASCII, mode 0644, owner and time 0, padded to records of 10240 bytes. So equal members make
 * equal archives, whenever and wherever they are written. Format: POSIX.1-2001, pax, "ustar Interchange Format".
 */
import { createHash } from "node:crypto";
import type { StorageWriter } from "./storage/storage.js";

export interface TarMember {
  /** With slashes between its parts. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface WrittenTar {
  readonly bytes: number;
  /** Of the whole archive, hexadecimal. */
  readonly sha256: string;
  readonly members: number;
}

const BLOCK = 512;
const RECORD = 20 * BLOCK;
const NAME_LENGTH = 100;
/** Small members are written together: a call to the system costs more than copying them. */
const CHUNK = 1 << 20;
const REGULAR = "0";
const EXTENDED = "x";

/** Writes an archive, member by member as they come, and leaves it to the caller to commit it. */
export async function writeTar(
  members: AsyncIterable<TarMember> | Iterable<TarMember>,
  writer: StorageWriter,
): Promise<WrittenTar> {
  const archive = new TarArchive(writer);
  for await (const member of members) await archive.add(member);
  return archive.end();
}

/** An archive to which members are added; nothing more may be added after `end`. */
export class TarArchive {
  readonly #writer: StorageWriter;
  readonly #hash = createHash("sha256");
  #pieces: Uint8Array[] = [];
  #pending = 0;
  #bytes = 0;
  #members = 0;

  constructor(writer: StorageWriter) {
    this.#writer = writer;
  }

  /** Resolves when more may come. */
  async add({ name, bytes }: TarMember): Promise<void> {
    this.#push(memberHeader(name, bytes.length));
    this.#push(bytes);
    this.#push(padding(bytes.length, BLOCK));
    this.#members++;
    if (this.#pending >= CHUNK) await this.#flush();
  }

  async end(): Promise<WrittenTar> {
    this.#push(new Uint8Array(2 * BLOCK));
    this.#push(padding(this.#bytes, RECORD));
    await this.#flush();
    return { bytes: this.#bytes, sha256: this.#hash.digest("hex"), members: this.#members };
  }

  #push(piece: Uint8Array): void {
    this.#pieces.push(piece);
    this.#pending += piece.length;
    this.#bytes += piece.length;
  }

  async #flush(): Promise<void> {
    const chunk = this.#pieces.length === 1 ? this.#pieces[0]! : Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#pending = 0;
    this.#hash.update(chunk);
    await this.#writer.write(chunk);
  }
}

/** The header blocks of a regular file. */
export function memberHeader(name: string, size: number): Uint8Array {
  const header = block(name, 0o644, size, REGULAR);
  const isPlain = /^\p{ASCII}*$/u.test(name);
  // Characters, not bytes, are what tarfile counts.
  if (isPlain && name.length <= NAME_LENGTH) return header;
  const record = extendedRecord("path", name);
  const extended = block("././@PaxHeader", 0, record.length, EXTENDED);
  return Buffer.concat([extended, record, padding(record.length, BLOCK), header]);
}

function block(name: string, mode: number, size: number, type: string): Buffer {
  const header = Buffer.alloc(BLOCK);
  // A name that does not fit is told in full by the extended header; old readers get what there is room for.
  header.write([...name].map(asciiOrQuestionMark).join("").slice(0, NAME_LENGTH), 0, "latin1");
  const octal = (value: number, digits: number, at: number) =>
    header.write(value.toString(8).padStart(digits, "0"), at, "latin1");
  octal(mode, 7, 100);
  octal(0, 7, 108); // owner
  octal(0, 7, 116); // group
  octal(size, 11, 124);
  octal(0, 11, 136); // time
  header.fill(" ", 148, 156);
  header.write(type, 156, "latin1");
  header.write("ustar\0" + "00", 257, "latin1");
  let sum = 0;
  for (const byte of header) sum += byte;
  header.write(`${sum.toString(8).padStart(6, "0")}\0`, 148, "latin1");
  return header;
}

function asciiOrQuestionMark(character: string): string {
  return character.codePointAt(0)! < 128 ? character : "?";
}

/** `27 path=…\n`: its own length stands at its head, and counts itself. */
function extendedRecord(keyword: string, value: string): Buffer {
  const rest = ` ${keyword}=${value}\n`;
  const length = Buffer.byteLength(rest);
  let total = length;
  while (total !== length + String(total).length) total = length + String(total).length;
  return Buffer.from(total + rest);
}

function padding(size: number, unit: number): Uint8Array {
  return new Uint8Array((unit - (size % unit)) % unit);
}
