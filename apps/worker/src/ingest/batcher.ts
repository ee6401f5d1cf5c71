/**
 * Writes items in groups: while one write is under way, what arrives meanwhile waits and is written together next. Each
 * call resolves or rejects with the write that its item was part of.
 */
export function createBatcher<Item>(
  write: (items: Item[]) => Promise<void>,
  maxItems: number,
): (item: Item) => Promise<void> {
  let waiting: { item: Item; settled: PromiseWithResolvers<void> }[] = [];
  let isWriting = false;

  async function writeAll(): Promise<void> {
    isWriting = true;
    while (waiting.length > 0) {
      const group = waiting.slice(0, maxItems);
      waiting = waiting.slice(maxItems);
      try {
        await write(group.map(({ item }) => item));
        for (const { settled } of group) settled.resolve();
      } catch (error) {
        for (const { settled } of group) settled.reject(error);
      }
    }
    isWriting = false;
  }

  return (item) => {
    const settled = Promise.withResolvers<void>();
    waiting.push({ item, settled });
    if (!isWriting) void writeAll();
    return settled.promise;
  };
}
