/** What is registered: parsers and backends, checked once when an extension is used. */
import { extname } from "node:path";
import { BACKEND_KINDS } from "./enums.js";
import { PolycodecError } from "./errors.js";
import { builtInParsers } from "./parsers/built-in.js";
import type { DecodeBackend, EncodeBackend, Extension, Parser } from "./plugin.js";

const DEFAULT_PRIORITY = 300;

/** A set of extensions. Decoders and Encoders look at the one they are given, or at the default one. */
export class Registry {
  readonly #extensions: Extension[] = [];
  readonly #parsers: Parser[] = [];
  readonly #decoders: DecodeBackend[] = [];
  readonly #encoders: EncodeBackend[] = [];
  /** Made when it is asked for, which may be for every picture; forgotten when an extension comes. */
  #codecs: readonly string[] | undefined;

  /** A registry with core's own parsers and no backend. */
  constructor() {
    this.#parsers.push(...builtInParsers);
  }

  /**
   * Adds an extension; the same object twice is once. Nothing of it is registered if anything is wrong with it.
   *
   * @throws ERR_POLYCODEC_INVALID_EXTENSION when shape or apiVersion is wrong, ERR_POLYCODEC_DUPLICATE when a parser
   *   for one of its codecs or a backend with one of its ids is there already
   */
  use(extension: Extension): this {
    if (this.#extensions.includes(extension)) return this;
    checkShape(extension);
    const { name, parsers = [], decoders = [], encoders = [] } = extension;
    parsers.forEach(({ codec }, i) => {
      if ([...this.#parsers, ...parsers.slice(0, i)].some((p) => p.codec === codec))
        throw duplicate(name, `a parser for ${codec}`);
    });
    checkIds(name, "decoder", this.#decoders, decoders);
    checkIds(name, "encoder", this.#encoders, encoders);
    this.#extensions.push(extension);
    // Before core's own: who brings a parser for a codec of theirs means it, even where core knows a codec that begins alike.
    this.#parsers.splice(this.#parsers.length - builtInParsers.length, 0, ...parsers);
    insertByPriority(this.#decoders, decoders);
    insertByPriority(this.#encoders, encoders);
    this.#codecs = undefined;
    return this;
  }

  get extensions(): readonly Extension[] {
    return this.#extensions;
  }
  /** In the order in which they are asked: those of extensions, then core's own. */
  get parsers(): readonly Parser[] {
    return this.#parsers;
  }
  /** In order of priority. */
  get decoders(): readonly DecodeBackend[] {
    return this.#decoders;
  }
  get encoders(): readonly EncodeBackend[] {
    return this.#encoders;
  }

  /** The names of all codecs that a parser or a backend is registered for. */
  get codecs(): readonly string[] {
    this.#codecs ??= Object.freeze([
      ...new Set([...this.#parsers, ...this.#decoders, ...this.#encoders].map(({ codec }) => codec)),
    ]);
    return this.#codecs;
  }

  /** The parser that recognises a code stream by its first bytes (64 are enough). */
  parserFor(head: Uint8Array): Parser | undefined {
    const start = head.length > 64 ? head.subarray(0, 64) : head;
    for (const parser of this.#parsers) if (parser.canParse(start)) return parser;
    return undefined;
  }

  /** The codec that a file of this name usually holds: `"jpeg"` for `"a/photo.JPG"`. */
  codecOf(path: string): string | undefined {
    const extension = extname(path).toLowerCase();
    return this.#parsers.find(({ extensions }) => extensions.includes(extension))?.codec;
  }
}

function insertByPriority<B extends { priority?: number }>(list: B[], more: readonly B[]): void {
  list.push(...more);
  list.sort((a, b) => (a.priority ?? DEFAULT_PRIORITY) - (b.priority ?? DEFAULT_PRIORITY)); // stable: ties keep their order
}

type Named = { readonly id: string; readonly codec: string };

function checkIds(extension: string, what: string, known: readonly Named[], added: readonly Named[]): void {
  const all = [...known];
  for (const backend of added) {
    if (all.some(({ id, codec }) => id === backend.id && codec === backend.codec))
      throw duplicate(extension, `a ${what} ${backend.id} for ${backend.codec}`);
    all.push(backend);
  }
}

function duplicate(extension: string, what: string): PolycodecError {
  return new PolycodecError("ERR_POLYCODEC_DUPLICATE", `${extension}: ${what} is registered already`);
}

function checkShape(extension: Extension): void {
  const wrong = (fact: string) =>
    new PolycodecError("ERR_POLYCODEC_INVALID_EXTENSION", `${extension?.name ?? "extension"}: ${fact}`);
  if (typeof extension !== "object" || extension === null) throw wrong("expected an Extension object");
  if (typeof extension.name !== "string" || typeof extension.version !== "string")
    throw wrong("name and version must be strings");
  if (extension.apiVersion !== 1)
    throw wrong(`written for contract version ${extension.apiVersion}, this core speaks 1`);
  for (const list of ["parsers", "decoders", "encoders"] as const) {
    if (extension[list] !== undefined && !Array.isArray(extension[list])) throw wrong(`${list}: expected an array`);
  }
  for (const parser of extension.parsers ?? []) {
    if (
      typeof parser?.codec !== "string" ||
      typeof parser.canParse !== "function" ||
      typeof parser.parse !== "function" ||
      !Array.isArray(parser.extensions)
    ) {
      throw wrong("a parser needs codec, extensions, canParse and parse");
    }
    if (parser.extensions.some((e) => !/^\.[a-z0-9]+$/.test(e)))
      throw wrong(`parser ${parser.codec}: extensions are lower case with a leading period`);
  }
  for (const backend of [...(extension.decoders ?? []), ...(extension.encoders ?? [])]) {
    if (typeof backend?.id !== "string" || typeof backend.codec !== "string" || typeof backend.create !== "function") {
      throw wrong("a backend needs id, codec and create");
    }
    if (!BACKEND_KINDS.includes(backend.kind))
      throw wrong(`backend ${backend.id}: kind ${backend.kind} is none of ${BACKEND_KINDS.join(", ")}`);
  }
}
