import type { Distress, RequestOutcome } from "@picket/core";
import { createLatencyWatch } from "./latency-watch.ts";

/** What came of requests since it was told last. */
export interface Outcomes {
  /** In order: `o` answered, `x` not. */
  marks: string;
  distress: Distress | null;
  /** How long the target asked to be left alone, ms. */
  keepOffMs: number;
}

export interface OutcomeNotes {
  /** True when the target asked to be left alone. */
  add(outcome: RequestOutcome): boolean;
  /** To be told at once, not with the next occasion. */
  isUrgent(): boolean;
  take(): Outcomes;
  /** What was taken but could not be told. */
  putBack(outcomes: Outcomes): void;
  /** Moving mean of the time an answer takes, ms. */
  tripMs(): number;
}

/** 429 Too Many Requests and 503 Service Unavailable say that it is too much (RFC 6585, RFC 9110). */
const OVERLOADED: ReadonlySet<number> = new Set([429, 503]);

export function createOutcomeNotes(): OutcomeNotes {
  const latency = createLatencyWatch();
  let notes: Outcomes = { marks: "", distress: null, keepOffMs: 0 };

  function distressOf(outcome: Exclude<RequestOutcome, { kind: "unsent" }>): Distress | null {
    if (outcome.kind !== "answered") return outcome.kind;
    if (OVERLOADED.has(outcome.status)) return "overloaded";
    return latency.add(outcome.elapsedMs) ? "slow" : null;
  }

  return {
    add(outcome) {
      if (outcome.kind === "unsent") return false;
      const distress = distressOf(outcome);
      const asked =
        distress === "overloaded" && outcome.kind === "answered" ? outcome.retryAfterMs : undefined;
      notes = {
        marks: notes.marks + (outcome.kind === "answered" ? "o" : "x"),
        distress: distress ?? notes.distress,
        keepOffMs: Math.max(notes.keepOffMs, asked ?? 0),
      };
      return asked !== undefined && asked > 0;
    },
    isUrgent: () => notes.distress !== null,
    take() {
      const taken = notes;
      notes = { marks: "", distress: null, keepOffMs: 0 };
      return taken;
    },
    putBack({ marks, distress, keepOffMs }) {
      notes = {
        marks: marks + notes.marks,
        distress: notes.distress ?? distress,
        keepOffMs: Math.max(notes.keepOffMs, keepOffMs),
      };
    },
    tripMs: () => latency.mean(),
  };
}
