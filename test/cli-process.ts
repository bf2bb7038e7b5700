/** Running the command line as users do: as a process, in a folder of its own. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type EncodeOptions, Encoder, Image } from "polycodec";

const MAIN = join(dirname(fileURLToPath(import.meta.resolve("polycodec"))), "cli/main.js");

export interface Finished {
  readonly status: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
  /** Standard output as NDJSON. */
  readonly items: readonly Record<string, unknown>[];
}

export function startCli(folder: string, args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [MAIN, ...args], { cwd: folder, stdio: "pipe" });
}

export async function cli(folder: string, args: readonly string[], input?: Uint8Array): Promise<Finished> {
  const child = startCli(folder, args);
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout!.on("data", (piece: Buffer) => out.push(piece));
  child.stderr!.on("data", (piece: Buffer) => err.push(piece));
  child.stdin!.on("error", () => undefined); // A command that refuses its arguments reads nothing.
  child.stdin!.end(input);
  const status = await new Promise<number | null>((resolve, reject) =>
    child.once("error", reject).once("close", resolve),
  );
  const stdout = Buffer.concat(out);
  return {
    status,
    stdout,
    stderr: Buffer.concat(err).toString(),
    get items() {
      return stdout
        .toString()
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as Record<string, unknown>);
    },
  };
}

/** What a terminal of 80 columns gets to see: both outputs, control characters and all. `script` of util-linux is the terminal. */
export async function cliOnTerminal(folder: string, args: readonly string[]): Promise<string> {
  const command = [process.execPath, MAIN, ...args].map((word) => `'${word}'`).join(" ");
  const { stdout } = await promisify(execFile)(
    "script",
    ["--quiet", "--return", "--command", `stty cols 80; exec ${command}`, "/dev/null"],
    { cwd: folder },
  );
  return stdout;
}

/** An empty folder that goes when the test ends. */
export function temporaryFolder(t: { teardown(fn: () => void): void }): string {
  const folder = mkdtempSync(join(tmpdir(), "polycodec-cli-"));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Soft shapes that differ in every corner, so that a turned or mirrored picture shows. */
export function drawing(width: number, height: number, channels: 1 | 3 = 3): Image {
  const samples = new Uint8Array(width * height * channels);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < channels; c++)
        samples[i++] = (x * 160) / width + (y * 60) / height + 20 * Math.sin((x + y * 2) / 9 + c);
    }
  }
  return Image.from(samples, { width, height, channels });
}

export async function writeJpeg(path: string, image: Image, options: EncodeOptions = {}): Promise<Uint8Array> {
  using encoder = new Encoder();
  const bytes = await encoder.encode(image, { codec: "jpeg", quality: 90, ...options });
  await writeFile(path, bytes);
  return bytes;
}

/** The smallest EXIF structure that says how a picture is to be turned. */
export function exif(orientation: number): Uint8Array {
  const bytes = Buffer.alloc(26);
  bytes.write("MM\0*", 0, "latin1");
  bytes.writeUInt32BE(8, 4);
  bytes.writeUInt16BE(1, 8);
  bytes.writeUInt16BE(0x0112, 10);
  bytes.writeUInt16BE(3, 12);
  bytes.writeUInt32BE(1, 14);
  bytes.writeUInt16BE(orientation, 18);
  return bytes;
}
