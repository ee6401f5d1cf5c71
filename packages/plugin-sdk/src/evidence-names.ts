/** Evidence of a run that can still be named, by its `ref`: the latest. So the length of a run costs no memory. */
export const NAMED_EVIDENCE = 1_000;

/** Lets go of all but the latest `NAMED_EVIDENCE` names: a set or map holds them in the order in which they came. */
export function forgetOldest(names: Set<string> | Map<string, unknown>): void {
  for (const ref of names.keys()) {
    if (names.size <= NAMED_EVIDENCE) return;
    names.delete(ref);
  }
}
