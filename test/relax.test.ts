/**
 * The same request by every road: what a backend does itself, what core does after it, for a native backend and for one
 * in TypeScript that can do nothing but decode whole pictures as they are stored. All give the same pixels.
 */
import {
  type DecodeOptions,
  Decoder,
  Encoder,
  Image,
  type ProcessingStatus,
  type Region,
  Registry,
  type SampleFormat,
} from "@polycodec/core";
import type { DecodeBackend, DecodeTask } from "@polycodec/core/plugin";
import { drawPicture, seededRandom } from "@polycodec/core/testing";
import { extension as cpu } from "@polycodec/ext-cpu/extension";
import test, { type ExecutionContext } from "ava";
import { shownSize, storedPlace, withExifOrientation } from "./exif-orientation.js";

const registry = new Registry().use(cpu);
const [WIDTH, HEIGHT] = [83, 59];

/** Decodes whole, stored, interleaved pictures alone; whatever else is asked it refuses by its status. */
const plain: DecodeBackend = {
  id: "plain",
  codec: "jpeg",
  kind: "CPU_ONLY",
  create() {
    const decoder = new Decoder({ registry });
    const decode = ({ bytes, scale, pixels, output }: DecodeTask) => {
      const image = decoder.decodeSync(bytes, { applyExifOrientation: false, colorSpec: "UNCHANGED", scale });
      const row = image.width * image.channels;
      for (let y = 0; y < image.height; y++)
        pixels.set(image.bytes.subarray(y * row, (y + 1) * row), y * output.rowStride);
    };
    return {
      accepts({ orientation, region, output, info }: DecodeTask): ProcessingStatus {
        if (orientation !== 1) return "ORIENTATION_UNSUPPORTED";
        if (region) return "ROI_UNSUPPORTED";
        if (output.sampleFormat !== (info.channels === 1 ? "I_Y" : "I_RGB")) return "SAMPLE_FORMAT_UNSUPPORTED";
        return "SUCCESS";
      },
      run: async (tasks) => {
        for (const task of tasks) decode(task);
        return tasks.map(() => ({ status: "SUCCESS" as const }));
      },
    };
  },
};
const roads = {
  native: registry,
  TypeScript: new Registry().use({ name: "plain", version: "1.0.0", apiVersion: 1, decoders: [plain] }),
};

const gray = drawPicture(WIDTH, HEIGHT, { sampleFormat: "I_Y" });
const colour = drawPicture(WIDTH, HEIGHT);
const encoded = (async () => {
  using encoder = new Encoder({ registry });
  const options = { codec: "jpeg", quality: 90, chromaSubsampling: "CSS_420" } as const;
  return { gray: await encoder.encode(gray, { codec: "jpeg" }), colour: await encoder.encode(colour, options) };
})();

/** Channel `c` at row `y`, column `x`, whatever the layout. */
function sample(
  { bytes, rowStride, planeStride, channels, sampleFormat }: Image,
  y: number,
  x: number,
  c: number,
): number {
  return bytes[sampleFormat.startsWith("P_") ? c * planeStride + y * rowStride + x : y * rowStride + x * channels + c]!;
}

/** Where channel `c` of a format is found in RGB; `undefined`: opaque. */
function channelOf(format: SampleFormat, c: number): number | undefined {
  if (format.endsWith("BGR")) return 2 - c;
  return c === 3 ? undefined : c;
}

/** Compares a decoded image with what the stored RGB (or gray) picture says it must be. */
function check(
  t: ExecutionContext,
  image: Image,
  stored: Image,
  orientation: number,
  region: Region | undefined,
  what: string,
): void {
  const shown = shownSize(stored.width, stored.height, orientation);
  const { start, end } = region ?? { start: [0, 0], end: [shown.height, shown.width] };
  t.deepEqual([image.height, image.width], [end[0] - start[0], end[1] - start[1]], what);
  for (let y = 0; y < image.height; y++) {
    for (let x = 0; x < image.width; x++) {
      const [dy, dx] = [start[0] + y, start[1] + x];
      const inside = dy >= 0 && dx >= 0 && dy < shown.height && dx < shown.width;
      const [sy, sx] = storedPlace(dy, dx, stored.width, stored.height, orientation);
      for (let c = 0; c < image.channels; c++) {
        const from = channelOf(image.sampleFormat, c);
        const expected = inside
          ? from === undefined
            ? 255
            : sample(stored, sy, sx, stored.channels === 1 ? 0 : from)
          : region!.outOfBoundsSamples![c]!;
        if (sample(image, y, x, c) !== expected) {
          t.fail(`${what}: row ${y} column ${x} channel ${c} is ${sample(image, y, x, c)}, expected ${expected}`);
        }
      }
    }
  }
}

