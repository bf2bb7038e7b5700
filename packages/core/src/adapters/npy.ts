/**
 * NumPy's array files, version 1.0: a magic number, a Python dictionary as text, the elements as they lie in memory.
 * Elements are little-endian or single bytes, in C order.
 */
import { BYTES_PER_ELEMENT, type SampleDataType } from "../enums.js";
import { CodecError } from "../errors.js";
import { Image } from "../image/image.js";
import type { Tensor } from "../image/tensor.js";

const MAGIC = "\x93NUMPY";
/** The data begins at a multiple of this, so that the file can be mapped into memory. */
const ALIGNMENT = 64;

const DESCRIPTIONS: Readonly<Record<SampleDataType, string>> = {
  uint8: "|u1",
  int8: "|i1",
  uint16: "<u2",
  int16: "<i2",
  uint32: "<u4",
  int32: "<i4",
  float16: "<f2",
  float32: "<f4",
  float64: "<f8",
};

/** What stands before the elements. One channel of an image gives two axes, as NumPy's users expect of a gray picture. */
export function npyHeader(value: Image | Tensor): Uint8Array {
  const shape = value instanceof Image && value.channels === 1 ? [value.height, value.width] : value.shape;
  const text = `{'descr': '${DESCRIPTIONS[value.dtype]}', 'fortran_order': False, 'shape': (${shape.join(", ")}), }`;
  const fixed = MAGIC.length + 4;
  const length = Math.ceil((fixed + text.length + 1) / ALIGNMENT) * ALIGNMENT;
  const header = Buffer.alloc(length, " ");
  header.write(MAGIC, "latin1");
  header[6] = 1;
  header[7] = 0;
  header.writeUInt16LE(length - fixed, 8);
  header.write(text, fixed, "latin1");
  header[length - 1] = 0x0a;
  return header;
}

/** An image or a tensor as the bytes of a .npy file; a copy. */
export function toNpy(value: Image | Tensor): Uint8Array {
  const header = npyHeader(value);
  const elements = value instanceof Image ? value.packed() : value.bytes;
  const file = new Uint8Array(header.length + elements.length);
  file.set(header);
  file.set(elements, header.length);
  return file;
}

/** Do the bytes begin like a .npy file? */
export function isNpy(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 6)).toString("latin1") === MAGIC;
}

/**
 * An array of (height, width), (height, width, 1 to 4) or (1 or 3, height, width) as an image over the same memory.
 *
 * @throws CodecError for damaged files, and for arrays that are no image
 */
export function fromNpy(bytes: Uint8Array): Image {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (file.length < 12) throw corrupted("npy: the file ends within its header");
  const long = file[6]! >= 2;
  const start = long ? 12 : 10;
  const end = start + (long ? file.readUInt32LE(8) : file.readUInt16LE(8));
  if (end > file.length) throw corrupted("npy: the file ends within its header");
  const text = file.toString("latin1", start, end);

  const description = /'descr':\s*'([^']*)'/.exec(text)?.[1];
  const order = /'fortran_order':\s*(True|False)/.exec(text)?.[1];
  const axes = /'shape':\s*\(([\d\s,]*)\)/.exec(text)?.[1];
  if (description === undefined || order === undefined || axes === undefined) throw corrupted("npy: no array header");
  if (order === "True") throw unsupported("npy: the array is in Fortran order; save it with numpy.ascontiguousarray");
  const dtype = (Object.keys(DESCRIPTIONS) as SampleDataType[]).find((name) => DESCRIPTIONS[name] === description);
  if (!dtype) throw unsupported(`npy: elements of type ${description} are not pixels that Polycodec knows`);
  const shape = axes.split(",").flatMap((axis) => (axis.trim() ? [Number(axis)] : []));

  const layout = layoutOf(shape);
  const needed = layout.width * layout.height * layout.channels * BYTES_PER_ELEMENT[dtype];
  if (file.length - end < needed) throw corrupted(`npy: ${file.length - end} bytes of pixels, expected ${needed}`);
  const pixels = bytes.subarray(end, end + needed);
  // Elements of several bytes need their alignment, which a view into a larger buffer may lack.
  const isAligned = pixels.byteOffset % BYTES_PER_ELEMENT[dtype] === 0;
  return Image.from(isAligned ? pixels : pixels.slice(), { ...layout, dtype });
}

function layoutOf(shape: readonly number[]) {
  const [a = 0, b = 0, c = 0] = shape;
  if (shape.length === 2) return { height: a, width: b, channels: 1 };
  if (shape.length === 3 && c >= 1 && c <= 4) return { height: a, width: b, channels: c };
  if (shape.length === 3 && (a === 1 || a === 3)) {
    return { height: b, width: c, channels: a, sampleFormat: a === 1 ? "P_Y" : "P_RGB" } as const;
  }
  throw unsupported(`npy: an array of shape (${shape.join(", ")}) is not an image of 1 to 4 channels`);
}

function corrupted(message: string): CodecError {
  return new CodecError("IMAGE_CORRUPTED", message);
}

function unsupported(message: string): CodecError {
  return new CodecError("CODESTREAM_UNSUPPORTED", message);
}
