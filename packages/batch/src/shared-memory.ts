/** Memory that several batches lie in. */

export interface Memory {
  release(): void;
}

/** One handle a holder: the memory goes back when the last of them is released. Releasing one again has no effect. */
export function releasedByLast(memory: Memory, holders: number): Memory[] {
  let left = holders;
  return Array.from({ length: holders }, () => {
    let isReleased = false;
    return {
      release() {
        if (isReleased) return;
        isReleased = true;
        if (--left === 0) memory.release();
      },
    };
  });
}
