/** How a batch is cut into windows: planned one by one, while those before are at work. */

/** Windows in flight: one runs while the next is planned, so that workers never wait for this thread. */
export const WINDOWS_IN_FLIGHT = 2;
/** The first window is small: the workers begin on it while the rest is planned. */
const FIRST_WINDOW = 16;

/** Resolves when the window before has reached the workers: there are some promises on its way. */
export function handedOut(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** The windows of a batch of `count` samples, at most `windowItems` each, as [start, end). */
export function* windowsOf(count: number, windowItems: number): Generator<readonly [start: number, end: number]> {
  let start = 0;
  for (let size = Math.min(FIRST_WINDOW, windowItems); start < count; size = windowItems) {
    const end = Math.min(count, start + size);
    yield [start, end];
    start = end;
  }
}
