/** ICC profiles: header and name (ICC.1:2022, sections 7.2, 7.3 and 10.15; ICC.1:2001-04, 6.5.17). */
import { ByteReader } from "../bytes.js";
import { CodecError } from "../errors.js";

export interface IccProfile {
  /** Bytes, as the header says; the given bytes may be more. */
  readonly size: number;
  /** `"4.3.0"`. */
  readonly version: string;
  /** Profile class: `"mntr"` display, `"scnr"` input, `"prtr"` output, `"link"`, `"spac"`, `"abst"` or `"nmcl"`. */
  readonly profileClass: string;
  /** Space of the samples: `"RGB"`, `"GRAY"`, `"CMYK"`, `"Lab"`, … */
  readonly colorSpace: string;
  /** Connection space: `"XYZ"` or `"Lab"`. */
  readonly pcs: string;
  /** 0 perceptual, 1 relative colorimetric, 2 saturation, 3 absolute colorimetric. */
  readonly renderingIntent: number;
  /** The profile's name, in English if it has one; absent when the profile does not say it legibly. */
  readonly description?: string;
}

const HEADER_BYTES = 128;
const MAX_TAGS = 1024;

/** Reads a profile's header and name. Throws `CodecError("IMAGE_CORRUPTED")` when signature or size is wrong. */
export function parseIcc(bytes: Uint8Array): IccProfile {
  if (bytes.length < HEADER_BYTES + 4) {
    throw new CodecError("IMAGE_CORRUPTED", `ICC profile of ${bytes.length} bytes, ${HEADER_BYTES + 4} expected`);
  }
  const reader = new ByteReader(bytes);
  const size = reader.u32be();
  if (size < HEADER_BYTES + 4 || size > bytes.length) {
    throw new CodecError("IMAGE_CORRUPTED", `ICC profile says it has ${size} bytes; it has ${bytes.length}`);
  }
  const signature = fourCharacters(reader.seek(36));
  if (signature !== "acsp") {
    throw new CodecError("IMAGE_CORRUPTED", `ICC profile has signature ${JSON.stringify(signature)}, "acsp" expected`);
  }
  const major = reader.seek(8).u8();
  const minor = reader.u8();
  const profile = {
    size,
    version: `${major}.${minor >> 4}.${minor & 15}`,
    profileClass: fourCharacters(reader.seek(12)),
    colorSpace: fourCharacters(reader.seek(16)),
    pcs: fourCharacters(reader.seek(20)),
    renderingIntent: reader.seek(64).u32be() & 0xffff,
  };
  const description = descriptionOf(reader, size);
  return description ? { ...profile, description } : profile;
}

/** The `desc` tag, whose type is `desc` in version 2 and `mluc` in version 4. */
function descriptionOf(reader: ByteReader, size: number): string | undefined {
  const tags = Math.min(reader.seek(HEADER_BYTES).u32be(), MAX_TAGS, Math.floor((size - HEADER_BYTES - 4) / 12));
  for (let i = 0; i < tags; i++) {
    if (fourCharacters(reader.seek(HEADER_BYTES + 4 + 12 * i)) !== "desc") continue;
    const offset = reader.u32be();
    const length = reader.u32be();
    if (length < 12 || offset + length > size) return undefined;
    const type = fourCharacters(reader.seek(offset));
    const element = reader.seek(offset).take(length);
    if (type === "desc") return asciiName(element);
    return type === "mluc" ? localizedName(element) : undefined;
  }
  return undefined;
}

/** textDescriptionType: a count and that many bytes of 7-bit ASCII, NUL included. */
function asciiName(element: Uint8Array): string {
  const count = new ByteReader(element).seek(8).u32be();
  return Buffer.from(element.subarray(12, 12 + count))
    .toString("latin1")
    .replace(/\0.*$/s, "")
    .trim();
}

/** multiLocalizedUnicodeType: records of language, country, length and offset of UTF-16BE text. */
function localizedName(element: Uint8Array): string | undefined {
  const reader = new ByteReader(element).seek(8);
  const records = Math.min(reader.u32be(), Math.floor((element.length - 16) / 12));
  let name: string | undefined;
  for (let i = 0; i < records; i++) {
    const language = reader.seek(16 + 12 * i).u16be();
    const length = reader.skip(2).u32be();
    const offset = reader.u32be();
    if (offset + length > element.length) continue;
    const isEnglish = language === 0x656e;
    if (name !== undefined && !isEnglish) continue;
    name = new TextDecoder("utf-16be")
      .decode(element.subarray(offset, offset + length))
      .replace(/\0.*$/s, "")
      .trim();
    if (isEnglish) break;
  }
  return name;
}

/** A signature: four characters, padded with spaces (or NULs, in sloppy profiles). */
function fourCharacters(reader: ByteReader): string {
  return Buffer.from(reader.take(4))
    .toString("latin1")
    .replace(/[\0 ]+$/, "");
}
