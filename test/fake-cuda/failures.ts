/** What goes wrong with a codec library, on its fake: the same for every package. */
import { type DecodeError, type Decoder, trimMemory } from "@polycodec/core";
import type { ExecutionContext } from "ava";
import type { FakeReport, Fakes } from "./control.js";
import { samplesOf } from "./pictures.js";

/** In the order of their numbers, from 1 on; nvJPEG alone has the last. */
const STATUSES = [
  ["NOT_INITIALIZED", "FAIL"],
  ["INVALID_PARAMETER", "FAIL"],
  ["BAD_JPEG", "IMAGE_CORRUPTED"],
  ["JPEG_NOT_SUPPORTED", "CODESTREAM_UNSUPPORTED"],
  ["ALLOCATOR_FAILURE", "OUT_OF_MEMORY"],
  ["EXECUTION_FAILED", "FAIL"],
  ["ARCH_MISMATCH", "BACKEND_UNSUPPORTED"],
  ["INTERNAL_ERROR", "FAIL"],
  ["IMPLEMENTATION_NOT_SUPPORTED", "CODESTREAM_UNSUPPORTED"],
  ["INCOMPLETE_BITSTREAM", "IMAGE_TRUNCATED"],
] as const;

/** A library's statuses but for success: number, name, and what becomes of the sample. */
export const statusesOf = (library: "NVJPEG" | "NVJPEG2K") =>
  STATUSES.slice(0, library === "NVJPEG" ? 10 : 9).map(
    ([name, becomes], i) => [i + 1, `${library}_STATUS_${name}`, becomes] as const,
  );

/** A call of the library's that is made to fail, on the way to what `work` does. */
export interface FailingCall<Coder extends Disposable> {
  readonly backend: string;
  readonly call: string;
  /** How often it succeeds first; 0. */
  readonly skip?: number;
  /** With this backend alone. */
  readonly make: () => Coder;
  readonly work: (coder: Coder) => Promise<unknown>;
}

/** Each status of the call is told, and the next picture comes out, unless the backend is off. */
export async function assertEachStatusIsTold<Coder extends Disposable>(
  t: ExecutionContext,
  fake: Fakes,
  statuses: ReturnType<typeof statusesOf>,
  { backend, call, skip = 0, make, work }: FailingCall<Coder>,
): Promise<void> {
  for (const [status, text, becomes] of statuses) {
    using coder = make();
    fake.control(`fail ${call} ${status} ${skip} 8`);
    const error = await t.throwsAsync<DecodeError>(work(coder));
    const attempt = error!.attempts.at(-1)!;
    t.is(attempt.backend, backend);
    t.is(attempt.status, becomes, text);
    t.regex(attempt.message ?? "", new RegExp(`^${call}: ${text}`));
    fake.control("reset");
    // Off for good: no such device will come.
    if (becomes === "BACKEND_UNSUPPORTED")
      await t.throwsAsync(work(coder), {
        message: new RegExp(`no backend for \\w+ is available: ${backend}: ${call}: ${text}`),
      });
    else await work(coder);
  }
}

/** Decodes 10,000 pictures in 20 batches, every 50th cut short; what the fake has seen after each batch. The decoder is gone. */
export async function reportsOfTenThousand(
  fake: Fakes,
  make: () => Decoder,
  good: readonly [Uint8Array, Uint8Array],
): Promise<FakeReport[]> {
  using decoder = make();
  const bad = good[0].subarray(0, good[0].length - 8);
  const batch = Array.from({ length: 500 }, (_, i) => (i % 50 === 49 ? bad : good[i % 2]!));
  const reports: FakeReport[] = [];
  for (let round = 0; round < 20; round++) {
    for (const result of await decoder.decode(batch)) if (result.status === "fulfilled") result.value.release();
    reports.push(fake.report());
  }
  return reports;
}

/** The memory that is kept has not grown to more than three times what it was. */
export function assertBounded(t: ExecutionContext, early: FakeReport, late: FakeReport): void {
  for (const what of ["deviceBlocks", "pinnedBlocks", "deviceBytes", "pinnedBytes"] as const)
    t.true(late[what] <= 3 * early[what], `${what}: ${early[what]}, then ${late[what]}`);
}

/** After the last decoder: no handle of the library is left, nor any memory. */
export async function assertNothingLeft(t: ExecutionContext, fake: Fakes, library: string): Promise<void> {
  const ours = () =>
    Object.entries(fake.report().handles).filter(([kind, count]) => count > 0 && kind.startsWith(`${library} `));
  await eventually(
    () => ours().length === 0,
    () => `no handle of the library is left, but ${ours().join()}`,
  );
  trimMemory();
  const { deviceBlocks, pinnedBlocks } = fake.report();
  t.deepEqual([deviceBlocks, pinnedBlocks], [0, 0]);
}

/** Waits until the backend gets some of the pictures again. */
export async function assertTakesPartAgain(decoder: Decoder, backend: string, picture: Uint8Array): Promise<void> {
  const before = samplesOf(decoder, backend);
  await eventually(
    () => {
      void decoder.decode([picture, picture]);
      return samplesOf(decoder, backend) > before;
    },
    () => `${backend} gets samples again`,
  );
}

/** Waits until it is so: what has been let go of is destroyed by whichever thread is last. */
async function eventually(condition: () => boolean, what: () => string): Promise<void> {
  const end = Date.now() + 20_000;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`still not so: ${what()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
