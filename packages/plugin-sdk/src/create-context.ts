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

/** Runs one piece of work after another; a failure ends only its own. */
function createTurn(): PluginHttp["inTurn"] {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const done = last.then(work);
    last = done.catch(() => undefined);
    return done;
  };
}

/** The context that `run` gets, over whatever carries its requests: the channel to the worker, or a test. */
export function createContext(
  parts: ContextParts,
  {
    tag = {},
    inTurn = createTurn(),
  }: { tag?: Pick<HttpRequestInput, "lookingFor">; inTurn?: PluginHttp["inTurn"] } = {},
): PluginContext<Record<string, unknown>> {
  const http: PluginHttp = {
    request: (request) => parts.request({ ...tag, ...request }),
    get: (url, options) => parts.request({ ...tag, ...options, method: "GET", url }),
    inTurn,
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
    lookingFor: (...types) => createContext(parts, { tag: { lookingFor: types }, inTurn }),
  };
}
