import {
  type Claim,
  definePlugin,
  type FetchView,
  fetchText,
  HTML_TYPES,
  isHtmlType,
  judgeEach,
  SCRIPT_TYPES,
  type Verdict,
} from "@picket/plugin-sdk";
import { readHtml } from "@picket/plugin-sdk/html";
import { z } from "zod";
import data from "./libraries.json" with { type: "json" };
import { readLibraries, type Vulnerability } from "./libraries.ts";
import { type Recognised, recognise, vulnerabilitiesOf } from "./recognise.ts";

const CLAIM: Omit<Claim, "title" | "severity"> = {
  type: "vulnerable-library",
  description:
    "Pages load a JavaScript library at a version with published vulnerabilities. Whether they can be reached depends on how the site uses the library; the evidence names each with the versions concerned.",
  remediation: [
    "Update to the newest release of the library, and have updates proposed by a tool such as Dependabot or Renovate.",
    "npm: npm outdated, npm audit; a copy in the project or a URL at a CDN has to be replaced by hand.",
    "Where the library is no longer maintained, plan its replacement.",
  ].join("\n"),
  references: [
    "https://owasp.org/Top10/2021/A06_2021-Vulnerable_and_Outdated_Components/",
    "https://github.com/advisories",
  ],
  cwe: 1395,
};

const { libraries: LIBRARIES, about: DATA } = readLibraries(data);
const SEVERITIES = ["critical", "high", "medium", "low"] as const;

function worst(vulnerabilities: readonly Vulnerability[]) {
  return SEVERITIES.find((severity) => vulnerabilities.some((one) => one.severity === severity)) ?? "low";
}

function line({ identifiers, atOrAbove, below, severity }: Vulnerability): string {
  const ids = [...identifiers.CVE, identifiers.githubID].filter((id) => id !== undefined).join(", ");
  const range = atOrAbove === undefined ? `below ${below}` : `from ${atOrAbove}, below ${below}`;
  return `${ids} (${severity}; ${range}): ${identifiers.summary ?? ""}`;
}

const MAX_SNIPPET = 4_000;

function verdictOf(found: Recognised, fetch: FetchView, script: string): Verdict[] {
  const vulnerabilities = vulnerabilitiesOf(found);
  if (vulnerabilities.length === 0) return [];
  const { library, version, by } = found;
  const snippet = [
    `${library.name} ${version}, by its ${by}: ${script}`,
    `as known on ${DATA.date ?? "a day that the data file does not name"} (data version ${DATA.version})`,
    ...vulnerabilities.map(line),
  ].join("\n");
  const finding: Verdict["finding"] = {
    ...CLAIM,
    title: `${library.name} has known vulnerabilities`,
    severity: worst(vulnerabilities),
    rootCause: { level: "component", key: library.key },
    instance: { method: fetch.method, url: fetch.url },
  };
  const details = { library: library.key, version, by, versionQuality: "exact", data: DATA };
  const location = { part: "response_body" } as const;
  const kind = "version_banner" as const;
  return [
    {
      finding,
      evidence: [{ kind, snippet: snippet.slice(0, MAX_SNIPPET), location, fetchId: fetch.id, details }],
    },
  ];
}

function tryUrl(reference: string, base: string): URL | null {
  return URL.canParse(reference, base) ? new URL(reference, base) : null;
}

/** Of a page the scripts of other hosts: what the site's own say is in their recorded answers. */
async function inPage(fetch: FetchView): Promise<Verdict[]> {
  const { elements } = readHtml(await fetchText(fetch));
  const base = elements.find(({ name }) => name === "base")?.attributes.href ?? "";
  const root = tryUrl(base, fetch.url)?.href ?? fetch.url;
  const host = new URL(fetch.url).host;
  const sources = elements.flatMap(({ name, attributes }) =>
    name === "script" ? (attributes.src ?? []) : [],
  );
  const urls = sources.map((source) => tryUrl(source, root)).filter((url) => url !== null);
  return urls
    .filter((url) => url.host !== host)
    .flatMap((url) => recognise(LIBRARIES, url, "").flatMap((found) => verdictOf(found, fetch, url.href)));
}

async function inScript(fetch: FetchView): Promise<Verdict[]> {
  const found = recognise(LIBRARIES, new URL(fetch.url), await fetchText(fetch));
  return found.flatMap((one) => verdictOf(one, fetch, fetch.url));
}

export const plugin = definePlugin({
  name: "client-libraries",
  description:
    "Recognises JavaScript libraries in recorded scripts and pages, and names known vulnerabilities.",
  version: "1.2.0",
  requiredCapabilities: [],
  stage: "inspect",
  emits: [CLAIM.type],
  config: z.object({}),
  data: DATA,
  async *run(_scan, { session }) {
    const fetches = session.fetches({ contentTypes: [...SCRIPT_TYPES, ...HTML_TYPES] });
    yield* judgeEach(fetches, (fetch) => {
      if (fetch.status !== 200) return null;
      return isHtmlType(fetch.contentType) ? inPage(fetch) : inScript(fetch);
    });
  },
});
