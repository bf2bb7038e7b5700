/** A shard's images as members of its tar, encoded a window at a time, and the rows of its table. */
import { type EncodeOptions, type Encoder, type ErrorCode, type Image, PolycodecError } from "@polycodec/core";
import { encodable } from "./encodable.js";
import { DatasetError } from "./errors.js";
import type { ShardRow } from "./shard-table.js";
import type { TarMember } from "./tar-writer.js";
import type { ImageObject } from "./tasks.js";
import type { WriterSettings } from "./writer-options.js";

/** An image with its key in the shard, and the id that the table tells. */
export interface Member {
  readonly key: string;
  readonly id: string;
  readonly object: ImageObject;
}

/** What is known of the shard, and where what is learnt of it goes. */
export interface ShardContents {
  /** As the table names it. */
  readonly tarFile: string;
  /** One is added for each image when it is given out. */
  readonly rows: ShardRow[];
  /** Told of an image that cannot be written; it is left out, unless this throws. */
  refuse(member: Member, cause: unknown): void;
  readonly signal: AbortSignal | undefined;
}

export const EXTENSION = ".jpg";

export function encodeOptions({ quality, chromaSubsampling }: WriterSettings): EncodeOptions {
  return { codec: "jpeg", quality, chromaSubsampling };
}

/** The members in order; with `sidecar` each image's metadata behind it, as `key.json`. */
export async function* shardMembers(
  members: readonly Member[],
  encoder: Encoder,
  settings: WriterSettings,
  { tarFile, rows, refuse, signal }: ShardContents,
): AsyncGenerator<TarMember, void, void> {
  const places: Member[] = [];
  function* items() {
    for (const member of members) {
      let image: Image;
      try {
        const { imageData } = member.object;
        if (!imageData || imageData.isReleased)
          throw new DatasetError("ERR_DATASET_NO_IMAGE", "no pixels in imageData");
        image = encodable(imageData, settings);
      } catch (error) {
        refuse(member, error);
        continue;
      }
      places.push(member);
      yield { image };
    }
  }
  const options = { ...encodeOptions(settings), ...(signal && { signal }) };
  for await (const { index, result } of encoder.encodeStream(items(), options)) {
    const member = places[index]!;
    if (result.status === "rejected") {
      refuse(member, result.reason);
      continue;
    }
    const { key, id, object } = member;
    const metadata = object.metadata ?? {};
    rows.push({
      imageId: id,
      tarFile,
      memberName: key + EXTENSION,
      originalPath: object.imagePath,
      metadata,
      aestheticScore: object.aestheticScore,
      nsfwScore: object.nsfwScore,
    });
    yield { name: key + EXTENSION, bytes: result.value as Uint8Array };
    if (settings.sidecar) yield { name: `${key}.json`, bytes: Buffer.from(JSON.stringify(metadata)) };
  }
}

/** Memory, time and missing codecs are not the image's fault: what they stop would succeed another day. */
const ABOUT_THE_IMAGE: ReadonlySet<string> = new Set<ErrorCode>([
  "ERR_POLYCODEC_CORRUPTED",
  "ERR_POLYCODEC_TRUNCATED",
  "ERR_POLYCODEC_UNSUPPORTED",
  "ERR_POLYCODEC_UNKNOWN_CODEC",
  "ERR_POLYCODEC_LIMIT_EXCEEDED",
]);

export function isAboutTheImage(error: unknown): boolean {
  return error instanceof DatasetError || (error instanceof PolycodecError && ABOUT_THE_IMAGE.has(error.code));
}
