/** The door: options are checked here, once, by name. */
import { PolycodecError } from "@polycodec/core";

/** What was expected, if the value is not it. */
export type Check = (value: unknown) => string | undefined;

/** @throws PolycodecError (ERR_POLYCODEC_UNKNOWN_OPTION, ERR_POLYCODEC_INVALID_ARGUMENT) */
export function checkOptions<T extends object>(
  what: string,
  options: T,
  checks: { readonly [K in keyof Required<T>]: Check },
): void {
  if (typeof options !== "object" || options === null) throw invalid(`${what}: expected an object`);
  for (const [key, value] of Object.entries(options)) {
    if (!Object.hasOwn(checks, key)) {
      const names = Object.keys(checks).join(", ");
      const message = `${what}: unknown option ${JSON.stringify(key)}, expected ${names}`;
      throw new PolycodecError("ERR_POLYCODEC_UNKNOWN_OPTION", message);
    }
    const expected = value === undefined ? undefined : checks[key as keyof T](value);
    if (expected) throw invalid(`${what}.${key}: expected ${expected}, got ${String(value)}`);
  }
}

export function invalid(message: string): PolycodecError {
  return new PolycodecError("ERR_POLYCODEC_INVALID_ARGUMENT", message);
}

const ofType =
  (type: string): Check =>
  (value) =>
    typeof value === type && value !== null ? undefined : `a ${type}`;

export const text = ofType("string");
export const boolean = ofType("boolean");
export const object = ofType("object");
export const callback = ofType("function");

export function integer(min: number): Check {
  return (value) =>
    Number.isSafeInteger(value) && (value as number) >= min ? undefined : `a whole number of at least ${min}`;
}

export function oneOf(...list: readonly string[]): Check {
  return (value) => (list.includes(value as string) ? undefined : `one of ${list.join(", ")}`);
}

export const texts: Check = (value) =>
  Array.isArray(value) && value.every((one) => typeof one === "string") ? undefined : "an array of strings";

export const textOrTexts: Check = (value) =>
  text(value) && texts(value) ? "a string or an array of strings" : undefined;
