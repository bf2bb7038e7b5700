/** What goes wrong is told, and the CPU does it: every status of every call, memory that runs out, streams that hang. */
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { type ChunkMessage, type DecodeError, Encoder, Image, Registry } from "@polycodec/core";
import { extension as cpu } from "@polycodec/ext-cpu/extension";
import test from "ava";
import {
  assertBounded,
  assertEachStatusIsTold,
  assertNothingLeft,
  assertTakesPartAgain,
  reportsOfTenThousand,
  statusesOf,
} from "../../../test/fake-cuda/failures.js";
import { drawn, samplesOf } from "../../../test/fake-cuda/pictures.js";
import { assertNoViolations, bothDecoder, cpuDecoder, EVERY_SIZE, fake, gpuDecoder, jpegOf, only } from "./fake-gpu.js";

test.beforeEach(() => {
  fake.control("reset");
});
test.afterEach((t) => assertNoViolations(t));

const STATUSES = statusesOf("NVJPEG");

/** What each backend calls for a picture. */
const CALLS = {
  "nvjpeg-hw": [
    "nvjpegJpegStateCreate",
    "nvjpegJpegStreamCreate",
    "nvjpegJpegStreamParseHeader",
    "nvjpegDecodeParamsCreate",
    "nvjpegDecodeBatchedSupportedEx",
    "nvjpegDecodeBatchedInitialize",
    "nvjpegDecodeBatchedEx",
  ],
  "nvjpeg-hybrid": [
    "nvjpegDecoderCreate",
    "nvjpegDecoderStateCreate",
    "nvjpegBufferPinnedCreateV2",
    "nvjpegBufferDeviceCreateV2",
    "nvjpegJpegStreamParse",
    "nvjpegJpegStreamGetFrameDimensions",
    "nvjpegDecodeParamsSetOutputFormat",
    "nvjpegDecodeParamsSetROI",
    "nvjpegStateAttachPinnedBuffer",
    "nvjpegDecodeJpegHost",
    "nvjpegStateAttachDeviceBuffer",
    "nvjpegDecodeJpegTransferToDevice",
    "nvjpegDecodeJpegDevice",
  ],
  "nvjpeg-cuda": ["nvjpegDecodeJpegHost", "nvjpegDecodeJpegTransferToDevice", "nvjpegDecodeJpegDevice"],
} as const;

/** What a backend's samples came to during a call: of a sample that succeeds in the end, no error tells. */
async function withOutcomes<Value>(id: string, work: Promise<Value>) {
  const outcomes: ChunkMessage["chunks"][number]["outcomes"][number][] = [];
  const listen = (message: unknown) => {
    for (const chunk of (message as ChunkMessage).chunks) if (chunk.backend === id) outcomes.push(...chunk.outcomes);
  };
  subscribe("polycodec:chunk", listen);
  try {
    return [outcomes, await work] as const;
  } finally {
    unsubscribe("polycodec:chunk", listen);
  }
}

for (const [id, functions] of Object.entries(CALLS)) {
  for (const name of functions) {
    test.serial(`${id}: each status of ${name} is told, and the next picture comes out`, async (t) => {
      const bytes = await jpegOf(drawn(24, 16));
      await assertEachStatusIsTold(t, fake, STATUSES, {
        backend: id,
        call: name,
        make: () => gpuDecoder([id], { options: id === "nvjpeg-cuda" ? EVERY_SIZE : {} }),
        work: (decoder) => decoder.decode(bytes),
      });
    });
  }

  test.serial(`${id}: each status of each call falls back to the CPU, and the attempt has its reason`, async (t) => {
    const bytes = await jpegOf(drawn(24, 16));
    using cpuAlone = cpuDecoder();
    const expected = await cpuAlone.decode(bytes);
    for (const name of functions) {
      for (const [status, text, becomes] of STATUSES) {
        using decoder = bothDecoder([id], { options: id === "nvjpeg-cuda" ? EVERY_SIZE : {} });
        fake.control(`fail ${name} ${status} 0 8`);
        const [outcomes, result] = await withOutcomes(id, decoder.decode([bytes]));
        fake.control("reset");
        if (result![0]!.status === "rejected") throw result![0]!.reason;
        t.deepEqual(result![0]!.value.data, expected.data, `${name} ${text}`);
        t.is(outcomes[0]?.status, becomes, `${name} ${text}`);
        t.regex(outcomes[0]?.message ?? "", new RegExp(`^${name}: ${text}`));
      }
    }
  });

  test.serial(`${id}: where the CPU fails too, the error has both attempts with their reasons`, async (t) => {
    const good = await jpegOf(drawn(24, 16));
    const bytes = good.slice();
    bytes.fill(0xff, good.length - 40, good.length - 2); // fill bytes up to the end of the image: nothing to decode there
    // The first that reads the coded data: after it the fake library itself would complain.
    const name = id === "nvjpeg-hw" ? "nvjpegDecodeBatchedEx" : "nvjpegDecodeJpegHost";
    fake.control(`fail ${name} 6`);
    using decoder = bothDecoder([id], { options: id === "nvjpeg-cuda" ? EVERY_SIZE : {} });
    const [result] = await decoder.decode([bytes], { strict: true });
    if (result!.status === "fulfilled") return t.fail("the CPU was to fail");
    const { attempts } = result!.reason as DecodeError;
    t.is(attempts[0]!.backend, id);
    t.regex(attempts[0]!.message ?? "", new RegExp(`^${name}: NVJPEG_STATUS_EXECUTION_FAILED`));
    t.true(attempts.length > 1, JSON.stringify(attempts));
  });
}

