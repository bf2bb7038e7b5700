/** What an ImageWriterStage may be told. */
import { type ChromaSubsampling, type EncodeOptions, type Encoder, registry } from "@polycodec/core";
import { type Checked, check, knownKeys } from "./options.js";
import { localStorage } from "./storage/local.js";
import type { Storage } from "./storage/storage.js";

/** Options of ImageWriterStage. All but where to write are optional. */
export interface ImageWriterStageOptions {
  /** Folder of the shards; made if it is not there. Needed unless `storage` is given. */
  readonly outputDir?: string;
  /** Where shards go instead of a folder. */
  readonly storage?: Storage;
  /** At most so many images a shard. Default 1000. */
  readonly imagesPerTar?: number;
  /**
   * `"per-batch"` (default): a shard holds images of one batch, and what `process` has resolved for is durable. `"fill"`:
   * batches are joined, so that every shard but the last holds `imagesPerTar`; it appears when it is full, and is told of in
   * the result of the batch that fills it, the last one in that of `end()`.
   */
  readonly packing?: "per-batch" | "fill";
  /**
   * Name shards after their images' paths and the task's id, so that a second run writes the same names? Default true;
   * else after this stage, at random, and a counter.
   */
  readonly deterministicName?: boolean;
  /** Release the pixels of what has been written, and drop them from the task? Default false. */
  readonly removeImageData?: boolean;
  /** Say on standard error what is written, replaced, kept and left out? Default false. */
  readonly verbose?: boolean;
  /** Any codec that is registered with an encoder. Default `"jpeg"`. */
  readonly codec?: string;
  /** 1 to 100. Default 92 for JPEG, else the codec's own. */
  readonly quality?: number;
  /** Resolution of colour. Default `"420"` for JPEG, else the codec's own. */
  readonly subsampling?: "420" | "422" | "444";
  /** How to encode, besides: the codec's own options. */
  readonly encode?: Omit<
    EncodeOptions,
    "codec" | "quality" | "chromaSubsampling" | "metadata" | "overwrite" | "signal" | "deadlineMs"
  >;
  /** How `metadata` stands in the table. Default `"json"`; `"python-repr"` is what the reference writes. */
  readonly metadataFormat?: "json" | "python-repr";
  /** `"json"`: each image's metadata stand in the tar too, as `<key>.json` behind it. Default: in the table alone. */
  readonly sidecar?: "json";
  /** Add the columns `aesthetic_score` and `nsfw_score`? Default true. */
  readonly scores?: boolean;
  /** `"safe"` (default) replaces in members' names what readers of shards stumble over, `"raw"` takes ids as they are. */
  readonly memberNames?: "safe" | "raw";
  /** `"curator"`: the defaults of `metadataFormat`, `scores` and `memberNames` are those of the reference. */
  readonly compatibility?: "curator";
  /** An image that cannot be encoded fails its task (default), or is left out and named in the result. */
  readonly onBadImage?: "throw" | "skip";
  /** What shows through where a picture is transparent: red, green, blue, 0 to 255. Default white. */
  readonly background?: readonly [number, number, number];
  /** The value of white in images of floats. Default 1. */
  readonly floatRange?: 1 | 255;
  /**
   * A shard whose name exists is replaced in one step (default), kept, or an error (ERR_DATASET_SHARD_EXISTS). `"refuse"`:
   * `start` rejects (ERR_DATASET_NOT_EMPTY) when there is any shard at all.
   */
  readonly existing?: "replace" | "keep" | "error" | "refuse";
  /** Default: one for this stage alone. */
  readonly encoder?: Encoder;
}

export interface WriterSettings
  extends Required<
    Omit<ImageWriterStageOptions, "outputDir" | "compatibility" | "encoder" | "quality" | "subsampling" | "sidecar">
  > {
  readonly sidecar: "json" | undefined;
  /** Of the files in the tar, with its period. */
  readonly extension: string;
  /** All of them, the codec too. */
  readonly encode: EncodeOptions;
  readonly encoder: Encoder | undefined;
}

const KEYS: Checked<ImageWriterStageOptions> = {
  outputDir: check.text,
  storage: check.object,
  imagesPerTar: check.integer(1),
  deterministicName: check.boolean,
  removeImageData: check.boolean,
  verbose: check.boolean,
  packing: check.oneOf("per-batch", "fill"),
  codec: check.text,
  quality: check.integer(1, 100),
  subsampling: check.oneOf("420", "422", "444"),
  encode: check.object,
  metadataFormat: check.oneOf("json", "python-repr"),
  sidecar: check.oneOf("json"),
  scores: check.boolean,
  memberNames: check.oneOf("safe", "raw"),
  compatibility: check.oneOf("curator"),
  onBadImage: check.oneOf("throw", "skip"),
  background: check.triple(0, 255),
  floatRange: check.oneOf(1, 255),
  existing: check.oneOf("replace", "keep", "error", "refuse"),
  encoder: check.object,
};

/** @throws DatasetError (ERR_DATASET_INVALID_OPTION) */
export function readWriterOptions(options: ImageWriterStageOptions): WriterSettings {
  const given = knownKeys("ImageWriterStageOptions", options, KEYS);
  const isCurator = given.compatibility === "curator";
  if ((given.outputDir === undefined) === (given.storage === undefined))
    throw check.failure("ImageWriterStageOptions: expected either outputDir or storage");
  if (given.packing === "fill" && given.existing === "keep")
    throw check.failure('ImageWriterStageOptions: existing "keep" needs shards of one batch each, not packing "fill"');
  const codec = given.codec ?? "jpeg";
  return {
    storage: given.storage ?? localStorage(given.outputDir!),
    imagesPerTar: given.imagesPerTar ?? 1000,
    deterministicName: given.deterministicName ?? true,
    removeImageData: given.removeImageData ?? false,
    verbose: given.verbose ?? false,
    packing: given.packing ?? "per-batch",
    codec,
    extension: extensionOf(codec),
    encode: encodeOptions(codec, given),
    metadataFormat: given.metadataFormat ?? (isCurator ? "python-repr" : "json"),
    sidecar: given.sidecar,
    scores: given.scores ?? !isCurator,
    memberNames: given.memberNames ?? (isCurator ? "raw" : "safe"),
    onBadImage: given.onBadImage ?? "throw",
    background: given.background ?? [255, 255, 255],
    floatRange: given.floatRange ?? 1,
    existing: given.existing ?? "replace",
    encoder: given.encoder,
  };
}

/** @throws DatasetError (ERR_DATASET_INVALID_OPTION) for a codec that nothing here encodes */
function extensionOf(codec: string): string {
  const codecs = [...new Set(registry.encoders.map((encoder) => encoder.codec))];
  if (!codecs.includes(codec))
    throw check.failure(
      `ImageWriterStageOptions.codec: expected one of ${codecs.join(", ") || "none, since no extension is registered"}, got ${JSON.stringify(codec)}`,
    );
  return registry.parsers.find((parser) => parser.codec === codec)?.extensions[0] ?? `.${codec}`;
}

function encodeOptions(codec: string, { quality, subsampling, encode }: ImageWriterStageOptions): EncodeOptions {
  const isJpeg = codec === "jpeg";
  const wanted = quality ?? (isJpeg ? 92 : undefined);
  const chroma = subsampling ?? (isJpeg ? "420" : undefined);
  return {
    ...encode,
    codec,
    ...(wanted !== undefined && { quality: wanted }),
    ...(chroma !== undefined && { chromaSubsampling: `CSS_${chroma}` satisfies ChromaSubsampling }),
  };
}
