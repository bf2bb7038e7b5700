/**
 * How a batch is cut into windows: planned one by one, while those before are at work. They are short, because nothing
 * else happens on the JavaScript thread while one is planned or its images are made: somebody who waits for a single
 * urgent picture waits for that as well.
 */

/** The first window is smaller still: the workers begin on it while the rest is planned. */
const FIRST_WINDOW = 16;
const WINDOW = 64;

/** How many samples are planned at once, of the `windowItems` that a stream may hold. */
function sizeOf(windowItems: number): number {
  return Math.min(WINDOW, windowItems);
}

/** Windows in flight: twice `windowItems` samples in all, so that workers never wait for this thread. */
export function windowsInFlight(windowItems: number): number {
  return Math.ceil((2 * windowItems) / sizeOf(windowItems));
}

/** Resolves when the window before has reached the workers: there are some promises on its way. */
export function handedOut(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** The windows of a batch of `count` samples, as [start, end). */
export function* windowsOf(count: number, windowItems: number): Generator<readonly [start: number, end: number]> {
  let start = 0;
  for (let size = Math.min(FIRST_WINDOW, windowItems); start < count; size = sizeOf(windowItems)) {
    const end = Math.min(count, start + size);
    yield [start, end];
    start = end;
  }
}
