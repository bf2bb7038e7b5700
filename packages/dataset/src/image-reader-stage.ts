/** Tar shards back into batches of images. */
import { basename, dirname } from "node:path";
import { type DecodeOptions, Decoder, registry } from "@polycodec/core";
import { DatasetError } from "./errors.js";
import { type Checked, check, knownKeys } from "./options.js";
import { readShardTable, type ShardRow } from "./shard-table.js";
import type { Stage, StageContext } from "./stage.js";
import { localStorage } from "./storage/local.js";
import type { Storage } from "./storage/storage.js";
import { readTar } from "./tar-reader.js";
import type { TarMember } from "./tar-writer.js";
import { childOf, type FileGroupTask, type ImageBatch, type ImageObject } from "./tasks.js";

/** Options of ImageReaderStage. All are optional. */
export interface ImageReaderStageOptions {
  /** At most so many images a batch; a batch never crosses the end of its task. Default 100. */
  readonly batchSize?: number;
  /** `"key"` (default): images keep their keys, or the ids in the table. `"curator"`: `<tar>_000000` and so on, as the reference. */
  readonly ids?: "key" | "curator";
  /** Read the tables beside the shards, for ids, paths, metadata and scores? Default true; without a table nothing is missed. */
  readonly tables?: boolean;
  /** How to decode. Default: 8-bit RGB. */
  readonly decode?: Omit<DecodeOptions, "images" | "signal">;
  /** A member that cannot be decoded fails its task (default), or is left out and named in its batch's `metadata.skipped`. */
  readonly onBadImage?: "throw" | "skip";
  /** A member may have so many bytes. Default 256 MiB. */
  readonly maxMemberBytes?: number;
  /** Where the shards lie, if not in the local file system; tasks name them as `storage.url` and a name. */
  readonly storage?: Storage;
  /** Default: one for this stage alone. */
  readonly decoder?: Decoder;
}

const KEYS: Checked<ImageReaderStageOptions> = {
  batchSize: check.integer(1),
  ids: check.oneOf("key", "curator"),
  tables: check.boolean,
  decode: check.object,
  onBadImage: check.oneOf("throw", "skip"),
  maxMemberBytes: check.integer(1),
  storage: check.object,
  decoder: check.object,
};

/** A sample of a shard: consecutive members of one key. */
interface Sample {
  readonly tar: string;
  readonly member: string;
  readonly key: string;
  readonly bytes: Uint8Array;
  /** What `key.json` holds, if it is there. */
  readonly sidecar: Readonly<Record<string, unknown>> | undefined;
  readonly row: ShardRow | undefined;
}

/** Reads tar shards: the images of every task in batches, decoded while the archive is still being read. */
export class ImageReaderStage implements Stage<FileGroupTask, ImageBatch> {
  readonly name = "image_reader";
  readonly #options: ImageReaderStageOptions;
  readonly #decoder: Decoder;

  /** @throws DatasetError (ERR_DATASET_INVALID_OPTION) */
  constructor(options?: ImageReaderStageOptions) {
    this.#options = knownKeys("ImageReaderStageOptions", options, KEYS);
    this.#decoder = this.#options.decoder ?? new Decoder();
  }

  /**
   * The batches of a task's tars; what else it names (tables) is passed over. The images are whoever's takes the batch.
   *
   * @throws DatasetError: ERR_DATASET_BAD_SHARD, ERR_DATASET_BAD_IMAGE; StorageError; the signal's reason
   */
  async *process(task: FileGroupTask, { signal }: StageContext = {}): AsyncGenerator<ImageBatch, void, void> {
    const { batchSize = 100, decode, onBadImage = "throw" } = this.#options;
    const samples: Sample[] = [];
    const sources = this.#sources(task, samples, signal);
    let data: ImageObject[] = [];
    let skipped: { imageId: string; imagePath: string; reason: Error }[] = [];
    let batches = 0;
    let total = 0;
    const batch = (): ImageBatch => {
      const metadata = { ...task.metadata, ...(skipped.length > 0 && { skipped }) };
      const full = { taskId: childOf(task, batches++), datasetName: task.datasetName, data, metadata };
      data = [];
      skipped = [];
      return full;
    };
    try {
      const stream = this.#decoder.decodeStream(sources, { ...decode, ...(signal && { signal }) });
      for await (const { result } of stream) {
        const sample = samples.shift()!;
        const object = this.#objectOf(sample, total++);
        if (result.status === "rejected") {
          const message = `${sample.tar}: member ${sample.member}: ${result.reason.message}`;
          const reason = new DatasetError("ERR_DATASET_BAD_IMAGE", message, { cause: result.reason });
          if (onBadImage === "throw") throw reason;
          skipped.push({ imageId: object.imageId, imagePath: object.imagePath, reason });
          continue;
        }
        data.push({ ...object, imageData: result.value });
        if (data.length === batchSize) yield batch();
      }
      if (data.length > 0 || skipped.length > 0) yield batch();
    } finally {
      for (const { imageData } of data) imageData?.release(); // an unfinished batch that nobody will see
    }
  }

