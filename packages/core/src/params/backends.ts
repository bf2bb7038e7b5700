/** Which kinds of backends a Decoder or Encoder may use, and how it divides work between them. */
import { BACKEND_KINDS, type BackendKind, LOAD_HINT_POLICIES, type LoadHintPolicy } from "../enums.js";
import { ArgumentTypeError } from "../errors.js";
import { number, oneOf, readOptions, withDefault } from "./options.js";

/** One allowed kind. A kind alone stands for `{ kind }`. */
export interface BackendChoice {
  readonly kind: BackendKind;
  /** Fraction of a batch for this kind, 0 to 1: its share if FIXED, where it starts if adaptive. Default 1. */
  readonly loadHint?: number;
  /** Default `"FIXED"` if a hint is given, else `"ADAPTIVE_MINIMIZE_IDLE_TIME"`. */
  readonly loadHintPolicy?: LoadHintPolicy;
}

/** A choice, complete. */
export type BackendSelection = Required<BackendChoice>;

const ALL: readonly BackendSelection[] = BACKEND_KINDS.map((kind) => ({
  kind,
  loadHint: 0.5,
  loadHintPolicy: "ADAPTIVE_MINIMIZE_IDLE_TIME",
}));

const checks = {
  kind: oneOf(BACKEND_KINDS),
  loadHint: withDefault(number(0, 1), -1),
  loadHintPolicy: withDefault(oneOf(["", ...LOAD_HINT_POLICIES]), ""),
};

/** All kinds, unless told. @throws TypeError, RangeError */
export function readBackends(value: unknown): readonly BackendSelection[] {
  if (value === undefined) return ALL;
  if (!Array.isArray(value))
    throw new ArgumentTypeError("backends: expected an array of { kind, loadHint, loadHintPolicy }");
  const chosen = value.map((element: unknown, i): BackendSelection => {
    const { kind, loadHint, loadHintPolicy } = readOptions(
      `backends[${i}]`,
      typeof element === "string" ? { kind: element } : element,
      checks,
    );
    const hinted = loadHint >= 0;
    return Object.freeze({
      kind,
      loadHint: hinted ? loadHint : loadHintPolicy === "FIXED" ? 1 : 0.5,
      loadHintPolicy: loadHintPolicy !== "" ? loadHintPolicy : hinted ? "FIXED" : "ADAPTIVE_MINIMIZE_IDLE_TIME",
    });
  });
  const kinds = chosen.map(({ kind }) => kind);
  if (new Set(kinds).size < kinds.length) throw new ArgumentTypeError("backends: a kind is named twice");
  return chosen;
}
