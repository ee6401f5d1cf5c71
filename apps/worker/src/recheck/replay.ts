import { type Capability, HttpRequest, type HttpResult, REPLAYED_METHODS } from "@picket/core";
import type { ClaimedRun } from "@picket/db";
import type { ModuleRunResult, PluginPorts } from "@picket/plugin-runner";

/** What a replay may ask for: GET and HEAD, as a visitor does. */
export const REPLAY_CAPABILITIES: readonly Capability[] = ["http:passive", "auth:use"];

/** 20 exchanges that all take so long end within the time that a recheck has. */
const TIMEOUT_MS = 10_000;

export type ReplayResult = Pick<ModuleRunResult, "reason" | "firstMessageMs" | "stderrTail"> & {
  counters: Partial<ModuleRunResult["counters"]>;
};

/**
 * Asks for the positive control and for what is not there, and then for each exchange of a recheck's settings once, so
 * that its detectors find in this scan what they saw in an earlier one. Redirects are not followed: each hop was an
 * exchange of its own. A target that does not answer the first is not asked for more.
 */
export async function replay(
  run: Pick<ClaimedRun, "replay" | "remainingMs">,
  { http }: Pick<PluginPorts, "http">,
  stop: AbortSignal,
): Promise<ReplayResult> {
  const deadline = AbortSignal.timeout(Math.max(0, Math.floor(run.remainingMs)));
  const signal = AbortSignal.any([stop, deadline]);
  const ask = (exchange: Exchange): Promise<HttpResult> =>
    http(HttpRequest.parse({ ...exchange, maxRedirects: 0, timeoutMs: TIMEOUT_MS }), signal);
  for (const [index, exchange] of exchangesOf(run).entries()) {
    const { ok } = await ask(exchange);
    if (signal.aborted || (index === 0 && !ok)) break;
  }
  const reason = stop.aborted ? "cancelled" : deadline.aborted ? "timed_out" : "completed";
  return { reason, firstMessageMs: null, stderrTail: [], counters: {} };
}

interface Exchange {
  method: string;
  url: string;
}

/** Each once, the control first; what a visitor's browser would send with a form is left out. */
function exchangesOf({ replay: settings }: Pick<ClaimedRun, "replay">): Exchange[] {
  if (!settings) return [];
  const { control, nowhere, places, exchanges } = settings;
  const urls = control ? [control.url, nowhere] : [nowhere];
  const all = [...urls.map((url) => ({ method: "GET", url })), ...places, ...exchanges];
  const safe = all.filter(({ method }) => REPLAYED_METHODS.includes(method));
  const once = new Map(safe.map(({ method, url }) => [`${method} ${url}`, { method, url }]));
  return [...once.values()];
}
