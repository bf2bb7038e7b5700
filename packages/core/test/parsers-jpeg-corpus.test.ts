/** JPEG headers and metadata of files that others wrote: `$POLYCODEC_CORPUS`, or else `../shared/corpus`. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import test, { type ExecutionContext } from "ava";
import { ByteReader, NeedBytes, type Piece } from "#core/bytes.js";
import { CodecError } from "#core/errors.js";
import { orientationOf, parseExif, withOrientation } from "#core/metadata/exif.js";
import { parseIcc } from "#core/metadata/icc.js";
import { jpeg } from "#core/parsers/jpeg.js";
import type { CodeStreamInfo, Metadata, MetadataKind } from "#core/plugin.js";

interface Entry {
  readonly path: string;
  readonly format: string;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly bit_depth: number;
  readonly tags: readonly string[];
  readonly expect: "ok" | "error";
  readonly strict: boolean;
}

const corpus = process.env.POLYCODEC_CORPUS ?? path.resolve("../shared/corpus");
const manifest = path.join(corpus, "manifest.json");
const entries: readonly Entry[] = existsSync(manifest) ? JSON.parse(readFileSync(manifest, "utf8")).entries : [];
const jpegs = entries.filter(({ path, format }) => format === "jpeg" && /^(jpeg|photos)\//.test(path));
const strict = jpegs.filter((entry) => entry.expect === "ok" && entry.strict);

/** Says aloud that nothing was tested where there is no corpus. */
function withCorpus(title: string, body: (t: ExecutionContext) => void): void {
  test(title, (t) => {
    if (entries.length > 0) return body(t);
    t.log(`SKIPPED: no corpus at ${corpus}; set POLYCODEC_CORPUS`);
    t.pass();
  });
}

const bytesOf = (entry: Entry): Uint8Array => new Uint8Array(readFileSync(path.join(corpus, entry.path)));
const parse = (file: Uint8Array): CodeStreamInfo => jpeg.parse(new ByteReader(file), 0);
const metadata = (file: Uint8Array, kind?: MetadataKind): readonly Metadata[] =>
  jpeg.metadata!(new ByteReader(file), 0, kind);

withCorpus("size, channels and precision are the manifest's", (t) => {
  t.true(strict.length >= 198, `${strict.length} files`);
  for (const entry of strict) {
    const { width, height, channels, precision, dtype } = parse(bytesOf(entry));
    const expected = [entry.width, entry.height, entry.channels, entry.bit_depth];
    t.deepEqual([width, height, channels, precision], expected, entry.path);
    t.is(dtype, entry.bit_depth > 8 ? "uint16" : "uint8");
  }
  t.log(`${strict.length} files`);
});

withCorpus("coding, colours, subsampling, orientation and restart interval are the manifest's", (t) => {
  for (const entry of strict) {
    const info = parse(bytesOf(entry));
    const has = (tag: string): boolean => entry.tags.includes(tag);
    const encoding = String(info.detail?.encoding);
    t.is(encoding === "PROGRESSIVE_DCT_HUFFMAN", has("progressive"), entry.path);
    t.is(encoding === "PROGRESSIVE_DCT_ARITHMETIC", has("arithmetic-progressive"), entry.path);
    t.is(encoding === "EXTENDED_SEQUENTIAL_DCT_ARITHMETIC", has("arithmetic"), entry.path);
    t.is(encoding === "BASELINE_DCT", has("baseline"), entry.path);
    t.is(info.colorSpec === "GRAY", has("gray"), entry.path);
    t.is(info.colorSpec === "SRGB", has("rgb"), entry.path);
    t.is(info.colorSpec === "CMYK", has("cmyk"), entry.path);
    t.is(info.colorSpec === "YCCK", has("ycck"), entry.path);
    const hasAdobeMarker = entry.tags.some((tag) => tag.startsWith("adobe-transform-"));
    t.is(info.inverted, entry.channels === 4 && hasAdobeMarker, entry.path);
    t.is(Number(info.detail?.restartInterval) > 0, has("restart-interval"), entry.path);
    t.is("multiPictureImages" in info.detail!, has("mpf"), entry.path);
    const orientation = entry.tags.find((tag) => tag.startsWith("exif-orientation-"))?.at(-1) ?? "1";
    t.is(info.orientation, Number(orientation), entry.path);
    const sampling = entry.tags.find((tag) => tag.startsWith("sampling-"))?.slice("sampling-".length);
    if (sampling) t.is(info.chromaSubsampling, `CSS_${sampling}` as never, entry.path);
    // The manifest calls four components "odd" whenever they are not all alike.
    else if (has("odd-sampling") && info.channels === 3) t.is(info.chromaSubsampling, "CSS_NONE", entry.path);
  }
});

