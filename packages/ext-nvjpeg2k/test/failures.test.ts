/** What goes wrong is told, and the CPU does it: every status of every call, memory that runs out, streams that hang. */
import { type DecodeError, type Decoder, trimMemory } from "@polycodec/core";
import test from "ava";
import {
  assertNoViolations,
  bothDecoder,
  bothEncoder,
  drawn,
  eventually,
  fake,
  gpuDecoder,
  gpuEncoder,
  jp2Of,
} from "./fake-gpu.js";

test.beforeEach(() => {
  fake.control("reset");
});
test.afterEach((t) => assertNoViolations(t));

/** nvJPEG2000's statuses, and what becomes of the sample. */
const STATUSES = [
  [1, "NVJPEG2K_STATUS_NOT_INITIALIZED", "FAIL"],
  [2, "NVJPEG2K_STATUS_INVALID_PARAMETER", "FAIL"],
  [3, "NVJPEG2K_STATUS_BAD_JPEG", "IMAGE_CORRUPTED"],
  [4, "NVJPEG2K_STATUS_JPEG_NOT_SUPPORTED", "CODESTREAM_UNSUPPORTED"],
  [5, "NVJPEG2K_STATUS_ALLOCATOR_FAILURE", "OUT_OF_MEMORY"],
  [6, "NVJPEG2K_STATUS_EXECUTION_FAILED", "FAIL"],
  [7, "NVJPEG2K_STATUS_ARCH_MISMATCH", "BACKEND_UNSUPPORTED"],
  [8, "NVJPEG2K_STATUS_INTERNAL_ERROR", "FAIL"],
  [9, "NVJPEG2K_STATUS_IMPLEMENTATION_NOT_SUPPORTED", "CODESTREAM_UNSUPPORTED"],
] as const;

const TILED = { jpeg2k: { tileWidth: 16, tileHeight: 16 } };

const samplesOf = (decoder: Decoder) =>
  decoder
    .stats()
    .devices.flatMap(({ lanes }) => lanes)
    .filter(({ backend }) => backend === "nvjpeg2k")
    .reduce((sum, { samples }) => sum + samples, 0);

/** What is called for a picture, of one tile or of several. */
for (const [name, isTiled] of [
  ["nvjpeg2kCreateV2", false],
  ["nvjpeg2kDecodeStateCreate", false],
  ["nvjpeg2kStreamCreate", false],
  ["nvjpeg2kStreamParse", false],
  ["nvjpeg2kStreamGetImageInfo", false],
  ["nvjpeg2kStreamGetImageComponentInfo", false],
  ["nvjpeg2kDecodeParamsCreate", false],
  ["nvjpeg2kDecodeParamsSetOutputFormat", false],
  ["nvjpeg2kDecodeParamsSetRGBOutput", false],
  ["nvjpeg2kDecodeParamsSetDecodeArea", false],
  ["nvjpeg2kDecodeImage", false],
  ["nvjpeg2kDecodeTile", true],
] as const) {
  test.serial(`each status of ${name} is told, the next picture comes out, and the CPU does it`, async (t) => {
    const bytes = await jp2Of(drawn(24, 20), isTiled ? TILED : {});
    for (const [status, text, becomes] of STATUSES) {
      using decoder = gpuDecoder();
      fake.control(`fail ${name} ${status} ${isTiled ? 1 : 0} 8`); // of tiles the second
      const error = await t.throwsAsync<DecodeError>(decoder.decode(bytes));
      const attempt = error!.attempts.at(-1)!;
      t.is(attempt.backend, "nvjpeg2k");
      t.is(attempt.status, becomes, text);
      t.regex(attempt.message ?? "", new RegExp(`^${name}: ${text}`));
      fake.control("reset");
      // Off for good: no such device will come.
      if (becomes === "BACKEND_UNSUPPORTED")
        await t.throwsAsync(decoder.decode(bytes), {
          message: /no backend for jpeg2k is available: nvjpeg2k.*: nvjpeg2k.*ARCH_MISMATCH/,
        });
      else await decoder.decode(bytes);
    }
    using both = bothDecoder();
    fake.control(`fail ${name} 6`);
    const results = await both.decode(new Array(6).fill(bytes));
    t.deepEqual([...new Set(results.map(({ status }) => status))], ["fulfilled"]);
    const lanes = both.stats().devices.flatMap(({ lanes: own }) => own);
    t.true(lanes.find(({ backend }) => backend === "nvjpeg2k")!.failures > 0);
  });
}

test.serial("memory that ran out once: the picture is tried again, alone", async (t) => {
  for (const [options, name] of [
    [{}, "nvjpeg2kDecodeImage"],
    [TILED, "nvjpeg2kDecodeTile"],
  ] as const) {
    const bytes = await jp2Of(drawn(24, 20), options);
    using decoder = gpuDecoder();
    await decoder.decode(bytes);
    fake.control(`fail ${name} 5 0 1`);
    for (const { status } of await decoder.decode([bytes, bytes, bytes])) t.is(status, "fulfilled");
  }
});

