/** Finding the addon, and finding out what the machine has. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import test from "ava";
import { cpuLimit, memoryLimit } from "#core/runtime/cgroup.js";
import { threadsWanted } from "#core/runtime/load-addon.js";
import { core, folder } from "./noop-backend.js";

/** A root folder with these files, as the kernel would show them. */
function machine(name: string, files: Record<string, string>): string {
  const root = join(folder, name);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), `${text}\n`);
  }
  return root;
}

test("control groups, version 2: the smallest limit of the group and all above it", (t) => {
  const root = machine("v2", {
    "proc/self/cgroup": "0::/pods/mine",
    "sys/fs/cgroup/pods/cpu.max": "150000 100000",
    "sys/fs/cgroup/pods/mine/cpu.max": "max 100000",
    "sys/fs/cgroup/pods/mine/memory.max": "536870912",
    "sys/fs/cgroup/pods/memory.max": "max",
  });
  t.is(cpuLimit(root), 1.5);
  t.is(memoryLimit(root), 536870912);
});

test("control groups, version 1, seen from inside a container", (t) => {
  const root = machine("v1", {
    "proc/self/cgroup": "4:memory:/docker/abc\n2:cpu,cpuacct:/docker/abc\n0::/",
    "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "200000",
    "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000",
    "sys/fs/cgroup/memory/memory.limit_in_bytes": "1073741824",
  });
  t.is(cpuLimit(root), 2);
  t.is(memoryLimit(root), 1073741824);
});

test("no limit, or no control groups, is no limit", (t) => {
  const root = machine("free", {
    "proc/self/cgroup": "2:cpu:/\n0::/",
    "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1",
    "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000",
  });
  t.is(cpuLimit(root), Infinity);
  t.is(cpuLimit(join(folder, "nothing-here")), Infinity);
  t.is(memoryLimit(join(folder, "nothing-here")), Infinity);
});

test("POLYCODEC_THREADS is a whole number from 1 to 1024, or an error that says so", (t) => {
  t.is(threadsWanted("3"), 3);
  t.is(threadsWanted("1024"), 1024);
  const free = threadsWanted(undefined);
  t.true(free >= 1 && free <= availableParallelism());
  t.is(threadsWanted(""), free);
  for (const wrong of ["0", "-1", "1.5", "many", "1025", "1e2", " 2"]) {
    t.throws(() => threadsWanted(wrong), {
      instanceOf: RangeError,
      code: "ERR_POLYCODEC_OUT_OF_RANGE",
      message: `POLYCODEC_THREADS must be a whole number from 1 to 1024, not ${JSON.stringify(wrong)}`,
    });
  }
});

/** What a process says that loads core's runtime from `from` and prints the number of threads. */
function load(from: string, env: Record<string, string> = {}): string {
  const script = `import { runtime } from ${JSON.stringify(pathToFileURL(join(from, "dist/runtime/load-addon.js")).href)};
    try { console.log(runtime().stats().threads); } catch (error) { console.log(error.name, error.code, error.message); }`;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
    encoding: "utf8",
    env: { ...process.env, ...env },
  });
  return (stdout + stderr).trim();
}

test("the environment's number of threads is the executor's", (t) => {
  t.is(load(core, { POLYCODEC_THREADS: "3" }), "3");
  t.regex(load(core, { POLYCODEC_THREADS: "x" }), /ERR_POLYCODEC_OUT_OF_RANGE POLYCODEC_THREADS must be/);
});

test("without a build, importing works and the first use says how to get one", (t) => {
  const bare = join(folder, "bare");
  mkdirSync(bare);
  cpSync(join(core, "dist"), join(bare, "dist"), { recursive: true });
  cpSync(join(core, "package.json"), join(bare, "package.json"));
  symlinkSync(join(core, "node_modules"), join(bare, "node_modules"));
  const said = load(bare);
  t.true(said.startsWith("PolycodecError ERR_POLYCODEC_RUNTIME_UNAVAILABLE"), said);
  t.true(said.includes(`${process.platform}-${process.arch}`) && said.includes("npx node-gyp rebuild"), said);
});
