import { z } from "zod";
import {
  type CoverageHealth,
  type DetectorLook,
  decideChange,
  exchangeHealth,
  NotObservedReason,
} from "./change.ts";

/** Requests that one recheck may make: field.md §5, statement 3. */
export const MAX_RECHECK_REQUESTS = 20;

/** A recheck that has not ended by then is cut short, seconds; the target's own limit may be lower. */
export const MAX_RECHECK_SECONDS = 300;

/** Name and version of the module run in which the platform itself asks for a recheck's places again. */
export const REPLAY = { plugin: "replay", version: "1.0.0" } as const;

/** `absent`: looked again at every place, healthily, and it was not there. Only this makes a finding fixed. */
export const RecheckVerdict = z.enum(["present", "absent", "inconclusive"]);
export type RecheckVerdict = z.infer<typeof RecheckVerdict>;

/**
 * Why a recheck says nothing. Beside what keeps a scan from saying so: `control_failed`, the target's base URL did not
 * answer as it should; `too_many_places`, more than a recheck may ask for, so that only a scan can tell;
 * `seen_meanwhile`, another scan saw it while the recheck went on.
 */
export const RecheckReason = z.enum([
  ...NotObservedReason.options,
  "control_failed",
  "too_many_places",
  "seen_meanwhile",
]);
export type RecheckReason = z.infer<typeof RecheckReason>;

/**
 * Places that a recheck looks at: its requests are one for the positive control, one to replay each place, and those of
 * the detector. One that only reads what was recorded makes none; one that asks itself may make up to 5 for a place.
 */
export function recheckPlaces(isDetectorActive: boolean): number {
  const left = MAX_RECHECK_REQUESTS - 1;
  return isDetectorActive ? Math.floor(left / 6) : left;
}

/** The positive control answered as a working page does; a site that answers nothing but errors shows no fix. */
export function isControlHealthy(status: number | null): boolean {
  return status !== null && status < 400;
}

/** The worst health that any of a run's exchanges at a place had; null when there was none. */
export function worstHealth(
  outcomes: readonly ({ status: number } | { failure: string })[],
): CoverageHealth | null {
  const all = outcomes.map(exchangeHealth);
  return all.find((health) => health !== "healthy") ?? all[0] ?? null;
}

export interface RecheckFacts {
  isSeen: boolean;
  /** By another scan, since the recheck's began. */
  isSeenMeanwhile: boolean;
  isCancelled: boolean;
  isControlHealthy: boolean;
  /** True when the finding has more places than were looked at. */
  isPartial: boolean;
  looks: readonly DetectorLook[];
}

export type RecheckDecision =
  | { verdict: "present" | "absent"; reason: null }
  | { verdict: "inconclusive"; reason: RecheckReason };

/** Seen is present; all looked at, healthily, and not seen is absent; anything less is inconclusive. */
export function decideRecheck(facts: RecheckFacts): RecheckDecision {
  const { isSeen, isCancelled, looks } = facts;
  if (isSeen) return { verdict: "present", reason: null };
  const { reason } = decideChange({
    isSeen,
    isFirstSeen: false,
    wasFixed: false,
    scanProblem: isCancelled ? "cancelled" : null,
    looks,
  });
  if (reason) return { verdict: "inconclusive", reason };
  if (!facts.isControlHealthy) return { verdict: "inconclusive", reason: "control_failed" };
  if (facts.isPartial) return { verdict: "inconclusive", reason: "too_many_places" };
  if (facts.isSeenMeanwhile) return { verdict: "inconclusive", reason: "seen_meanwhile" };
  return { verdict: "absent", reason: null };
}
