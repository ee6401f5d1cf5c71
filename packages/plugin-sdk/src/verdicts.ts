import { dedupeKeyText, lengthDelimited, placeTexts } from "@picket/core";
import type { EvidenceInput, FindingInput, PackInput } from "./event-input.ts";

/** A finding at one instance, with what proves it there. */
export interface Verdict {
  readonly finding: Omit<FindingInput, "event" | "evidence">;
  readonly evidence: readonly Omit<EvidenceInput, "event" | "ref">[];
}

export interface Verdicts {
  add(verdict: Verdict): void;
  /** One record pack for each finding and instance, in an order that does not depend on that of `add`. */
  packs(): PackInput[];
}

function keyOf({ finding }: Verdict): string {
  const { type, rootCause, instance } = finding;
  const { level, key = "" } = rootCause;
  return lengthDelimited([
    dedupeKeyText({ type, rootCause: { level, key }, instance }),
    placeTexts(instance).instance,
  ]);
}

function packOf({ finding, evidence }: Verdict, number: number): PackInput {
  const refs = evidence.map((_, index) => `${finding.type}-${number}-${index + 1}`);
  return {
    event: "pack",
    events: [
      ...evidence.map((proof, index) => ({ ...proof, event: "evidence" as const, ref: refs[index] ?? "" })),
      { ...finding, event: "finding" as const, evidence: refs },
    ],
  };
}

/**
 * Collects verdicts and keeps one for each finding and instance: of several URLs on one route the smallest. So the
 * same recorded fetches give the same findings in whatever order they are read.
 */
export function createVerdicts(): Verdicts {
  const kept = new Map<string, Verdict>();
  return {
    add(verdict) {
      const key = keyOf(verdict);
      const known = kept.get(key);
      if (!known || verdict.finding.instance.url < known.finding.instance.url) kept.set(key, verdict);
    },
    packs() {
      const keys = [...kept.keys()].sort();
      return keys.flatMap((key, index) => {
        const verdict = kept.get(key);
        return verdict ? [packOf(verdict, index + 1)] : [];
      });
    },
  };
}
