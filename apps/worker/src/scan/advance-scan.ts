import {
  currentStage,
  type IsolationLevel,
  type ScanFacts,
  scanHealth,
  scanStatus,
  toError,
} from "@picket/core";
import {
  appendAudit,
  endQueuedRuns,
  endScan,
  keepScanRunning,
  type LockedScan,
  lockOpenScan,
  type RunState,
  runsOfScan,
  type Sql,
} from "@picket/db";
import { assessFindings } from "../assess/assess-findings.ts";
import { actorOf, type WorkerDeps } from "../worker-deps.ts";

type Deps = Pick<WorkerDeps, "database" | "queue" | "budgets" | "logger" | "workerId">;

/**
 * Takes a scan as far as it can go now: starts the runs of its current stage, or ends it. Safe to call at any time, any
 * number of times, by any number of workers; what a crash leaves undone the next call does. `skipLocked`: leave it to
 * another worker that has the scan in hand.
 */
export async function advanceScan(
  deps: Deps,
  scanId: string,
  options: { skipLocked?: boolean } = {},
): Promise<void> {
  const step = await deps.database.transaction(async (sql) => {
    const scan = await lockOpenScan(sql, scanId, options);
    return scan && nextStep(deps, sql, scan);
  });
  if (!step) return;
  if (step.isCancelled) deps.budgets.stopScan(scanId);
  for (const { id, attempt } of step.start) await enqueue(deps, { moduleRunId: id, attempt: attempt + 1 });
}

/** What is done outside the transaction: neither can be lost, both are done again by the next call. */
interface Step {
  start: readonly RunState[];
  isCancelled: boolean;
}

async function nextStep(deps: Deps, sql: Sql, scan: LockedScan): Promise<Step> {
  const { isCancelled, isPastDeadline } = scan;
  const stop = isCancelled ? "cancelled" : isPastDeadline ? "timed_out" : null;
  if (stop) await endQueuedRuns(sql, { scanId: scan.id, status: stop, actor: actorOf(deps) });
  const runs = await runsOfScan(sql, scan.id);
  const stage = currentStage(runs);
  if (stage === null) {
    await finish(deps, sql, scan, runs);
    return { start: [], isCancelled };
  }
  if (stop) return { start: [], isCancelled };
  await keepScanRunning(sql, scan.id, weakestLevel(runs));
  const start = runs.filter((run) => run.stage === stage && run.status === "queued");
  return { start, isCancelled };
}

async function enqueue(
  { queue, logger }: Deps,
  job: { moduleRunId: string; attempt: number },
): Promise<void> {
  try {
    await queue.enqueueModuleRun(job);
  } catch (thrown) {
    logger.warn("module run not enqueued, the sweeper will do it", { ...job, error: toError(thrown) });
  }
}

async function finish(deps: Deps, sql: Sql, scan: LockedScan, runs: readonly RunState[]): Promise<void> {
  const scanId = scan.id;
  const facts = scanFacts(scan, runs);
  const status = scanStatus(facts);
  const health = scanHealth(facts);
  await assessFindings(sql, scanId);
  await endScan(sql, { scanId, status, health, level: weakestLevel(runs) });
  await appendAudit(sql, {
    actor: actorOf(deps),
    action: "scan.completed",
    scanId,
    params: { status, health: health.map(({ code, level }) => ({ code, level })) },
  });
  deps.logger.info("scan ended", { scanId, status });
}

/** What a scan's end is judged by, all of it recorded with its runs. */
function scanFacts(
  scan: Pick<LockedScan, "isCancelled" | "isPastDeadline">,
  runs: readonly RunState[],
): ScanFacts {
  const failures: Record<string, number> = {};
  for (const { counters } of runs)
    for (const [reason, count] of Object.entries(counters.failures ?? {}))
      failures[reason] = (failures[reason] ?? 0) + count;
  return {
    runs,
    responses: runs.reduce((sum, { counters }) => sum + (counters.responses ?? 0), 0),
    failures,
    isCancelled: scan.isCancelled,
    // A deadline that passed after the last run had ended in time took nothing away.
    isPastDeadline: scan.isPastDeadline && runs.some(({ status }) => status === "timed_out"),
    isIsolationWeak: weakestLevel(runs) === "permission",
  };
}

function weakestLevel(runs: readonly RunState[]): IsolationLevel | null {
  const levels = runs.map(({ isolationLevel }) => isolationLevel);
  if (levels.includes("permission")) return "permission";
  return levels.includes("sandbox") ? "sandbox" : null;
}
