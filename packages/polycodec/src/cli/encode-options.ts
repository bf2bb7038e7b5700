/** The encode parameters as options, the same for `encode` and `transcode`. */
import { type ChromaSubsampling, type EncodeOptions, QUALITY_TYPES, type QualityType, registry } from "@polycodec/core";
import { type Command, InvalidArgumentError } from "commander";
import { UsageError } from "./exit-status.js";
import { atLeastZero, integer, namedValue, oneOf } from "./parse-arguments.js";

export interface EncodeFlags {
  readonly to: string;
  readonly quality?: number;
  readonly qualityType?: QualityType;
  readonly qualityValue?: number;
  readonly lossless?: boolean;
  readonly option?: Readonly<Record<string, unknown>>;
  readonly subsampling?: (typeof SUBSAMPLINGS)[number];
  readonly progressive?: boolean;
  readonly optimizedHuffman?: boolean;
  readonly restartInterval?: number;
  readonly restartRows?: number;
}

const SUBSAMPLINGS = ["444", "422", "420", "440", "411", "410", "gray"] as const;

export function addEncodeOptions(command: Command): Command {
  return command
    .option("--to <codec>", "codec to encode with", encodableCodec, "jpeg")
    .option("-q, --quality <n>", "1 (smallest) to 100 (best)", integer(1, 100))
    .option("--lossless", "every sample comes back as it is")
    .option("--quality-type <name>", `how --quality-value is read: ${QUALITY_TYPES.join(", ")}`, oneOf(QUALITY_TYPES))
    .option("--quality-value <n>", "see --quality-type", atLeastZero)
    .option(
      "--subsampling <name>",
      `resolution of colour: ${SUBSAMPLINGS.join(", ")} (default 444)`,
      oneOf(SUBSAMPLINGS),
    )
    .option("--progressive", "JPEG: several scans of growing detail")
    .option("--optimized-huffman", "JPEG: tables made for each picture; smaller and slower")
    .option("--restart-interval <n>", "JPEG: a restart marker after n MCUs", integer(1, 65_535))
    .option("--restart-rows <n>", "JPEG: a restart marker after n rows of MCUs", integer(1, 65_535))
    .option("-O, --option <name=value>", "a parameter of the codec, as its page names it; may be repeated", namedValue);
}

/** What core is asked for. */
export function encodeOptions(flags: EncodeFlags): EncodeOptions {
  if ([flags.quality, flags.qualityType, flags.lossless].filter((one) => one !== undefined).length > 1)
    throw new UsageError("--quality, --quality-type and --lossless exclude each other");
  const jpeg = {
    ...(flags.progressive && { progressive: true }),
    ...(flags.optimizedHuffman && { optimizedHuffman: true }),
    ...(flags.restartInterval && { restartInterval: flags.restartInterval }),
    ...(flags.restartRows && { restartRows: flags.restartRows }),
  };
  return {
    codec: flags.to,
    ...(flags.quality && { quality: flags.quality }),
    ...(flags.lossless && { qualityType: "LOSSLESS" }),
    ...(flags.qualityType && { qualityType: flags.qualityType }),
    ...(flags.qualityValue !== undefined && { qualityValue: flags.qualityValue }),
    ...(flags.subsampling && { chromaSubsampling: `CSS_${flags.subsampling.toUpperCase()}` as ChromaSubsampling }),
    ...(Object.keys(jpeg).length > 0 && { jpeg }),
    // Core knows the names of each codec's parameters, and says which is none.
    ...(flags.option && { [flags.to]: { ...(flags.to === "jpeg" && jpeg), ...flags.option } }),
  };
}

/** The extension of a codec's files, with its period. */
export function extensionOf(codec: string): string {
  return registry.parsers.find((parser) => parser.codec === codec)?.extensions[0] ?? `.${codec}`;
}

function encodableCodec(name: string): string {
  const codecs = [...new Set(registry.encoders.map(({ codec }) => codec))];
  // `jpg` is what people type.
  const codec = codecs.includes(name) ? name : (registry.codecOf(`.${name}`) ?? registry.codecOf(`x.${name}`));
  if (codec === undefined || !codecs.includes(codec)) {
    throw new InvalidArgumentError(`Expected a codec with an encoder: ${codecs.join(", ")}.`);
  }
  return codec;
}
