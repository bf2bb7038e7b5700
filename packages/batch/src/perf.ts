/** Named ranges of time, for profilers: `decoder.polycodec` and `encoder.polycodec`, as the reference's samples have them. */
export interface Perf {
  push(name: string): void;
  pop(): void;
}

export async function ranged<T>(perf: Perf | undefined, name: string, work: () => Promise<T>): Promise<T> {
  perf?.push(name);
  try {
    return await work();
  } finally {
    perf?.pop();
  }
}