test.serial(
  "a GPU without hardware engines is found on first use: the backend is off, and the others decode",
  async (t) => {
    process.env.FAKE_NVJPEG_ENGINES = "0";
    try {
      const bytes = await jpegOf(drawn(24, 16));
      using alone = gpuDecoder(["nvjpeg-hw"]);
      const error = await t.throwsAsync<DecodeError>(alone.decode(bytes));
      t.like(error!.attempts[0], {
        status: "BACKEND_UNSUPPORTED",
        message: "nvjpegCreateExV2: NVJPEG_STATUS_ARCH_MISMATCH",
      });
      await t.throwsAsync(alone.decode(bytes), {
        message: /no backend for jpeg is available: nvjpeg-hw: nvjpegCreateExV2: NVJPEG_STATUS_ARCH_MISMATCH/,
      });
      using others = gpuDecoder(["nvjpeg-hw", "nvjpeg-hybrid"]);
      const results = await others.decode([bytes, bytes, bytes]);
      t.true(results.every(({ status }) => status === "fulfilled"));
    } finally {
      delete process.env.FAKE_NVJPEG_ENGINES;
    }
  },
);

test.serial("chunks of the engines are multiples of what they take, once that is known", async (t) => {
  process.env.FAKE_NVJPEG_ENGINES = "2";
  try {
    using decoder = bothDecoder(["nvjpeg-hw"], {
      backends: [
        { kind: "HW_GPU_ONLY", loadHint: 0.5, loadHintPolicy: "FIXED" },
        { kind: "CPU_ONLY", loadHint: 1, loadHintPolicy: "FIXED" },
      ],
    });
    const batch = new Array(64).fill(await jpegOf(drawn(8, 8)));
    const taken = async () => {
      const before = samplesOf(decoder, "nvjpeg-hw");
      await decoder.decode(batch);
      return samplesOf(decoder, "nvjpeg-hw") - before;
    };
    await taken();
    t.is(await taken(), 40); // half of 64, in tens
  } finally {
    delete process.env.FAKE_NVJPEG_ENGINES;
  }
});

test.serial("a status that passes on the second try: memory that ran out once", async (t) => {
  const bytes = await jpegOf(drawn(24, 16));
  for (const id of ["nvjpeg-hybrid", "nvjpeg-hw"]) {
    using decoder = gpuDecoder([id]);
    await decoder.decode(bytes);
    fake.control(`fail ${CALLS[id as "nvjpeg-hw"].at(-1)} 5 0 1`);
    const results = await decoder.decode([bytes, bytes, bytes]);
    t.deepEqual(
      results.map(({ status }) => status),
      ["fulfilled", "fulfilled", "fulfilled"],
      id,
    );
  }
});

test.serial("device memory is bounded by an option, and what does not fit is left to the CPU", async (t) => {
  const bytes = await jpegOf(drawn(400, 300));
  const options = { "nvjpeg-hybrid": { maxDeviceMemory: 100_000 } };
  using alone = gpuDecoder(["nvjpeg-hybrid"], { options });
  const error = await t.throwsAsync<DecodeError>(alone.decode(bytes));
  t.is(error!.attempts[0]!.status, "OUT_OF_MEMORY");
  using both = bothDecoder(["nvjpeg-hybrid"], { options });
  await both.decode([bytes, bytes]);
  const enough = 4 << 20;
  using bounded = gpuDecoder(["nvjpeg-hybrid"], { options: { "nvjpeg-hybrid": { maxDeviceMemory: enough } } });
  const results = await bounded.decode(new Array(40).fill(bytes));
  t.true(results.every(({ status }) => status === "fulfilled"));
  t.true(fake.report().devicePeakBytes <= 3 * enough, `${fake.report().devicePeakBytes}`);
});

