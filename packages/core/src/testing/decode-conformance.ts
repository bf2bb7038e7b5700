/** What every decoder must do. */
import assert from "node:assert/strict";
import { Image } from "../image/image.js";
import { DEFAULT_LIMITS } from "../limits.js";
import { assertCoded, assertSameSamples } from "./assertions.js";
import { psnr, seededRandom } from "./pictures.js";
import type { Subject, TestFunction } from "./subject.js";

const channel = ({ width, height, channels, data }: Image, c: number) =>
  Uint8Array.from({ length: width * height }, (_, i) => data[i * channels + c]!);

/** The part [y0, y1) x [x0, x1) of interleaved pixels. */
function slice({ width, channels, data }: Image, y0: number, x0: number, y1: number, x1: number): Uint8Array {
  const rows = [];
  for (let y = y0; y < y1; y++)
    rows.push(data.slice((y * width + x0) * channels, (y * width + x1) * channels) as Uint8Array);
  return Uint8Array.from(rows.flatMap((row) => [...row]));
}

export function decodeConformance(
  test: TestFunction,
  { openDecoder, streams, under: { scales = false, roundTripPsnr = Infinity } }: Subject,
): void {
  test("decodes the samples to their pixels, alone, in a batch and blocking, with the same result", async () => {
    using decoder = openDecoder();
    const samples = await streams();
    const batch = await decoder.decode(samples.map(({ bytes }) => bytes));
    for (const [i, { name, bytes, pixels }] of samples.entries()) {
      const result = batch[i]!;
      if (result.status === "rejected") throw result.reason;
      const alone = await decoder.decode(bytes);
      assertSameSamples(alone.bytes, result.value.bytes, name);
      assert.deepEqual([alone.sampleFormat, alone.dtype, alone.channels], ["I_RGB", "uint8", 3], name);
      if (pixels)
        assert.ok(psnr(alone.data, pixels.data) >= roundTripPsnr, `${name}: ${psnr(alone.data, pixels.data)} dB`);
      try {
        assertSameSamples(decoder.decodeSync(bytes).bytes, alone.bytes, name);
      } catch (error) {
        if ((error as { code?: string }).code !== "ERR_POLYCODEC_SYNC_UNSUPPORTED") throw error;
      }
    }
  });

  test("every sample format holds the same picture", async () => {
    using decoder = openDecoder();
    const { bytes } = (await streams()).at(-1)!;
    const rgb = await decoder.decode(bytes);
    for (const [format, order] of [
      ["P_RGB", [0, 1, 2]],
      ["I_BGR", [2, 1, 0]],
      ["P_BGR", [2, 1, 0]],
      ["I_RGBA", [0, 1, 2]],
      ["P_RGBA", [0, 1, 2]],
    ] as const) {
      const image = await decoder.decode(bytes, { sampleFormat: format });
      const plane = image.width * image.height;
      for (const [c, from] of order.entries()) {
        const got = format.startsWith("P_")
          ? Uint8Array.from(image.data.subarray(c * plane, (c + 1) * plane))
          : channel(image, c);
        assertSameSamples(got, channel(rgb, from), `${format} channel ${c}`);
      }
    }
    const gray = await decoder.decode(bytes, { colorSpec: "GRAY" });
    assert.equal(gray.channels, 1);
    assert.ok(
      psnr(
        gray.data,
        channel(rgb, 0).map((_, i) =>
          Math.round(0.299 * rgb.data[3 * i]! + 0.587 * rgb.data[3 * i + 1]! + 0.114 * rgb.data[3 * i + 2]!),
        ),
      ) > 35,
    );
  });

  test("a region equals the slice of the whole, also one pixel and the edges; outside it is filled", async () => {
    using decoder = openDecoder();
    const { bytes } = (await streams()).at(-1)!;
    const whole = await decoder.decode(bytes);
    const { width, height } = whole;
    const random = seededRandom(11);
    const regions = [
      [0, 0, 1, 1],
      [height - 1, width - 1, height, width],
      [0, 0, height, width],
    ];
    for (let i = 0; i < 12; i++) {
      const y0 = Math.floor(random() * height);
      const x0 = Math.floor(random() * width);
      regions.push([
        y0,
        x0,
        y0 + 1 + Math.floor(random() * (height - y0)),
        x0 + 1 + Math.floor(random() * (width - x0)),
      ]);
    }
    for (const [y0, x0, y1, x1] of regions as [number, number, number, number][]) {
      const part = await decoder.decode(bytes, { region: { start: [y0, x0], end: [y1, x1] } });
      assertSameSamples(part.data, slice(whole, y0, x0, y1, x1), `[${y0}, ${x0}] to [${y1}, ${x1}]`);
    }
    const beyond = await decoder.decode(bytes, {
      region: { start: [-2, -3], end: [height + 1, width + 2], outOfBoundsSamples: [9, 8, 7] },
    });
    assert.deepEqual(beyond.shape, [height + 3, width + 5, 3]);
    assertSameSamples(slice(beyond, 2, 3, 2 + height, 3 + width), whole.data, "the picture inside");
    assert.deepEqual([...beyond.data.slice(0, 3)], [9, 8, 7]);
  });

  test("an image is reused: padded rows keep their stride, and what lies between them is untouched", async () => {
    using decoder = openDecoder();
    const { bytes } = (await streams()).at(-1)!;
    const fresh = await decoder.decode(bytes);
    const rowStride = fresh.width * 3 + 13;
    const memory = new Uint8Array(rowStride * fresh.height).fill(0xa5);
    const padded = Image.from(memory, { width: fresh.width, height: fresh.height, channels: 3, rowStride });
    assert.equal(await decoder.decode(bytes, { images: padded }), padded);
    for (let y = 0; y < fresh.height; y++) {
      assertSameSamples(
        memory.subarray(y * rowStride, y * rowStride + fresh.width * 3),
        fresh.data.subarray(y * fresh.width * 3, (y + 1) * fresh.width * 3),
        `row ${y}`,
      );
      assert.ok(
        memory.slice(y * rowStride + fresh.width * 3, (y + 1) * rowStride).every((b) => b === 0xa5),
        `row ${y}`,
      );
    }
    await assert.rejects(
      decoder.decode(bytes, { images: Image.from(new Uint8Array(3), { width: 1, height: 1 }) }),
      RangeError,
    );
  });

  test("damaged code streams settle, with a picture or with a coded error, and disturb nobody else", async () => {
    using decoder = openDecoder();
    const random = seededRandom(3);
    const good = (await streams()).at(-1)!;
    const damaged: Uint8Array[] = [];
    for (let i = 0; i < 20; i++) damaged.push(good.bytes.subarray(0, Math.floor((i / 20) * good.bytes.length)));
    for (let i = 0; i < 60; i++) {
      const flipped = good.bytes.slice();
      flipped[Math.floor(random() * flipped.length)] = Math.floor(random() * 256);
      damaged.push(flipped);
    }
    const whole = await decoder.decode(good.bytes);
    const results = await decoder.decode([good.bytes, ...damaged, good.bytes], {
      limits: { ...DEFAULT_LIMITS, maxPixels: 1e7 },
    });
    for (const result of results) if (result.status === "rejected") assertCoded(result.reason);
    for (const end of [results[0]!, results.at(-1)!]) {
      if (end.status === "rejected") throw end.reason;
      assertSameSamples(end.value.bytes, whole.bytes, "beside damaged ones");
    }
    await assert.rejects(decoder.decode(good.bytes.subarray(0, good.bytes.length >> 1)), assertCoded);
  });

  test("limits hold before memory is taken, an aborted call rejects with the reason, a closed decoder says so", async () => {
    const decoder = openDecoder();
    const { bytes } = (await streams()).at(-1)!;
    await assert.rejects(decoder.decode(bytes, { limits: { maxPixels: 10 } }), {
      code: "ERR_POLYCODEC_LIMIT_EXCEEDED",
    });
    const reason = new Error("no longer wanted");
    await assert.rejects(decoder.decode(bytes, { signal: AbortSignal.abort(reason) }), reason);
    decoder.close();
    await assert.rejects(decoder.decode(bytes), { code: "ERR_POLYCODEC_CLOSED" });
  });

  test("many calls at once each get their own results", async () => {
    using decoder = openDecoder();
    const samples = await streams();
    const alone = await Promise.all(samples.map(({ bytes }) => decoder.decode(bytes)));
    const calls = Array.from({ length: 16 }, (_, k) => {
      const order = samples.map((_, i) => (i + k) % samples.length);
      return decoder.decode(order.map((i) => samples[i]!.bytes)).then((results) => {
        for (const [at, i] of order.entries()) {
          const result = results[at]!;
          if (result.status === "rejected") throw result.reason;
          assertSameSamples(result.value.bytes, alone[i]!.bytes, samples[i]!.name);
        }
      });
    });
    await Promise.all(calls);
  });

  if (scales) {
    test("a scaled picture has its sides divided and rounded up", async () => {
      using decoder = openDecoder();
      for (const { name, bytes } of await streams()) {
        const { width, height } = await decoder.decode(bytes);
        for (const scale of [2, 4, 8] as const) {
          const small = await decoder.decode(bytes, { scale });
          assert.deepEqual(
            [small.width, small.height],
            [Math.ceil(width / scale), Math.ceil(height / scale)],
            `${name} 1/${scale}`,
          );
        }
      }
    });
  }
}
