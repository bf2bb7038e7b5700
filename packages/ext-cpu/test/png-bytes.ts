/** PNGs made by hand, and taken apart: for what no encoder writes. */
import { crc32, deflateSync, inflateSync } from "node:zlib";

export interface Chunk {
  readonly type: string;
  readonly data: Uint8Array;
}

export interface Header {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly colorType: number;
  readonly interlaced?: boolean;
}

const SIGNATURE = Buffer.from("\x89PNG\r\n\x1a\n", "latin1");

export function chunk(type: string, data: Uint8Array = new Uint8Array(0)): Buffer {
  const whole = Buffer.alloc(12 + data.length);
  whole.writeUInt32BE(data.length);
  whole.write(type, 4, "latin1");
  whole.set(data, 8);
  whole.writeUInt32BE(crc32(whole.subarray(4, 8 + data.length)), 8 + data.length);
  return whole;
}

export function headerChunk({ width, height, depth, colorType, interlaced = false }: Header): Buffer {
  const data = Buffer.alloc(13);
  data.writeUInt32BE(width);
  data.writeUInt32BE(height, 4);
  data.set([depth, colorType, 0, 0, interlaced ? 1 : 0], 8);
  return chunk("IHDR", data);
}

/** A PNG of filtered rows (with their filter bytes), and of chunks that stand before them. */
export function pngOf(header: Header, rows: Uint8Array, before: readonly Buffer[] = []): Buffer {
  return joined([headerChunk(header), ...before, chunk("IDAT", deflateSync(rows)), chunk("IEND")]);
}

export const joined = (chunks: readonly Uint8Array[]): Buffer => Buffer.concat([SIGNATURE, ...chunks]);

export function chunksOf(png: Uint8Array): Chunk[] {
  const bytes = Buffer.from(png.buffer, png.byteOffset, png.byteLength);
  const chunks: Chunk[] = [];
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    chunks.push({ type: bytes.toString("latin1", at + 4, at + 8), data: bytes.subarray(at + 8, at + 8 + length) });
    at += 12 + length;
  }
  return chunks;
}

/** The filtered rows. */
export const rowsOf = (png: Uint8Array): Buffer =>
  inflateSync(Buffer.concat(chunksOf(png).flatMap(({ type, data }) => (type === "IDAT" ? [data] : []))));

/** The same PNG with its image data cut into chunks of `size` bytes. */
export function resplit(png: Uint8Array, size: number): Buffer {
  const chunks = chunksOf(png);
  const data = Buffer.concat(chunks.flatMap((one) => (one.type === "IDAT" ? [one.data] : [])));
  const parts: Buffer[] = [];
  for (let at = 0; at < data.length; at += size) parts.push(chunk("IDAT", data.subarray(at, at + size)));
  const first = chunks.findIndex(({ type }) => type === "IDAT");
  const others = (list: readonly Chunk[]) =>
    list.filter(({ type }) => type !== "IDAT").map(({ type, data: bytes }) => chunk(type, bytes));
  return joined([...others(chunks.slice(0, first)), ...parts, ...others(chunks.slice(first))]);
}

/** fcTL and fdAT of an animation; `sequence` counts both. */
export function frameControl(
  sequence: number,
  frame: { width: number; height: number; x?: number; y?: number; dispose?: number; blend?: number },
): Buffer {
  const data = Buffer.alloc(26);
  [sequence, frame.width, frame.height, frame.x ?? 0, frame.y ?? 0].forEach((value, i) => {
    data.writeUInt32BE(value, 4 * i);
  });
  data.set([frame.dispose ?? 0, frame.blend ?? 0], 24);
  return chunk("fcTL", data);
}

export function frameData(sequence: number, rows: Uint8Array): Buffer {
  const number = Buffer.alloc(4);
  number.writeUInt32BE(sequence);
  return chunk("fdAT", Buffer.concat([number, deflateSync(rows)]));
}

export function animationControl(frames: number, plays = 0): Buffer {
  const data = Buffer.alloc(8);
  data.writeUInt32BE(frames);
  data.writeUInt32BE(plays, 4);
  return chunk("acTL", data);
}
