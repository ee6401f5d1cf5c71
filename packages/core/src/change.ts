import { z } from "zod";
import type { ModuleRunStatus } from "./vocabulary.ts";

/**
 * Version of the rules below; stored with every change. 2: of each place those detectors are asked that saw it there, a
 * detector retires, and of two scans at the same time the one that saw a finding is right.
 */
export const CHANGE_RULES = 2;

/** What a scan says of a finding against what was known before it: exactly one. */
export const Change = z.enum(["new", "reopened", "still_present", "fixed", "not_observed"]);
export type Change = z.infer<typeof Change>;

/** Why a finding was not observed though nothing shows that it is fixed. The first that applies is given. */
export const NotObservedReason = z.enum([
  "cancelled",
  "plugin_not_run",
  "plugin_failed",
  "plugin_changed",
  "out_of_scope",
  "auth_lost",
  "blocked",
  "rate_limited",
  "network_error",
  "server_error",
  "budget_exhausted",
  "location_not_reached",
]);
export type NotObservedReason = z.infer<typeof NotObservedReason>;

/** Why a finding is new. */
export const NewCause = z.enum([
  "new_exposure",
  "new_detector",
  "new_rule_version",
  "new_intel",
  "scope_change",
]);
export type NewCause = z.infer<typeof NewCause>;

/** How a detector's look at one place ended. `healthy`: the target answered in a way that lets absence be believed. */
export const CoverageHealth = z.enum([
  "healthy",
  "out_of_scope",
  "auth_lost",
  "blocked",
  "rate_limited",
  "network_error",
  "server_error",
  "budget_exhausted",
]);
export type CoverageHealth = z.infer<typeof CoverageHealth>;

const UNSENT_HEALTH: Record<string, CoverageHealth> = {
  out_of_scope: "out_of_scope",
  capability_missing: "out_of_scope",
  budget_exhausted: "budget_exhausted",
  auth_lost: "auth_lost",
};

