/** What an ImageWriterStage may be told. */
import type { Encoder } from "@polycodec/core";
import type { Storage } from "./storage/storage.js";

/** Options of ImageWriterStage. All but where to write are optional. */
export interface ImageWriterStageOptions {
  /** Folder of the shards; made if it is not there. Needed unless `storage` is given. */
  readonly outputDir?: string;
  /** Where shards go instead of a folder. */
  readonly storage?: Storage;
  /** At most so many images a shard; a batch is never joined to another. Default 1000. */
  readonly imagesPerTar?: number;
  /** Name shards after their images' paths and the task's id, so that a second run writes the same files? Default true. */
  readonly deterministicName?: boolean;
  /** Release and drop the pixels of what has been written? Default false. */
  readonly removeImageData?: boolean;
  /** Say on standard error what is written, and what is skipped or replaced? Default false. */
  readonly verbose?: boolean;
  /** JPEG quality, 1 to 100. Default 92. */
  readonly quality?: number;
  /** JPEG's resolution of colour. Default `"420"`. */
  readonly subsampling?: "420" | "422" | "444";
  /** How `metadata` stands in the table. Default `"json"`; `"python-repr"` is what the reference writes. */
  readonly metadataFormat?: "json" | "python-repr";
  /** Add the columns `aesthetic_score` and `nsfw_score`? Default true. */
  readonly scores?: boolean;
  /** Members' names: `"safe"` (default) replaces what readers of shards stumble over, `"raw"` takes ids as they are. */
  readonly memberNames?: "safe" | "raw";
  /** `"curator"`: the defaults of `metadataFormat`, `scores` and `memberNames` become those of the reference. */
  readonly compatibility?: "curator";
  /** What an image that cannot be encoded does: fail its task (default), or be left out and named in the result. */
  readonly onBadImage?: "throw" | "skip";
  /** What shows through where a picture is transparent: red, green, blue. Default white. */
  readonly background?: readonly [number, number, number];
  /** The value of white in images of floats: 1 (default), or 255. */
  readonly floatRange?: 1 | 255;
  /** A shard whose name exists is replaced (default), kept, or an error; `"refuse"`: no shard may be there at the start. */
  readonly existing?: "replace" | "keep" | "error" | "refuse";
  /** Default: one for this stage alone. */
  readonly encoder?: Encoder;
}