test.serial("device memory is bounded by an option, and what does not fit is left to the CPU", async (t) => {
  const bytes = await jp2Of(drawn(400, 300), { jpeg2k: { ht: true } });
  const few = { nvjpeg2k: { maxDeviceMemory: 100_000 } };
  using alone = gpuDecoder({ options: few });
  const error = await t.throwsAsync<DecodeError>(alone.decode(bytes));
  t.is(error!.attempts[0]!.status, "OUT_OF_MEMORY");
  using both = bothDecoder({ options: few });
  await both.decode([bytes, bytes]);
  const enough = 6 << 20;
  using bounded = gpuDecoder({ options: { nvjpeg2k: { maxDeviceMemory: enough } } });
  for (const { status } of await bounded.decode(new Array(12).fill(bytes))) t.is(status, "fulfilled");
  t.true(fake.report().devicePeakBytes <= 3 * enough, `${fake.report().devicePeakBytes}`);
});

test.serial("a CUDA error on the stream fails its samples, and the CPU decodes them", async (t) => {
  const bytes = await jp2Of(drawn(24, 16));
  using decoder = bothDecoder();
  fake.control("fail cudaEventSynchronize 999 0 2");
  for (const { status } of await decoder.decode(new Array(6).fill(bytes))) t.is(status, "fulfilled");
  fake.control("reset");
  using alone = gpuDecoder();
  fake.control("fail cudaEventSynchronize 999 0 1");
  const error = await t.throwsAsync<DecodeError>(alone.decode(bytes));
  t.is(error!.attempts[0]!.message, "cudaEventSynchronize: cudaErrorUnknown (999)");
  await alone.decode(bytes);
});

test.serial("a stream that hangs is given up by the watchdog: its samples go to the CPU", async (t) => {
  for (const options of [{}, TILED]) {
    const bytes = await jp2Of(drawn(24, 20), options);
    using decoder = bothDecoder({ watchdogMs: 1000 });
    fake.control("hang stream");
    for (const { status } of await decoder.decode(new Array(8).fill(bytes))) t.is(status, "fulfilled");
    fake.control("release; reset");
    // It comes back, and takes part again.
    const before = samplesOf(decoder);
    await eventually(
      () => {
        void decoder.decode([bytes, bytes]);
        return samplesOf(decoder) > before;
      },
      () => "nvjpeg2k gets samples again",
    );
  }
});

test.serial("no handle, no memory is left: 10,000 pictures, some of them bad, some in tiles", async (t) => {
  const good = [await jp2Of(drawn(8, 8)), await jp2Of(drawn(12, 9), { jpeg2k: { tileWidth: 8, tileHeight: 8 } })];
  const bad = good[0]!.subarray(0, good[0]!.length - 8);
  const batch = Array.from({ length: 500 }, (_, i) => (i % 50 === 49 ? bad : good[i % 2]!));
  const rounds = [];
  {
    using decoder = gpuDecoder();
    for (let round = 0; round < 20; round++) {
      for (const result of await decoder.decode(batch)) if (result.status === "fulfilled") result.value.release();
      rounds.push(fake.report());
    }
  }
  const [after500, after10000] = [rounds[0]!, rounds[19]!];
  for (const [kind, most] of [
    ["nvjpeg2k handle", 1],
    ["nvjpeg2k stream", 4],
    ["nvjpeg2k decode params", 4],
    ["nvjpeg2k decode state", 20],
  ] as const)
    t.true(after10000.handles[kind]! <= most, `${kind}: ${after10000.handles[kind]}`);
  for (const what of ["deviceBlocks", "pinnedBlocks", "deviceBytes", "pinnedBytes"] as const)
    t.true(after10000[what] <= 3 * after500[what], `${what}: ${after500[what]}, then ${after10000[what]}`);
  const ours = () => Object.entries(fake.report().handles).filter(([kind, n]) => n > 0 && kind.startsWith("nvjpeg2k"));
  await eventually(
    () => ours().length === 0,
    () => `no handle of the library is left, but ${ours().join()}`,
  );
  trimMemory();
  const { deviceBlocks, pinnedBlocks } = fake.report();
  t.deepEqual([deviceBlocks, pinnedBlocks], [0, 0]);
});

test.serial("encoder: each status is told, the next picture comes out, and the CPU encodes what fails", async (t) => {
  const picture = drawn(24, 16);
  const options = { codec: "jpeg2k", qualityType: "PSNR", qualityValue: 40 } as const;
  for (const name of [
    "nvjpeg2kEncoderCreateSimple",
    "nvjpeg2kEncodeStateCreate",
    "nvjpeg2kEncodeParamsCreate",
    "nvjpeg2kEncodeParamsSetEncodeConfig",
    "nvjpeg2kEncodeParamsSpecifyQuality",
    "nvjpeg2kEncodeParamsSetInputFormat",
    "nvjpeg2kEncode",
    "nvjpeg2kEncodeRetrieveBitstream",
  ]) {
    for (const [status, text, becomes] of STATUSES) {
      using encoder = gpuEncoder();
      fake.control(`fail ${name} ${status} 0 8`);
      const error = await t.throwsAsync<DecodeError>(encoder.encode(picture, options));
      const attempt = error!.attempts.at(-1)!;
      t.is(attempt.status, becomes, text);
      t.regex(attempt.message ?? "", new RegExp(`^${name}: ${text}`));
      fake.control("reset");
      if (becomes !== "BACKEND_UNSUPPORTED") await encoder.encode(picture, options);
    }
  }
  using both = bothEncoder();
  fake.control("fail nvjpeg2kEncode 6");
  for (const { status } of await both.encode([picture, picture], options)) t.is(status, "fulfilled");
});
