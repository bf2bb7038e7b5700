/** What two devices make of batches of every size, in every ratio and with every hint: a table to print and to judge. */
import { type Device, mean, Simulator, worksOf } from "./simulator.js";

export const SEEDS = 50;
/** The first two batches are for learning. */
export const LEARNING = 2;
export const HINTS = [0.05, 0.25, 0.5, 0.75, 0.95];
/** Both the first and the second in priority may be the fast one. */
export const RATIOS = [
  [1, 1],
  [3, 1],
  [1, 3],
  [10, 1],
  [1, 10],
  [20, 1],
  [1, 20],
] as const;

export interface Cell {
  readonly idle: number;
  readonly ratio: number;
}

/** The same samples serve all cells. */
const works = new Map<string, Float64Array>();
export function worksFor(count: number, seed: number, batch: number): Float64Array {
  const key = `${count} ${seed} ${batch}`;
  let made = works.get(key);
  if (!made) works.set(key, (made = worksOf(count, seed * 100 + batch)));
  return made;
}

/** Means over seeds, and over the batches after the learning. */
export function cell(devices: readonly Device[], count: number, batches = count <= 256 ? 4 : 3): Cell {
  const idle: number[] = [];
  const ratio: number[] = [];
  for (let seed = 1; seed <= SEEDS; seed++) {
    const simulator = new Simulator(devices, { seed });
    for (let b = 0; b < batches; b++) {
      const report = simulator.batch(worksFor(count, seed, b));
      if (b < LEARNING) continue;
      idle.push(report.idle);
      ratio.push(report.ratio);
    }
  }
  return { idle: mean(idle), ratio: mean(ratio) };
}

export const percent = (part: number) => `${(100 * part).toFixed(2).padStart(5)} %`;

/** Two devices in every ratio and with every hint; returns the printed table and the cells. */
export function table(sizes: readonly number[], extra: Partial<Device>): { lines: string[]; cells: Cell[] } {
  const cells: Cell[] = [];
  const lines = [`idle time and makespan by ideal, hint of the first device ${HINTS.join(", ")}`];
  for (const [first, second] of RATIOS) {
    for (const count of sizes) {
      const row = HINTS.map((hint) =>
        cell(
          [
            { speed: first, hint, ...extra },
            { speed: second, hint: 1 - hint, ...extra },
          ],
          count,
        ),
      );
      cells.push(...row);
      lines.push(
        `${`${first}:${second}`.padStart(5)} ${String(count).padStart(5)} | ${row.map(({ idle, ratio }) => `${percent(idle)} ${ratio.toFixed(3)}`).join(" | ")}`,
      );
    }
  }
  return { lines, cells };
}