/** A path that asks who one is, as `/login`, `/auth/sign-in.php` or `/oauth2/authorize`. */
const LOGIN_PATH = /^[^?#]*[/_.-](log-?in|log-?on|sign-?in|sso|saml2?|oauth2?|authenticate)(?![a-z0-9])/i;

export type ExchangeOutcome =
  | {
      status: number;
      /** Where a redirect leads to. */
      location?: string | undefined;
    }
  | { failure: string };

/**
 * Health of one exchange. A page that is gone (404, 410) answers the question; a refusal (401, 403, 429, a redirect to a
 * login page) does not: the defect may stand behind it.
 */
export function exchangeHealth(outcome: ExchangeOutcome): CoverageHealth {
  if ("failure" in outcome) return UNSENT_HEALTH[outcome.failure] ?? "network_error";
  const { status, location = "" } = outcome;
  const asksForLogin = status >= 300 && status < 400 && LOGIN_PATH.test(location);
  if (status === 401 || asksForLogin) return "auth_lost";
  if (status === 403 || status === 418 || status === 451) return "blocked";
  if (status === 429) return "rate_limited";
  return status >= 500 ? "server_error" : "healthy";
}

interface LookAtPlace {
  now: CoverageHealth | null;
  whenFound: CoverageHealth | null;
  /** It was found with a session, and this look had none that was proven. Default false. */
  isAnonymousNow?: boolean;
}

/** What a place may always answer, so that a defect shows on just such an answer. */
const OF_THE_PLACE: ReadonlySet<CoverageHealth> = new Set(["auth_lost", "blocked", "server_error"]);

/**
 * Health of a look at a place, against the look that first found the finding there. A defect of an error page was found
 * on an error page: the same kind of answer without it shows that it is gone. What was found with a session may be there
 * still when somebody else looks.
 */
export function placeHealth({ now, whenFound, isAnonymousNow = false }: LookAtPlace): CoverageHealth | null {
  if (isAnonymousNow && now === "healthy") return "auth_lost";
  return now && now === whenFound && OF_THE_PLACE.has(now) ? "healthy" : now;
}

/** Rank of a health among the answers that one place gave: the first is the best. */
export function healthRank(health: CoverageHealth): number {
  return CoverageHealth.options.indexOf(health);
}

const HIDING: ReadonlySet<CoverageHealth> = new Set([
  "auth_lost",
  "blocked",
  "rate_limited",
  "network_error",
  "budget_exhausted",
]);

/**
 * Whether one such answer to a detector's own requests at a place outweighs the healthy ones there: the request that
 * was kept from the application may be the one that shows the defect, as a payload that a firewall stops beside a benign
 * request that it lets through. A server error does not: payloads cause them in every scan, and the application did see
 * the request.
 */
export function hidesDefects(health: CoverageHealth): boolean {
  return HIDING.has(health);
}

/** One detector that a finding is attributed to, and how it looked for it in this scan. */
export interface DetectorLook {
  /** Null: the scan did not plan it. */
  status: ModuleRunStatus | null;
  /** True when it can no longer report this type of finding. */
  isChanged: boolean;
  /** Best health at each place where its word counts; null: the detector was not there at all. */
  places: readonly (CoverageHealth | null)[];
}

export interface ChangeFacts {
  isSeen: boolean;
  isFirstSeen: boolean;
  wasFixed: boolean;
  /** What spoilt the scan as a whole; null when each look counts for itself. */
  scanProblem: NotObservedReason | null;
  looks: readonly DetectorLook[];
}

export type ChangeDecision =
  | { change: Exclude<Change, "not_observed">; reason: null }
  | { change: "not_observed"; reason: NotObservedReason };

function lookProblems({ status, isChanged, places }: DetectorLook): NotObservedReason[] {
  if (status === null || status === "skipped") return ["plugin_not_run"];
  if (status === "cancelled") return ["cancelled"];
  if (status !== "succeeded") return ["plugin_failed"];
  if (isChanged) return ["plugin_changed"];
  return places.flatMap((health) => {
    if (health === "healthy") return [];
    return [health ?? "location_not_reached"];
  });
}

/**
 * `fixed` only when every detector whose word counts ran to its end and got a healthy answer at every place where it does,
 * and none saw it. Anything less is `not_observed`, with what spoilt the scan as a whole, or else the worst
 * thing that stood in the way.
 */
export function decideChange(facts: ChangeFacts): ChangeDecision {
  if (facts.isSeen) {
    const known = facts.wasFixed ? "reopened" : "still_present";
    return { change: facts.isFirstSeen ? "new" : known, reason: null };
  }
  if (facts.scanProblem) return { change: "not_observed", reason: facts.scanProblem };
  const problems = facts.looks.flatMap(lookProblems);
  if (facts.looks.length === 0) problems.push("plugin_not_run");
  const reason = NotObservedReason.options.find((candidate) => problems.includes(candidate));
  return reason ? { change: "not_observed", reason } : { change: "fixed", reason: null };
}

/** How the detector of a new finding stood in the baseline. */
export interface NoveltyFacts {
  /** False before the first scan that can serve as baseline. */
  hasBaseline: boolean;
  /** Null: the baseline did not run it to its end. */
  baselineDetector: { codeDigest: string; configHash: string } | null;
  detector: { codeDigest: string; configHash: string };
  /** Whether the baseline's detector got a healthy answer at the place. */
  wasPlaceCovered: boolean;
  isScopeChanged: boolean;
}

/** Why a finding is new: the application changed, or the way of looking did. */
export function newCause(facts: NoveltyFacts): NewCause {
  const { hasBaseline, baselineDetector, detector } = facts;
  if (!hasBaseline) return "new_exposure";
  if (!baselineDetector) return "new_detector";
  const isSameRule =
    baselineDetector.codeDigest === detector.codeDigest &&
    baselineDetector.configHash === detector.configHash;
  if (!isSameRule) return "new_rule_version";
  return !facts.wasPlaceCovered && facts.isScopeChanged ? "scope_change" : "new_exposure";
}
