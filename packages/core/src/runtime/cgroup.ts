/** What a container lets this process have: Linux control groups, version 2 and 1. No limit, or no Linux: Infinity. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** How a limit is kept in one hierarchy, and how it is read. */
interface Controller {
  /** Its name in /proc/self/cgroup; "" is version 2's single hierarchy. */
  readonly name: string;
  /** Where the hierarchy is mounted, below /sys/fs/cgroup. */
  readonly mount: string;
  readonly files: readonly string[];
  /** From the files' contents. */
  limit(contents: readonly string[]): number;
}

const CPU: readonly Controller[] = [
  { name: "", mount: "", files: ["cpu.max"], limit: ([max]) => quota(...(max!.split(" ") as [string, string])) },
  {
    name: "cpu",
    mount: "cpu",
    files: ["cpu.cfs_quota_us", "cpu.cfs_period_us"],
    limit: ([max, period]) => quota(max!, period!),
  },
];
const MEMORY: readonly Controller[] = [
  { name: "", mount: "", files: ["memory.max"], limit: ([max]) => positive(Number(max)) },
  { name: "memory", mount: "memory", files: ["memory.limit_in_bytes"], limit: ([max]) => positive(Number(max)) },
];

/** Cores' worth of time, such as 1.5. `root` is another place for / in tests. */
export function cpuLimit(root = "/"): number {
  return smallest(CPU, root);
}

/** Bytes. */
export function memoryLimit(root = "/"): number {
  return smallest(MEMORY, root);
}

function quota(max: string, period: string): number {
  return positive(Number(max) / Number(period));
}

/** "max" and -1 say that there is no limit. */
function positive(value: number): number {
  return value > 0 ? value : Infinity;
}

function smallest(controllers: readonly Controller[], root: string): number {
  const groups = (read(join(root, "proc/self/cgroup")) ?? "").split("\n");
  let limit = Infinity;
  for (const controller of controllers) {
    for (const line of groups) {
      const [, names, path] = line.match(/^\d+:([^:]*):(.*)$/) ?? [];
      if (path === undefined || !names!.split(",").includes(controller.name)) continue;
      for (const group of ancestors(path))
        limit = Math.min(limit, limitOf(controller, join(root, "sys/fs/cgroup", controller.mount, group)));
    }
  }
  return limit;
}

/** A limit of any group above holds too; inside a container the path is often the host's, and only "/" is there. */
function ancestors(path: string): string[] {
  const parts = path.split("/").filter(Boolean);
  return parts.includes("..")
    ? ["/"]
    : [...parts.keys()].map((i) => parts.slice(0, parts.length - i).join("/")).concat("/");
}

function limitOf({ files, limit }: Controller, folder: string): number {
  const contents = files.map((file) => read(join(folder, file)));
  return contents.every((text) => text !== undefined) ? limit(contents) : Infinity;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return undefined;
  }
}
