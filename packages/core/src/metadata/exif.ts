/** EXIF: camera data in a TIFF structure (CIPA DC-008-2019 "EXIF 2.32", section 4.5 and 4.6). */
import { ByteReader } from "../bytes.js";
import { ArgumentRangeError, CodecError } from "../errors.js";
import {
  EXIF_TAGS,
  type ExifValueKind,
  type ExifValues,
  GPS_TAGS,
  IMAGE_TAGS,
  INTEROPERABILITY_TAGS,
  type TagsOf,
  type TagTable,
} from "./exif-tags.js";
import {
  firstIfdNumber,
  type Rational,
  type TiffDirectory,
  TiffStructure,
  TiffType,
  type TiffValue,
} from "./tiff-values.js";

/** What an EXIF structure says, by directory. A directory that is missing has no tags. */
export interface Exif {
  readonly littleEndian: boolean;
  /** IFD0: the image. */
  readonly image: TagsOf<typeof IMAGE_TAGS>;
  /** How the picture was taken. */
  readonly exif: TagsOf<typeof EXIF_TAGS>;
  readonly gps: TagsOf<typeof GPS_TAGS>;
  readonly interoperability: TagsOf<typeof INTEROPERABILITY_TAGS>;
  /** IFD1: the thumbnail. */
  readonly thumbnail: TagsOf<typeof IMAGE_TAGS>;
  /** Where the thumbnail's JPEG lies in the structure, in bytes; absent if there is none, or not whole. */
  readonly thumbnailRange?: { readonly start: number; readonly end: number };
  /** What could not be read, for people. */
  readonly warnings: readonly string[];
}

const ORIENTATION = IMAGE_TAGS.Orientation[0];

/**
 * Entries may share bytes, so 64 KiB could be blown up to gigabytes of values. Honest files share next to nothing:
 * values beyond this many times the structure's size are left out.
 */
const MAX_SHARING = 4;

/**
 * Reads an EXIF structure (without the `Exif\0\0` before it). Damaged entries and sub-directories are left out with a
 * warning; throws `CodecError("IMAGE_CORRUPTED")` when header or first directory cannot be read. Values that are bytes
 * are views of `bytes`.
 */
export function parseExif(bytes: Uint8Array): Exif {
  const tiff = new TiffStructure(new ByteReader(bytes));
  const warnings: string[] = [];
  const seen = new Set<number>();
  let valueBytesLeft = bytes.length * MAX_SHARING;

  function tagsOf<Table extends TagTable>(directory: TiffDirectory | undefined, table: Table): TagsOf<Table> {
    const tags: Record<string | number, unknown> = {};
    for (const entry of directory?.entries ?? []) {
      valueBytesLeft -= entry.byteLength;
      if (valueBytesLeft < 0) {
        warnings.push(`more than ${MAX_SHARING} times ${bytes.length} bytes of values; the rest is left out`);
        break;
      }
      const raw = tiff.value(entry);
      const known = namesOf(table).get(entry.tag);
      const value = known && readAs(raw, known.kind);
      tags[value === undefined ? entry.tag : known!.name] = value ?? raw;
    }
    return tags as TagsOf<Table>;
  }

  /** A sub-directory, unless it is missing, out of bounds or one that has been read already. */
  function directory(name: string, offset: number | undefined): TiffDirectory | undefined {
    if (offset === undefined || offset === 0) return undefined;
    if (offset < 8 || offset + 2 > bytes.length || seen.has(offset)) {
      const reason = seen.has(offset) ? ", which has been read already" : "";
      warnings.push(`${name} directory at offset ${offset} of ${bytes.length}${reason}`);
      return undefined;
    }
    seen.add(offset);
    const read = tiff.directory(offset);
    warnings.push(...read.warnings);
    return read;
  }

  const first = tiff.directory(tiff.firstDirectory);
  seen.add(first.offset);
  warnings.push(...first.warnings);
  const image = tagsOf(first, IMAGE_TAGS);
  const exif = tagsOf(directory("Exif", image.ExifIFDPointer), EXIF_TAGS);
  const gps = tagsOf(directory("GPS", image.GPSInfoIFDPointer), GPS_TAGS);
  const interoperability = tagsOf(
    directory("interoperability", exif.InteroperabilityIFDPointer),
    INTEROPERABILITY_TAGS,
  );
  const thumbnail = tagsOf(directory("thumbnail", first.next), IMAGE_TAGS);
  const start = thumbnail.JPEGInterchangeFormat;
  const length = thumbnail.JPEGInterchangeFormatLength;
  const all = { littleEndian: tiff.littleEndian, image, exif, gps, interoperability, thumbnail, warnings };
  if (start === undefined || !length) return all;
  if (start < 8 || start + length > bytes.length) {
    warnings.push(`thumbnail of ${length} bytes at offset ${start} of ${bytes.length}`);
    return all;
  }
  return { ...all, thumbnailRange: { start, end: start + length } };
}

