import {
  type CallbackPort,
  type CallbackRefusal,
  Capability,
  type HeaderList,
  type HttpFailure,
  HttpRequest,
  type HttpResult,
  Identity,
  type PluginEvent,
  PluginManifest,
  type SingleEvent,
  type StorageMode,
  type TlsProbe,
  type TlsResult,
} from "@picket/core";
import { z } from "zod";

export { type TestAnswer, testHttpResponse } from "./http-response.ts";
export { LINEAR_TIME_MS, processorTime } from "./processor-time.ts";

import { assertControlled } from "../claim-check.ts";
import { createContext } from "../create-context.ts";
import { manifestOf, type Plugin, parseSettings } from "../define-plugin.ts";
import { createEventCheck } from "../event-check.ts";
import { mediaType } from "../media-type.ts";
import { createMemorySession, type MemorySession, type RecordedFetch } from "../memory-session.ts";
import type { FocusPlace, HttpRequestInput, LogFields, PluginLog, ScanInfo } from "../plugin-context.ts";
import type { ComponentView, EndpointView, KnownPlace } from "../session.ts";

/** An exchange as a test writes it. */
export interface TestFetch {
  /** Absolute, or relative to the base URL. */
  url: string;
  /** Default GET. */
  method?: string;
  /** Default 200. */
  status?: number;
  /** Response headers; names are lower-cased. A list keeps order and repeated fields. */
  headers?: Record<string, string> | HeaderList;
  body?: string | Uint8Array;
  truncated?: boolean;
  source?: "broker" | "plugin";
  /** Default: not known. */
  authentication?: "anonymous" | "authenticated";
}

/** What a fake target answers; `url` only when it is not the requested one (after a redirect). */
export type TestResponse = (Partial<TestFetch> & { /** Default 1. */ elapsedMs?: number }) | HttpFailure;

export interface PluginTest {
  /** Default `http://app.test/`. */
  baseUrl?: string;
  /** Settings that differ from the defaults. */
  settings?: Record<string, unknown>;
  /** Default: all. */
  capabilities?: readonly Capability[];
  /** Default `sampled`. */
  storageMode?: StorageMode;
  /** What the scan has recorded before the plugin runs. */
  fetches?: readonly TestFetch[];
  endpoints?: readonly EndpointView[];
  components?: readonly ComponentView[];
  known?: readonly KnownPlace[];
  /** The target. Its `url` is absolute. Default: every request is answered 404. */
  respond?(request: HttpRequest): TestResponse | Promise<TestResponse>;
  /** What the target answers by TLS. Default: `tls_error`, as one that does not speak it. */
  probeTls?(probe: TlsProbe): TlsResult | Promise<TlsResult>;
  /** The callback listener, such as that of `startLoopbackCallbacks`. Default: there is none. */
  callbacks?: CallbackPort;
  signal?: AbortSignal;
  /** Places that the scan is confined to. Default: none, look everywhere. */
  focus?: readonly FocusPlace[];
  /** Default: all. */
  identities?: readonly Identity[];
  /** Default: forms, and nothing that looks destructive. */
  may?: Partial<ScanInfo["may"]>;
}

export interface PluginTestResult {
  manifest: PluginManifest;
  /** As yielded, checked as the worker checks them, defaults filled in. */
  events: PluginEvent[];
  /** The same with packs opened, by kind. */
  of<Kind extends SingleEvent["event"]>(kind: Kind): Extract<SingleEvent, { event: Kind }>[];
  /** Requests that the plugin made, in order. */
  requests: HttpRequest[];
  logs: { level: keyof PluginLog; message: string; fields: LogFields | undefined }[];
}

/** Ids that are valid, stable and readable: fetch 1 of a test is `00000000-0000-7000-8000-000000000001`. */
function testId(number: number): string {
  return `00000000-0000-7000-8000-${String(number).padStart(12, "0")}`;
}

function headerList(headers: TestFetch["headers"] = {}): HeaderList {
  const list: HeaderList = Array.isArray(headers) ? headers : Object.entries(headers);
  return list.map(([name, value]) => [name.toLowerCase(), value]);
}

function recordedFetch(fetch: TestFetch, number: number, baseUrl: string): RecordedFetch {
  const responseHeaders = headerList(fetch.headers);
  return {
    id: testId(number),
    method: fetch.method ?? "GET",
    url: new URL(fetch.url, baseUrl).href,
    status: fetch.status ?? 200,
    requestHeaders: [],
    responseHeaders,
    contentType: mediaType(responseHeaders),
    truncated: fetch.truncated ?? false,
    source: fetch.source ?? "broker",
    authentication: fetch.authentication,
    body:
      typeof fetch.body === "string"
        ? new TextEncoder().encode(fetch.body)
        : (fetch.body ?? new Uint8Array()),
  };
}

