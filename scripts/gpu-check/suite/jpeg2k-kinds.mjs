/** The kinds of JPEG 2000. */
import { Image } from "@polycodec/core";

const lossless = { qualityType: "LOSSLESS" };
const gray16 = { sampleFormat: "I_Y", dtype: "uint16" };
const deep = { colorSpec: "UNCHANGED", allowAnyDepth: true };

const CODINGS = [
  ["JP2", {}],
  ["bare code stream", { bitstreamType: "J2K" }],
  ["decorrelated", { mctMode: 1 }],
  ["tiles", { tileWidth: 64, tileHeight: 48 }],
  ["blocks of 32", { codeBlockSize: [32, 32] }],
  ["2 resolutions", { numResolutions: 2 }],
  ["high throughput", { ht: true }],
  ...["LRCP", "RLCP", "PCRL", "CPRL"].map((progOrder) => [progOrder, { progOrder }]),
];
const DECODES = [
  ["region inside", { region: { start: [3, 5], end: [8, 16] } }],
  ["region past the edges", { region: { start: [-5, -7], end: [60, 70], outOfBoundsSamples: [1, 2, 3] } }],
  ["half", { scale: 2 }],
  ...["P_RGB", "I_BGR", "I_RGBA"].map((sampleFormat) => [`as ${sampleFormat}`, { sampleFormat }]),
];

export const jpeg2kKinds = [
  ...CODINGS.map(([name, jpeg2k]) => ({ name: `lossless, ${name}`, encode: { ...lossless, jpeg2k } })),
  ...CODINGS.filter(([, { ht }]) => !ht).map(([name, jpeg2k]) => ({
    name: `lossy, ${name}`,
    encode: { quality: 85, jpeg2k },
  })),
  ...DECODES.map(([name, decode]) => ({ name, encode: lossless, decode })),
  { name: "gray", draw: { sampleFormat: "I_Y" }, encode: lossless },
  { name: "16 bits", draw: gray16, encode: lossless, decode: deep },
  { name: "signed", draw: gray16, repaint: signed, encode: lossless, decode: deep },
  { name: "gray with alpha", draw: { sampleFormat: "I_YA" }, encode: lossless, decode: { colorSpec: "UNCHANGED" } },
  { name: "RGBA", draw: { sampleFormat: "I_RGBA" }, encode: lossless, decode: { colorSpec: "UNCHANGED" } },
  ...["CSS_444", "CSS_422", "CSS_420"].map((chromaSubsampling) => ({
    name: `sYCC ${chromaSubsampling}`,
    encode: { ...lossless, colorSpec: "SYCC", chromaSubsampling },
  })),
  { name: "12 bits", draw: gray16, precision: 12, encode: lossless, decode: deep },
];

/** Around zero. */
function signed({ width, height, data }) {
  return Image.from(
    Int16Array.from(data, (sample) => sample - 0x8000),
    { width, height, channels: 1 },
  );
}
