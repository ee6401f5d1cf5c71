import { z } from "zod";
import {
  type CoverageHealth,
  type DetectorLook,
  decideChange,
  type ExchangeOutcome,
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
 * Why a recheck says nothing. Beside what keeps a scan from saying so: `finding_deleted`, it was merged into another or
 * deleted with its target; `method_not_replayed`, it shows where only GET and HEAD would not be harmless to repeat;
 * `control_failed`, a page that was well when the finding was seen is not now, or there was none; `too_many_places`, more
 * than a recheck may ask for, so that only a scan can tell; `seen_meanwhile`, another scan saw it while the recheck went
 * on.
 */
export const RecheckReason = z.enum([
  ...NotObservedReason.options,
  "finding_deleted",
  "method_not_replayed",
  "control_failed",
  "too_many_places",
  "seen_meanwhile",
]);
export type RecheckReason = z.infer<typeof RecheckReason>;

/** Methods that a recheck repeats: those that change nothing (RFC 9110, section 9.2.1). */
export const REPLAYED_METHODS: readonly string[] = ["GET", "HEAD"];

/** The positive control, and a path that nothing is at. */
const CONTROL_REQUESTS = 2;
/** Requests that a detector which asks itself makes for one place at most. */
const REQUESTS_PER_PLACE = 5;

/** Exchanges of a finding that a recheck may replay when no detector asks itself. */
export const RECHECK_ROOM = MAX_RECHECK_REQUESTS - CONTROL_REQUESTS;

/**
 * How many of a finding's places a recheck looks at within its limit, and how many further exchanges it may replay.
 * `asks`: for each place, whether a detector asks there itself, beside the replay.
 */
export function recheckRoom(asks: readonly boolean[]): { places: number; left: number } {
  let left = RECHECK_ROOM;
  let places = 0;
  for (const isAsked of asks) {
    const cost = isAsked ? 1 + REQUESTS_PER_PLACE : 1;
    if (cost > left) break;
    left -= cost;
    places += 1;
  }
  return { places, left };
}

export interface ControlAnswer {
  status: number;
  contentType: string | null;
  bodyBytes: number;
}

export interface ControlFacts {
  /** How the control answered in a scan that saw the finding; null when that scan met nothing that was well. */
  before: ControlAnswer | null;
  now: ControlAnswer | null;
  /** Answer to a path that nothing is at. */
  nowhere: ControlAnswer | null;
}

/** Two pages of a like size: nonces and dates change less than that. */
const SIZE_TOLERANCE = 0.1;

/**
 * The control answers as it did when the finding was seen: a wall, a login or a dead server shows no fix. Where a path
 * that nothing is at is answered with the same status, as a maintenance page for everything would, it must be of the
 * size that it had, too.
 */
export function isControlHealthy({ before, now, nowhere }: ControlFacts): boolean {
  if (!before || !now || !nowhere) return false;
  if (now.status !== before.status || now.contentType !== before.contentType) return false;
  const difference = Math.abs(now.bodyBytes - before.bodyBytes);
  return nowhere.status !== now.status || difference <= before.bodyBytes * SIZE_TOLERANCE;
}

/** The worst health that any of a run's exchanges at a place had; null when there was none. */
export function worstHealth(outcomes: readonly ExchangeOutcome[]): CoverageHealth | null {
  const all = outcomes.map(exchangeHealth);
  return all.find((health) => health !== "healthy") ?? all[0] ?? null;
}

export interface RecheckFacts {
  isSeen: boolean;
  /** By another scan, since the recheck's began. */
  isSeenMeanwhile: boolean;
  isCancelled: boolean;
  /** Merged into another, or deleted with its target. */
  isDeleted: boolean;
  /** True when it shows at a place that could only be looked at by a method that is not repeated. */
  isMethodLeftOut: boolean;
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
  if (facts.isDeleted) return { verdict: "inconclusive", reason: "finding_deleted" };
  if (reason === "location_not_reached" && facts.isMethodLeftOut)
    return { verdict: "inconclusive", reason: "method_not_replayed" };
  if (reason) return { verdict: "inconclusive", reason };
  if (!facts.isControlHealthy) return { verdict: "inconclusive", reason: "control_failed" };
  if (facts.isPartial) return { verdict: "inconclusive", reason: "too_many_places" };
  if (facts.isSeenMeanwhile) return { verdict: "inconclusive", reason: "seen_meanwhile" };
  return { verdict: "absent", reason: null };
}
