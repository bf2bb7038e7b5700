/** Values as Python's `repr` prints them: how the reference writes metadata into its tables. */

/**
 * `{'k': 0, 's': "a'b", 'f': 0.5, 'n': None}`. Numbers that are whole print as `int`: JavaScript does not tell 1.0 from
 * 1. `Map`s and objects are dicts, `Uint8Array`s bytes, other arrays lists; `undefined` is `None`.
 *
 * @throws TypeError for what has no like in Python: functions, symbols
 */
export function pythonRepr(value: unknown): string {
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number") return numberRepr(value);
  if (typeof value === "string") return stringRepr(value);
  if (value instanceof Uint8Array) return bytesRepr(value);
  if (value instanceof Date) return stringRepr(value.toISOString());
  if (Array.isArray(value) || ArrayBuffer.isView(value))
    return `[${Array.from(value as unknown as ArrayLike<unknown>, pythonRepr).join(", ")}]`;
  if (typeof value !== "object") throw new TypeError(`metadata: a ${typeof value} cannot be written`);
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  return `{${entries.map(([key, element]) => `${pythonRepr(key)}: ${pythonRepr(element)}`).join(", ")}}`;
}

/** Both languages print the shortest digits that read back the same; they differ in where they begin to use exponents. */
function numberRepr(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (Object.is(value, -0)) return "-0.0";
  if (Number.isSafeInteger(value)) return String(value);
  const [digits = "", exponent = "0"] = value.toExponential().split("e");
  const power = Number(exponent);
  if (power < -4 || power >= 16) {
    const sign = power < 0 ? "-" : "+";
    return `${digits}e${sign}${String(Math.abs(power)).padStart(2, "0")}`;
  }
  const plain = power < 0 ? value.toFixed(digits.replace(/[-.]/g, "").length - 1 - power) : String(value);
  return plain.includes(".") ? plain : `${plain}.0`;
}

const NAMED: Readonly<Record<string, string>> = { "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** Single quotes, unless there are such and no double ones inside; what is not printable is escaped. */
function stringRepr(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const body = text.replace(/[\\'\p{C}\p{Z}]/gu, (character) => {
    if (character === " ") return " ";
    if (character === "'") return quote === "'" ? "\\'" : "'";
    const named = NAMED[character];
    if (named) return named;
    const point = character.codePointAt(0)!;
    if (point < 0x100) return `\\x${point.toString(16).padStart(2, "0")}`;
    if (point < 0x10000) return `\\u${point.toString(16).padStart(4, "0")}`;
    return `\\U${point.toString(16).padStart(8, "0")}`;
  });
  return quote + body + quote;
}

function bytesRepr(bytes: Uint8Array): string {
  const latin = Buffer.from(bytes).toString("latin1");
  const quote = latin.includes("'") && !latin.includes('"') ? '"' : "'";
  const body = latin.replace(/[^ -~]|[\\']/g, (character) => {
    if (character === "'") return quote === "'" ? "\\'" : "'";
    return NAMED[character] ?? `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
  return `b${quote}${body}${quote}`;
}
