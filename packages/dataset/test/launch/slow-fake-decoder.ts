/**
 * A fake decoder for small PPM files that takes its time without taking the processor's, so that workers can be killed in
 * the middle. It notes every image that it decodes in the file named by FAKE_DECODER_LOG. Imported by workers.
 */
import { appendFileSync, existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { registry } from "@polycodec/core";
import { type DecodeTask, eachSample } from "@polycodec/core/plugin";

const MILLISECONDS = Number(process.env.FAKE_DECODER_MS ?? 0);
const LOG = process.env.FAKE_DECODER_LOG;
/** The image at which it takes its process with it, as a crash in native code would. */
const DEADLY = Number(process.env.FAKE_DECODER_DEADLY ?? -1);
/** Images from this number on wait until there is a file of this name: `570:/tmp/gate`. */
const [GATED, GATE] = split(process.env.FAKE_DECODER_GATE);

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
          while (numberIn(pixels) >= GATED && !existsSync(GATE)) await sleep(20);
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

function split(gate = ""): [number, string] {
  const colon = gate.indexOf(":");
  return colon < 0 ? [Number.POSITIVE_INFINITY, ""] : [Number(gate.slice(0, colon)), gate.slice(colon + 1)];
}
