/** The boxes around a JPEG 2000 code stream (ITU-T T.800 | ISO/IEC 15444-1, annex I; JPX: 15444-2, annex M). */
import type { ByteReader } from "../bytes.js";
import { CodecError } from "../errors.js";

/** Box types as the big-endian numbers of their four characters. */
export const Box = {
  signature: 0x6a502020, // "jP  "
  fileType: 0x66747970, // "ftyp"
  header: 0x6a703268, // "jp2h"
  imageHeader: 0x69686472, // "ihdr"
  bitsPerComponent: 0x62706363, // "bpcc"
  colour: 0x636f6c72, // "colr"
  palette: 0x70636c72, // "pclr"
  componentMapping: 0x636d6170, // "cmap"
  channelDefinition: 0x63646566, // "cdef"
  codeStream: 0x6a703263, // "jp2c"
  uuid: 0x75756964, // "uuid"
  xml: 0x786d6c20, // "xml "
  association: 0x61736f63, // "asoc"
} as const;

/** A box's content, without the length and type before it. */
export interface BoxSpan {
  readonly type: number;
  readonly start: number;
  readonly end: number;
}

/** More boxes than this in one file or superbox are no picture. */
const MAX_BOXES = 65_536;

/**
 * The boxes in [start, end), one after the other. A box that reaches past the file's end is cut there: a code stream that
 * ends early is the decoder's matter. One that reaches past its superbox is an error.
 */
export function* boxes(reader: ByteReader, start: number, end: number): Generator<BoxSpan> {
  let at = start;
  for (let count = 0; at < end; count++) {
    if (count === MAX_BOXES) throw new CodecError("IMAGE_CORRUPTED", `more than ${MAX_BOXES} boxes`);
    if (end - at < 8) {
      if (end === reader.size) return; // a few stray bytes behind the last box
      throw boxError(at, `${end - at} bytes, at least 8 expected`);
    }
    let length = reader.seek(at).u32be();
    const type = reader.u32be();
    let header = 8;
    if (length === 1) {
      length = reader.u32be() * 0x1_0000_0000 + reader.u32be();
      header = 16;
    } else if (length === 0) {
      length = end - at;
    }
    if (length < header) throw boxError(at, `a length of ${length} bytes`);
    let boxEnd = at + length;
    if (boxEnd > end) {
      if (end !== reader.size) throw boxError(at, `${length} bytes reach past the box around it`);
      if (type !== Box.codeStream) {
        throw new CodecError("IMAGE_TRUNCATED", `box at offset ${at}: ${length} bytes, the file ends at ${end}`);
      }
      boxEnd = end;
    }
    yield { type, start: at + header, end: boxEnd };
    at = boxEnd;
  }
}

export function boxError(at: number, fact: string): CodecError {
  return new CodecError("IMAGE_CORRUPTED", `box at offset ${at}: ${fact}`);
}

/** What the JP2 header box says of the samples' meaning. */
export interface Jp2Header {
  /** Enumerated colour space of the first colour box that gives one (T.800, I.5.3.3). */
  enumerated: number | undefined;
  hasIccProfile: boolean;
  /** Channels, their precision and sign, where a palette makes them. */
  palette: { readonly channels: number; readonly precision: number; readonly signed: boolean } | undefined;
  hasAlpha: boolean;
}

