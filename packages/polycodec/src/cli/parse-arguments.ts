/** Values on the command line, read and checked before anything else happens. */
import { InvalidArgumentError } from "commander";

/** A whole number in a range, both ends included. */
export function integer(min: number, max = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max) {
      throw new InvalidArgumentError(
        `Expected a whole number ${max < Number.MAX_SAFE_INTEGER ? `from ${min} to ${max}` : `of at least ${min}`}.`,
      );
    }
    return value;
  };
}

export function atLeastZero(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0) || value === Number.POSITIVE_INFINITY)
    throw new InvalidArgumentError("Expected a number of at least 0.");
  return value;
}

/** `name=value`, added to those before. A value that is JSON is what it says: `true`, `7`, `[32,32]`; else it is text. */
export function namedValue(text: string, before: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const [, name, value] = /^([A-Za-z]\w*)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError("Expected NAME=VALUE: preset=fast.");
  return { ...before, [name]: jsonOrText(value) };
}

function jsonOrText(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

/** One of these names, whatever its case; its spelling in the list is what comes out. */
export function oneOf<const T extends string>(names: readonly T[]): (text: string) => T {
  return (text) => {
    const name = names.find((one) => one.toLowerCase() === text.toLowerCase());
    if (name === undefined) throw new InvalidArgumentError(`Expected one of ${names.join(", ")}.`);
    return name;
  };
}

/** `y0,x0,y1,x1`: may reach past the edges, hence negative numbers too. */
export function region(text: string): { start: [number, number]; end: [number, number] } {
  const [y0, x0, y1, x1, more] = text
    .split(",")
    .map((part) => (/^\s*-?\d+\s*$/.test(part) ? Number(part) : Number.NaN));
  if (more !== undefined || !(y0! < y1!) || !(x0! < x1!)) {
    throw new InvalidArgumentError("Expected y0,x0,y1,x1 in pixels, with y0 < y1 and x0 < x1.");
  }
  return { start: [y0!, x0!], end: [y1!, x1!] };
}

/** `WIDTHxHEIGHTxCHANNELS`; without channels it is 3. */
export function size(text: string): { width: number; height: number; channels: number } {
  const [, width, height, channels = "3"] = /^(\d+)x(\d+)(?:x([1-4]))?$/.exec(text) ?? [];
  if (!Number(width) || !Number(height))
    throw new InvalidArgumentError("Expected WIDTHxHEIGHTxCHANNELS, channels 1 to 4.");
  return { width: Number(width), height: Number(height), channels: Number(channels) };
}

/** A number of images, or all. */
export function imageIndex(text: string): number | "all" {
  return text === "all" ? "all" : integer(0)(text);
}

/** `maxPixels=1e9,maxScans=50`; core knows the names. */
export function limits(text: string): Record<string, number> {
  return Object.fromEntries(
    text.split(",").map((part) => {
      const [name = "", value = ""] = part.split("=");
      if (!name || value.trim() === "" || Number.isNaN(Number(value))) {
        throw new InvalidArgumentError("Expected NAME=NUMBER, several separated by commas: maxPixels=1e9,maxScans=50.");
      }
      return [name.trim(), Number(value)];
    }),
  );
}
