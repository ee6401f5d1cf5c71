import { type Capability, HttpRequest, type HttpResult, MAX_RECHECK_REQUESTS } from "@picket/core";
import type { ClaimedRun } from "@picket/db";
import type { ModuleRunResult, PluginPorts } from "@picket/plugin-runner";

/** What a replay may ask for: GET and HEAD, as a visitor does. */
export const REPLAY_CAPABILITIES: readonly Capability[] = ["http:passive"];

const METHODS = new Set(["GET", "HEAD"]);
/** 20 exchanges that all take so long end within the time that a recheck has. */
const TIMEOUT_MS = 10_000;

export type ReplayResult = Pick<ModuleRunResult, "reason" | "firstMessageMs" | "stderrTail"> & {
  counters: { droppedLogLines: number };
};

/**
 * Asks for the target's base URL, the positive control, and then for each exchange of a recheck's settings once, so that
 * its detectors find in this scan what they saw in an earlier one. Redirects are not followed: each hop was an exchange
 * of its own. A target that does not answer the control is not asked for more.
 */
export async function replay(
  run: Pick<ClaimedRun, "replay" | "target" | "remainingMs">,
  { http }: Pick<PluginPorts, "http">,
  stop: AbortSignal,
): Promise<ReplayResult> {
  const deadline = AbortSignal.timeout(Math.max(0, Math.floor(run.remainingMs)));
  const signal = AbortSignal.any([stop, deadline]);
  const ask = (exchange: Exchange): Promise<HttpResult> =>
    http(HttpRequest.parse({ ...exchange, maxRedirects: 0, timeoutMs: TIMEOUT_MS }), signal);
  for (const exchange of exchangesOf(run)) {
    const { ok } = await ask(exchange);
    const isControl = exchange.url === run.target.baseUrl;
    if (signal.aborted || (isControl && !ok)) break;
  }
  const reason = stop.aborted ? "cancelled" : deadline.aborted ? "timed_out" : "completed";
  return { reason, firstMessageMs: null, stderrTail: [], counters: { droppedLogLines: 0 } };
}

interface Exchange {
  method: string;
  url: string;
}

/** Each once, the control first; what a visitor's browser would send with a form is left out. */
function exchangesOf({ replay: settings, target }: Pick<ClaimedRun, "replay" | "target">): Exchange[] {
  const { places = [], exchanges = [] } = settings ?? {};
  const all = [{ method: "GET", url: target.baseUrl }, ...places, ...exchanges];
  const safe = all.filter(({ method }) => METHODS.has(method));
  const once = new Map(safe.map(({ method, url }) => [`${method} ${url}`, { method, url }]));
  return [...once.values()].slice(0, MAX_RECHECK_REQUESTS);
}
