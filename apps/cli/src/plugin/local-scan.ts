import { startLoopbackCallbacks } from "@picket/callback";
import {
  AppError,
  type Capability,
  DEFAULT_REQUEST_POLICY,
  HttpRequest,
  hrefOf,
  MAX_PLUGIN_BODY_BYTES,
  permissions,
  type ScopePolicy,
  sideEffectOf,
  uuidv7,
  type WebUrl,
} from "@picket/core";
import { type Broker, createBroker, type FetchRecord } from "@picket/http";
import type { PluginPorts, RunRequest } from "@picket/plugin-runner";
import { createMemorySession, type MemorySession, mediaType, type RecordedFetch } from "@picket/plugin-sdk";
import { createLocalBudget } from "./local-budget.ts";

/** A scan without database and queue: the real broker, and a session in memory that keeps what it fetched. */
export interface LocalScan {
  scan: RunRequest["scan"];
  http: PluginPorts["http"];
  tls: PluginPorts["tls"];
  callbacks: PluginPorts["callbacks"];
  session: MemorySession;
  /** Closes every connection, and the callback listener. */
  close(): Promise<void>;
}

/** Naming a URL on the command line is what opens its host and port; everything else stays closed. */
function scopeOf(base: WebUrl): ScopePolicy {
  return { base, rules: [{ pattern: base.host, ports: [String(base.port)] }], platform: [] };
}

function recordedFetch(record: FetchRecord, status: number): RecordedFetch {
  const {
    id,
    method,
    url,
    requestHeaders,
    responseHeaders = [],
    body = new Uint8Array(),
    truncated,
  } = record;
  return {
    id,
    method,
    url,
    status,
    requestHeaders,
    responseHeaders,
    contentType: mediaType(responseHeaders),
    truncated: truncated || body.byteLength > MAX_PLUGIN_BODY_BYTES,
    source: "broker",
    body: body.subarray(0, MAX_PLUGIN_BODY_BYTES),
  };
}

/** Requests the page itself, so that a plugin that only judges has something to judge. */
async function fetchFirstPage(broker: Broker, base: WebUrl, signal: AbortSignal): Promise<void> {
  const request = HttpRequest.parse({ url: hrefOf(base) });
  const result = await broker.request(request, { plugin: "picket", capabilities: ["http:passive"], signal });
  if (result.ok) return;
  throw new AppError(
    "TARGET_UNREACHABLE",
    `${hrefOf(base)} does not answer: ${result.reason}, ${result.detail}`,
    {
      hint: "Start the application, or check the URL.",
    },
  );
}

export interface LocalScanOptions {
  base: WebUrl;
  plugin: string;
  capabilities: readonly Capability[];
  signal: AbortSignal;
}

/** Starts a scan of `base` in this process by requesting it once. Throws TARGET_UNREACHABLE. */
export async function startLocalScan({
  base,
  plugin,
  capabilities,
  signal,
}: LocalScanOptions): Promise<LocalScan> {
  const session = createMemorySession();
  const id = uuidv7();
  const broker = createBroker({
    scope: scopeOf(base),
    budget: createLocalBudget(),
    requestHeaders: [
      ["user-agent", "Picket/plugin-run"],
      ["x-picket-scan", id],
    ],
    onFetch(record) {
      if (record.status !== undefined) session.addFetch(recordedFetch(record, record.status));
    },
  });
  try {
    await fetchFirstPage(broker, base, signal);
  } catch (error) {
    broker.close();
    throw error;
  }
  // Only what runs on this machine can reach it.
  const callbacks = await startLoopbackCallbacks();
  return {
    scan: {
      id,
      target: { id: uuidv7(), baseUrl: hrefOf(base), environment: "development" },
      profile: "full",
      startedAt: new Date().toISOString(),
      focus: null,
      identities: ["anonymous"],
      may: permissions(DEFAULT_REQUEST_POLICY, sideEffectOf(capabilities)),
    },
    session,
    http: (request, abort) => broker.request(request, { plugin, capabilities, signal: abort }),
    tls: (probe, abort) => broker.probeTls(probe, { plugin, capabilities, signal: abort }),
    callbacks: callbacks.port,
    async close() {
      broker.close();
      await callbacks.stop();
    },
  };
}
