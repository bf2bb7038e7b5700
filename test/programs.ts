/** Other people's programs that the tests compare with. Where one is missing, its tests are skipped and say so. */
import { spawnSync } from "node:child_process";
import test, { type ExecutionContext } from "ava";

/** Runs a program over bytes. Exit status 2 is libjpeg's "with warnings". */
export function pipe(program: string, args: readonly string[], input: Uint8Array): Buffer {
  const { status, error, stdout, stderr } = spawnSync(program, args, { input, maxBuffer: 2 ** 30 });
  if (error) throw error;
  if (status !== 0 && status !== 2) throw new Error(`${program} ${args.join(" ")}: exit status ${status}: ${stderr}`);
  return stdout;
}

const present = new Map<string, boolean>();

/** Does it run at all? Programs of libjpeg end with an error on empty input; it is enough that they start. */
export function has(program: string, args: readonly string[] = ["-version"]): boolean {
  let known = present.get(program);
  if (known === undefined) {
    const { error, status } = spawnSync(program, args, { input: "" });
    known = error === undefined && (program !== "python3" || status === 0);
    present.set(program, known);
  }
  return known;
}

export const hasPillow = (): boolean => has("python3", ["-c", "import PIL.Image"]);

/** A test that needs programs of Debian's libjpeg-turbo-progs. */
export function programTest(
  programs: readonly string[],
  title: string,
  body: (t: ExecutionContext) => Promise<void>,
): void {
  const missing = programs.filter((program) => !has(program));
  if (missing.length === 0) test(title, body);
  else test.skip(`${title} (no ${missing.join(", ")}; Debian's libjpeg-turbo-progs has it)`, body);
}

/** Pixels of a binary PGM or PPM of 8 bits. */
export interface Pnm {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly data: Uint8Array;
}

export function readPnm(file: Uint8Array): Pnm {
  const head = /^P([56])\n(\d+) (\d+)\n255\n/.exec(Buffer.from(file.subarray(0, 64)).toString("latin1"));
  if (!head) throw new Error("not a binary PGM or PPM of 8 bits");
  return {
    channels: head[1] === "5" ? 1 : 3,
    width: Number(head[2]),
    height: Number(head[3]),
    data: file.subarray(head[0].length),
  };
}

export function writePnm({ width, height, channels, data }: Pnm): Uint8Array {
  return Buffer.concat([Buffer.from(`P${channels === 1 ? 5 : 6}\n${width} ${height}\n255\n`), data]);
}
