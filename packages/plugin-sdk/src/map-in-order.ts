/**
 * Results of `work` in the order of `items`, with at most `limit` of them under way at once: a slow answer delays
 * those behind it, but never changes their order. Stops starting work when the consumer stops reading.
 */
export async function* mapInOrder<Item, Result>(
  items: Iterable<Item> | AsyncIterable<Item>,
  limit: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const underWay: Promise<Result>[] = [];
  for await (const item of items) {
    if (underWay.length >= limit) yield underWay.shift() as Promise<Result>;
    const started = work(item);
    // A rejection is thrown when its turn comes; until then it must not count as unhandled.
    started.catch(() => undefined);
    underWay.push(started);
  }
  for (const started of underWay) yield started;
}
