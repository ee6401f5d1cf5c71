import { z } from "zod";
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

const HealthCode = z.enum([
  "target_unreachable",
  "requests_failed",
  "requests_refused",
  "budget_exhausted",
  "plugin_failed",
  "plugin_skipped",
  "isolation_weak",
]);
export type HealthCode = z.infer<typeof HealthCode>;

/** One thing that limits what a scan can say. `high`: its result must not be trusted to be complete. */
export const HealthSignal = z.strictObject({
  code: HealthCode,
  level: z.enum(["info", "low", "medium", "high"]),
  detail: z.string(),
});
export type HealthSignal = z.infer<typeof HealthSignal>;

export interface ScanFacts {
  runs: readonly { plugin: string; status: ModuleRunStatus; reason: string | null }[];
  /** Exchanges that got a response. */
  responses: number;
  /** Requests without a response, by reason. */
  failures: Readonly<Record<string, number>>;
  isCancelled: boolean;
  isPastDeadline: boolean;
  isIsolationWeak: boolean;
}

const UNSENT = new Set(["out_of_scope", "capability_missing", "budget_exhausted", "cancelled"]);
/** Above this share of failed requests the result is not complete (ZAP's insight `insight.network.failure`, high level). */
const HIGH_FAILURE_SHARE = 0.5;

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}

function networkSignals({ responses, failures }: ScanFacts): HealthSignal[] {
  const failed = sum(Object.entries(failures).map(([reason, count]) => (UNSENT.has(reason) ? 0 : count)));
  if (failed === 0) return [];
  const detail = Object.entries(failures)
    .filter(([reason]) => !UNSENT.has(reason))
    .map(([reason, count]) => `${reason}: ${count}`)
    .join(", ");
  if (responses === 0)
    return [{ code: "target_unreachable", level: "high", detail: `no response at all; ${detail}` }];
  const share = failed / (failed + responses);
  const level = share > HIGH_FAILURE_SHARE ? "high" : "low";
  return [
    { code: "requests_failed", level, detail: `${failed} of ${failed + responses} requests; ${detail}` },
  ];
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

function moduleSignals({ runs, isIsolationWeak }: ScanFacts): HealthSignal[] {
  const signals = runs.flatMap(({ plugin, status, reason }): HealthSignal[] => {
    if (status === "skipped")
      return [{ code: "plugin_skipped", level: "info", detail: `${plugin}: ${reason ?? "no reason"}` }];
    if (status === "succeeded" || status === "cancelled" || !isTerminal(status)) return [];
    return [{ code: "plugin_failed", level: "medium", detail: `${plugin}: ${reason ?? status}` }];
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

/** What limits the scan's result, worst causes first within their kind. */
export function scanHealth(facts: ScanFacts): HealthSignal[] {
  return [...networkSignals(facts), ...unsentSignals(facts), ...moduleSignals(facts)];
}

/** How a scan ends whose module runs have all ended. Past its deadline it is `timed_out` only if a run was cut short. */
export function scanStatus(facts: ScanFacts): ScanStatus {
  if (facts.isCancelled) return "cancelled";
  const ran = facts.runs.filter(({ status }) => status !== "skipped");
  const isWhole = ran.every(({ status }) => status === "succeeded");
  if (facts.isPastDeadline && !isWhole) return "timed_out";
  const hasResult = ran.some(({ status }) => status === "succeeded" || status === "partially_succeeded");
  const isUnreachable = scanHealth(facts).some(({ code }) => code === "target_unreachable");
  if (!hasResult || isUnreachable) return "failed";
  const isComplete = isWhole && (facts.failures.budget_exhausted ?? 0) === 0;
  return isComplete ? "succeeded" : "partially_succeeded";
}
