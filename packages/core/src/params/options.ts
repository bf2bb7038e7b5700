/** The door: options are checked here, once, with the option's name, what was expected and what came. */
import { ArgumentRangeError, ArgumentTypeError } from "../errors.js";

/** Checks one option's value; `name` is for the message. */
export type Check<T> = (value: unknown, name: string) => T;

/** Completes an options object: every name in `checks` is there, and no other. `undefined` stands for a missing option. */
export function readOptions<S extends Readonly<Record<string, Check<unknown>>>>(
  what: string,
  raw: unknown,
  checks: S,
): { readonly [K in keyof S]: ReturnType<S[K]> } {
  const given = raw === undefined ? {} : asObject(raw, what);
  for (const key of Object.keys(given))
    if (!Object.hasOwn(checks, key)) throw unknownOption(what, key, Object.keys(checks));
  const complete: Record<string, unknown> = {};
  for (const key in checks) complete[key] = checks[key]!(given[key], `${what}.${key}`);
  return Object.freeze(complete) as { readonly [K in keyof S]: ReturnType<S[K]> };
}

export function asObject(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw expected(name, "an object", value);
  return value as Record<string, unknown>;
}

/** A missing option has this value. */
export function withDefault<T>(check: Check<T>, value: NoInfer<T>): Check<T> {
  return (given, name) => (given === undefined ? value : check(given, name));
}

export function optional<T>(check: Check<T>): Check<T | undefined> {
  return (given, name) => (given === undefined ? undefined : check(given, name));
}

export const boolean: Check<boolean> = (value, name) => {
  if (typeof value !== "boolean") throw expected(name, "a boolean", value);
  return value;
};

export const text: Check<string> = (value, name) => {
  if (typeof value !== "string") throw expected(name, "a string", value);
  return value;
};

export function number(min: number, max: number): Check<number> {
  return (value, name) => {
    if (typeof value !== "number" || Number.isNaN(value)) throw expected(name, "a number", value);
    if (value < min || value > max) throw new ArgumentRangeError(`${name}: expected ${min} to ${max}, got ${value}`);
    return value;
  };
}

export function integer(min: number, max: number): Check<number> {
  const inRange = number(min, max);
  return (value, name) => {
    if (typeof value === "number" && !Number.isInteger(value)) throw expected(name, "an integer", value);
    return inRange(value, name);
  };
}

export function oneOf<const T extends string | number>(list: readonly T[]): Check<T> {
  return (value, name) => {
    if ((list as readonly unknown[]).includes(value)) return value as T;
    const hint = typeof value === "string" ? nearest(value, list.map(String)) : undefined;
    throw new ArgumentTypeError(
      `${name}: expected one of ${list.join(", ")}, got ${show(value)}${hint ? `; did you mean ${hint}?` : ""}`,
    );
  };
}

export function instanceOf<T>(type: abstract new (...args: never[]) => T, what: string): Check<T> {
  return (value, name) => {
    if (!(value instanceof type)) throw expected(name, what, value);
    return value;
  };
}

export function listOf<T>(check: Check<T>): Check<readonly T[]> {
  return (value, name) => {
    if (!Array.isArray(value)) throw expected(name, "an array", value);
    return value.map((element, i) => check(element, `${name}[${i}]`));
  };
}

export function expected(name: string, what: string, value: unknown): ArgumentTypeError {
  return new ArgumentTypeError(`${name}: expected ${what}, got ${show(value)}`);
}

export function unknownOption(what: string, key: string, names: readonly string[]): ArgumentTypeError {
  const hint = nearest(key, names);
  return new ArgumentTypeError(
    `${what}: unknown option ${JSON.stringify(key)}${hint ? `; did you mean ${hint}?` : `, expected ${names.join(", ")}`}`,
    "ERR_POLYCODEC_UNKNOWN_OPTION",
  );
}

function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value);
  if (typeof value === "object" && value !== null)
    return value.constructor?.name ? `an instance of ${value.constructor.name}` : "an object";
  if (typeof value === "function") return "a function";
  return String(value);
}

/** The name that is at most a third of its letters away, if there is one. */
export function nearest(word: string, names: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = Infinity;
  for (const name of names) {
    const distance = editDistance(word.toLowerCase(), name.toLowerCase());
    if (distance < least && distance <= Math.max(1, Math.floor(name.length / 3))) {
      least = distance;
      best = name;
    }
  }
  return best;
}

/** Levenshtein's distance, one row at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length]!;
}
