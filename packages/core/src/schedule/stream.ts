/** Decoding a stream of unknown length in bounded memory. */
import { parseAll } from "../code-stream/source.js";
import type { DecodeSource } from "../code-stream/code-stream.js";
import { byteLength } from "../image/layout.js";
import type { DecodeParams } from "../params/decode-params.js";
import type { PlannedDecode } from "../plan/decode-plan.js";
import type { Registry } from "../registry.js";
import type { Call } from "./call.js";
import { batchOf, type DecodeResult, type Opened, planWindow, type PlannedWindow, runWindow } from "./decode-batch.js";
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

const PIECES_IN_FLIGHT = 2;

/**
 * Yields results in order. Sources are drawn and planned in groups, which are cut where their pictures would exceed
 * half of `windowBytes` or `windowItems`; two pieces are in flight, so that one decodes while the other is consumed.
 * A source that is slow to come holds up nobody: what was drawn before it is decoded and given out meanwhile.
 */
export async function* streamWindows(
  sources: Iterable<DecodeSource> | AsyncIterable<DecodeSource>, open: (source: DecodeSource) => Opened, registry: Registry,
  lanes: Lanes<PlannedDecode>, params: DecodeParams, call: Call,
): AsyncGenerator<DecodedItem, void, void> {
  const batch = batchOf(lanes, params, call);
  const inFlight: InFlight[] = [];
  let idle = () => {};
  /** Resolves when nothing is in flight, and the sources have had a turn of the event loop to come. */
  const starving = async () => {
    if (inFlight.length > 0) await new Promise<void>((resolve) => { idle = resolve; });
    else await new Promise((resolve) => { setImmediate(resolve); });
  };
  const incoming = pieces(sources, open, registry, params, starving);
  let next: Promise<IteratorResult<Piece>> | undefined;
  let index = 0;
  let ended = false;
  let done = false;
  try {
    while (true) {
      if (!ended && inFlight.length < PIECES_IN_FLIGHT && !next) {
        next = incoming.next();
        next.catch(() => undefined); // awaited below; not unhandled if the loop is left
      }
      if (next) {
        const oldest = inFlight[0]?.work.then(() => undefined, () => undefined);
        const piece = await call.until(oldest ? Promise.race([next, oldest]) : next);
        if (piece) {
          next = undefined;
          if (piece.done) ended = true;
          else {
            const { window, sources: share } = piece.value;
            const work = lanes.during(() => runWindow(window, batch, lanes));
            work.catch(() => undefined); // likewise
            inFlight.push({ sources: share, work });
            if (inFlight.length < PIECES_IN_FLIGHT) continue;
          }
        }
      }
      if (inFlight.length === 0) {
        if (ended) break;
        continue;
      }
      yield* drain(inFlight.shift()!);
      if (inFlight.length === 0) idle();
    }
    done = true;
  } finally {
    if (!done) call.cancel();
    call.end();
    idle();
    const stopped = incoming.return();
    stopped.catch(() => undefined);
    // One that waits for a source may wait for ever; it stops when that comes.
    if (!next || Symbol.iterator in sources) await stopped;
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
  starving: () => Promise<void>,
): AsyncGenerator<Piece, void, void> {
  const maxItems = Math.max(1, Math.floor(params.limits.windowItems / 2));
  for await (const group of groups(sources, Math.min(maxItems, 32), starving)) {
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

/** Sources in groups of at most `size`; smaller ones when the next source is not there and somebody is starving. */
async function* groups<T>(sources: Iterable<T> | AsyncIterable<T>, size: number, starving: () => Promise<void>): AsyncGenerator<T[], void, void> {
  if (Symbol.iterator in sources) {
    let group: T[] = [];
    for (const source of sources) {
      group.push(source);
      if (group.length < size) continue;
      yield group;
      group = [];
    }
    if (group.length > 0) yield group;
    return;
  }
  const iterator = sources[Symbol.asyncIterator]();
  let next: Promise<IteratorResult<T>> | undefined;
  let group: T[] = [];
  let ended = false;
  try {
    while (true) {
      next ??= iterator.next();
      const came = await (group.length === 0 ? next : Promise.race([next, starving()]));
      if (came) {
        next = undefined;
        if (came.done) break;
        group.push(came.value);
        if (group.length < size) continue;
      }
      yield group;
      group = [];
    }
    ended = true;
    if (group.length > 0) yield group;
  } catch (error) {
    ended = true; // by its own error: there is nothing to return
    throw error;
  } finally {
    if (!ended) {
      const returned = iterator.return?.();
      if (next) returned?.catch(() => undefined);
      else await returned;
    }
  }
}
