/** What every encoder must do. */
import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CodeStream } from "../code-stream/code-stream.js";
import { Image } from "../image/image.js";
import { assertCoded, assertSameSamples } from "./assertions.js";
import { drawPicture } from "./pictures.js";
import type { Subject, TestFunction } from "./subject.js";

export function encodeConformance(
  test: TestFunction,
  { openEncoder, registry, under: { codec, encodeOptions } }: Subject,
): void {
  const options = { ...encodeOptions, codec };

  test("encodes the same alone, in a batch, and from padded rows, and the parser agrees on the size", async () => {
    using encoder = openEncoder();
    const picture = drawPicture(67, 45);
    const alone = await encoder.encode(picture, options);
    const padded = new Uint8Array(45 * 300);
    for (let y = 0; y < 45; y++) padded.set(picture.bytes.subarray(y * 201, (y + 1) * 201), y * 300);
    const strided = Image.from(padded, { width: 67, height: 45, channels: 3, rowStride: 300 });
    for (const result of await encoder.encode([picture, strided], options)) {
      if (result.status === "rejected") throw result.reason;
      assertSameSamples(result.value, alone, "batch");
    }
    const stream = CodeStream.from(alone, registry);
    assert.deepEqual([stream.codecName, stream.width, stream.height], [codec, 67, 45]);
  });

  test("writes files whole: the bytes of encode, no temporary file left, none replaced unless asked", async () => {
    using encoder = openEncoder();
    const folder = await mkdtemp(join(tmpdir(), "polycodec-"));
    try {
      const picture = drawPicture(33, 21);
      const path = join(folder, "a.bin");
      assert.equal(await encoder.write(path, picture, options), path);
      assertSameSamples(await readFile(path), await encoder.encode(picture, options), "the file");
      await assert.rejects(encoder.write(path, picture, options), { code: "ERR_POLYCODEC_FILE_EXISTS" });
      await encoder.write(path, picture, { ...options, overwrite: true });
      await assert.rejects(encoder.write(join(folder, "missing", "a.bin"), picture, options), {
        code: "ERR_POLYCODEC_IO",
      });
      assert.deepEqual(await readdir(folder), ["a.bin"]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test("refuses what it cannot encode with the backend's reason", async () => {
    using encoder = openEncoder();
    const doubles = Image.from(new Float64Array(4 * 4 * 7), { width: 4, height: 4, channels: 7 });
    await assert.rejects(encoder.encode(doubles, options), (error: unknown) => {
      assertCoded(error);
      assert.ok((error as { attempts: readonly unknown[] }).attempts.length > 0);
      return true;
    });
  });
}