/** Why a file says `icc` and no profile comes: files made for that, and what is wrong in them. */
const WITHOUT_PROFILE = new Map([
  ["jpeg/jpeg-decoder--icc_missing_chunk.jpeg", /ICC chunk 100 of 254 is missing/],
  ["jpeg/twelvemonkeys--exif-empty-icc-profile.jpeg", undefined],
]);
/** Files whose "profile" is filler: it is joined, and is no profile. */
const FILLER_PROFILES = ["jpeg/jpeg-decoder--icc_chunk_order.jpeg", "jpeg/pillow--icc-after-SOF.jpg"];

withCorpus("metadata is found where the manifest says it is, and can be read", (t) => {
  let [profiles, structures] = [0, 0];
  for (const entry of jpegs) {
    const file = bytesOf(entry);
    const found = (kind: MetadataKind): readonly Metadata[] => metadata(file, kind);
    t.is(found("EXIF").length > 0, entry.tags.includes("exif"), entry.path);
    t.is(found("XMP").length > 0, entry.tags.includes("xmp"), entry.path);
    t.is(found("COMMENT").length > 0, entry.tags.includes("comment"), entry.path);
    // The tag `iptc` says that there is an APP13 segment; a record needs a resource 0x0404 that is not empty.
    if (found("IPTC").length > 0) t.true(entry.tags.includes("iptc"), entry.path);
    for (const { bytes } of found("EXIF")) {
      t.is(orientationOf(bytes), parse(file).orientation, entry.path);
      t.true(Object.keys(parseExif(bytes).image).length > 0, entry.path);
      t.is(orientationOf(withOrientation(bytes, 7)), 7, entry.path);
      structures++;
    }
    if (WITHOUT_PROFILE.has(entry.path)) {
      const message = WITHOUT_PROFILE.get(entry.path);
      if (message) t.throws(() => found("ICC_PROFILE"), { instanceOf: CodecError, message }, entry.path);
      else t.deepEqual(found("ICC_PROFILE"), []);
      continue;
    }
    t.is(found("ICC_PROFILE").length, entry.tags.includes("icc") ? 1 : 0, entry.path);
    for (const { bytes } of found("ICC_PROFILE")) {
      if (FILLER_PROFILES.includes(entry.path)) t.throws(() => parseIcc(bytes), { instanceOf: CodecError });
      else t.regex(parseIcc(bytes).colorSpace, /^(RGB|GRAY|CMYK)$/, entry.path);
      profiles++;
    }
  }
  t.log(`${structures} EXIF structures, ${profiles} profiles`);
});

withCorpus("extended XMP of a camera is joined", (t) => {
  const entry = jpegs.find((one) => one.path.includes("extended_xmp"))!;
  const [packet, extended] = metadata(bytesOf(entry), "XMP");
  t.regex(Buffer.from(packet!.bytes).toString(), /HasExtendedXMP/);
  t.regex(Buffer.from(extended!.bytes).toString(), /^<x:xmpmeta[\s\S]*<\/x:xmpmeta>\s*$/);
});

withCorpus("JPEG-LS is handed to its parser", (t) => {
  for (const entry of entries.filter(({ format, expect }) => format === "jpeg-ls" && expect === "ok")) {
    t.is(parse(bytesOf(entry)).codec, "jpegls", entry.path);
  }
});

