import { startLoopbackCallbacks } from "@picket/callback";
import {
  type AuthProfile,
  type Capability,
  dedupeKeyText,
  type HttpRequest,
  type Identity,
  MAX_PLUGIN_BODY_BYTES,
  originOf,
  parseWebUrl,
  routeOf,
  type TlsProbe,
  type TlsResult,
} from "@picket/core";
import { createAuthSession, createBroker, type FetchRecord } from "@picket/http";
import { plugin as accessControl } from "@picket/plugin-access-control";
import { plugin as apiExposure } from "@picket/plugin-api-exposure";
import { plugin as cacheDeception } from "@picket/plugin-cache-deception";
import { plugin as caching } from "@picket/plugin-caching";
import { plugin as clientLibraries } from "@picket/plugin-client-libraries";
import { plugin as commandInjection } from "@picket/plugin-command-injection";
import { plugin as cookies } from "@picket/plugin-cookies";
import { plugin as cors } from "@picket/plugin-cors";
import { plugin as crawl } from "@picket/plugin-crawl";
import { plugin as crlfInjection } from "@picket/plugin-crlf-injection";
import { plugin as domSinks } from "@picket/plugin-dom-sinks";
import { plugin as errorHandling } from "@picket/plugin-error-handling";
import { plugin as exposedFiles } from "@picket/plugin-exposed-files";
import { plugin as formsAndTransport } from "@picket/plugin-forms-and-transport";
import { plugin as graphql } from "@picket/plugin-graphql";
import { plugin as hostHeader } from "@picket/plugin-host-header";
import { plugin as httpMethods } from "@picket/plugin-http-methods";
import { plugin as informationLeaks } from "@picket/plugin-information-leaks";
import { plugin as jwt } from "@picket/plugin-jwt";
import { plugin as ldapInjection } from "@picket/plugin-ldap-injection";
import { plugin as nosqlInjection } from "@picket/plugin-nosql-injection";
import { plugin as openRedirect } from "@picket/plugin-open-redirect";
import { plugin as pathTraversal } from "@picket/plugin-path-traversal";
import { plugin as resourceMethods } from "@picket/plugin-resource-methods";
import type { EndpointView, FindingInput, Plugin } from "@picket/plugin-sdk";
import {
  type PluginTest,
  type PluginTestResult,
  type TestFetch,
  type TestResponse,
  testPlugin,
} from "@picket/plugin-sdk/testing";
import { plugin as secrets } from "@picket/plugin-secrets";
import { plugin as securityHeaders } from "@picket/plugin-security-headers";
import { plugin as sqlInjection } from "@picket/plugin-sql-injection";
import { plugin as ssrf } from "@picket/plugin-ssrf";
import { plugin as techFingerprint } from "@picket/plugin-tech-fingerprint";
import { plugin as templateInjection } from "@picket/plugin-template-injection";
import { plugin as tls } from "@picket/plugin-tls";
import { plugin as xpathInjection } from "@picket/plugin-xpath-injection";
import { plugin as xss } from "@picket/plugin-xss";
import { plugin as xxe } from "@picket/plugin-xxe";
import { redactHeaders, redactText, redactUrl } from "@picket/storage";
import type { ReportedFinding, RunningLab } from "../src/index.ts";

/** For one answer; enough for the slow application, and the end of its endless page. */
const TIMEOUT_MS = 2_500;

/** What is asked of an application, through the broker as in the platform, without a budget. */
interface LabTarget {
  send(request: HttpRequest, plugin: Plugin): Promise<TestResponse>;
  probeTls(probe: TlsProbe, plugin: Plugin): Promise<TlsResult>;
  /** Null, or why a session of the application's users that the plugin needs cannot be had. */
  logIn(plugin: Plugin): Promise<string | null>;
  close(): void;
}

/** The sessions of an application's two users. */
function sessionsOf(origin: string, keys: RunningLab["keys"]) {
  if (!keys) return {};
  const profileOf = (name: "primary" | "comparison"): AuthProfile => ({
    ...{ id: name, name, version: 1, origin, destructiveWords: [], secrets: { value: keys[name] } },
    recipe: { kind: "header", header: "x-api-key", scheme: "" },
    probe: { url: "/account", status: 200 },
  });
  const session = createAuthSession(profileOf("primary"));
  return { session, comparison: createAuthSession(profileOf("comparison"), session.mask) };
}

