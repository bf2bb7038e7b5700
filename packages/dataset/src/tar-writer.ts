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
  const hash = createHash("sha256");
  let pieces: Uint8Array[] = [];
  let pending = 0;
  let bytes = 0;
  let count = 0;
  const flush = async () => {
    const chunk = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
    pieces = [];
    pending = 0;
    hash.update(chunk);
    await writer.write(chunk);
  };
  const push = (piece: Uint8Array) => {
    pieces.push(piece);
    pending += piece.length;
    bytes += piece.length;
  };
  for await (const { name, bytes: content } of members) {
    push(memberHeader(name, content.length));
    push(content);
    push(padding(content.length, BLOCK));
    count++;
    if (pending >= CHUNK) await flush();
  }
  push(new Uint8Array(2 * BLOCK));
  push(padding(bytes, RECORD));
  await flush();
  return { bytes, sha256: hash.digest("hex"), members: count };
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