  /** Closes the decoder if it is the stage's own. */
  join(): void {
    if (!this.#options.decoder) this.#decoder.close();
  }

  /** The encoded images, in the order of `samples`, to which each is added before it is drawn. */
  async *#sources(
    task: FileGroupTask,
    samples: Sample[],
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Uint8Array, void, void> {
    for (const path of task.data) {
      if (!path.endsWith(".tar")) continue;
      for await (const sample of this.#samples(path, signal)) {
        samples.push(sample);
        yield sample.bytes;
      }
    }
  }

  async *#samples(tar: string, signal: AbortSignal | undefined): AsyncGenerator<Sample, void, void> {
    const { maxMemberBytes = 2 ** 28, tables = true } = this.#options;
    const { storage, name } = this.#place(tar);
    const rows = tables ? await rowsBeside(storage, name, tar) : new Map<string, ShardRow>();
    const wants = (member: string) => isImage(member) || member.endsWith(".json");
    const members = readTar(storage.readStream(name), tar, { wants, maxMemberBytes, signal });
    let images: TarMember[] = [];
    let json: Readonly<Record<string, unknown>> | undefined;
    let key: string | undefined;
    function* finished() {
      for (const { name: member, bytes } of images)
        yield { tar, member, key: key!, bytes, sidecar: json, row: rows.get(member) };
      images = [];
      json = undefined;
    }
    for await (const member of members) {
      const its = keyOf(member.name);
      if (its !== key) yield* finished();
      key = its;
      if (isImage(member.name)) images.push(member);
      else json = sidecarOf(member, tar);
    }
    yield* finished();
  }

  #place(path: string): { storage: Storage; name: string } {
    const { storage } = this.#options;
    if (!storage) return { storage: localStorage(dirname(path)), name: basename(path) };
    const prefix = storage.url.endsWith("/") ? storage.url : `${storage.url}/`;
    return { storage, name: path.startsWith(prefix) ? path.slice(prefix.length) : path };
  }

  #objectOf({ tar, member, key, sidecar, row }: Sample, place: number): Omit<ImageObject, "imageData"> {
    const curator = `${basename(tar, ".tar")}_${String(place).padStart(6, "0")}`;
    return {
      imageId: this.#options.ids === "curator" ? curator : row?.imageId || key,
      imagePath: row?.originalPath || `${tar}/${member}`,
      metadata: { ...row?.metadata, ...sidecar },
      aestheticScore: row?.aestheticScore ?? null,
      nsfwScore: row?.nsfwScore ?? null,
    };
  }
}

/** By member's name; empty where there is no table. */
async function rowsBeside(storage: Storage, name: string, tar: string): Promise<Map<string, ShardRow>> {
  const bytes = await storage.read(name.replace(/\.tar$/, ".parquet"));
  const rows = bytes ? await readShardTable(bytes, tar.replace(/\.tar$/, ".parquet")) : [];
  return new Map(rows.map((row) => [row.memberName, row]));
}

/** WebDataset's rule: the path up to the first period of its last part. */
function keyOf(name: string): string {
  const part = name.lastIndexOf("/") + 1;
  const period = name.indexOf(".", part);
  return period < 0 ? name : name.slice(0, period);
}

function isImage(name: string): boolean {
  const codec = registry.codecOf(name);
  return codec !== undefined && registry.decoders.some((backend) => backend.codec === codec);
}

function sidecarOf({ name, bytes }: TarMember, tar: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString("utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : { json: value };
  } catch (cause) {
    throw new DatasetError("ERR_DATASET_BAD_SHARD", `${tar}: member ${name}: ${(cause as Error).message}`, { cause });
  }
}