/** As core does with a file: fetches what is asked for, at least 4 KiB, and parses again. */
function inPieces<T>(file: Uint8Array, read: (reader: ByteReader) => T): { result: T; rounds: number } {
  const pieces: Piece[] = [{ offset: 0, bytes: file.subarray(0, 4096) }];
  for (let rounds = 1; ; rounds++) {
    try {
      return { result: read(new ByteReader(pieces, file.length)), rounds };
    } catch (error) {
      if (!(error instanceof NeedBytes) || rounds > 1000) throw error;
      const { offset, length } = error;
      pieces.push({ offset, bytes: file.subarray(offset, offset + Math.max(length, 4096)) });
    }
  }
}

withCorpus("a file read in pieces of 4 KiB gives the same, in at most 64 rounds", (t) => {
  let most = 0;
  for (const entry of jpegs) {
    const file = bytesOf(entry);
    const { result, rounds } = inPieces(file, (reader) => jpeg.parse(reader, 0));
    t.deepEqual(result, parse(file), entry.path);
    t.true(rounds <= 64, `${entry.path}: ${rounds} rounds`);
    const exif = inPieces(file, (reader) => jpeg.metadata!(reader, 0, "EXIF"));
    t.deepEqual(exif.result, metadata(file, "EXIF"), entry.path);
    most = Math.max(most, rounds);
  }
  t.log(`at most ${most} rounds`);
});

/** Everything that reads this file, in one go and in pieces. Anything but a CodecError comes out. */
function readAll(file: Uint8Array): void {
  politely(() => parse(file));
  politely(() => inPieces(file, (reader) => jpeg.parse(reader, 0)));
  for (const kind of ["EXIF", "ICC_PROFILE", "XMP", "IPTC", "COMMENT"] as const) {
    for (const piece of politely(() => metadata(file, kind)) ?? []) {
      if (kind === "ICC_PROFILE") politely(() => parseIcc(piece.bytes));
      if (kind !== "EXIF") continue;
      politely(() => parseExif(piece.bytes));
      politely(() => withOrientation(piece.bytes, 6));
      orientationOf(piece.bytes);
    }
  }
}

function politely<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof CodecError) return undefined;
    throw error;
  }
}

/** A small generator with a fixed seed (mulberry32), so that a failure can be seen again. */
function generator(seed: number): (below: number) => number {
  return (below) => {
    seed = (seed + 0x6d2b79f5) | 0;
    let x = Math.imul(seed ^ (seed >>> 15), seed | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) % below;
  };
}

withCorpus("broken files of all formats give a CodecError or an answer", (t) => {
  for (const entry of entries.filter(({ path }) => path.startsWith("broken/"))) {
    t.notThrows(() => readAll(bytesOf(entry)), entry.path);
  }
});

withCorpus("200 mutations of 30 files give a CodecError or an answer, within the time of an honest file", (t) => {
  const random = generator(3);
  const step = Math.floor(jpegs.length / 30);
  let slowest = 0;
  for (const entry of jpegs.filter((_, i) => i % step === 0).slice(0, 30)) {
    // Headers are what is read here; the tail of a large file would only be dead weight.
    const original = bytesOf(entry).subarray(0, 200_000);
    for (let mutation = 0; mutation < 200; mutation++) {
      const cut = mutation % 4 === 0 ? random(original.length) : original.length;
      const file = Uint8Array.from(original.subarray(0, cut));
      const reach = Math.min(file.length, mutation % 2 === 0 ? 2048 : file.length);
      for (let flips = 1 + random(8); reach > 0 && flips > 0; flips--) file[random(reach)] = random(256);
      const start = performance.now();
      try {
        readAll(file);
      } catch (error) {
        t.fail(`${entry.path}, mutation ${mutation}: ${error}`);
      }
      slowest = Math.max(slowest, performance.now() - start);
    }
  }
  t.log(`slowest ${slowest.toFixed(1)} ms`);
  // Milliseconds, but for a hang.
  t.true(slowest < 10_000);
});
