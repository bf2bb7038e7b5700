/** Debian's redis-server on a free port, with its append-only file in a folder of the test; can be stopped and started again. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";

export class RedisServer {
  #process: ChildProcess | undefined;
  private constructor(
    private readonly folder: string,
    readonly port: number,
  ) {}

  static async start(t: { teardown(fn: () => Promise<void>): void }, folder: string): Promise<RedisServer> {
    await mkdir(folder, { recursive: true });
    const server = new RedisServer(folder, await freePort());
    t.teardown(() => server.stop("SIGKILL"));
    await server.start();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const options = {
      port: this.port,
      bind: "127.0.0.1",
      dir: this.folder,
      save: "",
      appendonly: "yes",
      appendfsync: "everysec",
    };
    const child = spawn(
      "redis-server",
      Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]),
      {
        stdio: "ignore",
      },
    );
    this.#process = child;
    await once(child, "spawn");
    const client = new Redis(this.url, { retryStrategy: () => 50 });
    client.on("error", () => {});
    // It says LOADING while it reads its file.
    while ((await client.ping().catch(() => "")) !== "PONG") await sleep(50);
    client.disconnect();
  }

  /** SIGTERM lets it write what it has; SIGKILL may cost the last second. */
  async stop(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    const child = this.#process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, "exit");
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}
