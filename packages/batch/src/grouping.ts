/** Which files make a batch. */
import { CodeStream, DEFAULT_LIMITS, type Limits } from "@polycodec/core";

/** Pixels as displayed. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A file, with its headers read if they can be. */
export interface Member {
  readonly file: string;
  readonly stream: CodeStream;
  /** `undefined`: the headers could not be read, or nobody has asked. The decoder will say why. */
  readonly size: Size | undefined;
}

export function unread(file: string): Member {
  return { file, stream: CodeStream.from(file), size: undefined };
}

/** Reads the headers of several files. `turned`: sizes after the EXIF orientation has been applied. */
export async function readHeads(
  files: readonly string[],
  { turned, limits }: { readonly turned: boolean; readonly limits?: Partial<Limits> | undefined },
): Promise<Member[]> {
  const streams = files.map((file) => CodeStream.from(file));
  const opened = await CodeStream.openAll(streams, { ...DEFAULT_LIMITS, ...limits });
  return streams.map((stream, i) => {
    const file = files[i]!;
    if (opened[i]!.status === "rejected") return { file, stream, size: undefined };
    const { width, height, orientation } = stream;
    const size = turned && orientation >= 5 ? { width: height, height: width } : { width, height };
    return { file, stream, size };
  });
}

/** The one size of all members that have one; `undefined` when there are several, or none. */
export function commonSize(members: readonly Member[]): Size | undefined {
  let common: Size | undefined;
  for (const { size } of members) {
    common ??= size;
    if (size && (size.width !== common!.width || size.height !== common!.height)) return undefined;
  }
  return common;
}

/** Heads that are read at a time while files are sorted by size. */
const LOOK_AHEAD = 64;

/** Batches of files of one size, in the order in which they become full; then what is left, by its first file. */
export async function* bySize(
  files: readonly string[],
  batchSize: number,
  options: Parameters<typeof readHeads>[1],
): AsyncGenerator<Member[], void, void> {
  const groups = new Map<string, Member[]>();
  for (let start = 0; start < files.length; start += LOOK_AHEAD) {
    for (const member of await readHeads(files.slice(start, start + LOOK_AHEAD), options)) {
      const key = member.size ? `${member.size.width}x${member.size.height}` : "unknown";
      const group = groups.get(key) ?? [];
      group.push(member);
      if (group.length < batchSize) groups.set(key, group);
      else {
        groups.delete(key);
        yield group;
      }
    }
  }
  yield* groups.values();
}
