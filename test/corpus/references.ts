/** The pictures that were published together with some of the files: how near does a decoded one come? */
import { readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { Decoder, type Image, registry } from "polycodec";
import { type CorpusFile, folder, pathOf } from "../corpus.js";
import { readings } from "./readings.js";

/** One component, or several interleaved. */
interface Reference {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly dtype: "uint8" | "uint16" | "float64";
  readonly data: ArrayLike<number>;
  /** What a sample without colour or brightness is: signed samples are moved by it. */
  readonly offset: number;
}

/** The most that a sample may differ by, and the mean square error, by component. */
interface Tolerance {
  readonly peak: readonly number[];
  readonly mse: readonly number[];
}

const EQUAL: Tolerance = { peak: [0], mse: [0] };
/** As for JP2 files in ISO/IEC 15444-4, table G.1. */
const NEAR: Tolerance = { peak: [4], mse: [4] };
/** Made by another decoder, which may interpolate chroma in another way. */
const ALIKE: Tolerance = { peak: [255], mse: [4] };
/** ISO/IEC 15444-4, tables C.6 and C.7, class 1, where it is not 0. */
const CONFORMANCE: Readonly<Record<string, Tolerance>> = {
  "p1_02.j2k": { peak: [5, 4, 6], mse: [0.765, 0.616, 1.051] },
  "p1_05.j2k": { peak: [40, 40, 40], mse: [8.458, 9.816, 10.154] },
  "p1_06.j2k": { peak: [2, 2, 2], mse: [0.6, 0.6, 0.6] },
};

/** The reference contradicts the oracle, which we follow: with BI_RGB the masks, that of alpha too, have no meaning. */
const CONTRADICTED = new Set(["bmp/image--V5_A8_R8_G8_B8_Rgb.bmp"]);

function toleranceOf({ path, format }: CorpusFile): Tolerance {
  const name = path.slice(path.indexOf("--") + 2);
  if (CONFORMANCE[name]) return CONFORMANCE[name];
  if (format === "jpeg" || format === "jxl") return ALIKE;
  return format === "jpeg2000" && !name.startsWith("p") ? NEAR : EQUAL;
}

export interface ReferenceCheck {
  /** References compared; the others are in formats without a codec. */
  readonly compared: number;
  /** The first disagreement; empty: none. */
  readonly disagreement: string;
}

/** How far apart two runs of samples are, by component. */
type Differences = readonly { readonly peak: number; readonly mse: number }[];

/** Compares with each reference of the file: one picture, or one component after the other (PGX). */
export async function checkReferences(image: Image, file: CorpusFile): Promise<ReferenceCheck> {
  if (CONTRADICTED.has(file.path)) return { compared: 0, disagreement: "" };
  const { peak, mse } = toleranceOf(file);
  let compared = 0;
  for (const [i, path] of (file.reference ?? []).entries()) {
    const reference = await readReference(path);
    if (!reference) continue;
    compared++;
    const isComponent = path.endsWith(".pgx");
    const differences = isComponent
      ? [ofComponent(image, Math.min(i, image.channels - 1), reference)]
      : await ofPicture(image, file, reference);
    for (const [c, found] of differences.entries()) {
      const channel = isComponent ? i : c;
      const allowed = { peak: peak[channel] ?? peak[0]!, mse: mse[channel] ?? mse[0]! };
      if (found.peak <= allowed.peak && found.mse <= allowed.mse) continue;
      const numbers = `peak ${found.peak}, mean square ${found.mse.toFixed(3)}`;
      const disagreement = `channel ${channel} of ${path}: ${numbers}, ${allowed.peak} and ${allowed.mse} allowed`;
      return { compared, disagreement };
    }
  }
  return { compared, disagreement: "" };
}

/** Of the reading of the picture that comes nearest. References of CMYK files are in RGB. */
async function ofPicture(image: Image, file: CorpusFile, reference: Reference): Promise<Differences> {
  const { width, height, channels, dtype, data } = reference;
  using decoder = new Decoder();
  const isInRgb = image.colorSpec === "CMYK";
  const ours = isInRgb ? await decoder.decode(pathOf(file), { applyExifOrientation: false }) : image;
  const shape = channels === 1 ? [height, width] : [height, width, channels];
  let nearest: Differences = [{ peak: Infinity, mse: Infinity }];
  for (const samples of readings(ours, shape, dtype, file.bit_depth, file.tags)) {
    const found = Array.from({ length: channels }, (_, c) => {
      let [peak, squares] = [0, 0];
      for (let at = c; at < samples.data.length; at += channels) {
        const off = Math.abs(samples.data[at]! - data[at]!);
        peak = Math.max(peak, off);
        squares += off * off;
      }
      return { peak, mse: squares / (width * height) };
    });
    if (worst(found) < worst(nearest)) nearest = found;
  }
  return nearest;
}

const worst = (differences: Differences) => Math.max(...differences.map(({ mse }) => mse));

/** Of one channel. A reference of a subsampled component has fewer samples: each is compared with where it stands. */
function ofComponent(image: Image, channel: number, reference: Reference): Differences[number] {
  const { width, height, data, offset } = reference;
  const shift = image.dtype.startsWith("int") ? 0 : offset;
  const ours = image.data;
  let [peak, squares] = [0, 0];
  for (let y = 0; y < height; y++) {
    const row = Math.floor((y * image.height) / height) * image.width;
    for (let x = 0; x < width; x++) {
      const at = (row + Math.floor((x * image.width) / width)) * image.channels + channel;
      const off = Math.abs(ours[at]! - (data[y * width + x]! + shift));
      peak = Math.max(peak, off);
      squares += off * off;
    }
  }
  return { peak, mse: squares / (width * height) };
}

/** `undefined`: in a format that nothing here reads. */
async function readReference(path: string): Promise<Reference | undefined> {
  const bytes = new Uint8Array(readFileSync(join(folder, path)));
  const extension = extname(path);
  if (extension === ".pgx") return readPgx(bytes);
  if (extension === ".ppm" || extension === ".pgm") return readPnm(bytes);
  const codec = registry.codecOf(path);
  if (!registry.decoders.some((one) => one.codec === codec)) return undefined;
  using decoder = new Decoder();
  const image = await decoder.decode(bytes, { colorSpec: "UNCHANGED", allowAnyDepth: true });
  const { width, height, channels, data } = image;
  return { width, height, channels, dtype: image.dtype === "uint8" ? "uint8" : "uint16", data, offset: 0 };
}

/** One component (ISO/IEC 15444-4): "PG ML +8 128 1", then samples of 1, 2 or 4 bytes. */
function readPgx(file: Uint8Array): Reference {
  const text = Buffer.from(file.subarray(0, 64)).toString("latin1");
  const head = /^PG\s+(ML|LM)\s*([+-]?)\s*(\d+)\s+(\d+)\s+(\d+)\s?\n/.exec(text);
  if (!head) throw new Error("not a PGX file");
  const [isBig, isSigned] = [head[1] === "ML", head[2] === "-"];
  const [bits, width, height] = [Number(head[3]), Number(head[4]), Number(head[5])];
  const size = bits <= 8 ? 1 : bits <= 16 ? 2 : 4;
  const view = new DataView(file.buffer, file.byteOffset + head[0].length);
  const data = new Float64Array(width * height);
  for (let i = 0; i < data.length; i++) {
    const value =
      bits <= 8 ? view.getUint8(i) : bits <= 16 ? view.getUint16(2 * i, !isBig) : view.getUint32(4 * i, !isBig);
    data[i] = isSigned && value >= 2 ** (8 * size - 1) ? value - 2 ** (8 * size) : value;
  }
  return { width, height, channels: 1, dtype: "float64", data, offset: isSigned ? 2 ** (bits - 1) : 0 };
}

/** Binary PGM or PPM, of 8 or 16 bits, with comments. */
function readPnm(file: Uint8Array): Reference {
  const text = Buffer.from(file.subarray(0, 1024)).toString("latin1");
  const gap = "(?:\\s|#[^\\n]*\\n)+";
  const head = new RegExp(`^P([56])${gap}(\\d+)${gap}(\\d+)${gap}(\\d+)\\s`).exec(text);
  if (!head) throw new Error("not a binary PGM or PPM");
  const [width, height, channels] = [Number(head[2]), Number(head[3]), head[1] === "5" ? 1 : 3];
  const view = new DataView(file.buffer, file.byteOffset + head[0].length);
  const data = new Float64Array(width * height * channels);
  for (let i = 0; i < data.length; i++) data[i] = Number(head[4]) > 255 ? view.getUint16(2 * i) : view.getUint8(i);
  return { width, height, channels, dtype: Number(head[4]) > 255 ? "uint16" : "uint8", data, offset: 0 };
}
