/** Fallback: what one backend refuses or fails, the next takes; and what backends that misbehave can do. */
import { DecodeError, Decoder, EncodeError, Encoder, imagesOrNull, Registry } from "@polycodec/core";
import type { DecodeTask, EncodeTask } from "@polycodec/core/plugin";
import {
  drawPicture,
  type FakeBehaviour,
  fakeDecoder,
  fakeEncoder,
  fakeExtension,
  fakeStream,
} from "@polycodec/core/testing";
import { extension as cpu } from "@polycodec/ext-cpu";
import test from "ava";
import { attempts, decoderOf, paint } from "./fake-decoders.js";

test("what one backend fails, the next takes; a sample that all fail names all", async (t) => {
  using decoder = decoderOf(
    {
      id: "first",
      run: async (tasks) =>
        tasks.map((task) =>
          (task as DecodeTask).info.width === 2 ? { status: "IMAGE_CORRUPTED", message: "row 1" } : paint([task])[0]!,
        ),
    },
    {
      id: "second",
      accepts: (task) => ((task as DecodeTask).info.height === 3 ? "RESOLUTION_UNSUPPORTED" : "SUCCESS"),
    },
  );
  const results = await decoder.decode([
    fakeStream(1, 1, 7),
    fakeStream(2, 2, 8),
    fakeStream(2, 3, 9),
    fakeStream(1, 1, 10),
  ]);
  t.deepEqual(
    results.map((r) => r.status),
    ["fulfilled", "fulfilled", "rejected", "fulfilled"],
  );
  t.deepEqual(
    imagesOrNull(results).map((image) => image?.data[0]),
    [7, 8, undefined, 10],
  );
  const { reason } = results[2] as PromiseRejectedResult;
  t.deepEqual(attempts(reason), ["first IMAGE_CORRUPTED", "second RESOLUTION_UNSUPPORTED"]);
  t.is(reason.code, "ERR_POLYCODEC_CORRUPTED");
  t.regex(
    reason.message,
    /2x3.*no backend could decode it\n {2}first +IMAGE_CORRUPTED: row 1\n {2}second +RESOLUTION_UNSUPPORTED/s,
  );
});

test("a fake backend in front of libjpeg-turbo fails, and libjpeg-turbo takes over", async (t) => {
  const broken = {
    ...fakeDecoder({ id: "broken", priority: 1, run: () => Promise.reject(new Error("no device")) }),
    codec: "jpeg",
  };
  const registry = new Registry().use(cpu).use({ name: "broken", version: "1.0.0", apiVersion: 1, decoders: [broken] });
  using decoder = new Decoder({ registry });
  using encoder = new Encoder({ registry });
  const bytes = await encoder.encode(drawPicture(140, 130), { codec: "jpeg" });
  t.like(await decoder.decode(bytes), { width: 140, height: 130 });
  await t.throwsAsync(decoder.decode(bytes.subarray(0, bytes.length >> 1)), {
    instanceOf: DecodeError,
    code: "ERR_POLYCODEC_TRUNCATED",
    message: /broken +FAIL: no device\n {2}libjpeg-turbo +IMAGE_TRUNCATED/,
  });
});

const liars: readonly (readonly [string, FakeBehaviour, RegExp])[] = [
  ["returns too few outcomes", { run: async (tasks) => paint(tasks).slice(1) }, /outcomes for 3 tasks/],
  [
    "returns too many outcomes",
    { run: async (tasks) => [...paint(tasks), { status: "SUCCESS" }] },
    /4 outcomes for 3 tasks/,
  ],
  ["returns nothing", { run: (async () => undefined) as never }, /.+/],
  ["returns holes", { run: (async (tasks: readonly DecodeTask[]) => tasks.map(() => undefined)) as never }, /.+/],
  [
    "returns an unknown status",
    { run: (async (tasks: readonly DecodeTask[]) => tasks.map(() => ({ status: "FINE" }))) as never },
    /.+/,
  ],
  ["rejects", { run: () => Promise.reject(new Error("it broke")) }, /it broke/],
  ["rejects with no error", { run: () => Promise.reject("just words") }, /just words/],
  [
    "throws instead of rejecting",
    {
      run: () => {
        throw new Error("thrown");
      },
    },
    /thrown/,
  ],
  [
    "throws in accepts",
    {
      accepts: () => {
        throw new Error("undecided");
      },
    },
    /undecided/,
  ],
  ["has an unknown answer in accepts", { accepts: () => "MAYBE" as never }, /MAYBE/],
];
for (const [what, behaviour, message] of liars) {
  test(`a backend that ${what} fails its share alone, and the next backend takes it`, async (t) => {
    const sources = [fakeStream(2, 2, 1), fakeStream(2, 2, 2), fakeStream(2, 2, 3)];
    using alone = decoderOf({ id: "liar", ...behaviour });
    for (const result of await alone.decode(sources)) {
      if (result.status === "fulfilled") continue; // Of too few outcomes some may be taken for what they are.
      t.true(result.reason instanceof DecodeError, String(result.reason.stack));
      t.is((result.reason as DecodeError).attempts[0]?.backend, "liar");
      t.regex(result.reason.message, message);
    }
    using helped = decoderOf({ id: "liar", ...behaviour }, { id: "honest" });
    const results = await helped.decode(sources);
    t.deepEqual(
      imagesOrNull(results).map((image) => image?.data[0]),
      [1, 2, 3],
    );
  });
}

