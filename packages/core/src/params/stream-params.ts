/** What a user may ask of a stream, besides what may be asked of any decode or encode. */
import { ArgumentTypeError } from "../errors.js";
import type { DecodeOptions } from "./decode-params.js";
import type { EncodeOptions } from "./encode-params.js";
import { asObject, boolean, withDefault } from "./options.js";

export interface StreamOptions {
  /** Do results come in the order of the sources (default), or as they finish? */
  readonly ordered?: boolean;
}

/** Options of `decodeStream`. */
export interface DecodeStreamOptions extends Omit<DecodeOptions, "images">, StreamOptions {}

/** Options of `encodeStream`. `metadata` is for the items that bring none of their own. */
export interface EncodeStreamOptions extends EncodeOptions, StreamOptions {
  /** Release each image when it is encoded, or will not be? Default false: they are the caller's. */
  readonly releaseImages?: boolean;
}

const order = withDefault(boolean, true);

/** Takes a stream's own option out of the others. */
export function splitStreamOptions<T extends StreamOptions>(
  what: string,
  options: T | undefined,
): [ordered: boolean, rest: Omit<T, "ordered">] {
  const { ordered, ...rest } = options === undefined ? ({} as T) : (asObject(options, what) as unknown as T);
  return [order(ordered, `${what}.ordered`), rest];
}

/** Throws for options that have their place elsewhere. */
export function refuse(
  what: string,
  options: Readonly<Record<string, unknown>>,
  names: readonly string[],
  instead: string,
): void {
  for (const name of names) if (options[name] !== undefined) throw new ArgumentTypeError(`${what}.${name}: ${instead}`);
}
