/** Walking the marker segments of a JPEG, from SOI to the first scan (ITU-T T.81, Annex B). */
import type { ByteReader } from "../bytes.js";
import { CodecError } from "../errors.js";

/** The markers that somebody here asks for by name (T.81, table B.1; JPEG-LS: T.87, table C.1). */
export const Marker = {
  TEM: 0x01,
  SOF0: 0xc0,
  SOF3: 0xc3,
  DHT: 0xc4,
  JPG: 0xc8,
  DAC: 0xcc,
  SOF15: 0xcf,
  RST0: 0xd0,
  RST7: 0xd7,
  SOI: 0xd8,
  EOI: 0xd9,
  SOS: 0xda,
  DQT: 0xdb,
  DNL: 0xdc,
  DRI: 0xdd,
  DHP: 0xde,
  EXP: 0xdf,
  APP0: 0xe0,
  APP1: 0xe1,
  APP2: 0xe2,
  APP13: 0xed,
  APP14: 0xee,
  SOF55: 0xf7,
  LSE: 0xf8,
  COM: 0xfe,
} as const;

/** Bytes that belong to no segment, before and between markers: more than this is not a damaged JPEG but no JPEG. */
const MAX_STRAY_BYTES = 1 << 20;

/** 65,536 full segments are 4 GiB; more of them than this is an attempt to keep us busy. */
const MAX_SEGMENTS = 1 << 16;

/**
 * A cursor over marker segments. Steps over payloads without touching them, and is as forgiving as libjpeg: fill bytes,
 * stray bytes between segments and a length below 2 in an application segment or comment are passed over.
 */
export class JpegSegments {
  /** Second byte of the current marker; 0 before the first `next`. */
  marker = 0;
  /** Offset of the current marker. */
  markerOffset = 0;
  /** Offset of the current payload, behind the length field. */
  start = 0;
  /** Offset just behind the current payload. */
  end = 2;
  readonly #reader: ByteReader;
  #segments = 0;
  #strayBytes = 0;

  constructor(reader: ByteReader) {
    this.#reader = reader;
    if (reader.seek(0).u16be() !== 0xffd8) throw new CodecError("IMAGE_CORRUPTED", "does not begin with an SOI marker");
  }

  /** Moves to the next segment and returns its marker. EOI has an empty payload; RSTn and TEM are not reported. */
  next(): number {
    const reader = this.#reader;
    for (;;) {
      reader.seek(this.end);
      let marker = reader.u16be() - 0xff00;
      if (marker <= 0 || marker === 0xff) marker = this.#searchMarker();
      if (++this.#segments > MAX_SEGMENTS) {
        throw new CodecError("LIMIT_EXCEEDED", `more than ${MAX_SEGMENTS} segments before the first scan`);
      }
      this.marker = marker;
      this.start = this.end = reader.offset;
      this.markerOffset = reader.offset - 2;
      if (marker === Marker.EOI) return marker;
      if (marker === Marker.TEM || (marker >= Marker.RST0 && marker <= Marker.RST7)) continue;
      if (marker === Marker.SOI) throw this.corrupted("a second SOI marker");
      if (marker < Marker.SOF0) throw this.corrupted("a reserved marker");
      this.#measure();
      return marker;
    }
  }

  /** An error that names the current segment and where its marker stands. */
  corrupted(fact: string): CodecError {
    const name = this.marker.toString(16).toUpperCase().padStart(2, "0");
    return new CodecError("IMAGE_CORRUPTED", `marker FF${name} at offset ${this.markerOffset}: ${fact}`);
  }

  /** Reads the length field, which counts itself, and sets the bounds of the payload. */
  #measure(): void {
    const length = this.#reader.u16be();
    this.start += 2;
    this.end = this.start + length - 2;
    if (length < 2) {
      // libjpeg's skip_variable takes this as an empty payload; the tables and headers it refuses, and so do we.
      const isSkipped = this.marker >= Marker.APP0 || this.marker === Marker.DNL;
      if (!isSkipped) throw this.corrupted(`length ${length}, at least 2 expected`);
      this.end = this.start;
    }
    if (this.end > this.#reader.size) {
      throw this.corrupted(`length ${length}, but the file ends ${this.end - this.#reader.size} bytes before that`);
    }
  }

  /**
   * The marker after whatever stands here: stray bytes, stuffed FF 00 pairs, and any number of FF fill bytes
   * (T.81 B.1.1.2). The total over all segments is bounded, so a file of nothing but strays is given up early.
   */
  #searchMarker(): number {
    const reader = this.#reader;
    reader.seek(this.end);
    for (let isAfterFF = false; ; this.#strayBytes++) {
      if (this.#strayBytes > MAX_STRAY_BYTES) {
        throw new CodecError("IMAGE_CORRUPTED", `no marker in ${MAX_STRAY_BYTES} bytes before offset ${reader.offset}`);
      }
      const byte = reader.u8();
      if (isAfterFF && byte !== 0 && byte !== 0xff) return byte;
      isAfterFF = byte === 0xff;
    }
  }
}