/** `onFetch` takes every exchange as the platform stores it. */
function openTarget(
  baseUrl: string,
  options: LabScanOptions,
  onFetch: (fetch: TestFetch) => void,
): LabTarget {
  const base = parseWebUrl(baseUrl);
  const broker = createBroker({
    scope: { base, rules: [{ pattern: base.host, ports: [String(base.port)] }], platform: [] },
    budget: { acquire: async () => ({ release: async () => undefined }) },
    ...sessionsOf(originOf(base), options.keys),
    caps: { maxBodyBytes: MAX_PLUGIN_BODY_BYTES },
    onFetch: (record) => {
      if (record.status !== undefined && record.role === undefined) onFetch(stored(record));
    },
  });
  const contextOf = (plugin: Plugin) => ({
    plugin: plugin.name,
    capabilities: capabilitiesOf(plugin, options),
    signal: new AbortController().signal,
  });
  return {
    send: (request, plugin) =>
      broker.request({ ...request, timeoutMs: Math.min(request.timeoutMs, TIMEOUT_MS) }, contextOf(plugin)),
    probeTls: (probe, plugin) => broker.probeTls(probe, contextOf(plugin)),
    logIn: (plugin) => broker.startSession(contextOf(plugin)),
    close: () => broker.close(),
  };
}

/** All that a scan of an application runs, in the order of their stages. */
export const PLUGINS: readonly Plugin[] = [
  crawl,
  securityHeaders,
  cookies,
  techFingerprint,
  secrets,
  formsAndTransport,
  caching,
  jwt,
  apiExposure,
  clientLibraries,
  domSinks,
  informationLeaks,
  cors,
  exposedFiles,
  httpMethods,
  hostHeader,
  openRedirect,
  crlfInjection,
  cacheDeception,
  graphql,
  errorHandling,
  tls,
  xss,
  sqlInjection,
  templateInjection,
  commandInjection,
  pathTraversal,
  ssrf,
  resourceMethods,
  ldapInjection,
  xpathInjection,
  nosqlInjection,
  accessControl,
  xxe,
];

/** Delays have their own tests; here they would only take time. */
const SETTINGS: Readonly<Record<string, Record<string, unknown>>> = {
  "sql-injection": { delays: false },
  "command-injection": { delays: false, waitMs: 500 },
  ssrf: { waitMs: 500, lateMs: 0 },
  xxe: { waitMs: 500 },
};

function isIntrusive({ requiredCapabilities }: Plugin): boolean {
  return requiredCapabilities.includes("http:intrusive");
}

function capabilitiesOf(plugin: Plugin, { intrusive = true }: LabScanOptions): Capability[] {
  const { requiredCapabilities, optionalCapabilities = [] } = plugin;
  return [...requiredCapabilities, ...(intrusive ? optionalCapabilities : [])];
}

const REDACTION = { emails: true, cards: true, key: "the lab's key: equal values look equal" };

/** An exchange as the platform stores it: of secrets there are only marks. */
function stored(record: FetchRecord): TestFetch {
  const { url, method, status = 0, responseHeaders = [], body, authenticated } = record;
  return {
    url: redactUrl(url, REDACTION),
    method,
    status,
    headers: redactHeaders(responseHeaders, REDACTION),
    body: redactText(new TextDecoder().decode(body), REDACTION),
    authentication: authenticated ? "authenticated" : "anonymous",
  };
}

/** One plugin's run. */
export interface LabRun {
  readonly plugin: Plugin;
  readonly result: PluginTestResult;
  /** HTTP requests and TLS probes. */
  readonly requests: number;
  readonly seconds: number;
}

export interface LabScan {
  readonly findings: ReportedFinding[];
  readonly dedupeKeys: string[];
  readonly endpoints: string[];
  readonly components: string[];
  /** Finding types that lack a CWE or a reference to OWASP. */
  readonly unexplained: string[];
  /** Warnings of all plugins. */
  readonly warnings: string[];
  /** In the order in which they ran. */
  readonly runs: readonly LabRun[];
}

function endpointViews(result: PluginTestResult): EndpointView[] {
  return result.of("endpoint").map((endpoint, index) => ({
    ...endpoint,
    id: String(index),
    route: routeOf(parseWebUrl(endpoint.url).path),
  }));
}

