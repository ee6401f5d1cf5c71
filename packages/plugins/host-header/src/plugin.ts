import { answersControl, type HttpResponse } from "@picket/core";
import {
  definePlugin,
  focusedUrls,
  isCacheable,
  judgeEach,
  type KnownPage,
  knownPages,
  type PluginContext,
  type Verdict,
} from "@picket/plugin-sdk";
import { createMarker } from "@picket/plugin-sdk/probe";
import { z } from "zod";
import { type Address, addressTo } from "./addresses.ts";
import { CLAIMS, type ClaimType } from "./claims.ts";

/** What proxies and frameworks read a host from besides `host`. */
const FORWARDING = [
  "x-forwarded-host",
  "x-host",
  "x-forwarded-server",
  "x-original-host",
  "forwarded",
] as const;
type HostHeader = (typeof FORWARDING)[number] | "host";

interface Claimed {
  readonly header: HostHeader;
  readonly host: string;
}

interface Shown extends Claimed {
  readonly address: Address;
  readonly response: HttpResponse;
}

function claimed(header: HostHeader): Claimed {
  return { header, host: `${createMarker()}.example` };
}

function fieldOf({ header, host }: Claimed): [string, string] {
  return [header, header === "forwarded" ? `host=${host}` : host];
}

/** A query of our own keeps what we ask for out of other visitors' cache. */
function ownCopy(url: string): string {
  const copy = new URL(url);
  copy.searchParams.set("picket", createMarker());
  return copy.href;
}

async function get(
  { http }: PluginContext,
  url: string,
  hosts: readonly Claimed[],
): Promise<HttpResponse | null> {
  const response = await http.get(ownCopy(url), {
    headers: hosts.map(fieldOf),
    maxRedirects: 0,
    storage: "none",
  });
  return response.ok ? response : null;
}

async function ask(context: PluginContext, url: string, hosts: readonly Claimed[]): Promise<Shown | null> {
  const response = await get(context, url, hosts);
  if (!response) return null;
  for (const each of hosts) {
    const address = addressTo(each.host, response);
    if (address) return { ...each, address, response };
  }
  return null;
}

function proofOf({ header, host, address, response }: Shown): Verdict["evidence"][number] {
  return {
    kind: "reflection",
    snippet: `${header}: ${host}\n\n${address.where}: ${address.url.href.slice(0, 300)}`,
    location:
      address.where === "location" || address.where === "refresh"
        ? { part: "response_header", name: address.where }
        : { part: "response_body" },
    fetchId: response.fetchId,
    details: { cacheControl: response.headers.find(([name]) => name === "cache-control")?.[1] ?? null },
  };
}

const HOST_TYPES: readonly ClaimType[] = ["host-header-trusted"];
const FORWARDING_TYPES: readonly ClaimType[] = ["forwarded-host-in-cacheable-page", "forwarded-host-trusted"];

function typeOf({ header, response }: Shown): ClaimType {
  if (header === "host") return "host-header-trusted";
  return response.status < 400 && isCacheable(response)
    ? "forwarded-host-in-cacheable-page"
    : "forwarded-host-trusted";
}

/** Proven by two hosts, each of our own making, and a request without the header that shows neither. */
async function prove(context: PluginContext, url: string, first: Shown): Promise<Verdict | null> {
  const { header } = first;
  const second = await ask(context, url, [claimed(header)]);
  const control = await get(context, url, []);
  if (!second || !control || !answersControl(control.status)) return null;
  if (addressTo(first.host, control) || addressTo(second.host, control)) return null;
  const type = typeOf(second);
  return {
    finding: {
      ...CLAIMS[type],
      type,
      rootCause: { level: "target", key: header },
      instance: { method: "GET", url },
    },
    evidence: [
      proofOf(first),
      proofOf(second),
      {
        kind: "negative_control",
        snippet: `without ${header}: status ${control.status}, no address to either host`,
        location: { part: "response_body" },
        fetchId: control.fetchId,
        controlHeld: true,
      },
    ],
  };
}

/** Two requests: one with all forwarding headers, each naming a host of its own, one with `Host`. */
async function check(context: PluginContext, url: string): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  for (const headers of [FORWARDING, ["host"] as const]) {
    const types = headers.length === 1 ? HOST_TYPES : FORWARDING_TYPES;
    const own = context.lookingFor(...types);
    const shown = await ask(own, url, headers.map(claimed));
    const verdict = shown && (await prove(own, url, shown));
    if (verdict) verdicts.push(verdict);
  }
  return verdicts;
}

const MAILS_LINKS = /reset|forgot|passw|recover|invit|regist|sign-?up/i;

/** Where links are mailed from, then redirects, then the rest. */
function rank({ url, status }: KnownPage): number {
  if (MAILS_LINKS.test(url)) return 0;
  return status >= 300 && status < 400 ? 1 : 2;
}

function isJudged({ status, contentType }: KnownPage): boolean {
  const isRedirect = status >= 300 && status < 400;
  return isRedirect || (status === 200 && contentType === "text/html");
}

export const plugin = definePlugin({
  name: "host-header",
  description:
    "States foreign hosts in Host and forwarding headers, to see whether addresses are built from them.",
  version: "1.0.0",
  requiredCapabilities: ["http:active"],
  stage: "probe",
  emits: Object.keys(CLAIMS),
  config: z.object({
    maxRoutes: z.int().min(1).max(1_000).default(8).describe("Routes to ask, at most"),
  }),
  async *run(scan, context) {
    const { baseUrl } = scan.target;
    const pages = scan.focus ? [] : await knownPages(context.session, isJudged);
    const ranked = pages.toSorted((a, b) => rank(a) - rank(b)).map(({ url }) => url);
    const urls = scan.focus
      ? focusedUrls(scan.focus)
      : [...new Set([baseUrl, ...ranked])].slice(0, context.settings.maxRoutes);
    yield* judgeEach(urls, (url) => check(context, url));
  },
});
