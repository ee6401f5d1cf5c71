import { z } from "zod";
import type { AuthUse } from "./auth-profile.ts";
import type { CoverageHealth, NotObservedReason } from "./change.ts";
import type { PaceFacts } from "./pace.ts";
import type { ExitReason, ModuleRunStatus, ScanStatus, Stage } from "./vocabulary.ts";
import { Stage as StageSchema } from "./vocabulary.ts";

/** How often a module run is started before its worker's repeated death counts as its own. */
export const MAX_ATTEMPTS = 3;

const TERMINAL: ReadonlySet<ModuleRunStatus> = new Set([
  "succeeded",
  "partially_succeeded",
  "failed",
  "cancelled",
  "timed_out",
  "skipped",
]);

/** True when a scan or a module run with this status never changes again. */
export function isTerminal(status: ModuleRunStatus): boolean {
  return TERMINAL.has(status);
}

/** Status of a module run whose process ended for this reason. */
export function moduleRunStatus(reason: ExitReason): ModuleRunStatus {
  switch (reason) {
    case "completed":
      return "succeeded";
    case "timed_out":
      return "timed_out";
    case "cancelled":
      return "cancelled";
    case "failed":
    case "out_of_memory":
    case "protocol_error":
    case "crashed":
      return "failed";
  }
}

/** The earliest stage that still has work, or null when every module run has ended. */
export function currentStage(runs: readonly { stage: Stage; status: ModuleRunStatus }[]): Stage | null {
  return (
    StageSchema.options.find((stage) => runs.some((run) => run.stage === stage && !isTerminal(run.status))) ??
    null
  );
}

/** What a health signal is about. */
export const HealthCode = z.enum([
  "target_unreachable",
  "requests_failed",
  "waf_blocking",
  "rate_limited",
  "pace_lowered",
  "auth_lost",
  "auth_failed",
  "secret_unmasked",
  "insufficient_crawl",
  "requests_refused",
  "budget_exhausted",
  "plugin_crashed",
  "plugin_timed_out",
  "plugin_failed",
  "plugin_skipped",
  "isolation_weak",
  "not_judged",
]);
export type HealthCode = z.infer<typeof HealthCode>;

/** One thing that limits what a scan can say. `high`: its result must not be trusted to be complete. */
export const HealthSignal = z.strictObject({
  code: HealthCode,
  level: z.enum(["info", "low", "medium", "high"]),
  detail: z.string(),
});
export type HealthSignal = z.infer<typeof HealthSignal>;
type Level = HealthSignal["level"];

export interface ScanFacts {
  runs: readonly {
    plugin: string;
    status: ModuleRunStatus;
    exitReason: ExitReason | null;
    reason: string | null;
    /** It was to run, and no worker had its code. Default false. */
    isUnoffered?: boolean;
  }[];
  /** Exchanges that got a response. */
  responses: number;
  /** Requests without a response, by reason. */
  failures: Readonly<Record<string, number>>;
  /** The scan's own requests for places that are known to be there, by health. */
  exchanges: Readonly<Partial<Record<CoverageHealth, number>>>;
  /** Endpoints that the scan and its baseline know; null without a baseline. */
  endpoints: number;
  baselineEndpoints: number | null;
  pace: PaceFacts;
  /** Absent: no module had a session to use. */
  auth?: AuthUse | undefined;
  /** Of the exchanges, those of modules with a session. Default none. */
  sessionExchanges?: Readonly<Partial<Record<CoverageHealth, number>>>;
  /** At most of the places that ask for a login the baseline was let in. Default null: there is no baseline. */
  wereLoginsOpen?: boolean | null;
  isCancelled: boolean;
  isPastDeadline: boolean;
  isIsolationWeak: boolean;
  /** The signal that ended the scan early. */
  stoppedBy: HealthCode | null;
}

const UNSENT = new Set(["out_of_scope", "capability_missing", "budget_exhausted", "auth_lost", "cancelled"]);
/** From this share of spoilt requests on the result is not complete (ZAP's insight `insight.network.failure`, high level). */
const HIGH_SHARE = 0.5;
/** A share of fewer requests says little, unless it is all of them. */
const ENOUGH_REQUESTS = 20;
/**
 * Of refusals: more than twice the places that the crawl itself guesses at (14). A firewall that refuses these alone has
 * not shut the scan out.
 */
const ENOUGH_ANSWERS = 32;
/** Endpoints of a baseline that make its size a measure. */
const ENOUGH_ENDPOINTS = 10;

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}

function isTelling(count: number, total: number): boolean {
  return count >= total * HIGH_SHARE && (total >= ENOUGH_ANSWERS || count === total);
}