/** Reads the superbox `jp2h`. */
export function readJp2Header(reader: ByteReader, { start, end }: BoxSpan): Jp2Header {
  const found: Jp2Header = { enumerated: undefined, hasIccProfile: false, palette: undefined, hasAlpha: false };
  let components = 0;
  let columns: { bits: number; signed: boolean }[] | undefined;
  let mapping: { component: number; column: number | undefined }[] | undefined;
  let coloured = false;
  let definition: BoxSpan | undefined;
  for (const box of boxes(reader, start, end)) {
    const length = box.end - box.start;
    reader.seek(box.start);
    if (components === 0 && box.type !== Box.imageHeader) {
      throw boxError(box.start - 8, "the image header is not the first box of the JP2 header");
    }
    switch (box.type) {
      case Box.imageHeader:
        if (length !== 14) throw boxError(box.start - 8, `${length} bytes of image header, 14 expected`);
        if (components !== 0) throw boxError(box.start - 8, "a second image header");
        components = reader.skip(8).u16be();
        if (components === 0) throw boxError(box.start - 8, "an image header of no components");
        if (reader.seek(box.start + 11).u8() !== 7) {
          throw new CodecError("CODESTREAM_UNSUPPORTED", "a compression type other than JPEG 2000");
        }
        break;
      case Box.colour: {
        // The first of several is the one to use, of those that a reader understands (I.5.3.3).
        if (coloured || length < 3) break;
        const method = reader.u8();
        if (method === 1 && length >= 7) {
          found.enumerated = reader.skip(2).u32be();
          coloured = true;
        } else if (method === 2 || method === 3) {
          found.hasIccProfile = true;
          coloured = true;
        }
        break;
      }
      case Box.palette: {
        if (columns) throw boxError(box.start - 8, "a second palette");
        const entries = length >= 3 ? reader.u16be() : 0;
        const count = length >= 3 ? reader.u8() : 0;
        if (entries < 1 || entries > 1024 || count < 1) {
          throw boxError(box.start - 8, `a palette of ${entries} entries in ${count} columns`);
        }
        columns = [];
        let entryBytes = 0;
        for (let i = 0; i < count; i++) {
          const depth = reader.u8();
          columns.push({ bits: (depth & 0x7f) + 1, signed: depth >= 0x80 });
          entryBytes += ((depth & 0x7f) + 8) >> 3;
        }
        if (columns.some(({ bits }) => bits > 32)) throw boxError(box.start - 8, "a palette of more than 32 bits");
        if (length < 3 + count + entries * entryBytes) {
          throw boxError(box.start - 8, `${length} bytes do not hold ${entries} entries of ${entryBytes} bytes`);
        }
        break;
      }
      case Box.componentMapping:
        mapping = [];
        if (length % 4 !== 0) throw boxError(box.start - 8, `${length} bytes of component mapping`);
        for (let at = 0; at < length; at += 4) {
          const component = reader.u16be();
          const type = reader.u8();
          const column = reader.u8();
          if (type > 1) throw boxError(box.start - 8, `mapping type ${type}, 0 or 1 expected`);
          mapping.push({ component, column: type === 1 ? column : undefined });
        }
        break;
      case Box.channelDefinition:
        definition = box;
        break;
    }
  }
  if (components === 0) throw boxError(start, "a JP2 header without an image header");
  if (!columns !== !mapping) throw boxError(start, "a palette and a component mapping go together; one is missing");
  let channels = components;
  if (columns && mapping) {
    for (const { component, column } of mapping) {
      if (component >= components || (column ?? 0) >= columns.length) {
        throw boxError(start, `a mapping to component ${component}, column ${column}, which does not exist`);
      }
    }
    const used = mapping.map(({ column }) => (column === undefined ? undefined : columns[column])).filter((c) => !!c);
    if (mapping.length === 0 || used.length === 0) throw boxError(start, "a component mapping that uses no palette");
    channels = mapping.length;
    found.palette = {
      channels,
      precision: Math.max(...used.map(({ bits }) => bits)),
      signed: used.some(({ signed }) => signed),
    };
  }
  if (definition) found.hasAlpha = readChannelDefinition(reader, definition, channels);
  return found;
}

/** Is one of the channels opacity? (T.800, I.5.3.6) */
function readChannelDefinition(reader: ByteReader, { start, end }: BoxSpan, channels: number): boolean {
  const count = end - start >= 2 ? reader.seek(start).u16be() : 0;
  if (count === 0 || end - start < 2 + 6 * count) throw boxError(start - 8, `${count} channel definitions`);
  let hasAlpha = false;
  for (let i = 0; i < count; i++) {
    const channel = reader.u16be();
    const type = reader.u16be();
    reader.skip(2);
    if (channel >= channels) throw boxError(start - 8, `a definition of channel ${channel} of ${channels}`);
    hasAlpha ||= type === 1 || type === 2;
  }
  return hasAlpha;
}
