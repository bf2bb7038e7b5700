/** Decoding a stream of unknown length in bounded memory. */
import { parseAll } from "../code-stream/source.js";
import type { DecodeSource } from "../code-stream/code-stream.js";
import { byteLength } from "../image/layout.js";
import type { DecodeParams } from "../params/decode-params.js";
import type { PlannedDecode } from "../plan/decode-plan.js";
import type { Registry } from "../registry.js";
import type { Call } from "./call.js";
import { type DecodeResult, type Opened, planWindow, batchOf, type PlannedWindow, runWindow } from "./decode-batch.js";
import type { Lanes } from "./lanes.js";

/** One item of `decodeStream`. */
export interface DecodedItem {
  /** Place of the source in the stream, from 0. */
  readonly index: number;
  readonly source: DecodeSource;
  readonly result: DecodeResult;
}

interface InFlight {
  readonly sources: readonly DecodeSource[];
  readonly work: Promise<DecodeResult[]>;
}

/**
 * Yields results in order. Sources are drawn and planned in groups, which are cut where their pictures would exceed
 * half of `windowBytes` or `windowItems`; two pieces are in flight, so that one decodes while the other is consumed.
 */
export async function* streamWindows(
  sources: Iterable<DecodeSource> | AsyncIterable<DecodeSource>, open: (source: DecodeSource) => Opened, registry: Registry,
  lanes: Lanes<PlannedDecode>, params: DecodeParams, call: Call,
): AsyncGenerator<DecodedItem, void, void> {
  const batch = batchOf(lanes, params, call);
  const inFlight: InFlight[] = [];
  let index = 0;
  let done = false;
  try {
    for await (const piece of pieces(sources, open, registry, params)) {
      const work = lanes.during(() => runWindow(piece.window, batch, lanes));
      work.catch(() => undefined); // awaited below; not unhandled meanwhile
      inFlight.push({ sources: piece.sources, work });
      if (inFlight.length > 1) yield* drain(inFlight.shift()!);
    }
    while (inFlight.length > 0) yield* drain(inFlight.shift()!);
    done = true;
  } finally {
    if (!done) call.cancel();
    call.end();
  }

  async function* drain(piece: InFlight): AsyncGenerator<DecodedItem, void, void> {
    const results = await call.until(piece.work);
    for (let i = 0; i < results.length; i++) yield { index: index++, source: piece.sources[i]!, result: results[i]! };
  }
}

interface Piece {
  readonly sources: readonly DecodeSource[];
  readonly window: PlannedWindow;
}

async function* pieces(
  sources: Iterable<DecodeSource> | AsyncIterable<DecodeSource>, open: (source: DecodeSource) => Opened, registry: Registry, params: DecodeParams,
): AsyncGenerator<Piece, void, void> {
  const maxItems = Math.max(1, Math.floor(params.limits.windowItems / 2));
  for await (const group of groups(sources, Math.min(maxItems, 32))) {
    const opened = group.map(open);
    await parseAll(opened, registry, params.limits);
    const { samples, results } = planWindow(opened, params);
    const bytes = new Float64Array(group.length);
    for (const { place, task } of samples) bytes[place] = byteLength(task.target);
    let start = 0;
    let sum = 0;
    for (let place = 0; place <= group.length; place++) {
      if (place < group.length && (place === start || sum + bytes[place]! <= params.limits.windowBytes / 2)) {
        sum += bytes[place]!;
        continue;
      }
      const end = place;
      if (end > start) {
        const from = start;
        yield {
          sources: group.slice(from, end),
          window: {
            samples: samples.filter((s) => s.place >= from && s.place < end).map((s) => ({ ...s, place: s.place - from })),
            results: results.slice(from, end),
          },
        };
      }
      start = end;
      sum = place < group.length ? bytes[place]! : 0;
    }
  }
}

/** Sources in groups of at most `size`. */
async function* groups<T>(sources: Iterable<T> | AsyncIterable<T>, size: number): AsyncGenerator<T[], void, void> {
  let group: T[] = [];
  for await (const source of sources) {
    group.push(source);
    if (group.length === size) {
      yield group;
      group = [];
    }
  }
  if (group.length > 0) yield group;
}
