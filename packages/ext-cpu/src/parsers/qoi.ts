/** QOI headers (qoiformat.org/qoi-specification.pdf, version 1.0). */
import { type ByteReader, CodecError, type CodeStreamInfo, type Parser, startsWith } from "@polycodec/core/plugin";

/**
 * Unlike those of other formats this parser is not core's own, but comes with the backend: a registry without this
 * package is free for somebody else's QOI, such as the one in examples/.
 */
export const qoi: Parser = {
  codec: "qoi",
  extensions: [".qoi"],
  canParse: (head) => startsWith(head, "qoif"),
  parse,
};

function parse(reader: ByteReader, imageIdx: number): CodeStreamInfo {
  if (imageIdx !== 0) throw new CodecError("NUM_IMAGES_UNSUPPORTED", `image ${imageIdx}: a QOI holds one image`);
  const [width, height] = [reader.seek(4).u32be(), reader.u32be()];
  const [channels, colorspace] = [reader.u8(), reader.u8()];
  if (width === 0 || height === 0) throw new CodecError("IMAGE_CORRUPTED", `${width} x ${height} pixels`);
  if (channels !== 3 && channels !== 4)
    throw new CodecError("IMAGE_CORRUPTED", `${channels} channels, 3 or 4 expected`);
  if (colorspace > 1) throw new CodecError("IMAGE_CORRUPTED", `colour space ${colorspace}, 0 or 1 expected`);
  return {
    codec: "qoi",
    numImages: 1,
    width,
    height,
    channels,
    dtype: "uint8",
    precision: 8,
    sampleFormat: channels === 3 ? "I_RGB" : "I_RGBA",
    colorSpec: "SRGB",
    chromaSubsampling: "CSS_NONE",
    orientation: 1,
    detail: { colorspace: colorspace === 0 ? "sRGB with linear alpha" : "all channels linear" },
  };
}
