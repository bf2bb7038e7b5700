/** The table beside a shard: a row an image, as Parquet. */
import { parquetReadObjects } from "hyparquet";
import { parquetWriteBuffer } from "hyparquet-writer";
import { DatasetError } from "./errors.js";
import { pythonRepr } from "./python-repr.js";

/** What is told of one image. */
export interface ShardRow {
  readonly imageId: string;
  /** The shard's path, as the writer was told it. */
  readonly tarFile: string;
  readonly memberName: string;
  readonly originalPath: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly aestheticScore?: number | null | undefined;
  readonly nsfwScore?: number | null | undefined;
}

export interface ShardTableOptions {
  /** Default `"json"`. */
  readonly metadataFormat?: "json" | "python-repr";
  /** The columns `aesthetic_score` and `nsfw_score`, doubles that may be null. Default true. */
  readonly scores?: boolean;
}

/**
 * The bytes of a table: `image_id`, `tar_file`, `member_name`, `original_path`, `metadata`, strings all, and the scores.
 * SNAPPY, one group of rows.
 *
 * @throws TypeError for metadata that cannot be written
 */
export function parquetBytes(
  rows: readonly ShardRow[],
  { metadataFormat = "json", scores = true }: ShardTableOptions = {},
): Uint8Array {
  const metadataText = metadataFormat === "json" ? (value: unknown) => JSON.stringify(value) : pythonRepr;
  const text = (name: string, cell: (row: ShardRow) => string) => ({
    name,
    data: rows.map(cell),
    type: "STRING" as const,
  });
  const score = (name: string, cell: (row: ShardRow) => number | null | undefined) => ({
    name,
    data: rows.map((row) => cell(row) ?? null),
    type: "DOUBLE" as const,
  });
  const buffer = parquetWriteBuffer({
    columnData: [
      text("image_id", ({ imageId }) => imageId),
      text("tar_file", ({ tarFile }) => tarFile),
      text("member_name", ({ memberName }) => memberName),
      text("original_path", ({ originalPath }) => originalPath),
      text("metadata", ({ metadata }) => metadataText(metadata)),
      ...(scores
        ? [
            score("aesthetic_score", ({ aestheticScore }) => aestheticScore),
            score("nsfw_score", ({ nsfwScore }) => nsfwScore),
          ]
        : []),
    ],
    rowGroupSize: Math.max(1, rows.length),
    createdBy: "polycodec",
  });
  return new Uint8Array(buffer);
}

/** The rows of a table, ours or the reference's. @throws DatasetError (ERR_DATASET_BAD_SHARD), `name` in its message */
export async function readShardTable(bytes: Uint8Array, name: string): Promise<ShardRow[]> {
  let rows: Record<string, unknown>[];
  try {
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
    rows = await parquetReadObjects({ file });
  } catch (cause) {
    throw new DatasetError("ERR_DATASET_BAD_SHARD", `${name}: ${(cause as Error).message}`, { cause });
  }
  return rows.map((row) => ({
    imageId: textOf(row.image_id),
    tarFile: textOf(row.tar_file),
    memberName: textOf(row.member_name),
    originalPath: textOf(row.original_path),
    metadata: metadataOf(row.metadata),
    aestheticScore: typeof row.aesthetic_score === "number" ? row.aesthetic_score : null,
    nsfwScore: typeof row.nsfw_score === "number" ? row.nsfw_score : null,
  }));
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** A table of the reference has Python's notation, which is kept as it is. */
function metadataOf(value: unknown): Record<string, unknown> {
  const text = textOf(value);
  if (text === "" || text === "{}") return {};
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed))
      return parsed as Record<string, unknown>;
  } catch {
    // not JSON
  }
  return { "python-repr": text };
}