function regionWithin(width: number, height: number, random: () => number): Region {
  const range = (length: number) => {
    const a = Math.floor(random() * (length + 20)) - 10;
    return [a, a + 1 + Math.floor(random() * 40)] as const;
  };
  const [y0, y1] = range(height);
  const [x0, x1] = range(width);
  return { start: [y0, x0], end: [y1, x1], outOfBoundsSamples: [1, 2, 3, 4] };
}

/** Memory for the result: new, V8's, the user's tight, the user's with padded rows. */
const memories: Readonly<Record<string, (width: number, height: number, channels: number) => DecodeOptions>> = {
  recycled: () => ({}),
  transferable: () => ({ memory: "transferable" }),
  "reused, tight": (w, h, channels) => ({
    images: Image.from(new Uint8Array(w * h * channels), { width: w, height: h, channels }),
  }),
  "reused, padded": (width, height, channels) => {
    const rowStride = width * channels + 7;
    return {
      images: Image.from(new Uint8Array(rowStride * height).fill(0x77), { width, height, channels, rowStride }),
    };
  },
};

for (const [road, own] of Object.entries(roads)) {
  for (const kind of ["colour", "gray"] as const) {
    for (const scale of [1, 2] as const) {
      test(`${road} backend, ${kind} file at 1/${scale}: every format, orientation, region and kind of memory`, async (t) => {
        using decoder = new Decoder({ registry: own });
        using reference = new Decoder({ registry });
        const file = (await encoded)[kind];
        const random = seededRandom(scale + kind.length);
        const colorSpec = kind === "gray" ? "GRAY" : "SRGB";
        const stored = await reference.decode(file, { applyExifOrientation: false, colorSpec, scale });
        let compared = 0;
        for (const sampleFormat of [
          "I_RGB",
          "P_RGB",
          "I_BGR",
          "P_BGR",
          "I_RGBA",
          "P_RGBA",
          ...(kind === "gray" ? (["I_Y", "P_Y"] as const) : []),
        ] as const) {
          for (let orientation = 1; orientation <= 8; orientation++) {
            const bytes = withExifOrientation(file, orientation);
            const shown = shownSize(stored.width, stored.height, orientation);
            const whole = regionWithin(shown.width, shown.height, random);
            const multiple = ([y, x]: readonly [number, number]) => [y * scale, x * scale] as const;
            for (const region of [undefined, whole]) {
              const full = region && { ...region, start: multiple(region.start), end: multiple(region.end) };
              const [h, w] = region
                ? [region.end[0] - region.start[0], region.end[1] - region.start[1]]
                : [shown.height, shown.width];
              const channels = sampleFormat.endsWith("RGBA") ? 4 : sampleFormat.endsWith("Y") ? 1 : 3;
              for (const [memory, options] of Object.entries(memories)) {
                const what = `${sampleFormat}, orientation ${orientation}, ${region ? `[${region.start}] to [${region.end}]` : "whole"}, ${memory}`;
                const image = await decoder.decode(bytes, {
                  sampleFormat,
                  scale,
                  ...(full ? { region: full } : {}),
                  ...options(w, h, channels),
                });
                t.is(image.sampleFormat, sampleFormat);
                check(t, image, stored, orientation, region, what);
                compared++;
              }
            }
          }
        }
        t.true(compared >= 384);
      });
    }
  }
}

test("padding between the rows of a reused image is left alone, whatever core does afterwards", async (t) => {
  const file = withExifOrientation((await encoded).colour, 6);
  for (const own of Object.values(roads)) {
    using decoder = new Decoder({ registry: own });
    const rowStride = HEIGHT * 3 + 11;
    const memory = new Uint8Array(rowStride * WIDTH).fill(0xa5);
    await decoder.decode(file, {
      images: Image.from(memory, { width: HEIGHT, height: WIDTH, channels: 3, rowStride }),
    });
    for (let y = 0; y < WIDTH; y++)
      t.true(
        memory.subarray(y * rowStride + HEIGHT * 3, (y + 1) * rowStride).every((byte) => byte === 0xa5),
        `row ${y}`,
      );
  }
});

test("luma of a colour file by a backend that gives RGB only is within 1 of the coded luma", async (t) => {
  const file = (await encoded).colour;
  using direct = new Decoder({ registry: roads.native });
  using relaxed = new Decoder({ registry: roads.TypeScript });
  const [luma, made] = [
    await direct.decode(file, { colorSpec: "GRAY" }),
    await relaxed.decode(file, { colorSpec: "GRAY" }),
  ];
  let sum = 0;
  for (let i = 0; i < luma.data.length; i++) sum += Math.abs(made.data[i]! - luma.data[i]!);
  const differences = sum / luma.data.length;
  t.true(differences < 1, `${differences} on average`);
});
