import type { PackInput } from "./event-input.ts";
import { mapInOrder } from "./map-in-order.ts";
import { createVerdicts, type Verdict } from "./verdicts.ts";

/** What was found of one item; null: nothing. */
type Judgement = Verdict | readonly Verdict[] | null;

/**
 * The record packs of all verdicts that `judge` gives on the items, at most `atOnce` of which are looked at at the same
 * time. As `createVerdicts` does: the order of the items makes no difference.
 */
export async function* judgeEach<Item>(
  items: Iterable<Item> | AsyncIterable<Item>,
  judge: (item: Item) => Judgement | Promise<Judgement>,
  { atOnce = 4 }: { atOnce?: number } = {},
): AsyncGenerator<PackInput> {
  const verdicts = createVerdicts();
  for await (const judgement of mapInOrder(items, atOnce, async (item) => judge(item)))
    for (const verdict of judgement === null ? [] : [judgement].flat()) verdicts.add(verdict);
  yield* verdicts.packs();
}
