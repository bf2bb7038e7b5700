/** One try of one cell: all rivals alive at once, taking turns. */
import { type Bar, type Cell, rivalOf } from "./cells.js";
import { commandOf, type Field, present } from "./entrants.js";
import type { MadeClass } from "./make-class.js";
import { busyCores, type Measurement, Rival } from "./rival.js";
import { type Spread, spread } from "./statistics.js";

export interface EntrantResult extends Spread {
  readonly id: string;
  /** Pictures per second, one figure a round. */
  readonly rates: readonly number[];
  /** The most that other processes disturbed a round, in cores. */
  readonly foreign: number;
  /** Encoders: the bytes of all results. */
  readonly codedBytes?: number;
}

export interface BarResult {
  readonly bar: Bar;
  /** Ratio of medians, or µs per item. */
  readonly figure: number;
  /** The same of each round, least and most. */
  readonly min: number;
  readonly max: number;
  /** Where a bar is about bytes, too: ours to theirs. */
  readonly bytes?: number;
  readonly met: boolean;
}

export interface Try {
  readonly entrants: readonly EntrantResult[];
  readonly bars: readonly BarResult[];
}

export interface Pace {
  readonly rounds: number;
  /** Of each turn, at least. */
  readonly seconds: number;
  /** Seconds that a turn may wait for the rest of the machine to be quiet, and be taken again if it was not. */
  readonly patience: number;
}

/** Above this many cores of others' work a turn is taken again. */
const quiet = 0.15;

export async function measure(
  cell: Cell,
  made: MadeClass,
  cores: readonly number[],
  field: Field,
  pace: Pace,
  notice: (text: string) => void,
): Promise<Try> {
  const rivals: Rival[] = [];
  try {
    for (const entrant of cell.entrants.filter((e) => present(e, field))) {
      const own = cores.slice(0, entrant.cores ?? cores.length);
      const command = commandOf(entrant, cell, made, own.length, field);
      await Rival.start(entrant.id, command, own).then(
        (rival) => rivals.push(rival),
        (error: Error) => {
          // A peer that does not run here is a pity; without ourselves or the limit there is nothing to report.
          if (entrant.maker.by !== "npm" && entrant.maker.by !== "python") throw error;
          notice(`left out: ${error.message}`);
        },
      );
    }
    const turns = new Map<string, Measurement[]>(rivals.map((rival) => [rival.id, []]));
    for (let round = 0; round < pace.rounds; round++) {
      // Each round begins with another rival, so that nobody always runs in somebody's wake.
      const first = rivals.length === 0 ? 0 : round % rivals.length;
      for (const rival of [...rivals.slice(first), ...rivals.slice(0, first)])
        turns.get(rival.id)!.push(await turn(rival, pace));
    }
    const entrants = [...turns].map(([id, taken]) => {
      const rates = taken.map((t) => t.rate);
      const codedBytes = rivals.find((rival) => rival.id === id)!.codedBytes;
      return {
        id,
        rates,
        ...(codedBytes !== undefined && { codedBytes }),
        foreign: Math.max(...taken.map((t) => t.foreign)),
        ...spread(rates),
      };
    });
    return { entrants, bars: cell.bars.flatMap((bar) => judge(bar, entrants) ?? []) };
  } finally {
    await Promise.all(rivals.map((rival) => rival.stop()));
  }
}

async function turn(rival: Rival, { seconds, patience }: Pace): Promise<Measurement> {
  const deadline = performance.now() + patience * 1000;
  let best = await rival.measure(seconds);
  while (best.foreign > quiet && performance.now() < deadline) {
    while ((await busyCores(250)) > quiet && performance.now() < deadline);
    const next = await rival.measure(seconds);
    if (next.foreign < best.foreign) best = next;
  }
  return best;
}

/** The fastest variant of a rival. */
export function fastest(rival: string, entrants: readonly EntrantResult[]): EntrantResult | undefined {
  return entrants.filter((e) => rivalOf(e.id) === rival).toSorted((a, b) => b.median - a.median)[0];
}

/** Undefined when one of the two did not take part. */
export function judge(bar: Bar, entrants: readonly EntrantResult[]): BarResult | undefined {
  const ours = fastest(bar.ours, entrants);
  if (ours === undefined) return undefined;
  if ("atMostUs" in bar) {
    const us = ours.rates.map((rate) => 1e6 / rate);
    const figure = 1e6 / ours.median;
    return { bar, figure, min: Math.min(...us), max: Math.max(...us), met: figure <= bar.atMostUs };
  }
  const theirs = fastest(bar.rival, entrants);
  if (theirs === undefined) return undefined;
  const ratios = ours.rates.map((rate, round) => rate / theirs.rates[round]!);
  const figure = ours.median / theirs.median;
  const found = { bar, figure, min: Math.min(...ratios), max: Math.max(...ratios) };
  if (ours.codedBytes === undefined || theirs.codedBytes === undefined || bar.bytesAtMost === undefined)
    return { ...found, met: figure >= bar.atLeast };
  const bytes = ours.codedBytes / theirs.codedBytes;
  return { ...found, bytes, met: figure >= bar.atLeast && bytes <= bar.bytesAtMost };
}

/** How far above its bar a figure is: 1 is just met. */
export function margin({ bar, figure }: BarResult): number {
  return "atMostUs" in bar ? bar.atMostUs / figure : figure / bar.atLeast;
}
