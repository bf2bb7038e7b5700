/**
 * The real libnvjpeg2k on a machine without a GPU: it reads the corpus's headers as we do, and takes every plan of ours for its
 * encoder. native/test/host_calls.cpp asks it.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CodeStream } from "@polycodec/core";
import test from "ava";
import { files as corpus, pathOf, root } from "../../../test/corpus.js";
import { realFile, realTest } from "../../../test/fake-cuda/real.js";

const work = mkdtempSync(join(tmpdir(), "polycodec-nvjpeg2k-host-"));
test.after.always(() => rmSync(work, { recursive: true, force: true }));

interface Read {
  readonly made: number;
  readonly parsed: number;
  readonly failed?: number;
  readonly width: number;
  readonly height: number;
  readonly components: number;
  readonly tiles: number;
  readonly precision: number;
  readonly signed: boolean;
  readonly color: number;
  readonly resolutions: number;
  readonly ours?: { tiles: number; precision: number; signed: boolean; resolutions: number };
  readonly refused?: string;
}
interface Answers {
  readonly version: number;
  readonly created: number;
  readonly padded: readonly number[];
  readonly state: number;
  readonly params: readonly number[];
  readonly files: readonly Read[];
  readonly plans: readonly Record<string, number>[];
}

const COLORS = ["UNKNOWN", "SRGB", "GRAY", "SYCC"] as const;

realTest(["nvjpeg2k-0.11"], "the real library reads headers as we do, and takes every plan of ours", (t) => {
  const native = join(root, "packages/ext-nvjpeg2k/native");
  const program = join(work, "host_calls");
  execFileSync(process.env.CXX ?? "g++", [
    ...["-std=c++20", "-O1", "-Wall", "-Wextra", "-Werror", "-Wno-unused-parameter"],
    ...["-I", join(root, "packages/core/include")],
    ...["test/host_calls.cpp", "coded_picture.cpp", "encode_plan.cpp"].map((name) => join(native, name)),
    ...["-o", program],
  ]);
  const files = corpus.filter(({ path }) => /^jpeg2000\/.*\.(jp2|j2k|j2c|jph|jhc)$/.test(path)).map(pathOf);
  const library = realFile("nvjpeg2k-0.11", "libnvjpeg2k.so.0")!;
  const answers = JSON.parse(execFileSync(program, [library, ...files], { encoding: "utf8" })) as Answers;

  t.is(Math.floor(answers.version / 100), 11);
  t.is(answers.created, 0);
  t.deepEqual(
    [answers.padded, answers.params],
    [
      [0, 0],
      [0, 0, 0, 0],
    ],
  );
  t.is(answers.state, 6); // a state needs a device

  t.true(files.length > 0);
  const read = answers.files.filter(({ parsed }) => parsed === 0);
  t.true(read.length >= 10, `${read.length} of ${files.length}`);
  answers.files.forEach((answer, i) => {
    t.is(answer.made, 0);
    if (answer.parsed !== 0) return;
    t.is(answer.failed, undefined);
    const { info } = CodeStream.from(readFileSync(files[i]!));
    const { width, height, components: channels, precision, resolutions, tiles } = answer;
    t.like(info, { width, height, channels, precision }, files[i]);
    t.is(info.dtype.startsWith("int"), answer.signed);
    t.like(info.detail, { resolutions, tiles }, files[i]);
    // Boxes that call coarser chroma RGB are not believed by us; the decoder refuses where the library does.
    const isCoarse = /42|44[^4]|41/.test(info.chromaSubsampling);
    if (answer.color > 0 && !isCoarse) t.is(info.colorSpec, COLORS[answer.color]!, files[i]);
    if (answer.ours) t.deepEqual(answer.ours, { tiles, precision, signed: answer.signed, resolutions }, files[i]);
    else
      t.regex(
        answer.refused!,
        /origin of the reference grid|cut|end marker|components|chroma|order of their own|palette/,
        files[i],
      );
  });

  t.true(answers.plans.length > 40);
  for (const plan of answers.plans) {
    const { configured, specified = 0, formatted } = plan;
    t.deepEqual([configured, specified, formatted], [0, 0, 0], JSON.stringify(plan));
  }
});
