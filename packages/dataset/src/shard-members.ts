/** A shard's images as members of its tar, encoded a window at a time, and the rows of its table. */
import { type Encoder, type ErrorCode, type Image, PolycodecError } from "@polycodec/core";
import { encodable } from "./encodable.js";
import { DatasetError } from "./errors.js";
import type { EncodedImage } from "./shard-filler.js";
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
  const { extension } = settings;
  const options = { ...settings.encode, ...(signal && { signal }) };
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
      memberName: key + extension,
      originalPath: object.imagePath,
      metadata,
      aestheticScore: object.aestheticScore,
      nsfwScore: object.nsfwScore,
    });
    yield { name: key + extension, bytes: result.value as Uint8Array };
    if (settings.sidecar) yield { name: `${key}.json`, bytes: Buffer.from(JSON.stringify(metadata)) };
  }
}

/** The same all at once: each image with its row and its members. */
export async function encodedImages(
  members: readonly Member[],
  encoder: Encoder,
  settings: WriterSettings,
  contents: Omit<ShardContents, "tarFile" | "rows">,
): Promise<EncodedImage[]> {
  const rows: ShardRow[] = [];
  const images: { readonly key: string; readonly row: ShardRow; readonly members: TarMember[] }[] = [];
  for await (const member of shardMembers(members, encoder, settings, { ...contents, tarFile: "", rows })) {
    const row = rows.at(-1)!;
    if (rows.length === images.length) images.at(-1)!.members.push(member);
    else images.push({ key: row.memberName.slice(0, -settings.extension.length), row, members: [member] });
  }
  return images;
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
