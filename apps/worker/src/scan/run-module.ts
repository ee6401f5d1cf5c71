import { moduleRunStatus, parseWebUrl, type ScopePolicy, toAppError } from "@picket/core";
import {
  type Attempt,
  type ClaimedRun,
  claimModuleRun,
  codeDigestToRun,
  endModuleRun,
  failStart,
  type RunCounters,
  releaseModuleRun,
} from "@picket/db";
import type { LoadedPlugin, ModuleRunResult, RunRequest } from "@picket/plugin-runner";
import type { Later } from "@picket/queue";
import { redactText } from "@picket/storage";
import { actorOf, type WorkerDeps } from "../worker-deps.ts";
import { advanceScan } from "./advance-scan.ts";
import { type OpenRun, openRun } from "./open-run.ts";
import type { RunControl } from "./run-registry.ts";
import { watchLease } from "./watch-lease.ts";

/** Pause before another worker is offered a run that this one cannot do, ms. */
const OTHER_WORKER_MS = 1_000;
const MAX_REASON_LENGTH = 2_000;

/** Runs a module, if `attempt` is still its next start and this worker has its code; then takes the scan further. */
export async function runModule(deps: WorkerDeps, job: Attempt): Promise<Later | null> {
  if (deps.runs.isClosed) return { retryInMs: OTHER_WORKER_MS };
  const digest = await codeDigestToRun(deps.database.sql, job);
  if (digest === null) return null;
  const plugin = deps.plugins.byDigest.get(digest);
  if (!plugin) return { retryInMs: OTHER_WORKER_MS };
  const { workerId, database, settings, plugins } = deps;
  const { leaseMs } = settings;
  const isolationLevel = plugins.isolationLevel;
  const run = await claimModuleRun(database, { ...job, workerId, leaseMs, isolationLevel });
  if (!run) return null;
  await executeRun(withLog(deps, run), run, plugin);
  await advanceScan(deps, run.scanId);
  return null;
}

function withLog(deps: WorkerDeps, { scanId, moduleRunId, plugin, attempt }: ClaimedRun): WorkerDeps {
  return { ...deps, logger: deps.logger.child({ scanId, moduleRunId, plugin, attempt }) };
}

/** Runs a claimed module to its end and writes how it ended. Throws only when the database is away. */
async function executeRun(deps: WorkerDeps, run: ClaimedRun, plugin: LoadedPlugin): Promise<void> {
  const control = deps.runs.open();
  deps.logger.info("module run started");
  try {
    const open = openRun(deps, run, { plugin, scope: scopeOf(deps, run) });
    const result = await runWatched(deps, { run, plugin, open, control });
    await conclude(deps, run, { result, control, counters: open.counters() });
  } catch (thrown) {
    await giveUp(deps, run, thrown);
  } finally {
    control.done();
  }
}

async function runWatched(
  deps: WorkerDeps,
  {
    run,
    plugin,
    open,
    control,
  }: { run: ClaimedRun; plugin: LoadedPlugin; open: OpenRun; control: RunControl },
): Promise<ModuleRunResult> {
  const ended = new AbortController();
  const watching = watchLease(deps, run, { control, counters: open.counters, ended: ended.signal });
  try {
    return await deps.plugins.runner.run(runRequest(run, plugin), open.ports, control.signal);
  } finally {
    open.close();
    ended.abort();
    await watching;
  }
}

function scopeOf({ settings }: WorkerDeps, { target, scopeRules }: ClaimedRun): ScopePolicy {
  return { base: parseWebUrl(target.baseUrl), rules: scopeRules, platform: settings.platform };
}

function runRequest(run: ClaimedRun, { manifest, codeDigest, bundlePath }: LoadedPlugin): RunRequest {
  const { id, baseUrl, environment } = run.target;
  return {
    bundlePath,
    expected: { name: manifest.name, version: manifest.version, emits: manifest.emits, codeDigest },
    scan: {
      id: run.scanId,
      target: { id, baseUrl, environment },
      profile: run.profile,
      startedAt: run.scanStartedAt.toISOString(),
    },
    settings: run.config,
    capabilities: manifest.requiredCapabilities,
    storageMode: run.storageMode,
    limits: manifest.limits,
    deadline: Date.now() + run.remainingMs,
  };
}

interface Conclusion {
  result: ModuleRunResult;
  control: RunControl;
  counters: RunCounters;
}

async function conclude(
  deps: WorkerDeps,
  run: ClaimedRun,
  { result, control, counters }: Conclusion,
): Promise<void> {
  const { reason: exitReason, stderrTail, firstMessageMs } = result;
  const cause = control.cause();
  if (exitReason === "cancelled" && (cause === "shutdown" || cause === "lease_lost")) {
    const isReleased = await releaseModuleRun(deps.database.sql, run);
    return deps.logger.info(isReleased ? "module run released" : "module run was taken over", { cause });
  }
  const { redaction } = deps.settings;
  const reason = result.detail && redactText(result.detail, redaction).slice(0, MAX_REASON_LENGTH);
  const { droppedLogLines } = result.counters;
  await endModuleRun(deps.database, {
    ...run,
    status: moduleRunStatus(exitReason),
    exitReason,
    reason: reason ?? (exitReason === "completed" ? null : exitReason),
    counters: {
      ...counters,
      ...(firstMessageMs !== null && { firstMessageMs }),
      ...(droppedLogLines > 0 && { droppedLogLines }),
    },
    actor: actorOf(deps),
  });
  deps.logger.info("module run ended", { exitReason, reason, ...counters });
  if (stderrTail.length > 0)
    deps.logger.debug("plugin wrote to stderr", {
      lines: stderrTail.map((line) => redactText(line, redaction)),
    });
}

/** The run itself did nothing wrong: it is started again, here or elsewhere, up to its number of attempts. */
async function giveUp(deps: WorkerDeps, run: ClaimedRun, thrown: unknown): Promise<void> {
  const error = toAppError(thrown);
  if (error.code === "STALE_ATTEMPT") return deps.logger.info("module run was taken over", { error });
  deps.logger.error("module run could not be run", { error });
  await failStart(deps.database, { ...run, problem: error.message, actor: actorOf(deps) });
}
