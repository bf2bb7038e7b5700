/** Which codec of ours a format of the manifest belongs to. */
import { registry } from "polycodec";
import type { CorpusFile } from "../corpus.js";

/** By the manifest's name of the format; the others have the codec's. */
const CODECS: Readonly<Record<string, string>> = {
  "jpeg-lossless": "jpeg",
  "jpeg-ls": "jpegls",
  jpeg2000: "jpeg2k",
};

export const codecOf = (format: string): string => CODECS[format] ?? format;

/** Is there a parser and a decoder for it? What no format is known of must be refused by all of them. */
export function isRegistered({ format }: CorpusFile): boolean {
  if (format === "unrecognised") return true;
  const codec = codecOf(format);
  return registry.parsers.some((one) => one.codec === codec) && registry.decoders.some((one) => one.codec === codec);
}
