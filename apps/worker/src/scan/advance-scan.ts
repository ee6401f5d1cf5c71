import {
  authUse,
  currentStage,
  type IsolationLevel,
  isTerminal,
  type ScanFacts,
  scanHealth,
  scanProblem,
  scanStatus,
  stopSignal,
} from "@picket/core";
import {
  appendAudit,
  type BaselineFacts,
  baselineFacts,
  endQueuedRuns,
  endScan,
  isAmidManyRuns,
  keepScanRunning,
  type LockedScan,
  learnRoutes,
  lockConcernedFindings,
  lockIdentity,
  lockOpenScan,
  paceFacts,
  type RunState,
  runsOfScan,
  type Sql,
  stopScan,
} from "@picket/db";
import { assessChanges } from "../assess/assess-changes.ts";
import { assessFindings } from "../assess/assess-findings.ts";
import { concludeScanOfRecheck } from "../recheck/conclude.ts";
import { actorOf, type WorkerDeps } from "../worker-deps.ts";

type Deps = Pick<WorkerDeps, "database" | "queue" | "budgets" | "logger" | "workerId">;

/**
 * Takes a scan as far as it can go now: opens its current stage, so that its runs are given slots, or ends it. Safe to
 * call at any time, any number of times, by any number of workers; what a crash leaves undone the next call does.
 * `skipLocked`: leave it to another worker that has the scan in hand.
 */
export async function advanceScan(
  deps: Deps,
  scanId: string,
  options: { skipLocked?: boolean } = {},
): Promise<void> {
  const scan = await deps.database.transaction(async (sql) => {
    const locked = await lockOpenScan(sql, scanId, options);
    if (locked) await takeFurther(deps, sql, locked);
    return locked;
  });
  if (scan?.isCancelled) deps.budgets.stopScan(scanId);
}

/** Of a scan with more runs than this, one end of a run in so many takes it further, and the last one of a stage. */
const MANY_RUNS = 100;

/**
 * Takes a scan further after one of its runs has ended. That reads all its runs, so of a scan with very many it is done
 * when a stage is over, and now and then for its health: a run costs the same however many there are.
 */
export async function advanceAfterRun(deps: Deps, scanId: string): Promise<void> {
  const isAmidMany = await isAmidManyRuns(deps.database.sql, scanId, MANY_RUNS);
  if (isAmidMany && Math.random() * MANY_RUNS > 1) return;
  await advanceScan(deps, scanId);
}

async function takeFurther(deps: Deps, sql: Sql, scan: LockedScan): Promise<void> {
  const { isCancelled, isPastDeadline } = scan;
  const stop = isCancelled ? "cancelled" : isPastDeadline ? "timed_out" : null;
  if (stop) await endQueuedRuns(sql, { scanId: scan.id, status: stop, actor: actorOf(deps) });
  await stopWhenUnhealthy(deps, sql, scan);
  const runs = await runsOfScan(sql, scan.id);
  const stage = currentStage(runs);
  if (stage === null) return finish(deps, sql, scan, runs);
  if (stop) return;
  // Between two stages nothing of this scan is written, and what follows tells its places by what is learned here.
  if (stage !== "discover" && stage !== scan.openStage) await learn(deps, sql, scan);
  await keepScanRunning(sql, scan.id, { stage, level: weakestLevel(runs) });
}

async function learn(deps: Deps, sql: Sql, { id: scanId, targetId, mode }: LockedScan): Promise<void> {
  if (mode === "recheck") return;
  const templates = await learnRoutes(sql, { targetId, scanId, actor: actorOf(deps) });
  if (templates.length > 0) deps.logger.info("routes learned", { scanId, templates });
}

/** Once its places are known, a scan that the target does not answer is not taken further. A recheck always is. */
async function stopWhenUnhealthy(deps: Deps, sql: Sql, scan: LockedScan): Promise<void> {
  const runs = await runsOfScan(sql, scan.id);
  const stage = currentStage(runs);
  if (scan.mode === "recheck" || stage === null || stage === "discover") return;
  const facts = await scanFacts(sql, scan, runs, await baselineFacts(sql, scan.id));
  const signal = scan.stoppedBy
    ? scanHealth(facts).find(({ code }) => code === scan.stoppedBy)
    : stopSignal(facts);
  if (!signal) return;
  await stopScan(sql, { scanId: scan.id, signal, actor: actorOf(deps) });
  scan.stoppedBy = signal.code;
}

async function finish(deps: Deps, sql: Sql, scan: LockedScan, runs: readonly RunState[]): Promise<void> {
  const scanId = scan.id;
  const baseline = await baselineFacts(sql, scanId);
  const facts = await scanFacts(sql, scan, runs, baseline);
  const status = scanStatus(facts);
  const health = scanHealth(facts);
  const saysChange = scan.mode !== "recheck" && scan.hasStarted;
  if (saysChange) await lockIdentity(sql, scan.targetId, "share");
  const concerned = saysChange ? await lockConcernedFindings(sql, scanId) : [];
  await assessFindings(sql, scanId);
  await assessChanges(sql, { scanId, concerned }, { scanProblem: scanProblem(facts), baseline });
  await concludeScanOfRecheck(sql, scan);
  await endScan(sql, {
    scanId,
    status,
    health,
    level: weakestLevel(runs),
    authenticated: facts.auth?.isProven === true,
  });
  await appendAudit(sql, {
    actor: actorOf(deps),
    action: "scan.completed",
    scanId,
    params: { status, health: health.map(({ code, level }) => ({ code, level })) },
  });
  deps.logger.info("scan ended", { scanId, status });
}

/** What a scan's end is judged by, all of it recorded with its runs. */
async function scanFacts(
  sql: Sql,
  scan: Pick<LockedScan, "id" | "isCancelled" | "isPastDeadline" | "stoppedBy">,
  runs: readonly RunState[],
  { endpoints, baselineEndpoints, wereLoginsOpen }: BaselineFacts,
): Promise<ScanFacts> {
  return {
    runs: runs.map((run) => ({ ...run, isUnoffered: run.counters.unoffered !== undefined })),
    pace: await paceFacts(sql, scan.id),
    endpoints,
    baselineEndpoints,
    wereLoginsOpen,
    stoppedBy: scan.stoppedBy,
    auth: authUse(
      runs.map(({ status, counters }) => ({ isEnded: isTerminal(status), facts: counters.auth })),
    ),
    exchanges: summed(runs.map(({ counters }) => counters.exchanges)),
    sessionExchanges: summed(runs.map(({ counters }) => (counters.auth ? counters.exchanges : undefined))),
    responses: runs.reduce((sum, { counters }) => sum + (counters.responses ?? 0), 0),
    failures: summed(runs.map(({ counters }) => counters.failures)),
    isCancelled: scan.isCancelled,
    // A deadline that passed after the last run had ended in time took nothing away.
    isPastDeadline: scan.isPastDeadline && runs.some(({ status }) => status === "timed_out"),
    isIsolationWeak: weakestLevel(runs) === "permission",
  };
}

function summed(all: readonly (Record<string, number> | undefined)[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const counts of all)
    for (const [name, count] of Object.entries(counts ?? {})) sums[name] = (sums[name] ?? 0) + count;
  return sums;
}

function weakestLevel(runs: readonly RunState[]): IsolationLevel | null {
  const levels = runs.map(({ isolationLevel }) => isolationLevel);
  if (levels.includes("permission")) return "permission";
  return levels.includes("sandbox") ? "sandbox" : null;
}
