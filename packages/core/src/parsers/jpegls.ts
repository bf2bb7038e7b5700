/** JPEG-LS headers (ITU-T T.87 | ISO/IEC 14495-1, annex C): the segments of JPEG with a frame header of their own. */
import type { ByteReader } from "../bytes.js";
import { CodecError } from "../errors.js";
import type { CodeStreamInfo, Parser } from "../plugin.js";
import { defaultColor, defaultFormat } from "./default-channels.js";
import { jpegMetadata } from "./jpeg-metadata.js";
import { JpegSegments, Marker } from "./jpeg-segments.js";

const INTERLEAVES = ["none", "line", "sample"] as const;

/**
 * Asked before JPEG's parser, which begins alike. Where application segments hide the frame header from `canParse`,
 * that one finds it and hands the file over.
 */
export const jpegls: Parser = {
  codec: "jpegls",
  extensions: [".jls"],
  canParse,
  parse,
  metadata: jpegMetadata,
};

/** Is there the frame header of JPEG-LS, or its preset parameters, before any other than application segments? */
function canParse(head: Uint8Array): boolean {
  if (head[0] !== 0xff || head[1] !== Marker.SOI) return false;
  for (let at = 2; at + 3 < head.length && head[at] === 0xff; at += 2 + ((head[at + 2]! << 8) | head[at + 3]!)) {
    const marker = head[at + 1]!;
    if (marker === Marker.SOF55 || marker === Marker.LSE) return true;
    if (marker < Marker.APP0) return false;
  }
  return false;
}

function parse(reader: ByteReader, imageIdx: number): CodeStreamInfo {
  if (imageIdx !== 0) throw new CodecError("NUM_IMAGES_UNSUPPORTED", `image ${imageIdx}: a JPEG-LS holds one image`);
  const segments = new JpegSegments(reader);
  let frame: { readonly start: number; readonly length: number } | undefined;
  for (;;) {
    const marker = segments.next();
    const length = segments.end - segments.start;
    if (marker === Marker.SOF55) {
      if (frame) throw segments.corrupted("a second frame header");
      frame = { start: segments.start, length };
    } else if (marker === Marker.SOS) {
      if (!frame) throw segments.corrupted("a scan before the frame header");
      return describe(reader, frame, { start: segments.start, length });
    } else if (marker === Marker.EOI) {
      throw segments.corrupted(`the end before any ${frame ? "scan" : "frame"}`);
    } else if (marker >= Marker.SOF0 && marker <= Marker.SOF15 && marker !== Marker.DHT) {
      throw segments.corrupted("not a marker of JPEG-LS");
    }
  }
}

interface Segment {
  readonly start: number;
  readonly length: number;
}

/** The frame header (T.87, C.2.2), and what the first scan's says of coding (C.2.3). */
function describe(reader: ByteReader, frame: Segment, scan: Segment): CodeStreamInfo {
  const wrong = (fact: string) => new CodecError("IMAGE_CORRUPTED", `frame header at offset ${frame.start}: ${fact}`);
  if (frame.length < 6) throw wrong(`${frame.length} bytes, at least 6 expected`);
  const precision = reader.seek(frame.start).u8();
  const [height, width, channels] = [reader.u16be(), reader.u16be(), reader.u8()];
  if (precision < 2 || precision > 16) throw wrong(`precision ${precision}, 2 to 16 expected`);
  if (width === 0 || height === 0)
    throw new CodecError("CODESTREAM_UNSUPPORTED", `${width} x ${height}: the size stands in an LSE or DNL segment`);
  if (channels === 0 || frame.length !== 6 + 3 * channels)
    throw wrong(`${frame.length} bytes do not fit ${channels} components`);
  for (let i = 0; i < channels; i++) {
    if (reader.seek(frame.start + 7 + 3 * i).u8() !== 0x11)
      throw new CodecError("CODESTREAM_UNSUPPORTED", `component ${i} is subsampled`);
  }

  const scanComponents = scan.length > 0 ? reader.seek(scan.start).u8() : 0;
  if (scan.length !== 4 + 2 * scanComponents)
    throw new CodecError(
      "IMAGE_CORRUPTED",
      `${scan.length} bytes of scan header do not fit ${scanComponents} components`,
    );
  const nearLossless = reader.seek(scan.start + 1 + 2 * scanComponents).u8();
  const interleave = INTERLEAVES[reader.u8()];
  if (interleave === undefined) throw new CodecError("IMAGE_CORRUPTED", "an interleave mode that does not exist");
  return {
    codec: "jpegls",
    numImages: 1,
    width,
    height,
    channels,
    dtype: precision <= 8 ? "uint8" : "uint16",
    precision,
    sampleFormat: defaultFormat(channels),
    colorSpec: defaultColor(channels),
    chromaSubsampling: channels === 1 ? "CSS_GRAY" : "CSS_NONE",
    orientation: 1,
    detail: { nearLossless, interleave },
  };
}
