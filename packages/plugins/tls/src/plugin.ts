import {
  type HttpResponse,
  headerValues,
  parseWebUrl,
  type TlsConnection,
  type TlsVersion,
} from "@picket/core";
import { createVerdicts, definePlugin, type PluginContext, type Verdict } from "@picket/plugin-sdk";
import { z } from "zod";
import { certificateDefects, voidsHsts } from "./certificate.ts";
import { CLAIMS, type ClaimType } from "./claims.ts";
import { BROKEN, COMMON_SUITES, suiteNumber, TLS13_SUITES, WEAK_SUITES, type Weakness } from "./suites.ts";

type Evidence = Verdict["evidence"][number];

const OLD_VERSIONS = ["SSLv3", "TLSv1", "TLSv1.1"] as const;

function tlsEvidence(snippet: string, fetchId?: string): Evidence {
  return { kind: "observation", snippet, location: { part: "tls" }, ...(fetchId && { fetchId }) };
}

function verdict(
  type: ClaimType,
  { url, method = "HEAD", key = "" }: { url: string; method?: string; key?: string },
  evidence: Evidence[],
): Verdict {
  return {
    finding: { ...CLAIMS[type], type, rootCause: { level: "target", key }, instance: { method, url } },
    evidence,
  };
}

/** The suite that the target takes of those, at that version or, where the version allows it, an older one. */
async function accepted({ tls }: PluginContext, version: TlsVersion, ciphers: readonly number[]) {
  const answer = await tls.offer({ version, ciphers: [...ciphers] });
  return answer.ok && answer.accepted ? answer : null;
}

/** Offered, and then spoken: a HEAD goes over it. OpenSSL has no SSL 3 any more, so there the offer must do. */
async function checkVersion(context: PluginContext, url: string, version: (typeof OLD_VERSIONS)[number]) {
  const answer = await accepted(context, version, COMMON_SUITES);
  if (answer?.version !== version) return null;
  const shown = `the target took ${version} with suite ${suiteNumber(answer.cipher)}`;
  const place = { url, key: version };
  if (version === "SSLv3") return verdict("tls-sslv3", place, [tlsEvidence(shown)]);
  const spoken = await context.tls.handshake({ version });
  const exchange = spoken.ok
    ? [tlsEvidence(`HEAD over ${spoken.protocol}, ${spoken.cipher}`, spoken.fetchId)]
    : [];
  return verdict("tls-old-protocol", place, [...exchange, tlsEvidence(shown)]);
}

async function checkWeakness(context: PluginContext, url: string, weakness: Weakness) {
  const ciphers: readonly number[] = WEAK_SUITES[weakness];
  const answer = await accepted(context, "TLSv1.2", ciphers);
  if (!answer || !ciphers.includes(answer.cipher)) return null;
  const type = BROKEN.has(weakness) ? "tls-broken-cipher" : "tls-weak-cipher";
  const shown = `${weakness}: the target took suite ${suiteNumber(answer.cipher)} of ${answer.version}`;
  return verdict(type, { url, key: weakness }, [tlsEvidence(shown)]);
}

async function checkCertificate(
  context: PluginContext,
  connection: TlsConnection,
  now: number,
): Promise<Verdict[]> {
  const { url, fetchId } = connection;
  const defects = certificateDefects(connection, now);
  const found = defects.map(({ type, shown }) => verdict(type, { url }, [tlsEvidence(shown, fetchId)]));
  if (!voidsHsts(defects)) return found;
  const page = await context.http.get(url, { maxRedirects: 0, storage: "none" });
  const [hsts] = page.ok ? headerValues(page.headers, "strict-transport-security") : [];
  if (!page.ok || hsts === undefined) return found;
  const evidence: Evidence = {
    kind: "observation",
    snippet: `strict-transport-security: ${hsts.slice(0, 200)}`,
    location: { part: "response_header", name: "strict-transport-security" },
    fetchId: page.fetchId,
  };
  return [...found, verdict("hsts-without-valid-certificate", { url, method: "GET" }, [evidence])];
}

function leadsToHttps({ headers, status }: HttpResponse, url: string): boolean {
  const target = URL.parse(headerValues(headers, "location")[0] ?? "", url);
  return status >= 300 && status < 400 && target?.protocol === "https:";
}

/** Only where https has its usual port is http's usual one its counterpart. Out of scope is no finding. */
async function checkPlainHttp({ http }: PluginContext, baseUrl: string): Promise<Verdict | null> {
  const { scheme, port } = parseWebUrl(baseUrl);
  if (scheme !== "https" || port !== 443) return null;
  const url = baseUrl.replace(/^https:/, "http:");
  const answer = await http.get(url, { maxRedirects: 0, storage: "none" });
  if (!answer.ok || answer.status >= 400 || leadsToHttps(answer, url)) return null;
  const shown = `status ${answer.status}, location: ${headerValues(answer.headers, "location")[0] ?? "(none)"}`;
  const evidence: Evidence = {
    kind: "observation",
    snippet: shown.slice(0, 500),
    location: { part: "status" },
    fetchId: answer.fetchId,
  };
  return verdict("http-not-redirected", { url, method: "GET" }, [evidence]);
}

async function checkOffers(context: PluginContext, url: string): Promise<Verdict[]> {
  const found: Verdict[] = [];
  const weaknesses = Object.keys(WEAK_SUITES) as Weakness[];
  const checks = [
    ...OLD_VERSIONS.map((version) => () => checkVersion(context, url, version)),
    ...weaknesses.map((weakness) => () => checkWeakness(context, url, weakness)),
  ];
  // One after the other: handshakes cost a server more than pages.
  for (const check of checks) {
    const verdictFound = await check();
    if (verdictFound) found.push(verdictFound);
  }
  return found;
}

export const plugin = definePlugin({
  name: "tls",
  description: "Asks which protocols and suites the target takes, and reads its certificate.",
  version: "1.0.1",
  requiredCapabilities: ["tls:connect", "http:passive"],
  stage: "probe",
  appliesTo: { schemes: ["https"] },
  emits: Object.keys(CLAIMS),
  config: z.object({}),
  async *run(scan, context) {
    const connection = await context.tls.handshake();
    const verdicts = createVerdicts();
    if (!connection.ok) {
      context.log.warn("no TLS handshake", { reason: connection.reason, detail: connection.detail });
      // It may speak nothing but what today's clients refuse. Otherwise nothing was looked at, so nothing passes for fixed.
      const offers = connection.reason === "tls_error" ? await checkOffers(context, scan.target.baseUrl) : [];
      for (const one of offers) verdicts.add(one);
      return yield* verdicts.packs();
    }
    const newest = await accepted(context, "TLSv1.3", TLS13_SUITES);
    context.log.info("protocols", {
      chosen: connection.protocol,
      tls13: newest !== null,
      alpn: connection.alpn,
    });
    const plain = await checkPlainHttp(context, scan.target.baseUrl);
    const found = [
      ...(await checkCertificate(context, connection, Date.parse(scan.startedAt))),
      ...(await checkOffers(context, connection.url)),
      ...(plain ? [plain] : []),
    ];
    for (const one of found) verdicts.add(one);
    yield* verdicts.packs();
  },
});
