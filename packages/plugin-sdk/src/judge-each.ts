import type { PackInput } from "./event-input.ts";
import { mapInOrder } from "./map-in-order.ts";
import { createVerdicts, type Verdict } from "./verdicts.ts";

/** What was found of one item; null: nothing. */
type Judgement = Verdict | readonly Verdict[] | null;

/** One thing to find out. */
type Task = () => Judgement | Promise<Judgement>;

/**
 * The record packs of all verdicts of tasks in rounds, each of which is made up when the one before it has ended. A run that
 * looks in several ways needs this one call: the packs of two are numbered alike.
 */
export async function* judgeRounds(
  rounds: Iterable<() => Iterable<Task> | Promise<Iterable<Task>>>,
  { atOnce = 4 }: { atOnce?: number } = {},
): AsyncGenerator<PackInput> {
  const verdicts = createVerdicts();
  for (const round of rounds)
    for await (const judgement of mapInOrder(await round(), atOnce, async (task) => task()))
      for (const verdict of judgement === null ? [] : [judgement].flat()) verdicts.add(verdict);
  yield* verdicts.packs();
}

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