/** The orientation, 1 to 8; 1 when the structure does not say, says nonsense or cannot be read. */
export function orientationOf(bytes: Uint8Array): number {
  const value = firstIfdNumber(new ByteReader(bytes), 0, bytes.length, ORIENTATION);
  return value !== undefined && value >= 1 && value <= 8 ? value : 1;
}

/**
 * A copy whose orientation is `orientation`, 1 to 8: for a transcode that has turned the pixels. A structure without
 * the tag stays as it is for 1 (that is what its absence means), and otherwise gets a new first directory at its end.
 * Throws `CodecError("IMAGE_CORRUPTED")` when the structure cannot be read.
 */
export function withOrientation(bytes: Uint8Array, orientation: number): Uint8Array {
  if (!Number.isInteger(orientation) || orientation < 1 || orientation > 8) {
    throw new ArgumentRangeError(`orientation: expected 1 to 8, got ${orientation}`);
  }
  const tiff = new TiffStructure(new ByteReader(bytes));
  const directory = tiff.directory(tiff.firstDirectory);
  const declared = tiff.u16(directory.offset);
  const fits = Math.floor((bytes.length - directory.offset - 2) / 12);
  const places = Array.from({ length: Math.min(declared, fits) }, (_, i) => directory.offset + 2 + 12 * i);
  const present = places.filter((at) => tiff.u16(at) === ORIENTATION);
  if (present.length > 0 || orientation === 1) {
    const copy = Uint8Array.from(bytes);
    for (const at of present) writeOrientation(copy, at, orientation, tiff.littleEndian);
    return copy;
  }
  if (declared > fits || declared === 0xffff) {
    throw new CodecError("IMAGE_CORRUPTED", `EXIF directory of ${declared} entries, ${fits} of them in bounds`);
  }

  // Entries are sorted by tag (TIFF 6.0, page 15); directories begin at even offsets.
  const before = places.filter((at) => tiff.u16(at) < ORIENTATION).length;
  const start = bytes.length + (bytes.length % 2);
  const grown = new Uint8Array(start + 2 + 12 * (declared + 1) + 4);
  const entriesAt = directory.offset + 2;
  const inserted = start + 2 + 12 * before;
  grown.set(bytes);
  grown.set(bytes.subarray(entriesAt, entriesAt + 12 * before), start + 2);
  writeOrientation(grown, inserted, orientation, tiff.littleEndian);
  grown.set(bytes.subarray(entriesAt + 12 * before, entriesAt + 12 * declared), inserted + 12);
  const view = new DataView(grown.buffer);
  view.setUint16(start, declared + 1, tiff.littleEndian);
  view.setUint32(grown.length - 4, directory.next, tiff.littleEndian);
  view.setUint32(4, start, tiff.littleEndian);
  return grown;
}

function writeOrientation(bytes: Uint8Array, at: number, orientation: number, littleEndian: boolean): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, 12);
  view.setUint16(0, ORIENTATION, littleEndian);
  view.setUint16(2, TiffType.SHORT, littleEndian);
  view.setUint32(4, 1, littleEndian);
  view.setUint16(8, orientation, littleEndian);
  view.setUint16(10, 0, littleEndian);
}

type KnownTag = { readonly name: string; readonly kind: ExifValueKind };
const names = new WeakMap<TagTable, ReadonlyMap<number, KnownTag>>();

function namesOf(table: TagTable): ReadonlyMap<number, KnownTag> {
  let byNumber = names.get(table);
  if (!byNumber) {
    byNumber = new Map(Object.entries(table).map(([name, [tag, kind]]) => [tag, { name, kind }]));
    names.set(table, byNumber);
  }
  return byNumber;
}

/** The value as what its name promises, if it can be read so without loss of meaning; writers are free with types. */
function readAs(value: TiffValue, kind: ExifValueKind): ExifValues[ExifValueKind] | undefined {
  const numbers = typeof value === "number" ? [value] : areNumbers(value) ? value : undefined;
  const rationals = areRationals(value) ? value : undefined;
  switch (kind) {
    case "text":
      return typeof value === "string" ? value : undefined;
    case "bytes":
      if (value instanceof Uint8Array) return value;
      return typeof value === "number" && Number.isInteger(value) ? Uint8Array.of(value) : undefined;
    // Where a list stands for one number, its first counts: PhotographicSensitivity may be a list by the standard.
    case "number":
      return numbers?.[0];
    case "numbers":
      return value instanceof Uint8Array ? [...value] : numbers;
    case "rational":
      return rationals?.[0] ?? (Number.isInteger(numbers?.[0]) ? [numbers![0]!, 1] : undefined);
    case "rationals":
      return rationals;
  }
}

function areNumbers(value: TiffValue): value is readonly number[] {
  return Array.isArray(value) && typeof value[0] === "number";
}

function areRationals(value: TiffValue): value is readonly Rational[] {
  return Array.isArray(value) && Array.isArray(value[0]);
}
