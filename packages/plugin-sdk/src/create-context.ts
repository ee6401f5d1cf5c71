import type { CallbackPort, Capability, HttpResult, StorageMode, TlsProbe, TlsResult } from "@picket/core";
import { createControl } from "./control.ts";
import { createPluginCallbacks } from "./plugin-callbacks.ts";
import type { HttpRequestInput, PluginContext, PluginHttp, PluginLog, ScanInfo } from "./plugin-context.ts";
import { createPluginTls } from "./plugin-tls.ts";
import { createSessionReader, type SessionPort } from "./session.ts";

export interface ContextParts {
  scan: ScanInfo;
  settings: Record<string, unknown>;
  capabilities: readonly Capability[];
  storageMode: StorageMode;
  request(request: HttpRequestInput): Promise<HttpResult>;
  probeTls(probe: TlsProbe): Promise<TlsResult>;
  callbacks: CallbackPort;
  session: SessionPort;
  log: PluginLog;
  signal: AbortSignal;
}

/** The context that `run` gets, over whatever carries its requests: the channel to the worker, or a test. */
export function createContext(
  parts: ContextParts,
  tag: Pick<HttpRequestInput, "lookingFor"> = {},
): PluginContext<Record<string, unknown>> {
  const http: PluginHttp = {
    request: (request) => parts.request({ ...tag, ...request }),
    get: (url, options) => parts.request({ ...tag, ...options, method: "GET", url }),
  };
  return {
    settings: parts.settings,
    capabilities: parts.capabilities,
    http,
    tls: createPluginTls(parts.probeTls),
    callbacks: createPluginCallbacks(parts.callbacks),
    session: createSessionReader(parts.session),
    storage: { mode: parts.storageMode },
    control: createControl(http, parts.scan.target.baseUrl),
    log: parts.log,
    signal: parts.signal,
    lookingFor: (...types) => createContext(parts, { lookingFor: types }),
  };
}
