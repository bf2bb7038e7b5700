/** Progress in pieces that are worth a message. */
import type { OnProgress } from "./launcher.js";

const INTERVAL_MS = 250;

export function progressMeter(report: OnProgress): { add: OnProgress; flush(): void } {
  let images = 0;
  let bytes = 0;
  let reported = performance.now();
  const flush = () => {
    if (images > 0) report(images, bytes);
    images = bytes = 0;
    reported = performance.now();
  };
  return {
    add(more, moreBytes) {
      images += more;
      bytes += moreBytes;
      if (performance.now() - reported >= INTERVAL_MS) flush();
    },
    flush,
  };
}
