/** WebP containers put together by hand, of streams that the encoder made. */

export interface Frame {
  /** A WebP of one picture without VP8X. */
  readonly webp: Uint8Array;
  readonly x?: number;
  readonly y?: number;
  readonly width: number;
  readonly height: number;
  readonly durationMs?: number;
  /** Replace what is there instead of blending. */
  readonly replaces?: boolean;
  /** Clear its place when it has been shown. */
  readonly clears?: boolean;
}

export function chunk(name: string, ...payload: readonly Uint8Array[]): Uint8Array {
  const body = Buffer.concat(payload);
  const head = Buffer.alloc(8);
  head.write(name, "latin1");
  head.writeUInt32LE(body.length, 4);
  return Buffer.concat([head, body, Buffer.alloc(body.length % 2)]);
}

export function riff(...chunks: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(chunk("RIFF", Buffer.from("WEBP"), ...chunks));
}

export function vp8x(width: number, height: number, flags: number): Uint8Array {
  const payload = Buffer.alloc(10);
  payload[0] = flags;
  payload.writeUIntLE(width - 1, 4, 3);
  payload.writeUIntLE(height - 1, 7, 3);
  return chunk("VP8X", payload);
}

/** Behind the RIFF header, and VP8X if there is one: the picture's own chunks. */
export function pictureChunks(webp: Uint8Array): Uint8Array {
  const isExtended = Buffer.from(webp.subarray(12, 16)).toString("latin1") === "VP8X";
  return webp.subarray(isExtended ? 30 : 12);
}

/** An animation with alpha that runs for ever. */
export function animation(width: number, height: number, frames: readonly Frame[]): Uint8Array {
  return riff(vp8x(width, height, 0x12), chunk("ANIM", Buffer.alloc(6)), ...frames.map(frameChunk));
}

function frameChunk(frame: Frame): Uint8Array {
  const head = Buffer.alloc(16);
  head.writeUIntLE((frame.x ?? 0) / 2, 0, 3);
  head.writeUIntLE((frame.y ?? 0) / 2, 3, 3);
  head.writeUIntLE(frame.width - 1, 6, 3);
  head.writeUIntLE(frame.height - 1, 9, 3);
  head.writeUIntLE(frame.durationMs ?? 100, 12, 3);
  head[15] = (frame.clears ? 1 : 0) | (frame.replaces ? 2 : 0);
  return chunk("ANMF", head, pictureChunks(frame.webp));
}
