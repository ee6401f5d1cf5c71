import {
  grantedCapabilities,
  moduleRunStatus,
  parseWebUrl,
  permissions,
  type ScopePolicy,
  sideEffectOf,
  toAppError,
} from "@picket/core";
import {
  type Attempt,
  type ClaimedRun,
  claimModuleRun,
  codeDigestToRun,
  endModuleRun,
  failStart,
  healthyPlaces,
  type NewCoverage,
  REPLAY_DIGEST,
  type RunCounters,
  type RunEnd,
  releaseModuleRun,
} from "@picket/db";
import type { LoadedPlugin, ModuleRunResult, RunRequest } from "@picket/plugin-runner";
import type { Later } from "@picket/queue";
import { redactText } from "@picket/storage";
import { REPLAY_CAPABILITIES, type ReplayResult, replay } from "../recheck/replay.ts";
import { actorOf, type WorkerDeps } from "../worker-deps.ts";
import { admit } from "./admit.ts";
import { advanceAfterRun } from "./advance-scan.ts";
import { type OpenRun, openRun } from "./open-run.ts";
import { patiently } from "./patience.ts";
import { createRecall } from "./recall.ts";
import type { RunControl } from "./run-registry.ts";
import { watchLease } from "./watch-lease.ts";

/** Pause before another worker is offered a run that this one cannot do, ms. */
const OTHER_WORKER_MS = 1_000;
const MAX_REASON_LENGTH = 2_000;

/** What a run executes: a plugin, or what the platform does itself. */
type Code = LoadedPlugin | "replay";

/** Runs a module, if `attempt` is still its next start and this worker has its code; then takes the scan further. */
export function runModule(deps: WorkerDeps, job: Attempt): Promise<Later | null> {
  return deps.runs.once(`${job.moduleRunId}-${job.attempt}`, () => claimAndRun(deps, job));
}

async function claimAndRun(deps: WorkerDeps, job: Attempt): Promise<Later | null> {
  if (deps.runs.isClosed) return { retryInMs: OTHER_WORKER_MS };
  const digest = await codeDigestToRun(deps.database.sql, job);
  if (digest === null) return null;
  const code = digest === REPLAY_DIGEST ? "replay" : deps.plugins.byDigest.get(digest);
  if (!code) return { retryInMs: OTHER_WORKER_MS };
  const run = await claim(deps, job);
  if (!run) return null;
  await executeRun(withLog(deps, run), run, code);
  await advanceAfterRun(deps, run.scanId);
  await admit(deps);
  return null;
}

/** Null: the run is not this worker's business. A claim that the database broke off is made again: it may hold. */
function claim(deps: WorkerDeps, job: Attempt): Promise<ClaimedRun | null> {
  const { workerId, database } = deps;
  const { isolationLevel } = deps.plugins;
  const { leaseMs } = deps.settings;
  let isRepeated = false;
  const ask = () => claimModuleRun(database, { ...job, workerId, leaseMs, isolationLevel, isRepeated });
  return patiently(ask, {
    ...whileLeased(deps),
    onWait() {
      isRepeated = true;
    },
  });
}

function withLog(deps: WorkerDeps, { scanId, moduleRunId, plugin, attempt }: ClaimedRun): WorkerDeps {
  return { ...deps, logger: deps.logger.child({ scanId, moduleRunId, plugin, attempt }) };
}

/** Runs a claimed module to its end and writes how it ended. Throws only when the database is away. */
async function executeRun(deps: WorkerDeps, run: ClaimedRun, code: Code): Promise<void> {
  const control = deps.runs.open(run.scanId);
  deps.logger.info("module run started");
  try {
    const capabilities =
      code === "replay" ? REPLAY_CAPABILITIES : grantedCapabilities(code.manifest, run.profileCapabilities);
    const { signal } = control;
    const known = await patiently(() => knownOf(deps, run), whileLeased(deps, signal));
    const emits = code === "replay" ? [] : code.manifest.emits;
    const open = openRun(deps, run, { capabilities, emits, scope: scopeOf(deps, run), ...known, signal });
    const result = await runWatched(deps, { run, code, open, control });
    await conclude(deps, run, { result, control, counters: open.counters(), coverage: open.coverage() });
  } catch (thrown) {
    await giveUp(deps, run, thrown);
  } finally {
    control.done();
  }
}

