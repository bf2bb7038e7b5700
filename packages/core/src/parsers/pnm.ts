/** The first lines of Netpbm's formats (netpbm.sourceforge.net/doc: pbm, pgm, ppm, pam) and of PFM (pauldebevec.com). */
import type { ByteReader } from "../bytes.js";
import type { ColorSpec } from "../enums.js";
import { CodecError } from "../errors.js";
import type { CodeStreamInfo, Metadata, Parser } from "../plugin.js";
import { defaultColor, defaultFormat } from "./default-channels.js";
import { isSpace, type PnmHeader, readPnmHeader } from "./pnm-header.js";

export const pnm: Parser = {
  codec: "pnm",
  extensions: [".pnm", ".pbm", ".pgm", ".ppm", ".pam", ".pfm"],
  canParse: (head) => head[0] === 0x50 && isKind(head[1]) && (isSpace(head[2] ?? 0) || head[2] === 0x23),
  parse,
  metadata(reader, imageIdx, kind) {
    if (kind !== undefined && kind !== "COMMENT") return [];
    return headerOf(reader, imageIdx).header.comments.map(comment);
  },
};

/** '1' to '7', 'F', 'f'. */
const isKind = (byte = 0) => (byte >= 0x31 && byte <= 0x37) || byte === 0x46 || byte === 0x66;

/** Counting ends above this: more are beyond the default limit, whatever their number. */
const MAX_COUNTED = 65_536;

function parse(reader: ByteReader, imageIdx: number): CodeStreamInfo {
  const { header, numImages } = headerOf(reader, imageIdx);
  const { kind, width, height, channels, maxval, tupleType } = header;
  const isFloat = maxval === 0;
  const isCmyk = channels === 4 && tupleType === "CMYK";
  const colorSpec: ColorSpec = isCmyk ? "CMYK" : defaultColor(channels);
  return {
    codec: "pnm",
    numImages,
    width,
    height,
    channels,
    dtype: isFloat ? "float32" : maxval < 256 ? "uint8" : "uint16",
    precision: isFloat ? 32 : 32 - Math.clz32(maxval),
    sampleFormat: isCmyk ? "I_UNCHANGED" : defaultFormat(channels),
    colorSpec,
    chromaSubsampling: channels === 1 ? "CSS_GRAY" : "CSS_NONE",
    orientation: 1,
    detail: { format: kind, maxval, ...(tupleType !== undefined && { tupleType }) },
  };
}

/**
 * The header of one image, and how many there are. Images of the binary formats may follow each other without anything
 * between (pgm(5), "a sequence of one or more"). Where the first is repeated through the file, as programs that write
 * frames do it, only the first, second and last header are read, else all.
 */
function headerOf(reader: ByteReader, imageIdx: number): { header: PnmHeader; numImages: number } {
  const first = readPnmHeader(reader.seek(0));
  const { size } = reader;
  const count = size % first.end === 0 ? size / first.end : 0;
  if (count > 1 && [1, count - 1].every((i) => hasHeader(reader, i * first.end, first))) {
    if (imageIdx >= count) throw noSuchImage(imageIdx, count);
    return { header: readPnmHeader(reader.seek(imageIdx * first.end)), numImages: count };
  }

  let header = first;
  let numImages = 1;
  for (let at = first.end; at > 0 && numImages < MAX_COUNTED && hasHeader(reader, at); numImages++) {
    const next = readPnmHeader(reader.seek(at));
    if (numImages === imageIdx) header = next;
    at = next.end;
  }
  if (imageIdx >= numImages) throw noSuchImage(imageIdx, numImages);
  return { header, numImages };
}

/** Is there a header here (the same as that one)? What follows a picture may as well be rubbish, or the file's end. */
function hasHeader(reader: ByteReader, at: number, like?: PnmHeader): boolean {
  if (at + 8 > reader.size) return false;
  if (!pnm.canParse(reader.seek(at).take(3))) return false;
  try {
    const { kind, width, height, end } = readPnmHeader(reader.seek(at));
    return !like || (kind === like.kind && width === like.width && height === like.height && end - at === like.end);
  } catch (error) {
    if (error instanceof CodecError) return false;
    throw error;
  }
}

function noSuchImage(imageIdx: number, numImages: number): CodecError {
  return new CodecError("NUM_IMAGES_UNSUPPORTED", `image ${imageIdx} of ${numImages}`);
}

function comment(text: string): Metadata {
  return { kind: "COMMENT", format: "RAW", id: 0, bytes: Buffer.from(text, "latin1") };
}
