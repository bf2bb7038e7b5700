/** Peak device memory stays below POLYCODEC_MAX_DEVICE_BYTES, which this part's process has, and every picture still comes out. */
import { runtimeStats } from "@polycodec/core";
import { mebibytes } from "./memory.mjs";
import { photosOf } from "./pictures.mjs";

export async function* check(subject) {
  const live = subject.reports().filter(({ available, direction }) => available && direction === "decode");
  if (live.length === 0) {
    yield { state: "skipped", what: `${subject.codec}: peak`, figure: "no decoder is on: see Backends" };
    return;
  }
  const photos = await photosOf(subject.codec, 4, [1280, 960]);
  const decoder = subject.decoder({ withCpu: true });
  const results = await decoder.decode(Array.from({ length: 96 }, (_, i) => photos[i % photos.length]));
  const failed = results.filter(({ status }) => status === "rejected");
  const limit = Number(process.env.POLYCODEC_MAX_DEVICE_BYTES);
  const { devicePeakBytes } = runtimeStats();
  const isRight = failed.length === 0 && devicePeakBytes > 0 && devicePeakBytes <= limit;
  yield {
    state: isRight ? "right" : "WRONG",
    what: `${subject.codec}: 96 pictures of 1280x960, the CPU behind`,
    figure: `peak ${mebibytes(devicePeakBytes)} of ${mebibytes(limit)}; ${failed.length} failed${failed[0] ? `: ${failed[0].reason.message}` : ""}`,
  };
}
