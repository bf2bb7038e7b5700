/**
 * A fake decoder for small PPM files that takes its time without taking the processor's, so that workers can be killed in
 * the middle. It notes every image that it decodes in the file named by FAKE_DECODER_LOG. Imported by workers.
 */
import { appendFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { registry } from "@polycodec/core";
import { type DecodeTask, eachSample } from "@polycodec/core/plugin";

const MILLISECONDS = Number(process.env.FAKE_DECODER_MS ?? 0);
const LOG = process.env.FAKE_DECODER_LOG;
/** The image at which it takes its process with it, as a crash in native code would. */
const DEADLY = Number(process.env.FAKE_DECODER_DEADLY ?? -1);

registry.use({
  name: "slow-fake",
  version: "1.0.0",
  apiVersion: 1,
  decoders: [
    {
      id: "slow-fake-pnm",
      codec: "pnm",
      kind: "CPU_ONLY",
      priority: 1,
      create: () => ({
        accepts: () => "SUCCESS",
        run: eachSample(async ({ bytes, pixels }: DecodeTask) => {
          await sleep(MILLISECONDS);
          pixels.set(bytes.subarray(bytes.length - pixels.length));
          if (numberIn(pixels) === DEADLY) process.kill(process.pid, "SIGKILL");
          if (LOG) appendFileSync(LOG, `${numberIn(pixels)}\n`);
        }),
      }),
    },
  ],
});

/** The first pixel says which image it is. */
function numberIn(pixels: Uint8Array): number {
  return pixels[0]! * 65_536 + pixels[1]! * 256 + pixels[2]!;
}
