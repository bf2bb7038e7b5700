/** GIF headers (GIF89a specification). Each frame is an image: the canvas as it is when that frame is shown. */
import type { ByteReader } from "../bytes.js";
import { CodecError } from "../errors.js";
import type { CodeStreamInfo, Parser } from "../plugin.js";
import { APPLICATION, applicationOf, blocksOf, type GifFrame, isGif, type Screen, screenOf } from "./gif-blocks.js";
import { gifMetadata } from "./gif-metadata.js";
import { readingAhead } from "./read-ahead.js";

const TO_BACKGROUND = 2;
/** Applications whose extension holds the number of loops: a byte 1 and 16 bits. */
const LOOPING = new Set(["NETSCAPE2.0", "ANIMEXTS1.0"]);

export const gif: Parser = {
  codec: "gif",
  extensions: [".gif"],
  canParse: isGif,
  parse: (reader, imageIdx) => readingAhead(reader, () => parse(reader, imageIdx)),
  metadata: (reader, imageIdx, kind) => readingAhead(reader, () => gifMetadata(reader, imageIdx, kind)),
};

function parse(reader: ByteReader, imageIdx: number): CodeStreamInfo {
  const screen = screenOf(reader);
  let problem: CodecError | undefined;
  let numImages = 0;
  let wanted: GifFrame | undefined;
  let previous: GifFrame | undefined;
  let hasAlpha = false;
  let loopCount = 1;
  for (const block of blocksOf(reader, (fact) => (problem = fact))) {
    if ("frame" in block) {
      const { frame } = block;
      if (numImages === imageIdx) wanted = frame;
      if (numImages === 0) hasAlpha = !covers(frame, screen);
      hasAlpha ||= frame.isTransparent || previous?.disposal === TO_BACKGROUND;
      previous = frame;
      numImages++;
    } else if (block.extension.label === APPLICATION) {
      loopCount = loopsIn(reader, block.extension.start) ?? loopCount;
    }
  }
  if (numImages === 0) throw problem ?? new CodecError("IMAGE_CORRUPTED", "holds no image");
  if (!wanted) throw new CodecError("NUM_IMAGES_UNSUPPORTED", `image ${imageIdx} of a file of ${numImages}`);
  const { durationMs, interlaced } = wanted;
  return {
    codec: "gif",
    numImages,
    width: screen.width,
    height: screen.height,
    channels: hasAlpha ? 4 : 3,
    dtype: "uint8",
    precision: 8,
    sampleFormat: hasAlpha ? "I_RGBA" : "I_RGB",
    colorSpec: "SRGB",
    chromaSubsampling: "CSS_NONE",
    orientation: 1,
    detail: { encoding: screen.version, interlaced, animated: numImages > 1, durationMs, loopCount },
  };
}

function covers({ x, y, width, height }: GifFrame, screen: Screen): boolean {
  return x === 0 && y === 0 && width >= screen.width && height >= screen.height;
}

/** How often the animation runs; 0: for ever. */
function loopsIn(reader: ByteReader, start: number): number | undefined {
  const application = applicationOf(reader, start);
  if (application === undefined || !LOOPING.has(application)) return undefined;
  if (reader.u8() < 3 || reader.u8() !== 1) return undefined;
  const repetitions = reader.u16le();
  return repetitions === 0 ? 0 : repetitions + 1;
}
