import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { dedupeKeyText, type HeaderList, type HttpRequest, parseWebUrl, routeOf } from "@picket/core";
import { plugin as apiExposure } from "@picket/plugin-api-exposure";
import { plugin as cacheDeception } from "@picket/plugin-cache-deception";
import { plugin as caching } from "@picket/plugin-caching";
import { plugin as clientLibraries } from "@picket/plugin-client-libraries";
import { plugin as commandInjection } from "@picket/plugin-command-injection";
import { plugin as cookies } from "@picket/plugin-cookies";
import { plugin as cors } from "@picket/plugin-cors";
import { plugin as crawl } from "@picket/plugin-crawl";
import { plugin as crlfInjection } from "@picket/plugin-crlf-injection";
import { plugin as exposedFiles } from "@picket/plugin-exposed-files";
import { plugin as formsAndTransport } from "@picket/plugin-forms-and-transport";
import { plugin as graphql } from "@picket/plugin-graphql";
import { plugin as hostHeader } from "@picket/plugin-host-header";
import { plugin as httpMethods } from "@picket/plugin-http-methods";
import { plugin as informationLeaks } from "@picket/plugin-information-leaks";
import { plugin as jwt } from "@picket/plugin-jwt";
import { plugin as openRedirect } from "@picket/plugin-open-redirect";
import { plugin as pathTraversal } from "@picket/plugin-path-traversal";
import type { EndpointView, Plugin } from "@picket/plugin-sdk";
import {
  type PluginTestResult,
  type TestFetch,
  type TestResponse,
  testPlugin,
} from "@picket/plugin-sdk/testing";
import { plugin as secrets } from "@picket/plugin-secrets";
import { plugin as securityHeaders } from "@picket/plugin-security-headers";
import { plugin as sqlInjection } from "@picket/plugin-sql-injection";
import { plugin as techFingerprint } from "@picket/plugin-tech-fingerprint";
import { plugin as templateInjection } from "@picket/plugin-template-injection";
import { plugin as xss } from "@picket/plugin-xss";
import { redactHeaders, redactText, redactUrl } from "@picket/storage";
import type { ReportedFinding } from "../src/index.ts";

const MAX_BODY_BYTES = 256 * 1024;
/** For one answer; enough for the slow application, and the end of its endless page. */
const TIMEOUT_MS = 2_500;

async function readBody(response: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= MAX_BODY_BYTES) break;
  }
  return Buffer.concat(chunks).subarray(0, MAX_BODY_BYTES);
}

/** What `fetch` refuses to send: TRACE, and a host of one's own. */
async function sendRaw({ url, method, headers }: HttpRequest): Promise<TestResponse> {
  const sent = httpRequest(url, { method, headers: Object.fromEntries(headers), agent: false }).end();
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  const body = Buffer.concat(await response.toArray());
  const list = Object.entries(response.headersDistinct).flatMap(([name, values = []]) =>
    values.map((value): [string, string] => [name, value]),
  );
  return { url, status: response.statusCode ?? 0, headers: list, body };
}

/** The broker's part, as plainly as it goes. */
export async function send(request: HttpRequest): Promise<TestResponse> {
  const { url, method, headers, body, maxRedirects } = request;
  try {
    const isRaw = method === "TRACE" || headers.some(([name]) => name === "host");
    if (isRaw) return await sendRaw(request);
    const redirect = maxRedirects === 0 ? "manual" : "follow";
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(url, { method, headers, body: body ?? null, redirect, signal });
    const list: HeaderList = [...response.headers.entries()];
    return { url: response.url, status: response.status, headers: list, body: await readBody(response) };
  } catch (error) {
    return { ok: false, reason: "timed_out", detail: String(error) };
  }
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
  informationLeaks,
  cors,
  exposedFiles,
  httpMethods,
  hostHeader,
  openRedirect,
  crlfInjection,
  cacheDeception,
  graphql,
  xss,
  sqlInjection,
  templateInjection,
  commandInjection,
  pathTraversal,
];

/** Delays have their own tests; here they would only take time. */
const SETTINGS: Readonly<Record<string, Record<string, unknown>>> = {
  "sql-injection": { delays: false },
  "command-injection": { delays: false },
};

function isIntrusive({ requiredCapabilities }: Plugin): boolean {
  return requiredCapabilities.includes("http:intrusive");
}

const REDACTION = { emails: true, cards: true, key: "the lab's key: equal values look equal" };

/** An exchange as the platform stores it: of secrets there are only marks. */
function stored({ url = "", headers = [], body = "", ...rest }: Partial<TestFetch>): TestFetch {
  const text = typeof body === "string" ? body : new TextDecoder().decode(body);
  const list: HeaderList = Array.isArray(headers) ? headers : Object.entries(headers);
  return {
    ...rest,
    url: redactUrl(url, REDACTION),
    headers: redactHeaders(list, REDACTION),
    body: redactText(text, REDACTION),
  };
}

export interface LabScan {
  readonly findings: ReportedFinding[];
  readonly dedupeKeys: string[];
  readonly endpoints: string[];
  readonly components: string[];
  /** Warnings of all plugins. */
  readonly warnings: string[];
}

function endpointViews(result: PluginTestResult): EndpointView[] {
  return result.of("endpoint").map((endpoint, index) => ({
    ...endpoint,
    id: String(index),
    route: routeOf(parseWebUrl(endpoint.url).path),
  }));
}

function summarize(results: readonly PluginTestResult[]): LabScan {
  const findings = new Map<string, ReportedFinding & { where: string[] }>();
  for (const event of results.flatMap((result) => result.of("finding"))) {
    const key = dedupeKeyText(event);
    const { type, severity } = event;
    const known = findings.get(key) ?? { type, severity, where: [] };
    known.where.push(routeOf(parseWebUrl(event.instance.url).path));
    findings.set(key, known);
  }
  return {
    findings: [...findings.values()],
    dedupeKeys: [...findings.keys()].sort(),
    endpoints: results.flatMap((result) =>
      result.of("endpoint").map(({ method, url }) => `${method} ${url}`),
    ),
    components: results.flatMap((result) =>
      result.of("component").map(({ name, version }) => `${name} ${version ?? "-"}`),
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
}

/** Scans an application with all plugins in the order of their stages, without the platform around them. */
export async function scanLab(
  baseUrl: string,
  { order = (all) => all, intrusive = true }: LabScanOptions = {},
): Promise<LabScan> {
  const plugins = PLUGINS.filter((plugin) => intrusive || !isIntrusive(plugin));
  const recorded: TestFetch[] = [];
  async function respond(request: HttpRequest): Promise<TestResponse> {
    const response = await send(request);
    if (!("reason" in response)) recorded.push(stored({ url: request.url, ...response }));
    return response;
  }
  const found = await testPlugin(crawl, { baseUrl, respond });
  const session = { fetches: order([...recorded]), endpoints: endpointViews(found) };
  const run = (plugin: Plugin) =>
    testPlugin(plugin, { baseUrl, respond, ...session, settings: SETTINGS[plugin.name] ?? {} });
  const results = await Promise.all(plugins.filter(({ stage }) => stage === "inspect").map(run));
  for (const plugin of plugins.filter(({ stage }) => stage === "probe")) results.push(await run(plugin));
  return summarize([found, ...results]);
}