/** What the scan knows that the run goes by. */
async function knownOf({ database: { sql }, sessions, bodies }: WorkerDeps, run: ClaimedRun) {
  return {
    isHealthyPlace: await healthyPlaces(sql, { ...run, targetId: run.target.id }),
    ...(await sessions.of(run)),
    recall: await createRecall({ sql, bodies }, run),
  };
}

/** Patience with a database that is away, for as long as nobody else may begin the run anew. */
function whileLeased({ settings }: WorkerDeps, ...signals: AbortSignal[]): { signal: AbortSignal } {
  return { signal: AbortSignal.any([...signals, AbortSignal.timeout(settings.leaseMs)]) };
}

type RunResult = ReplayResult & Partial<Pick<ModuleRunResult, "detail">>;

/** Without its session, nothing of the module would be what it is asked for: it does not run. */
function notLoggedIn(control: RunControl, problem: string): RunResult {
  const reason = control.signal.aborted ? "cancelled" : "failed";
  const detail = `there is no session: ${problem}`;
  return { reason, detail, firstMessageMs: null, stderrTail: [], counters: {} };
}

interface WatchedRun {
  run: ClaimedRun;
  code: Code;
  open: OpenRun;
  control: RunControl;
}

async function runWatched(deps: WorkerDeps, { run, code, open, control }: WatchedRun): Promise<RunResult> {
  const ended = new AbortController();
  const watching = watchLease(deps, run, { ...open, control, ended: ended.signal });
  try {
    const problem = await open.logIn(control.signal);
    if (problem !== null) return notLoggedIn(control, problem);
    if (code === "replay") return await replay(run, open.ports, control.signal);
    return await deps.plugins.runner.run(runRequest(run, code), open.ports, control.signal);
  } finally {
    await open.proveSession(control.signal);
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
  const capabilities = grantedCapabilities(manifest, run.profileCapabilities);
  return {
    bundlePath,
    expected: { name: manifest.name, version: manifest.version, emits: manifest.emits, codeDigest },
    scan: {
      id: run.scanId,
      target: { id, baseUrl, environment },
      profile: run.profile,
      startedAt: run.scanStartedAt.toISOString(),
      focus: run.replay?.places ?? null,
      identities: [
        ...(run.authProfile ? (["primary"] as const) : []),
        ...(run.comparisonAuthProfile ? (["comparison"] as const) : []),
        "anonymous",
      ],
      may: permissions(run.requests, sideEffectOf(capabilities)),
    },
    settings: run.config,
    capabilities,
    storageMode: run.storageMode,
    limits: manifest.limits,
    deadline: Date.now() + run.remainingMs,
  };
}

interface Conclusion {
  result: RunResult;
  control: RunControl;
  counters: RunCounters;
  coverage: NewCoverage[];
}

async function conclude(
  deps: WorkerDeps,
  run: ClaimedRun,
  { result, control, counters, coverage }: Conclusion,
): Promise<void> {
  const { reason: exitReason, stderrTail, firstMessageMs } = result;
  const cause = control.cause();
  if (exitReason === "cancelled" && (cause === "shutdown" || cause === "lease_lost")) {
    const isReleased = await releaseModuleRun(deps.database.sql, run);
    return deps.logger.info(isReleased ? "module run released" : "module run was taken over", { cause });
  }
  const { redaction } = deps.settings;
  const reason = result.detail && redactText(result.detail, redaction).slice(0, MAX_REASON_LENGTH);
  const { droppedLogLines = 0, throttledMs = 0 } = result.counters;
  const end: RunEnd = {
    ...run,
    status: moduleRunStatus(exitReason),
    exitReason,
    reason: reason ?? (exitReason === "completed" ? null : exitReason),
    counters: {
      ...counters,
      ...(firstMessageMs !== null && { firstMessageMs }),
      ...(droppedLogLines > 0 && { droppedLogLines }),
      ...(throttledMs > 0 && { throttledMs: Math.round(throttledMs) }),
    },
    coverage,
    actor: actorOf(deps),
  };
  await patiently(() => endModuleRun(deps.database, end), whileLeased(deps));
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