function isExplained({ cwe, references = [] }: Pick<FindingInput, "cwe" | "references">): boolean {
  const isOwasp = (url: string) => /(?:^|\.)owasp\.org$/.test(new URL(url).hostname);
  return cwe !== undefined && references.some(isOwasp);
}

function summarize(runs: readonly LabRun[]): LabScan {
  const results = runs.map(({ result }) => result);
  const findings = new Map<string, ReportedFinding & { where: string[] }>();
  for (const event of results.flatMap((result) => result.of("finding"))) {
    const key = dedupeKeyText(event);
    const { type, severity } = event;
    const known = findings.get(key) ?? { type, severity, where: [] };
    known.where.push(routeOf(parseWebUrl(event.instance.url).path));
    findings.set(key, known);
  }
  return {
    runs,
    findings: [...findings.values()],
    dedupeKeys: [...findings.keys()].sort(),
    endpoints: results.flatMap((result) =>
      result.of("endpoint").map(({ method, url }) => `${method} ${url}`),
    ),
    components: results.flatMap((result) =>
      result.of("component").map(({ name, version }) => `${name} ${version ?? "-"}`),
    ),
    unexplained: results.flatMap((result) =>
      result.of("finding").flatMap((finding) => (isExplained(finding) ? [] : [finding.type])),
    ),
    warnings: results.flatMap(({ logs }) =>
      logs.filter(({ level }) => level === "warn").map(({ message }) => message),
    ),
  };
}

export interface LabScanOptions {
  /** Default: as they were made. */
  order?: (fetches: TestFetch[]) => TestFetch[];
  /** Default true: also with plugins that send attacks. */
  intrusive?: boolean;
  /** Only this plugin, after the crawl. Default: all. */
  only?: string;
  /** Of the application's users. Default: nobody logs in. */
  keys?: RunningLab["keys"];
}

function isWanted(plugin: Plugin, { intrusive = true, only }: LabScanOptions): boolean {
  if (plugin.stage === "discover") return true;
  return (intrusive || !isIntrusive(plugin)) && (only === undefined || plugin.name === only);
}

function appliesTo({ appliesTo: terms }: Plugin, baseUrl: string): boolean {
  return terms?.schemes === undefined || terms.schemes.includes(parseWebUrl(baseUrl).scheme);
}

type Recorded = Pick<PluginTest, "fetches" | "endpoints">;
type LabTest = Recorded & Required<Pick<PluginTest, "baseUrl" | "callbacks" | "capabilities" | "identities">>;

async function runPlugin(plugin: Plugin, target: LabTarget, test: LabTest): Promise<LabRun> {
  const problem = await target.logIn(plugin);
  if (problem !== null) throw new Error(problem);
  let probes = 0;
  const startedAt = performance.now();
  const result = await testPlugin(plugin, {
    ...test,
    respond: (request) => target.send(request, plugin),
    probeTls: (probe) => {
      probes += 1;
      return target.probeTls(probe, plugin);
    },
    settings: SETTINGS[plugin.name] ?? {},
  });
  const seconds = (performance.now() - startedAt) / 1_000;
  return { plugin, result, requests: result.requests.length + probes, seconds };
}

/** Scans an application with all plugins in the order of their stages, without the platform around them. */
export async function scanLab(baseUrl: string, options: LabScanOptions = {}): Promise<LabScan> {
  const { order = (all) => all, keys } = options;
  const recorded: TestFetch[] = [];
  const target = openTarget(baseUrl, options, (fetch) => recorded.push(fetch));
  const plugins = PLUGINS.filter((plugin) => isWanted(plugin, options) && appliesTo(plugin, baseUrl));
  const runs: LabRun[] = [];
  const { port: callbacks, stop } = await startLoopbackCallbacks();
  const identities: Identity[] = keys ? ["primary", "comparison", "anonymous"] : ["anonymous"];
  let known: Recorded = {};
  for (const stage of ["discover", "inspect", "probe"] as const) {
    for (const plugin of plugins.filter((one) => one.stage === stage))
      runs.push(
        await runPlugin(plugin, target, {
          ...{ baseUrl, callbacks, identities, ...known },
          capabilities: capabilitiesOf(plugin, options),
        }),
      );
    if (stage === "discover")
      known = {
        fetches: order([...recorded]),
        endpoints: runs.flatMap(({ result }) => endpointViews(result)),
      };
  }
  target.close();
  await stop();
  return summarize(runs);
}
