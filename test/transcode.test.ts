/** Metadata through a transcode, and what does not fit. */
import { Decoder, EncodeError, Encoder, type Metadata } from "@polycodec/core";
import { drawPicture } from "@polycodec/core/testing";
import "@polycodec/ext-cpu";
import test from "ava";
import { jpegs8, read } from "./corpus.js";
import { corpusTest } from "./corpus-test.js";

corpusTest("EXIF, ICC, XMP and comments survive a transcode byte for byte", async (t) => {
  using encoder = new Encoder();
  using decoder = new Decoder();
  const counts: Record<string, number> = {};
  for (const file of jpegs8.filter(
    ({ strict, tags, bytes }) =>
      strict && bytes < 400_000 && ["exif", "icc", "xmp", "comment"].some((tag) => tags.includes(tag)),
  )) {
    const source = read(file);
    let metadata: readonly Metadata[];
    try {
      metadata = (await decoder.getMetadata(source)).filter(({ kind }) =>
        ["EXIF", "ICC_PROFILE", "XMP", "COMMENT"].includes(kind),
      );
    } catch (error) {
      t.regex((error as { code: string }).code, /^ERR_POLYCODEC/, file.path); // Broken metadata says so: parsers-jpeg-corpus tests which.
      continue;
    }
    const image = await decoder.decode(source, { applyExifOrientation: false, scale: 8 });
    const [result] = await encoder.encode([image], { codec: "jpeg", metadata: [metadata] });
    if (result!.status === "rejected") {
      // What a camera spreads over several segments (extended XMP) may not fit one.
      t.true(
        metadata.some(({ bytes, kind }) => kind !== "ICC_PROFILE" && bytes.length > 65_000),
        `${file.path}: ${result!.reason.message}`,
      );
      counts["too large"] = (counts["too large"] ?? 0) + 1;
      continue;
    }
    const kept = await decoder.getMetadata(result!.value);
    for (const kind of ["EXIF", "ICC_PROFILE", "XMP", "COMMENT"] as const) {
      const [before, after] = [metadata, kept].map((list) =>
        list.filter((one) => one.kind === kind).map(({ bytes }) => Buffer.from(bytes).toString("base64")),
      );
      t.deepEqual(after, before, `${file.path}: ${kind}`);
      counts[kind] = (counts[kind] ?? 0) + before!.length;
    }
    t.like(await decoder.decode(result!.value, { applyExifOrientation: false }), {
      width: image.width,
      height: image.height,
    });
  }
  t.log(JSON.stringify(counts));
  t.true(counts.EXIF! > 50 && counts.ICC_PROFILE! > 30 && counts.XMP! > 30, JSON.stringify(counts));
});

test("an ICC profile of several segments is written and found whole, and one list serves all images", async (t) => {
  using encoder = new Encoder();
  using decoder = new Decoder();
  const profile = Uint8Array.from({ length: 150_000 }, (_, i) => (i * 7919) & 255);
  const metadata: Metadata[] = [{ kind: "ICC_PROFILE", format: "RAW", id: 0, bytes: profile }];
  for (const result of await encoder.encode([drawPicture(8, 8), drawPicture(9, 9)], { codec: "jpeg", metadata })) {
    if (result.status === "rejected") throw result.reason;
    const [found] = await decoder.getMetadata(result.value, "ICC_PROFILE");
    t.is(Buffer.compare(found!.bytes, profile), 0);
  }
});

for (const [kind, bytes] of [
  ["EXIF", 65_528],
  ["XMP", 65_505],
  ["COMMENT", 65_534],
  ["ICC_PROFILE", 255 * 65_519 + 1],
] as const) {
  test(`${kind} of ${bytes} bytes does not fit, and is an error that says so`, async (t) => {
    using encoder = new Encoder();
    const metadata: Metadata[] = [{ kind, format: "RAW", id: 0, bytes: new Uint8Array(bytes) }];
    const error = await t.throwsAsync(encoder.encode(drawPicture(8, 8), { codec: "jpeg", metadata }), {
      instanceOf: EncodeError,
    });
    t.regex((error as EncodeError).code, /^ERR_POLYCODEC_/);
    t.regex(error!.message, /\d{5,} bytes|at most|fit/, error!.message);
  });
}
