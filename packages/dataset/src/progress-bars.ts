/** A bar a stage, on standard error. */
import { MultiBar, type SingleBar } from "cli-progress";
import type { StageProgress } from "./stage.js";

const FORMAT = "{name} {bar} {value}/{total} tasks  {items}  {rate}/s{failed}";

export class ProgressBars {
  readonly #stages: readonly StageProgress[];
  readonly #bars: readonly SingleBar[];
  readonly #multi: MultiBar;

  constructor(stages: readonly StageProgress[], stream: NodeJS.WriteStream = process.stderr) {
    this.#stages = stages;
    const width = Math.max(...stages.map(({ name }) => name.length));
    this.#multi = new MultiBar({
      format: FORMAT,
      barCompleteChar: "█",
      barIncompleteChar: "░",
      barsize: 24,
      hideCursor: true,
      gracefulExit: false, // the program decides what an interruption means
      stream,
    });
    this.#bars = stages.map(({ name }) =>
      this.#multi.create(1, 0, { name: name.padEnd(width), items: "", rate: 0, failed: "" }),
    );
  }

  /** Draws at most ten times a second, whatever it is told. */
  update(): void {
    this.#stages.forEach((stage, i) => {
      const bar = this.#bars[i]!;
      // How many tasks there will be is known when the stage before has given its last.
      const before = this.#stages[i - 1];
      const known = Math.max(before?.tasksOut ?? 0, stage.tasksIn, 1);
      const done = stage.isDone ? known : Math.max(0, stage.tasksIn - 1);
      bar.setTotal(before && !before.isDone ? known + 1 : known);
      bar.update(done, {
        items: `${stage.items} items`,
        rate: (stage.items / Math.max(stage.busySeconds, 1e-3)).toFixed(0),
        failed: stage.failed > 0 ? `  ${stage.failed} failed` : "",
      });
    });
  }

  stop(): void {
    this.update();
    this.#multi.stop();
  }
}