function networkSignals({ responses, failures, exchanges }: ScanFacts): HealthSignal[] {
  const sent = Object.entries(failures).filter(([reason, count]) => !UNSENT.has(reason) && count > 0);
  const unanswered = sum(sent.map(([, count]) => count));
  const serverErrors = exchanges.server_error ?? 0;
  const failed = unanswered + serverErrors;
  if (failed === 0) return [];
  const causes: [string, number][] = serverErrors > 0 ? [...sent, ["server_error", serverErrors]] : sent;
  const detail = causes.map(([reason, count]) => `${reason}: ${count}`).join(", ");
  if (responses === 0)
    return [{ code: "target_unreachable", level: "high", detail: `no response at all; ${detail}` }];
  const total = unanswered + responses;
  const level = failed >= total * HIGH_SHARE ? "high" : "low";
  return [{ code: "requests_failed", level, detail: `${failed} of ${total} requests; ${detail}` }];
}

/** Below this share of refusals an application may simply have places that are not for everybody (ZAP's insights: 5 %). */
const LOW_REFUSAL_SHARE = 0.05;

/**
 * What it means that half of the answers ask for a login. To a session: that it is not one. To a scan without: that the
 * target changed its mind where the baseline was let in, and nothing where it was not either; without a baseline nobody
 * can tell.
 */
function loginLevel({ auth, sessionExchanges = {}, wereLoginsOpen = null }: ScanFacts): Level {
  const { auth_lost = 0 } = sessionExchanges;
  if (auth_lost > 0 && isTelling(auth_lost, sum(Object.values(sessionExchanges)))) return "high";
  if (auth || wereLoginsOpen === null) return "medium";
  return wereLoginsOpen ? "high" : "info";
}

/** Refusals that the target answers with. */
const REFUSALS = [
  { health: "blocked", code: "waf_blocking", words: "were blocked" },
  { health: "rate_limited", code: "rate_limited", words: "came too fast for the target" },
  { health: "auth_lost", code: "auth_lost", words: "asked for a login" },
] as const;

function refusalSignals(facts: ScanFacts): HealthSignal[] {
  const { exchanges } = facts;
  const total = sum(Object.values(exchanges));
  return REFUSALS.flatMap(({ health, code, words }): HealthSignal[] => {
    const count = exchanges[health] ?? 0;
    if (count === 0) return [];
    const small = count / total < LOW_REFUSAL_SHARE ? "info" : "low";
    const worst = health === "auth_lost" ? loginLevel(facts) : "high";
    const level = isTelling(count, total) ? worst : small;
    return [{ code, level, detail: `${count} of ${total} requests for known places ${words}` }];
  });
}

/** A scan that was to be logged in says of nothing that it is fixed once it cannot prove that it was. */
function sessionSignal({ tries, failures, isLost }: AuthUse): HealthSignal[] {
  if (tries > 0 && failures >= tries * HIGH_SHARE)
    return [
      { code: "auth_failed", level: "high", detail: `${failures} of ${tries} logins and probes failed` },
    ];
  if (!isLost) return [];
  const detail = "the session ended and was not renewed, or not seen to live until the end";
  return [{ code: "auth_lost", level: "high", detail }];
}

function unmaskedSignal({ unmaskedCookies }: AuthUse): HealthSignal[] {
  if (unmaskedCookies.length === 0) return [];
  const detail = `too short to be masked outside of cookie headers: ${unmaskedCookies.join(", ")}`;
  return [{ code: "secret_unmasked", level: "low", detail }];
}

function authSignals({ auth }: ScanFacts): HealthSignal[] {
  return auth ? [...sessionSignal(auth), ...unmaskedSignal(auth)] : [];
}

/** A crawl far smaller than the baseline's did not see what the baseline saw; one page of many is a closed door. */
function crawlSignals({ endpoints, baselineEndpoints }: ScanFacts): HealthSignal[] {
  if (baselineEndpoints === null || baselineEndpoints < ENOUGH_ENDPOINTS) return [];
  if (endpoints * 2 >= baselineEndpoints) return [];
  const detail = `${endpoints} endpoints, the baseline knew ${baselineEndpoints}`;
  return [{ code: "insufficient_crawl", level: endpoints <= 1 ? "high" : "medium", detail }];
}

function unsentSignals({ failures }: ScanFacts): HealthSignal[] {
  const signals: HealthSignal[] = [];
  const refused = (failures.out_of_scope ?? 0) + (failures.capability_missing ?? 0);
  if (refused > 0)
    signals.push({
      code: "requests_refused",
      level: "info",
      detail: `${refused} requests were not sent: out of scope or not granted`,
    });
  const exhausted = failures.budget_exhausted ?? 0;
  if (exhausted > 0)
    signals.push({
      code: "budget_exhausted",
      level: "medium",
      detail: `${exhausted} requests had no budget left`,
    });
  return signals;
}

/** The target was asked more slowly than it may be; its scans list each change. */
function paceSignals({ pace }: ScanFacts): HealthSignal[] {
  const { lowered = 0, halted = 0, opened = 0 } = pace.events;
  if (pace.lowestRps === null || lowered + halted + opened === 0) return [];
  const parts = [
    ...(lowered > 0 ? [`lowered ${lowered} times, down to ${pace.lowestRps.toFixed(1)} requests/s`] : []),
    ...(halted > 0 ? [`stopped ${halted} times because the target asked for it`] : []),
    ...(opened > 0 ? [`stopped ${opened} times because the target did not answer`] : []),
    ...(pace.pausedMs > 0 ? [`nothing sent for ${Math.ceil(pace.pausedMs / 1_000)} s`] : []),
  ];
  const level = halted + opened > 0 ? "low" : "info";
  return [{ code: "pace_lowered", level, detail: parts.join("; ") }];
}