test("limits do not fall back", async (t) => {
  let asked = 0;
  using decoder = decoderOf(
    { id: "first", run: async (tasks) => tasks.map(() => ({ status: "LIMIT_EXCEEDED", message: "501 scans" })) },
    {
      id: "second",
      run: async (tasks) => {
        asked++;
        return paint(tasks);
      },
    },
  );
  const error = await t.throwsAsync(decoder.decode(fakeStream(1, 1)), {
    instanceOf: DecodeError,
    code: "ERR_POLYCODEC_LIMIT_EXCEEDED",
  });
  t.deepEqual(attempts(error), ["first LIMIT_EXCEEDED"]);
  t.is(asked, 0);
  await t.throwsAsync(decoder.decode(fakeStream(100, 100), { limits: { maxPixels: 9999 } }), {
    code: "ERR_POLYCODEC_LIMIT_EXCEEDED",
    message: /100x100 is 10000 pixels/,
  });
});

test("no backend: the reasons are told, also of those that are off", async (t) => {
  using none = decoderOf();
  await t.throwsAsync(none.decode(fakeStream(1, 1)), {
    code: "ERR_POLYCODEC_NO_BACKEND",
    message: /no backend is registered for fake/,
  });
  using off = decoderOf({ id: "gpu", unavailable: "no CUDA device" });
  await t.throwsAsync(off.decode(fakeStream(1, 1)), {
    code: "ERR_POLYCODEC_NO_BACKEND",
    message: /gpu: no CUDA device/,
  });
  t.like(off.backends[0], { id: "gpu", available: false, reason: "no CUDA device" });
  using kinds = new Decoder({ registry: new Registry().use(fakeExtension()), backends: ["GPU_ONLY"] });
  await t.throwsAsync(kinds.decode(fakeStream(1, 1)), {
    code: "ERR_POLYCODEC_NO_BACKEND",
    message: /kind CPU_ONLY is not among the allowed GPU_ONLY/,
  });
});

test("a backend's runs overlap no more than its concurrency, over all calls", async (t) => {
  let running = 0;
  let most = 0;
  const run = async (tasks: readonly (DecodeTask | EncodeTask)[]) => {
    most = Math.max(most, ++running);
    await new Promise((resume) => setTimeout(resume, 2));
    running--;
    return paint(tasks);
  };
  for (const concurrency of [1, 3]) {
    most = 0;
    using decoder = decoderOf({ concurrency, run });
    await Promise.all(Array.from({ length: 10 }, () => decoder.decode([fakeStream(1, 1), fakeStream(1, 1)])));
    t.is(most, concurrency);
  }
});

test("an encode batch: order, reasons, fallback", async (t) => {
  const encode = new Registry().use(
    fakeExtension(
      [fakeDecoder()],
      [
        fakeEncoder({
          id: "first",
          run: async (tasks) =>
            tasks.map((task) =>
              (task as EncodeTask).input.width === 2
                ? { status: "FAIL", message: "two is too much" }
                : { status: "SUCCESS", bytes: Uint8Array.of(1) },
            ),
        }),
        fakeEncoder({
          id: "second",
          accepts: (task) => ((task as EncodeTask).input.height === 3 ? "SAMPLE_TYPE_UNSUPPORTED" : "SUCCESS"),
        }),
      ],
    ),
  );
  using encoder = new Encoder({ registry: encode });
  const results = await encoder.encode([drawPicture(1, 1), drawPicture(2, 2), drawPicture(2, 3)], { codec: "fake" });
  t.deepEqual(
    results.map((r) => (r.status === "fulfilled" ? r.value.length : attempts(r.reason))),
    [1, 13, ["first FAIL", "second SAMPLE_TYPE_UNSUPPORTED"]],
  );
  t.true((results[2] as PromiseRejectedResult).reason instanceof EncodeError);
});

test("an encoder that says SUCCESS without bytes has failed", async (t) => {
  using encoder = new Encoder({
    registry: new Registry().use(
      fakeExtension([], [fakeEncoder({ run: async (tasks) => tasks.map(() => ({ status: "SUCCESS" })) })]),
    ),
  });
  await t.throwsAsync(encoder.encode(drawPicture(1, 1), { codec: "fake" }), {
    instanceOf: EncodeError,
    code: "ERR_POLYCODEC_FAILED",
  });
});
