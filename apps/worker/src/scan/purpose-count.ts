import type { FetchRecord } from "@picket/http";

/**
 * How many requests of a run were sent for each of its finding types. One that looks for several counts for each, one
 * that does not say for all; what the session took counts for none.
 */
export function createPurposeCount(emits: readonly string[]) {
  const counts: Record<string, number> = {};
  return {
    add({ role, lookingFor = emits }: Pick<FetchRecord, "role" | "lookingFor">): void {
      if (role !== undefined) return;
      for (const type of new Set(lookingFor))
        if (emits.includes(type)) counts[type] = (counts[type] ?? 0) + 1;
    },
    counts: (): Readonly<Record<string, number>> => counts,
  };
}
