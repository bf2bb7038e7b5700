/** What stages give and take: iterables of both kinds as one kind, and one result ahead. */

export function isIterable<T>(value: unknown): value is AsyncIterable<T> | Iterable<T> {
  return typeof value === "object" && value !== null && (Symbol.asyncIterator in value || Symbol.iterator in value);
}

export async function* iterate<T>(input: AsyncIterable<T> | Iterable<T>): AsyncGenerator<T, void, void> {
  yield* input;
}

/** The same, one ahead: while a result is in use the next is made. */
export async function* ahead<T>(source: AsyncGenerator<T, void, void>): AsyncGenerator<T, void, void> {
  let next = source.next();
  try {
    for (;;) {
      const { done, value } = await next;
      if (done) return;
      next = source.next();
      next.catch(() => undefined); // it is awaited in its turn
      yield value as T;
    }
  } finally {
    await next.catch(() => undefined);
    await source.return();
  }
}
