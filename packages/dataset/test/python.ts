/** Other people's readers and the reference's own writer, in Python. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const scripts = fileURLToPath(new URL("../../../../packages/dataset/test/python", import.meta.url));

/**
 * The Python of `POLYCODEC_PYTHON`, if it has these modules; else why not. What needs the standard library alone runs in
 * `python3`.
 */
export function pythonWith(...modules: readonly string[]): { readonly python: string } | { readonly missing: string } {
  const python = process.env.POLYCODEC_PYTHON ?? (modules.length === 0 ? "python3" : undefined);
  if (python === undefined) return { missing: "POLYCODEC_PYTHON names no Python" };
  const program = `import importlib.util as u; print(" ".join(m for m in "${modules.join(" ")}".split() if not u.find_spec(m)))`;
  const { stdout, error } = spawnSync(python, ["-c", program], { encoding: "utf8" });
  if (error) return { missing: error.message };
  return stdout.trim() === "" ? { python } : { missing: `it lacks ${stdout.trim()}` };
}

/** Runs a script of `python/`; its last line is JSON. */
export function runScript<T>(python: string, script: string, ...args: readonly string[]): T {
  const env = { ...process.env, HF_HUB_OFFLINE: "1", HF_DATASETS_OFFLINE: "1", LOGURU_LEVEL: "ERROR" };
  const { status, stdout, stderr } = spawnSync(python, [join(scripts, script), ...args], {
    encoding: "utf8",
    env,
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(`${script}: ${stderr.slice(-3000)}`);
  return JSON.parse(stdout.trim().split("\n").at(-1)!) as T;
}