function resultOf(fetch: RecordedFetch, elapsedMs: number): HttpResult {
  const { id: fetchId, url, status, responseHeaders: headers, body, truncated } = fetch;
  return { ok: true, fetchId, url, status, headers, body, truncated, elapsedMs, via: [] };
}

/** A target that answers by `respond` and records what it answered in the session, as the broker does. */
function createFakeTarget(
  test: PluginTest,
  { baseUrl, emits }: { baseUrl: string; emits: readonly string[] },
  session: MemorySession,
) {
  const requests: HttpRequest[] = [];
  let number = test.fetches?.length ?? 0;
  const respond = test.respond ?? ((): TestResponse => ({ status: 404 }));
  async function request(input: HttpRequestInput): Promise<HttpResult> {
    const parsed = HttpRequest.safeParse(input);
    if (!parsed.success)
      return { ok: false, reason: "invalid_request", detail: z.prettifyError(parsed.error) };
    const unknown = parsed.data.lookingFor?.filter((type) => !emits.includes(type)) ?? [];
    if (unknown.length > 0) throw new Error(`looks for ${unknown.join(", ")}, which it does not emit`);
    const { lookingFor: _, ...asked } = parsed.data;
    const sent = { ...asked, url: new URL(asked.url, baseUrl).href };
    requests.push(sent);
    const response = await respond(sent);
    if ("reason" in response) return response;
    number += 1;
    const fetch = recordedFetch({ url: sent.url, method: sent.method, ...response }, number, baseUrl);
    session.addFetch(fetch);
    return resultOf(fetch, response.elapsedMs ?? 1);
  }
  return { request, requests };
}

const NO_LISTENER: CallbackRefusal = { ok: false, reason: "off", detail: "no callback listener is set up" };
const NO_CALLBACKS: CallbackPort = { probe: async () => NO_LISTENER, hits: async () => NO_LISTENER };

const NO_TLS: HttpFailure = { ok: false, reason: "tls_error", detail: "the target does not speak TLS" };

function createTestLog(logs: PluginTestResult["logs"]): PluginLog {
  const write = (level: keyof PluginLog) => (message: string, fields?: LogFields) =>
    void logs.push({ level, message, fields });
  return { debug: write("debug"), info: write("info"), warn: write("warn") };
}

function scanOf(baseUrl: string, { focus, identities = Identity.options, may }: PluginTest): ScanInfo {
  return {
    id: testId(900_001),
    target: { id: testId(900_002), baseUrl, environment: "test" },
    profile: "full",
    startedAt: "2026-01-01T00:00:00.000Z",
    focus: focus ?? null,
    identities,
    may: { submitForms: true, destroy: false, ...may },
  };
}

/**
 * Runs a plugin in this process against recorded fetches and a fake target. Its manifest and events are checked as the
 * worker checks them. Rejects when `run` throws, an event breaks the contract, or a claim that something exists, runs or
 * takes time has no negative control.
 */
export async function testPlugin(plugin: Plugin, test: PluginTest = {}): Promise<PluginTestResult> {
  const manifest = PluginManifest.parse(manifestOf(plugin));
  const baseUrl = test.baseUrl ?? "http://app.test/";
  const scan = scanOf(baseUrl, test);
  const fetches = (test.fetches ?? []).map((fetch, index) => recordedFetch(fetch, index + 1, baseUrl));
  const session = createMemorySession({
    fetches,
    endpoints: test.endpoints ?? [],
    components: test.components ?? [],
    known: test.known ?? [],
  });
  const target = createFakeTarget(test, { baseUrl, emits: manifest.emits }, session);
  const logs: PluginTestResult["logs"] = [];
  const context = createContext({
    scan,
    settings: parseSettings(plugin, test.settings ?? {}),
    capabilities: test.capabilities ?? Capability.options,
    storageMode: test.storageMode ?? "sampled",
    request: target.request,
    probeTls: async (probe) => (await test.probeTls?.(probe)) ?? NO_TLS,
    callbacks: test.callbacks ?? NO_CALLBACKS,
    session,
    log: createTestLog(logs),
    signal: test.signal ?? new AbortController().signal,
  });
  const check = createEventCheck(manifest.emits);
  const events: PluginEvent[] = [];
  for await (const event of plugin.run(scan, context)) events.push(check(event));
  const singles = events.flatMap((event) => (event.event === "pack" ? event.events : [event]));
  assertControlled(manifest, singles);
  return {
    manifest,
    events,
    requests: target.requests,
    logs,
    of: (kind) =>
      singles.filter((event): event is Extract<SingleEvent, { event: typeof kind }> => event.event === kind),
  };
}
