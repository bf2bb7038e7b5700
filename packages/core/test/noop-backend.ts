/** Builds native/test/noop_backend.c and packs chunks for it: what the tests of the runtime have in common. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { runtime } from "#core/runtime/load-addon.js";
import type { CallHandle, ChunkResult, InstanceHandle } from "#core/runtime/runtime.js";
import { DECODE_FIELDS, ENCODE_FIELDS, OUTCOME_FIELDS } from "#core/runtime/task-fields.js";

/** The package's folder: the compiled test lies elsewhere than the sources. */
export const core = dirname(createRequire(import.meta.url).resolve("@polycodec/core/package.json"));

/** A folder for this process's files, gone when it exits. */
export const folder = mkdtempSync(join(tmpdir(), "polycodec-runtime-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

/** Compiles C to a shared library with the flags that any C extension should stand. */
export function compile(source: string, name: string): string {
  const library = join(folder, name);
  const flags = ["-std=c11", "-Wall", "-Wextra", "-pedantic", "-Werror", "-O2", "-fPIC", "-shared"];
  execFileSync(process.env.CC ?? "cc", [...flags, "-I", join(core, "include"), source, "-o", library]);
  return library;
}

export const library =
  process.env.POLYCODEC_TEST_BACKEND ?? compile(join(core, "native/test/noop_backend.c"), "noop_backend.so");

export function instanceOf(
  id: string,
  direction: "decode" | "encode" = "decode",
  options: Record<string, number | string | boolean> = {},
): InstanceHandle {
  return runtime().createInstance(runtime().openLibrary(library).handle, id, direction, options);
}

export const batchCall = (): CallHandle => runtime().openCall({ urgency: "batch" });

type DecodeField = (typeof DECODE_FIELDS)[number];
export type DecodeNumbers = Partial<Record<DecodeField, number>>;

/** The nine numbers of an interleaved 8-bit layout. */
export function layout(
  prefix: string,
  width: number,
  height: number,
  channels = 3,
  rowStride = width * channels,
): Record<string, number> {
  const format = channels === 1 ? 2 : 6;
  const numbers = {
    width,
    height,
    channels,
    dtype: 0,
    sampleFormat: format,
    colorSpec: 2,
    precision: 8,
    rowStride,
    planeStride: 0,
  };
  return Object.fromEntries(Object.entries(numbers).map(([name, value]) => [`${prefix}.${name}`, value]));
}

/** `count` decode tasks of RGB images of this size; `extra` changes some numbers. */
export function decodeFields(
  count: number,
  width: number,
  height: number,
  extra: (i: number) => DecodeNumbers = () => ({}),
): Float64Array {
  const fields = new Float64Array(count * DECODE_FIELDS.length);
  const plain = {
    scale: 1,
    orientation: 1,
    byteLength: width * height * 3,
    ...layout("output", width, height),
    ...layout("target", width, height),
  };
  for (let i = 0; i < count; i++) {
    const numbers: Record<string, number> = { ...plain, ...extra(i) };
    DECODE_FIELDS.forEach((name, at) => {
      fields[i * DECODE_FIELDS.length + at] = numbers[name] ?? 0;
    });
  }
  return fields;
}

export function encodeFields(
  count: number,
  width: number,
  height: number,
  channels = 3,
  rowStride = width * channels,
): Float64Array {
  const numbers = layout("input", width, height, channels, rowStride);
  const one = ENCODE_FIELDS.map((name) => numbers[name] ?? 0);
  return Float64Array.from({ length: count * one.length }, (_, i) => one[i % one.length]!);
}

/** The pixels that a task was given memory for. */
export function pixelsOf({ slabs }: ChunkResult, i: number): Uint8Array {
  return new Uint8Array(runtime().openSlab(slabs![i]!));
}

/** Number `field` of every task of a chunk. */
export function column({ outcomes }: ChunkResult, field: (typeof OUTCOME_FIELDS)[number]): number[] {
  const at = OUTCOME_FIELDS.indexOf(field);
  return Array.from(
    { length: outcomes.length / OUTCOME_FIELDS.length },
    (_, i) => outcomes[i * OUTCOME_FIELDS.length + at]!,
  );
}

export const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Waits until it is so; finalizers and dying threads take their time. */
export async function eventually(condition: () => boolean, what: string, ms = 30_000): Promise<void> {
  const end = Date.now() + ms;
  while (!condition()) {
    if (Date.now() > end)
      throw new Error(`after ${ms} ms still not so: ${what} (${JSON.stringify(runtime().stats())})`);
    await sleep(5);
  }
}

/** Nothing of a chunk is left: tasks, references, memory that nobody holds. */
export function idle(): boolean {
  const { liveTasks, liveReferences } = runtime().stats();
  return liveTasks === 0 && liveReferences === 0;
}
