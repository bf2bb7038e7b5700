/** Where encoded bytes are, and how the first of them are read: one native call for the heads of a whole window. */
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { ByteReader, NeedBytes, type Piece } from "../bytes.js";
import { CodecError, PolycodecError } from "../errors.js";
import type { Limits } from "../limits.js";
import { expected } from "../params/options.js";
import type { CodeStreamInfo, Parser } from "../plugin.js";
import type { Registry } from "../registry.js";
import { runtime } from "../runtime/load-addon.js";
import type { Pieces } from "../runtime/runtime.js";

/** A source of random access: `readAt` may give fewer bytes than asked for only at the end. */
export interface RandomAccessSource {
  /** Bytes of the whole code stream. */
  readonly size: number;
  readAt(offset: number, length: number): Promise<Uint8Array>;
}
/** What can be opened: a path, a file: URL, bytes (not copied: leave them alone until the call has settled), or random access. */
export type SourceLike = string | URL | Uint8Array | ArrayBuffer | RandomAccessSource;

/** Bytes read at first: enough for the headers of most files. */
export const HEAD_BYTES = 4096;
/** Made once: it is an Error, and to make one takes longer than to parse a header. */
const HEAD = new NeedBytes(0, HEAD_BYTES);
/** Of the bytes fetched for the headers so many are kept when they have been read; beyond it, the first piece. */
const KEPT_BYTES = 256 * 1024;
/** How often a parser may ask for more. */
export const MAX_ROUNDS = 64;

/** One code stream's bytes and what is known of them; shared by all its views. */
export class Source {
  readonly path: string | undefined;
  readonly bytes: Uint8Array | undefined;
  readonly access: RandomAccessSource | undefined;
  size: number | undefined;
  parser: Parser | undefined;
  /** What parsing image i gave: its info, or why there is none. */
  readonly infos: (CodeStreamInfo | Error | undefined)[] = [];
  pieces: Piece[] = [];
  #held = 0;

  constructor(from: SourceLike) {
    if (from instanceof Uint8Array || from instanceof ArrayBuffer) {
      this.bytes = from instanceof ArrayBuffer ? new Uint8Array(from) : from;
      this.size = this.bytes.length;
      this.pieces.push({ offset: 0, bytes: this.bytes });
    } else if (typeof from === "string" || from instanceof URL) {
      this.path = typeof from === "string" ? from : fileURLToPath(from);
    } else if (
      typeof from === "object" &&
      from !== null &&
      typeof from.readAt === "function" &&
      Number.isSafeInteger(from.size) &&
      from.size >= 0
    ) {
      this.access = from;
      this.size = from.size;
    } else {
      throw expected("source", "a path, a URL, bytes, a CodeStream or { size, readAt }", from);
    }
  }

  /** For messages. */
  get name(): string {
    return this.path !== undefined ? basename(this.path) : this.bytes ? "bytes" : "source";
  }

