/**
 * Pictures at 1/8 come from code of our own; asked for as a region, the same pictures come from libjpeg. The two must
 * not differ in a single sample, whatever the picture, and not in what they make of damage.
 */
import { type DecodeResult, Decoder, type EncodeOptions, Encoder, Registry } from "@polycodec/core";
import { drawPicture, seededRandom } from "@polycodec/core/testing";
import { extension } from "@polycodec/ext-cpu/extension";
import test from "ava";

const registry = new Registry().use(extension);

async function bothRoads(
  decoder: Decoder,
  streams: readonly Uint8Array[],
  width: number,
  height: number,
): Promise<[DecodeResult[], DecodeResult[]]> {
  const region = { start: [0, 0], end: [height, width] } as const;
  return [await decoder.decode(streams, { scale: 8 }), await decoder.decode(streams, { scale: 8, region })];
}

const kinds: readonly [string, EncodeOptions, "I_RGB" | "I_Y"][] = [
  ["4:2:0", { chromaSubsampling: "CSS_420" }, "I_RGB"],
  ["4:4:4", { chromaSubsampling: "CSS_444" }, "I_RGB"],
  ["gray", {}, "I_Y"],
  ["4:2:0 with optimised tables", { chromaSubsampling: "CSS_420", jpeg: { optimizedHuffman: true } }, "I_RGB"],
  ["4:2:2, which libjpeg decodes", { chromaSubsampling: "CSS_422" }, "I_RGB"],
];
const sizes = [
  [640, 480],
  [641, 473],
  [1007, 391],
  [399, 1013],
  [808, 8],
  [17, 4000],
] as const;

for (const [name, options, sampleFormat] of kinds) {
  test(`${name}: sizes, qualities and noise of every strength give libjpeg's samples`, async (t) => {
    using decoder = new Decoder({ registry });
    using encoder = new Encoder({ registry });
    let bytes = 0;
    for (const [i, [width, height]] of sizes.entries()) {
      for (const [quality, noise] of [
        [100, 2],
        [98, 0.3],
        [92, 1],
        [75, 1.5],
      ] as const) {
        const picture = drawPicture(width, height, { seed: i, noise, sampleFormat });
        const stream = await encoder.encode(picture, { codec: "jpeg", quality, ...options });
        bytes += stream.length;
        for (const format of ["I_RGB", "I_BGR", "P_RGB", "I_RGBA", "I_Y", "I_YUV"] as const) {
          const settings = { scale: 8, sampleFormat: format } as const;
          const own = await decoder.decode(stream, settings);
          const libjpeg = await decoder.decode(stream, {
            ...settings,
            region: { start: [0, 0], end: [height, width] },
          });
          t.deepEqual(
            Buffer.compare(own.bytes, libjpeg.bytes),
            0,
            `${width}x${height} quality ${quality} noise ${noise} ${format}`,
          );
        }
      }
    }
    t.true(bytes > sizes.length * 4 * 32 * 1024, "streams long enough for the road under test");
  });
}

test("damage: the same pictures and the same verdicts as libjpeg", async (t) => {
  using decoder = new Decoder({ registry });
  using encoder = new Encoder({ registry });
  const [width, height] = [640, 480];
  const random = seededRandom(5);
  const whole = await encoder.encode(drawPicture(width, height, { noise: 1 }), {
    codec: "jpeg",
    quality: 90,
    chromaSubsampling: "CSS_420",
  });
  const damaged = Array.from({ length: 400 }, (_, i) => {
    if (i % 4 === 0) return whole.subarray(0, Math.floor(random() * whole.length));
    const bytes = whole.slice();
    for (let k = 0; k < 1 + (i % 3); k++)
      bytes[600 + Math.floor(random() * (bytes.length - 600))] = Math.floor(random() * 256);
    return i % 7 === 0 ? Buffer.concat([bytes, bytes.subarray(0, 50)]) : bytes;
  });
  const [own, libjpeg] = await bothRoads(decoder, damaged, width, height);
  let pictures = 0;
  for (const [i, result] of own.entries()) {
    const expected = libjpeg[i]!;
    t.is(result.status, expected.status, `case ${i}`);
    if (result.status === "rejected" || expected.status === "rejected") continue;
    pictures++;
    t.is(Buffer.compare(result.value.bytes, expected.value.bytes), 0, `case ${i}`);
  }
  t.true(pictures > 100 && pictures < damaged.length);
});
