/** The door of the stages: options are checked here, once, by name. */
import { DatasetError } from "./errors.js";

type Check = (value: unknown) => string | undefined;

/** A check for every option: what was expected, if the value is not it. */
export type Checked<T> = { readonly [K in keyof Required<T>]: Check };

/** The same object, if every option is known and what it should be. @throws DatasetError (ERR_DATASET_INVALID_OPTION) */
export function knownKeys<T extends object>(what: string, options: T | undefined, checks: Checked<T>): T {
  const given = options ?? ({} as T);
  if (typeof given !== "object" || Array.isArray(given)) throw failure(`${what}: expected an object`);
  for (const [key, value] of Object.entries(given)) {
    if (!Object.hasOwn(checks, key))
      throw failure(`${what}: unknown option ${JSON.stringify(key)}, expected ${Object.keys(checks).join(", ")}`);
    const expected = value === undefined ? undefined : checks[key as keyof T](value);
    if (expected !== undefined) throw failure(`${what}.${key}: expected ${expected}, got ${show(value)}`);
  }
  return given;
}

function failure(message: string): DatasetError {
  return new DatasetError("ERR_DATASET_INVALID_OPTION", message);
}

function show(value: unknown): string {
  return typeof value === "object" || typeof value === "function" ? `a ${typeof value}` : JSON.stringify(value);
}

const integer =
  (min: number, max = Number.MAX_SAFE_INTEGER): Check =>
  (value) =>
    Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max
      ? undefined
      : max === Number.MAX_SAFE_INTEGER
        ? `a whole number of at least ${min}`
        : `a whole number from ${min} to ${max}`;

const ofType =
  (type: string): Check =>
  (value) =>
    typeof value === type && value !== null ? undefined : `a ${type}`;

export const check = {
  failure,
  integer,
  text: ofType("string"),
  boolean: ofType("boolean"),
  object: ofType("object"),
  callback: ofType("function"),
  oneOf:
    (...list: readonly (string | number)[]): Check =>
    (value) =>
      list.includes(value as string) ? undefined : `one of ${list.map((one) => JSON.stringify(one)).join(", ")}`,
  triple:
    (min: number, max: number): Check =>
    (value) =>
      Array.isArray(value) && value.length === 3 && value.every((one) => integer(min, max)(one) === undefined)
        ? undefined
        : `three whole numbers from ${min} to ${max}`,
  textOrTexts: (value: unknown) =>
    typeof value === "string" || (Array.isArray(value) && value.every((one) => typeof one === "string"))
      ? undefined
      : "a string or an array of strings",
};