  /** Keeps bytes that were fetched. Throws `CodecError("LIMIT_EXCEEDED")` beyond maxHeaderBytes. */
  hold(offset: number, bytes: Uint8Array, limit: number): void {
    // Mostly the only one: a literal of one is a sixth of an array that a piece was pushed to.
    if (this.pieces.length === 0) this.pieces = [{ offset, bytes }];
    else this.pieces.push({ offset, bytes });
    this.#held += bytes.length;
    if (this.#held > limit)
      throw new CodecError("LIMIT_EXCEEDED", `the headers take more than ${limit} bytes (maxHeaderBytes)`);
  }

  /** Lets go of what was read of the file; what was learnt from it stays. */
  forget(): void {
    if (!this.bytes) this.pieces.length = 0;
  }

  /**
   * A parser that must walk through the whole file (GIF, animated WebP) has most of it in memory by now. A window of such
   * files must not stay there until it is decoded; who asks again, for metadata or another image, has it read again.
   */
  #dropBulk(): void {
    if (this.#held <= KEPT_BYTES) return;
    this.pieces.length = 1;
    this.#held = this.pieces[0]!.bytes.length;
  }

  reader(): ByteReader {
    return new ByteReader(this.pieces, this.size!);
  }

  /** One try at the headers of image `imageIdx`. Returns what is missing, if anything. */
  tryParse(registry: Registry, imageIdx: number): NeedBytes | undefined {
    try {
      this.parser ??= registry.parserFor(this.pieces[0]?.bytes ?? new Uint8Array(0));
      if (!this.parser)
        throw new PolycodecError("ERR_POLYCODEC_UNKNOWN_CODEC", describeUnknown(this.pieces[0]?.bytes, this.size));
      this.infos[imageIdx] = this.parser.parse(this.reader(), imageIdx);
      this.#dropBulk();
    } catch (error) {
      if (error instanceof NeedBytes) return error;
      this.infos[imageIdx] =
        error instanceof PolycodecError
          ? error
          : new CodecError("FAIL", `parser ${this.parser?.codec}: ${(error as Error)?.message ?? error}`, {
              cause: error,
            });
    }
    return undefined;
  }
}

function describeUnknown(head: Uint8Array | undefined, size: number | undefined): string {
  if (!head || size === 0) return "is empty";
  const start = [...head.subarray(0, 12)].map((b) => b.toString(16).padStart(2, "0")).join(" ");
  return `no registered parser recognises it (it begins ${start})`;
}

/** One image whose headers are wanted. */
export interface Wanted {
  readonly source: Source;
  readonly imageIdx: number;
}

/** Reads the headers of many sources; failures are kept in `source.infos`. Files are read in one call a round, before running samples of batches go on if `urgent`. */
export async function parseAll(
  wanted: readonly Wanted[],
  registry: Registry,
  limits: Limits,
  urgent = false,
): Promise<void> {
  let pending: Wanted[] = [];
  let requests: NeedBytes[] = [];
  for (const one of wanted) {
    if (one.source.infos[one.imageIdx] !== undefined) continue;
    const missing = one.source.pieces.length === 0 ? HEAD : one.source.tryParse(registry, one.imageIdx);
    if (missing) {
      pending.push(one);
      requests.push(missing);
    }
  }
  for (let round = 0; pending.length > 0; round++) {
    await fetchPieces(pending, requests, limits, urgent);
    const next: Wanted[] = [];
    const more: NeedBytes[] = [];
    for (const one of pending) {
      if (one.source.infos[one.imageIdx] !== undefined) continue;
      const missing = one.source.tryParse(registry, one.imageIdx);
      if (!missing) continue;
      if (round >= MAX_ROUNDS)
        one.source.infos[one.imageIdx] = new CodecError(
          "LIMIT_EXCEEDED",
          `the headers are scattered over more than ${MAX_ROUNDS} places`,
        );
      else {
        next.push(one);
        more.push(missing);
      }
    }
    pending = next;
    requests = more;
  }
}

/** Reads what each parser asked for, all files in one call. Failures are kept in `source.infos`. */
export async function fetchPieces(
  pending: readonly Wanted[],
  requests: readonly NeedBytes[],
  limits: Limits,
  urgent: boolean,
): Promise<void> {
  const lengths = requests.map(({ length }) => roundUp(length, limits));
  const files = pending.flatMap(({ source }, i) => (source.path === undefined ? [] : [i]));
  const paths = files.map((i) => pending[i]!.source.path!);
  if (files.length > 0) {
    const offsets = files.map((i) => requests[i]!.offset);
    const pieces = await runtime().readRanges(
      paths,
      offsets,
      files.map((i) => lengths[i]!),
      urgent,
    );
    files.forEach((i, k) => {
      settle(pending[i]!, offsets[k]!, pieceOf(pieces, k), limits);
    });
  }
  if (files.length === pending.length) return;
  await Promise.all(
    pending.map(async (one, i) => {
      const { access } = one.source;
      if (!access) return;
      const { offset } = requests[i]!;
      try {
        const bytes = await access.readAt(offset, Math.min(lengths[i]!, access.size - offset));
        if (!(bytes instanceof Uint8Array)) throw new Error("readAt gave no Uint8Array");
        settle(one, offset, { bytes, size: access.size }, limits);
      } catch (error) {
        settle(one, offset, { bytes: new Uint8Array(0), size: access.size, error: (error as Error).message }, limits);
      }
    }),
  );
}

function roundUp(length: number, limits: Limits): number {
  return Math.min(Math.ceil(length / HEAD_BYTES) * HEAD_BYTES, Math.max(length, limits.maxHeaderBytes));
}

/** What was read of one source, or why that failed. */
interface Fetched {
  readonly bytes: Uint8Array;
  /** Bytes of the whole source. */
  readonly size: number;
  readonly error?: string | undefined;
}

function pieceOf({ bytes, sizes, errors }: Pieces, i: number): Fetched {
  return { bytes: bytes[i]!, size: sizes[i]!, error: errors?.[i] };
}

function settle({ source, imageIdx }: Wanted, offset: number, { bytes, size, error }: Fetched, limits: Limits): void {
  if (error !== undefined) {
    source.infos[imageIdx] = new CodecError("IO_ERROR", error);
    return;
  }
  source.size ??= size;
  try {
    // A file that shrank since its size was read would be asked for the same bytes for ever.
    if (bytes.length === 0 && offset < source.size)
      throw new CodecError("IO_ERROR", `no bytes at ${offset} of ${source.size}`);
    source.hold(offset, bytes, limits.maxHeaderBytes);
  } catch (tooMuch) {
    source.infos[imageIdx] = tooMuch as Error;
  }
}

/** The same for one source, blocking; random access sources cannot. */
export function parseSync(source: Source, imageIdx: number, registry: Registry, limits: Limits): void {
  let missing =
    source.pieces.length === 0
      ? HEAD
      : source.infos[imageIdx] === undefined
        ? source.tryParse(registry, imageIdx)
        : undefined;
  for (let round = 0; missing && round <= MAX_ROUNDS; round++) {
    if (source.path === undefined)
      throw new PolycodecError(
        "ERR_POLYCODEC_SYNC_UNSUPPORTED",
        `${source.name}: its headers are read asynchronously; await open() first`,
      );
    settle(
      { source, imageIdx },
      missing.offset,
      pieceOf(runtime().readRangeSync(source.path, missing.offset, roundUp(missing.length, limits)), 0),
      limits,
    );
    if (source.infos[imageIdx] !== undefined) return;
    missing = source.tryParse(registry, imageIdx);
  }
  if (missing)
    source.infos[imageIdx] = new CodecError(
      "LIMIT_EXCEEDED",
      `the headers are scattered over more than ${MAX_ROUNDS} places`,
    );
}
