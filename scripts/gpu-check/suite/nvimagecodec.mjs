/** nvImageCodec's Decoder with some kinds of its backends, in a Python of the user's, over lines of text. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export class NvImageCodec {
  #child;
  #lines;

  constructor(name) {
    this.name = name;
  }

  /** The peer, ready; or `{ reason }`. `kinds`: of its backends, whose names are ours. */
  static async start(name, python, paths, batch, kinds) {
    if (!python) return { reason: "no --python was named" };
    const peer = new NvImageCodec(name);
    const program = fileURLToPath(new URL("nvimagecodec.py", import.meta.url));
    peer.#child = spawn(python, [program, String(batch), kinds.join(), ...paths], { stdio: ["pipe", "pipe", "pipe"] });
    let errors = "";
    peer.#child.stderr.setEncoding("utf8").on("data", (text) => (errors += text));
    const failure = new Promise((resolve) =>
      peer.#child.on("error", ({ message }) => resolve({ done: true, message })),
    );
    peer.#lines = createInterface({ input: peer.#child.stdout })[Symbol.asyncIterator]();
    const first = await Promise.race([peer.#lines.next(), failure]);
    if (first.value === "ready") return peer;
    peer.close();
    return { reason: first.message ?? `${first.value ?? ""} ${errors.trim().split("\n").at(-1)}`.trim() };
  }

  async measure(seconds) {
    this.#child.stdin.write(`${seconds}\n`);
    const { value, done } = await this.#lines.next();
    if (done) throw new Error("nvImageCodec's process has ended");
    return Number(value);
  }

  close() {
    this.#child.kill();
  }
}