test.serial("a CUDA error on the stream fails its samples, and the CPU decodes them", async (t) => {
  const bytes = await jpegOf(drawn(24, 16));
  for (const id of ["nvjpeg-hybrid", "nvjpeg-hw"]) {
    using decoder = bothDecoder([id]);
    fake.control("fail cudaEventSynchronize 999 0 2");
    const results = await decoder.decode(new Array(6).fill(bytes));
    t.true(
      results.every(({ status }) => status === "fulfilled"),
      id,
    );
    fake.control("reset");
    using alone = gpuDecoder([id]);
    fake.control("fail cudaEventSynchronize 999 0 1");
    const error = await t.throwsAsync<DecodeError>(alone.decode(bytes));
    t.is(error!.attempts[0]!.message, "cudaEventSynchronize: cudaErrorUnknown (999)");
    await alone.decode(bytes);
  }
});

test.serial("a stream that hangs is given up by the watchdog: its samples go to the CPU", async (t) => {
  const bytes = await jpegOf(drawn(24, 16));
  for (const id of ["nvjpeg-hybrid", "nvjpeg-hw", "nvjpeg-cuda"]) {
    using decoder = bothDecoder([id], { watchdogMs: 1000, options: id === "nvjpeg-cuda" ? EVERY_SIZE : {} });
    fake.control("hang stream");
    const results = await decoder.decode(new Array(8).fill(bytes));
    t.true(
      results.every(({ status }) => status === "fulfilled"),
      id,
    );
    fake.control("release; reset");
    await assertTakesPartAgain(decoder, id, bytes);
  }
});

test.serial("no handle, no memory is left: 10,000 pictures, some of them bad", async (t) => {
  const good = [await jpegOf(drawn(8, 8)), await jpegOf(drawn(13, 9), { chromaSubsampling: "CSS_420" })] as const;
  const ids = ["nvjpeg-hw", "nvjpeg-cuda", "nvjpeg-hybrid"];
  const reports = await reportsOfTenThousand(fake, () => gpuDecoder(ids, { options: EVERY_SIZE }), good);
  // How large chunks become, and so how much is kept, depends on the time they take. It has an end.
  const [after2500, after10000] = [reports[4]!, reports[19]!];
  for (const [kind, most] of [
    ["nvjpeg handle", 40],
    ["nvjpeg stream", 40],
    ["nvjpeg decoder", 40],
    ["nvjpeg state", 40],
    ["nvjpeg pinned buffer", 40],
    ["nvjpeg device buffer", 40],
    ["nvjpeg params", 2 * 2 * 128 + 40],
  ] as const)
    t.true(after10000.handles[kind]! <= most, `${kind}: ${after10000.handles[kind]}`);
  assertBounded(t, after2500, after10000);
  await assertNothingLeft(t, fake, "nvjpeg");
});

test.serial("encoder: each status is told, the next picture comes out, and the CPU encodes what fails", async (t) => {
  const picture = drawn(24, 16);
  for (const name of [
    "nvjpegEncoderStateCreate",
    "nvjpegEncoderParamsSetQuality",
    "nvjpegEncodeImage",
    "nvjpegEncodeRetrieveBitstream",
  ]) {
    await assertEachStatusIsTold(t, fake, STATUSES, {
      backend: "nvjpeg-encoder",
      call: name,
      make: () => new Encoder({ registry: new Registry().use(only("nvjpeg-encoder")) }),
      work: (encoder) => encoder.encode(picture, { codec: "jpeg" }),
    });
  }
  using both = new Encoder({ registry: new Registry().use(only("nvjpeg-encoder")).use(cpu) });
  fake.control("fail nvjpegEncodeImage 6");
  const results = await both.encode([picture, picture], { codec: "jpeg" });
  t.true(results.every(({ status }) => status === "fulfilled"));
});

test.serial("lossless: what fails is decoded by the CPU", async (t) => {
  const gray = Image.from(
    Uint16Array.from({ length: 64 }, (_, i) => i * 900),
    { width: 8, height: 8, channels: 1 },
  );
  const bytes = await jpegOf(gray, { qualityType: "LOSSLESS" });
  using decoder = bothDecoder(["nvjpeg-lossless"]);
  fake.control("fail nvjpegDecodeBatched 3");
  const [result] = await decoder.decode([bytes], { colorSpec: "UNCHANGED", allowAnyDepth: true });
  if (result!.status === "rejected") throw result!.reason;
  t.deepEqual(result!.value.data, gray.data);
});
