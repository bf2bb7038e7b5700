/** Damaged high-throughput code blocks, at which both libraries have ended the process. */
import { Decoder, Encoder, PolycodecError } from "@polycodec/core";
import { drawPicture, seededRandom } from "@polycodec/core/testing";
import "@polycodec/ext-cpu";
import test from "ava";

const encoder = new Encoder();
const decoder = new Decoder();
const openJpegs = new Decoder({ options: { openjph: { enabled: false } } });

const codeOf = (error: Error) => (error instanceof PolycodecError ? error.code : error.name);
const SOD = Buffer.from([0xff, 0x93]);
/** High-throughput code streams without boxes, in tiles and not, in each progression. */
const streams = () =>
  Promise.all(
    (["LRCP", "RLCP", "RPCL", "PCRL", "CPRL"] as const).map((progOrder, i) =>
      encoder.encode(drawPicture(48 + 9 * i, 41), {
        codec: "jpeg2k",
        jpeg2k: {
          ht: true,
          bitstreamType: "J2K",
          progOrder,
          codeBlockSize: [16, 16],
          mctMode: i % 2 === 0 ? 1 : 0,
          ...(i > 2 ? { tileWidth: 32, tileHeight: 32 } : {}),
        },
      }),
    ),
  );

test("an assertion of OpenJPEG's that a damaged file breaks is an error, not the end of the process", async (t) => {
  const bytes = await encoder.encode(drawPicture(64, 64), {
    codec: "jpeg2k",
    jpeg2k: { ht: true, bitstreamType: "J2K", codeBlockSize: [16, 16] },
  });
  const start = Buffer.from(bytes).indexOf(SOD) + 2;
  let met = 0;
  // Of what MEL codes 0xff is not followed by more than 0x8f (T.814, 7.1.3): mel_init asserts it where it reads byte by byte.
  for (let at = start + 400; at < start + 1200; at++) {
    const broken = bytes.slice();
    broken[at] = 0xff;
    broken[at + 1] = 0xa0;
    const [result] = await openJpegs.decode([broken]);
    if (result!.status === "fulfilled") result!.value.release();
    else if (/ht_dec\.c:\d+: .* fails/.test(result!.reason.message)) met++;
  }
  t.true(met > 0, "no case has met the assertion");
});

test("OpenJPH stands damage in the data", async (t) => {
  const random = seededRandom(814);
  const outcomes = new Map<string, number>();
  for (const bytes of await streams()) {
    const start = Buffer.from(bytes).indexOf(SOD);
    for (let i = 0; i < 150; i++) {
      const broken = bytes.slice();
      for (let k = 1 + Math.floor(random() * 4); k > 0; k--)
        broken[start + Math.floor(random() * (bytes.length - start))] =
          random() < 0.4 ? 0xff : Math.floor(random() * 256);
      const [result] = await decoder.decode([broken]);
      const outcome = result!.status === "fulfilled" ? "a picture" : codeOf(result!.reason);
      if (result!.status === "fulfilled") result!.value.release();
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
  }
  t.true(
    (outcomes.get("a picture") ?? 0) > 0 && (outcomes.get("ERR_POLYCODEC_CORRUPTED") ?? 0) > 0,
    String([...outcomes]),
  );
  outcomes.delete("a picture");
  t.true([...outcomes.keys()].every((code) => code.startsWith("ERR_POLYCODEC_")));
});

test("OpenJPH stands damage in the headers", async (t) => {
  let errors = 0;
  for (const bytes of await streams()) {
    const end = Buffer.from(bytes).indexOf(SOD);
    for (let at = 2; at < end; at++) {
      for (const value of [0, 1, 0x7f, 0xff]) {
        if (bytes[at] === value) continue;
        const broken = bytes.slice();
        broken[at] = value;
        const [result] = await decoder.decode([broken], { limits: { maxPixels: 1 << 20 } });
        if (result!.status === "fulfilled") result!.value.release();
        else {
          errors++;
          t.true(codeOf(result!.reason).startsWith("ERR_POLYCODEC_"), `byte ${at}: ${result!.reason.message}`);
        }
      }
    }
  }
  t.true(errors > 100);
});

test("OpenJPH gives OpenJPEG's pixels, whole, scaled and of a region", async (t) => {
  for (const bytes of await streams()) {
    for (const options of [{}, { scale: 2 }, { scale: 8 }, { region: { start: [5, 7], end: [33, 40] } }] as const) {
      using theirs = await openJpegs.decode(bytes, options);
      using ours = await decoder.decode(bytes, options);
      t.true(Buffer.from(ours.bytes).equals(Buffer.from(theirs.bytes)), JSON.stringify(options));
    }
  }
});
