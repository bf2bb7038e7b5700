/** What of a picture's metadata still holds after a transcode. */
import type { Metadata } from "../plugin.js";
import { withOrientation } from "./exif.js";

/** Kinds that mean the same in any format. */
const KINDS: ReadonlySet<string> = new Set(["EXIF", "ICC_PROFILE", "XMP"]);

export interface Changes {
  /** Have the pixels been turned as the EXIF orientation said? Then it must not be said again. */
  readonly turned: boolean;
  /** Channels of the new picture: a colour profile that describes another number of them is left out. */
  readonly channels: number;
}

/** EXIF, ICC profile and XMP, in the order of the file, as they are true of the new picture. */
export function keptMetadata(all: readonly Metadata[], { turned, channels }: Changes): readonly Metadata[] {
  return all
    .filter(({ kind, bytes }) => KINDS.has(kind) && (kind !== "ICC_PROFILE" || describes(bytes, channels)))
    .map((piece) => (piece.kind === "EXIF" && turned ? { ...piece, bytes: upright(piece.bytes) } : piece));
}

/** A profile names the colour space of its pictures in bytes 16 to 19 of the header (ICC.1:2022, 7.2.8). */
function describes(profile: Uint8Array, channels: number): boolean {
  const space = Buffer.from(profile.subarray(16, 20)).toString("latin1");
  return space === (channels === 1 ? "GRAY" : channels === 4 ? "CMYK" : "RGB ");
}

/** An EXIF structure that cannot be read has not turned the picture either, and stays as it is. */
function upright(exif: Uint8Array): Uint8Array {
  try {
    return withOrientation(exif, 1);
  } catch {
    return exif;
  }
}
