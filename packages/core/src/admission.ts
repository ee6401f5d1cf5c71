import type { ScanMode } from "./vocabulary.ts";

/** A module run that takes up a slot of the fleet, or waits for one. */
export interface SlotUse {
  targetId: string;
  mode: ScanMode;
}

export interface WaitingRun extends SlotUse {
  id: string;
  scanId: string;
}

/** Who goes first: a person waits for a recheck most of all, and for nothing that the clock asked for. */
export const MODE_PRIORITY: Readonly<Record<ScanMode, number>> = { recheck: 1, interactive: 2, scheduled: 3 };

/** Part of the slots that only a target without a run in hand may take: a newcomer never waits for a slow one. */
const NEWCOMERS_SHARE = 4;
/** Free slots that scheduled work leaves for what a person asks for. */
const KEPT_FOR_PEOPLE = 1;

interface Fleet {
  /** Module runs that all workers can run at the same time. */
  slots: number;
  inHand: readonly SlotUse[];
}

/**
 * Which of the waiting runs are to start now, first ones first. No target holds more than its share of the slots, so
 * that a slow or broken one never holds those that another needs. A fleet of one slot has nothing to keep back.
 */
export function admit({ slots, inHand }: Fleet, waiting: readonly WaitingRun[]): WaitingRun[] {
  const targets = new Set([...inHand, ...waiting].map(({ targetId }) => targetId));
  const reserve = slots > 1 ? Math.max(1, Math.floor(slots / NEWCOMERS_SHARE)) : 0;
  const share = Math.max(1, Math.floor((slots - reserve) / Math.max(1, targets.size)));
  const held = new Map<string, number>();
  for (const { targetId } of inHand) held.set(targetId, (held.get(targetId) ?? 0) + 1);

  let free = slots - inHand.length;
  const mayStart = ({ targetId, mode }: WaitingRun) => {
    const own = held.get(targetId) ?? 0;
    const kept = slots > 1 && mode === "scheduled" ? KEPT_FOR_PEOPLE : 0;
    return free > kept && own < share && (free > reserve || own === 0);
  };
  const before = (a: WaitingRun, b: WaitingRun) =>
    MODE_PRIORITY[a.mode] - MODE_PRIORITY[b.mode] ||
    (held.get(a.targetId) ?? 0) - (held.get(b.targetId) ?? 0) ||
    (a.scanId < b.scanId ? -1 : a.scanId > b.scanId ? 1 : 0) ||
    (a.id < b.id ? -1 : 1);

  // Of one target the first to go blocks none that might: so only the first ones are compared.
  const lines = [...Map.groupBy(waiting, ({ targetId }) => targetId).values()].map((runs) =>
    runs.sort(before).reverse(),
  );
  const admitted: WaitingRun[] = [];
  for (;;) {
    const line = firstLine(lines, mayStart, before);
    const next = line?.pop();
    if (!next) return admitted;
    admitted.push(next);
    held.set(next.targetId, (held.get(next.targetId) ?? 0) + 1);
    free -= 1;
  }
}

/** The line whose first run, its last entry, goes before those of the others; undefined: none may start. */
function firstLine(
  lines: readonly WaitingRun[][],
  mayStart: (run: WaitingRun) => boolean,
  before: (a: WaitingRun, b: WaitingRun) => number,
): WaitingRun[] | undefined {
  let [first, best]: [WaitingRun[] | undefined, WaitingRun | undefined] = [undefined, undefined];
  for (const line of lines) {
    const run = line.at(-1);
    if (run && mayStart(run) && (!best || before(run, best) < 0)) [first, best] = [line, run];
  }
  return first;
}
