/**
 * Netpbm's picture files, https://netpbm.sourceforge.net/doc/: binary PGM (P5) and PPM (P6), and PAM (P7), which also holds alpha.
 * Samples of more than 8 bits are big-endian in the file.
 */
import { Image } from "@polycodec/core";
import { BadFile } from "./bad-file.js";

const TUPLES: Readonly<Record<number, string>> = { 1: "GRAYSCALE", 2: "GRAYSCALE_ALPHA", 3: "RGB", 4: "RGB_ALPHA" };

/** What stands before the pixels in a PPM (a PGM, for one channel) or PAM file. */
export function netpbmHeader(image: Image, format: "ppm" | "pam"): Uint8Array {
  const { width, height, channels, precision } = image;
  const max = 2 ** precision - 1;
  if (format === "ppm") return Buffer.from(`${channels === 1 ? "P5" : "P6"}\n${width} ${height}\n${max}\n`, "latin1");
  const tuple = image.colorSpec === "CMYK" ? "CMYK" : TUPLES[channels];
  return Buffer.from(
    `P7\nWIDTH ${width}\nHEIGHT ${height}\nDEPTH ${channels}\nMAXVAL ${max}\nTUPLTYPE ${tuple}\nENDHDR\n`,
    "latin1",
  );
}

/** Why this image does not fit into the format; `undefined` if it does. */
export function netpbmObstacle(image: Image, format: "ppm" | "pam"): string | undefined {
  const { sampleFormat, channels, dtype, colorSpec } = image;
  if (sampleFormat.startsWith("P_") && channels > 1) return `${format} cannot hold planar samples`;
  if (sampleFormat === "I_BGR" || colorSpec === "SYCC") return `${format} holds RGB and gray, not ${sampleFormat}`;
  if (dtype !== "uint8" && dtype !== "uint16") return `${format} cannot hold ${dtype} samples`;
  if (format === "ppm" && channels !== 1 && channels !== 3)
    return `ppm holds 1 or 3 channels, not ${channels}; pam holds 4`;
  if (channels > 4) return `pam holds at most 4 channels here, not ${channels}`;
  return undefined;
}

export function isNetpbm(bytes: Uint8Array): boolean {
  return bytes.length > 2 && bytes[0] === 0x50 && bytes[1]! >= 0x31 && bytes[1]! <= 0x37;
}

/** Reads a binary PGM, PPM or PAM file. Samples below their element's full range are widened to it. */
export function readNetpbm(bytes: Uint8Array): Image {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 4096)).toString("latin1");
  const { width, height, channels, max, start } = head.startsWith("P7") ? pamHeader(head) : pnmHeader(head);
  if (!(width > 0 && height > 0 && channels >= 1 && channels <= 4 && max >= 1 && max <= 65_535)) {
    throw new BadFile(`netpbm: ${width}x${height}, ${channels} channels, maximum ${max} is no picture`);
  }
  const wide = max > 255;
  const count = width * height * channels;
  const needed = count * (wide ? 2 : 1);
  if (bytes.length - start < needed)
    throw new BadFile(`netpbm: ${bytes.length - start} bytes of pixels, expected ${needed}`);
  const samples = bytes.subarray(start, start + needed);
  if (!wide)
    return Image.from(max === 255 ? samples : samples.map((v) => widen(v, max, 255)), { width, height, channels });
  const full = 2 ** Math.ceil(Math.log2(max + 1)) - 1;
  const elements = new Uint16Array(count);
  for (let i = 0; i < count; i++) elements[i] = widen((samples[2 * i]! << 8) | samples[2 * i + 1]!, max, full);
  return Image.from(elements, { width, height, channels, precision: Math.log2(full + 1) });
}

function widen(value: number, max: number, full: number): number {
  return max === full ? value : Math.round((Math.min(value, max) * full) / max);
}

function pnmHeader(head: string) {
  // Numbers are separated by white space and comments; exactly one white space stands before the pixels.
  const gap = "(?:\\s|#[^\\n]*\\n)+";
  const match = new RegExp(`^P([56])${gap}(\\d+)${gap}(\\d+)${gap}(\\d+)\\s`).exec(head);
  if (!match) throw new BadFile("netpbm: only binary PGM (P5), PPM (P6) and PAM (P7) files can be read");
  const [all, kind, width, height, max] = match;
  return {
    width: Number(width),
    height: Number(height),
    channels: kind === "5" ? 1 : 3,
    max: Number(max),
    start: all.length,
  };
}

function pamHeader(head: string) {
  const end = head.indexOf("\nENDHDR\n");
  if (end < 0) throw new BadFile("netpbm: no ENDHDR in the first 4096 bytes");
  const field = (name: string) =>
    Number(new RegExp(`\\n${name}\\s+(\\d+)`).exec(head.slice(0, end))?.[1] ?? Number.NaN);
  const start = end + "\nENDHDR\n".length;
  return { width: field("WIDTH"), height: field("HEIGHT"), channels: field("DEPTH"), max: field("MAXVAL"), start };
}

/** The samples of a 16-bit image as the file wants them: big-endian. */
export function bigEndian(samples: Uint8Array): Uint8Array {
  return Buffer.from(samples).swap16();
}