function failureCode(status: ModuleRunStatus, exitReason: ExitReason | null): HealthCode {
  if (status === "timed_out") return "plugin_timed_out";
  const isCrash = exitReason === "crashed" || exitReason === "out_of_memory";
  return isCrash ? "plugin_crashed" : "plugin_failed";
}

function moduleSignals({ runs, isIsolationWeak }: ScanFacts): HealthSignal[] {
  const signals = runs.flatMap(({ plugin, status, exitReason, reason, isUnoffered }): HealthSignal[] => {
    if (status === "skipped")
      return [
        {
          code: "plugin_skipped",
          level: isUnoffered ? "medium" : "info",
          detail: `${plugin}: ${reason ?? "no reason"}`,
        },
      ];
    if (status === "succeeded" || status === "cancelled" || !isTerminal(status)) return [];
    const code = failureCode(status, exitReason);
    return [{ code, level: "medium", detail: `${plugin}: ${reason ?? status}` }];
  });
  if (isIsolationWeak) {
    signals.push({
      code: "isolation_weak",
      level: "low",
      detail: "plugins ran without bubblewrap, by the operator's leave",
    });
  }
  return signals;
}

/** The signal that stopped the scan stays the worst it was, whatever came after it. */
function withStop(signals: readonly HealthSignal[], stoppedBy: HealthCode | null): HealthSignal[] {
  if (!stoppedBy) return [...signals];
  const isStop = ({ code }: HealthSignal) => code === stoppedBy;
  const detail = `stopped the scan: ${signals.find(isStop)?.detail ?? stoppedBy}`;
  return [{ code: stoppedBy, level: "high", detail }, ...signals.filter((signal) => !isStop(signal))];
}

/** What limits the scan's result, worst causes first within their kind. */
export function scanHealth(facts: ScanFacts): HealthSignal[] {
  const signals = [
    ...networkSignals(facts),
    ...authSignals(facts),
    ...refusalSignals(facts),
    ...paceSignals(facts),
    ...crawlSignals(facts),
    ...unsentSignals(facts),
    ...moduleSignals(facts),
  ];
  return withStop(signals, facts.stoppedBy);
}

const STOPPING: ReadonlySet<HealthCode> = new Set([
  "auth_failed",
  "auth_lost",
  "target_unreachable",
  "requests_failed",
  "waf_blocking",
  "rate_limited",
]);

/** The signal that leaves no point in going on; null when the scan may. */
export function stopSignal(facts: ScanFacts): HealthSignal | null {
  const failed = sum(
    Object.entries(facts.failures).map(([reason, count]) => (UNSENT.has(reason) ? 0 : count)),
  );
  const isEnough = facts.responses + failed >= ENOUGH_REQUESTS;
  const isStop = ({ code, level }: HealthSignal) =>
    level === "high" && STOPPING.has(code) && (isEnough || code !== "requests_failed");
  return scanHealth(facts).find(isStop) ?? null;
}

const SPOILS: Partial<Record<HealthCode, NotObservedReason>> = {
  target_unreachable: "network_error",
  requests_failed: "network_error",
  waf_blocking: "blocked",
  rate_limited: "rate_limited",
  auth_lost: "auth_lost",
  auth_failed: "auth_lost",
  insufficient_crawl: "location_not_reached",
};

/** Why nothing that the scan did not see may pass for fixed; null when each look counts for itself. */
export function scanProblem(facts: ScanFacts): NotObservedReason | null {
  if (facts.isCancelled) return "cancelled";
  const worst = scanHealth(facts).filter(({ level }) => level === "high");
  return worst.flatMap(({ code }) => SPOILS[code] ?? [])[0] ?? null;
}

/** How a scan ends whose module runs have all ended. Past its deadline it is `timed_out` only if a run was cut short. */
export function scanStatus(facts: ScanFacts): ScanStatus {
  if (facts.isCancelled) return "cancelled";
  const ran = facts.runs.filter(({ status, isUnoffered }) => status !== "skipped" || isUnoffered);
  const isWhole = ran.every(({ status }) => status === "succeeded");
  if (facts.isPastDeadline && !isWhole) return "timed_out";
  const hasResult = ran.some(({ status }) => status === "succeeded" || status === "partially_succeeded");
  const isUnreachable = scanHealth(facts).some(({ code }) => code === "target_unreachable");
  if (!hasResult || isUnreachable) return "failed";
  const isComplete = isWhole && !facts.stoppedBy && (facts.failures.budget_exhausted ?? 0) === 0;
  return isComplete ? "succeeded" : "partially_succeeded";
}
