/** scripts/gpu-check in a checkout: with the FAKE libraries, whose results it must mark, and without any. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { root } from "./corpus.js";
import { buildFakes } from "./fake-cuda/build.js";
import { fakeNvjpeg } from "./fake-cuda/nvjpeg.js";
import { fakeNvjpeg2k } from "./fake-cuda/nvjpeg2k.js";

const folder = mkdtempSync(join(tmpdir(), "polycodec-gpu-check-test-"));
test.after.always(() => rmSync(folder, { recursive: true, force: true }));

interface Line {
  readonly part: string;
  readonly state: string;
  readonly what: string;
  readonly figure: string;
  readonly fake?: boolean;
}

function check(environment: Record<string, string>, ...options: string[]) {
  const json = join(folder, "report.json");
  const program = join(root, "scripts/gpu-check/suite/main.mjs");
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, "--json", json, ...options], {
    env: { ...process.env, LD_LIBRARY_PATH: "", ...environment },
    encoding: "utf8",
    timeout: 300_000,
  });
  if (status === 2 || status === null) throw new Error(stderr);
  return { status, stdout, lines: (JSON.parse(readFileSync(json, "utf8")) as { lines: Line[] }).lines };
}

const small = ["--pictures", "60", "--growth", "600", "--seconds", "0.1", "--rounds", "1"];
const fakes = () => buildFakes(13, [fakeNvjpeg(13), fakeNvjpeg2k]);

test.serial("on the fakes every part runs, all is right, and every result is marked FAKE", (t) => {
  // Speed is left out: 1080p on the fakes takes long and tells nothing.
  const { status, stdout, lines } = check(
    { POLYCODEC_CUDA_PATH: fakes() },
    ...small,
    "--parts",
    "backends,decode,encode,memory,limit",
  );
  t.is(status, 0, stdout);
  t.true(lines.every(({ fake }) => fake === true));
  t.regex(stdout, /^FAKE RESULTS: computed on the CPU/m);
  for (const line of stdout.split("\n").filter((text) => /\b(right|seen|skipped) {2,}/.test(text)))
    t.true(line.startsWith("FAKE "), line);
  for (const part of ["decode", "encode", "memory", "limit"])
    t.true(
      lines.some((line) => line.part === part && line.state === "right"),
      part,
    );
  const compared = (id: string) => Number(/^(\d+) compared/.exec(lines.find(({ what }) => what === id)!.figure)![1]);
  for (const id of ["nvjpeg-hw", "nvjpeg-cuda", "nvjpeg-hybrid", "nvjpeg2k"]) t.true(compared(id) > 30, id);
});

test.serial("a decoder that fails makes the report say so, with the reason, and its exit status 1", (t) => {
  const { status, lines } = check(
    { POLYCODEC_CUDA_PATH: fakes(), FAKE_NVJPEG_ENGINES: "0", FAKE_CUDA: "fail nvjpegDecodeJpegHost 6" },
    "--pictures",
    "4",
    "--parts",
    "decode",
  );
  t.is(status, 1);
  const { state, figure } = lines.find(({ what }) => what === "nvjpeg-hybrid")!;
  t.is(state, "WRONG");
  t.regex(figure, /FAIL nvjpegDecodeJpegHost: NVJPEG_STATUS_EXECUTION_FAILED/);
  // A GPU without engines is no fault.
  t.deepEqual(
    lines.find(({ what }) => what === "nvjpeg-hw"),
    {
      part: "decode",
      state: "skipped",
      what: "nvjpeg-hw",
      figure: "no hardware engines: nvjpegCreateExV2: NVJPEG_STATUS_ARCH_MISMATCH",
      fake: true,
    },
  );
});

test.serial("without a GPU it runs through, says what is missing, and its exit status is 3", (t) => {
  const { status, stdout, lines } = check({ POLYCODEC_CUDA_PATH: "" }, ...small);
  if (!/MISSING: the CUDA runtime/.test(stdout)) return t.pass("this machine has CUDA's runtime");
  t.is(status, 3, stdout);
  t.deepEqual(
    lines.filter(({ state }) => !["skipped", "seen"].includes(state)),
    [],
  );
  t.true(lines.every(({ fake }) => fake === undefined));
  t.regex(stdout, /skipped {2}nvjpeg-hw .*nvJPEG was not found: no libnvjpeg\.so\.13/);
});
