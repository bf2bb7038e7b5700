/** From an entrant of a cell to the process that runs it. */
import { join } from "node:path";
import type { Cell, Entrant } from "./cells.js";
import type { Job } from "./job.js";
import type { MadeClass } from "./make-class.js";
import { pythonPeer, type Versions } from "./peers.js";
import {
  cacheFolder,
  compileLoop,
  compileNoop,
  compileOpenJpegLoop,
  compileOpenJphLoop,
  compilePngLoop,
  compileWebpLoop,
  projectFolder,
} from "./project.js";
import type { Command } from "./rival.js";

/** What of the other libraries is there. */
export interface Field {
  readonly npm: Versions;
  readonly python?: { readonly program: string; readonly libraries: Versions };
}

/** Can this entrant take part with what is installed? */
export function present({ maker }: Entrant, field: Field): boolean {
  if (maker.by === "npm") return maker.needs in field.npm;
  if (maker.by === "python") return field.python !== undefined && maker.needs in field.python.libraries;
  return true;
}

export function commandOf(entrant: Entrant, cell: Cell, made: MadeClass, cores: number, field: Field): Command {
  const { maker, operation, variant } = entrant;
  const job: Job = {
    operation,
    threads: cores,
    quality: made.quality,
    width: made.width,
    height: made.height,
    jpegs: made.pictures.map((picture) => picture.path),
    pixels: made.pixels,
    peersFolder: cacheFolder("peers"),
    noop: cell.operation === "bridge" || cell.operation === "road" ? compileNoop() : "",
    ...(variant !== undefined && { variant }),
  };
  switch (maker.by) {
    case "loop":
      return {
        program: loopOf(made),
        args: [operation.replace(/-.*/, ""), String(cores), made.list, String(made.quality)],
      };
    case "python":
      return { program: field.python!.program, args: [pythonPeer, maker.needs, JSON.stringify(job)] };
    case "npm": {
      const uvThreads = maker.uvThreads === "twice" ? 2 * cores : cores;
      return child(join(projectFolder, "bench/peers", `${maker.driver}.mjs`), job, {
        UV_THREADPOOL_SIZE: String(uvThreads),
      });
    }
    default:
      return child(join(projectFolder, "dist-test/bench/peers", `${maker.by}.js`), job, {
        POLYCODEC_THREADS: String(cores),
      });
  }
}

/** The C loop of the class's format, compiled. */
function loopOf({ coding }: MadeClass): string {
  if (coding === "png") return compilePngLoop();
  if (coding === "jpeg2k") return compileOpenJpegLoop();
  if (coding === "htj2k") return compileOpenJphLoop();
  return coding.startsWith("webp") ? compileWebpLoop() : compileLoop();
}

function child(driver: string, job: Job, env: Readonly<Record<string, string>>): Command {
  return {
    program: process.execPath,
    args: [join(projectFolder, "dist-test/bench/child.js"), driver, JSON.stringify(job)],
    env,
  };
}
