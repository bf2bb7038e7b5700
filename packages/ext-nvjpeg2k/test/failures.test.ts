/** What goes wrong is told, and the CPU does it: every status of every call, memory that runs out, streams that hang. */
import type { DecodeError } from "@polycodec/core";
import test from "ava";
import {
  assertBounded,
  assertEachStatusIsTold,
  assertNothingLeft,
  assertTakesPartAgain,
  reportsOfTenThousand,
  statusesOf,
} from "../../../test/fake-cuda/failures.js";
import { drawn } from "../../../test/fake-cuda/pictures.js";
import { assertNoViolations, bothDecoder, bothEncoder, fake, gpuDecoder, gpuEncoder, jp2Of } from "./fake-gpu.js";

test.beforeEach(() => {
  fake.control("reset");
});
test.afterEach((t) => assertNoViolations(t));

const STATUSES = statusesOf("NVJPEG2K");
const TILED = { jpeg2k: { tileWidth: 16, tileHeight: 16 } };

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
    await assertEachStatusIsTold(t, fake, STATUSES, {
      backend: "nvjpeg2k",
      call: name,
      skip: isTiled ? 1 : 0, // of tiles the second
      make: () => gpuDecoder(),
      work: (decoder) => decoder.decode(bytes),
    });
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
    await assertTakesPartAgain(decoder, "nvjpeg2k", bytes);
  }
});

test.serial("no handle, no memory is left: 10,000 pictures, some of them bad, some in tiles", async (t) => {
  const tiled = await jp2Of(drawn(12, 9), { jpeg2k: { tileWidth: 8, tileHeight: 8 } });
  const reports = await reportsOfTenThousand(fake, () => gpuDecoder(), [await jp2Of(drawn(8, 8)), tiled]);
  const [after500, after10000] = [reports[0]!, reports[19]!];
  for (const [kind, most] of [
    ["nvjpeg2k handle", 1],
    ["nvjpeg2k stream", 4],
    ["nvjpeg2k decode params", 4],
    ["nvjpeg2k decode state", 20],
  ] as const)
    t.true(after10000.handles[kind]! <= most, `${kind}: ${after10000.handles[kind]}`);
  assertBounded(t, after500, after10000);
  await assertNothingLeft(t, fake, "nvjpeg2k");
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
    await assertEachStatusIsTold(t, fake, STATUSES, {
      backend: "nvjpeg2k-encoder",
      call: name,
      make: gpuEncoder,
      work: (encoder) => encoder.encode(picture, options),
    });
  }
  using both = bothEncoder();
  fake.control("fail nvjpeg2kEncode 6");
  for (const { status } of await both.encode([picture, picture], options)) t.is(status, "fulfilled");
});
