/** The kinds of JPEG. */
import { Image } from "@polycodec/core";

const SUBSAMPLINGS = ["CSS_444", "CSS_422", "CSS_420", "CSS_440", "CSS_411", "CSS_410", "CSS_GRAY"];
const CODINGS = [
  ["baseline", {}],
  ["progressive", { progressive: true }],
  ["restarts", { restartRows: 1 }],
  ["own tables", { optimizedHuffman: true }],
];
const REGIONS = [
  ["inside", { start: [3, 5], end: [8, 16] }],
  ["past the edges", { start: [-5, -7], end: [60, 70], outOfBoundsSamples: [1, 2, 3] }],
];
const FORMATS = ["P_RGB", "I_BGR", "P_BGR", "I_RGBA", "I_Y", "P_Y"];

const coded = (chromaSubsampling, jpeg = {}) => ({ quality: 90, chromaSubsampling, jpeg });

export const jpegKinds = [
  ...SUBSAMPLINGS.flatMap((css) =>
    CODINGS.map(([name, jpeg]) => ({ name: `${css} ${name}`, encode: coded(css, jpeg) })),
  ),
  ...REGIONS.map(([where, region]) => ({ name: `region ${where}`, encode: coded("CSS_420"), decode: { region } })),
  ...FORMATS.map((sampleFormat) => ({
    name: `as ${sampleFormat}`,
    encode: coded("CSS_422"),
    decode: { sampleFormat, colorSpec: sampleFormat.endsWith("_Y") ? "GRAY" : "SRGB" },
  })),
  { name: "as I_YUV", encode: coded("CSS_444"), decode: { sampleFormat: "I_YUV" } },
  ...[
    ["as stored", { colorSpec: "UNCHANGED" }],
    ["as RGB", {}],
  ].map(([how, decode]) => ({
    name: `CMYK ${how}`,
    draw: { sampleFormat: "I_RGBA" },
    repaint: asCmyk,
    encode: { quality: 90 },
    decode,
  })),
  { name: "RGB as coded", encode: { ...coded("CSS_444"), colorSpec: "SRGB" } },
  ...[2, 3, 4, 5, 6, 7, 8].map((orientation) => ({
    name: `orientation ${orientation}`,
    encode: coded("CSS_420"),
    rewrite: (bytes) => oriented(bytes, orientation),
  })),
  ...[10, 12, 16].map((precision) => ({
    name: `lossless, ${precision} bits`,
    draw: { sampleFormat: "I_Y", dtype: "uint16" },
    precision,
    encode: { qualityType: "LOSSLESS" },
    decode: { colorSpec: "UNCHANGED", allowAnyDepth: true },
  })),
];

/** The same samples as inks; the encoder stores them as Adobe's applications do. */
function asCmyk({ width, height, data }) {
  return Image.from(data, { width, height, channels: 4, sampleFormat: "I_UNCHANGED", colorSpec: "CMYK" });
}

/** With an EXIF segment in front: a big-endian TIFF directory whose one entry is the orientation. */
function oriented(jpeg, orientation) {
  const tiff = [0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0];
  const exif = [0xff, 0xe1, 0, tiff.length + 8, ...Buffer.from("Exif\0\0", "latin1"), ...tiff];
  return Buffer.concat([jpeg.subarray(0, 2), Uint8Array.from(exif), jpeg.subarray(2)]);
}
