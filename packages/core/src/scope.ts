import { z } from "zod";
import {
  type Cidr,
  cidrContains,
  cidrCovers,
  embeddedIpv4,
  type IpAddress,
  mustParseCidr,
  tryParseCidr,
  tryParseIp,
} from "./ip.ts";
import { originOf, type WebUrl } from "./web-url.ts";

/** A host name, `*.suffix` for its subdomains, an address, or a CIDR block. Lower-cased, without a trailing dot. */
export const ScopePattern = z
  .string()
  .trim()
  .toLowerCase()
  .min(1)
  .max(253)
  .transform((text) => text.replace(/\.$/, ""))
  .refine((text) => isHostPattern(text) || tryParseCidr(text) !== null, {
    error:
      "must be a host name (app.example.com), a subdomain pattern (*.example.com), an address or a CIDR block",
  });

/** One port (`443`), a range (`8000-8100`), or `*` for all. */
export const PortRange = z
  .string()
  .trim()
  .refine((text) => text === "*" || portBounds(text) !== null, {
    error: "must be a port (443), a range (8000-8100) or *",
  });

/** What the operator allows: everything else is refused. */
export interface ScopeRule {
  pattern: string;
  ports: readonly string[];
}

export const ScopeRefusal = z.enum([
  "not_a_web_url",
  "other_host",
  "outside_base_path",
  "no_scope_entry",
  "denied_address",
  "unresolvable",
  "mixed_addresses",
  "address_not_in_scope",
  "peer_mismatch",
  "destructive",
  "form_submission",
]);
/** Why nothing was sent. */
export type ScopeRefusal = z.infer<typeof ScopeRefusal>;

/** What Picket may reach at all: what the operator's rules cover, minus what is always denied. */
export interface EgressPolicy {
  rules: readonly ScopeRule[];
  /** Endpoints of the platform itself (`address:port`), denied whatever the rules say. */
  platform: readonly PlatformEndpoint[];
}

/** What a scan may reach: of that, its target's host below its base path. */
export interface ScopePolicy extends EgressPolicy {
  base: WebUrl;
}

export interface PlatformEndpoint {
  host: string;
  port: number;
}

export type ScopeDecision = { allowed: true } | { allowed: false; reason: ScopeRefusal; detail: string };

const ALLOWED: ScopeDecision = { allowed: true };

function refuse(reason: ScopeRefusal, detail: string): ScopeDecision {
  return { allowed: false, reason, detail };
}

/** Metadata services by name (Google, AWS, Azure, Tencent, Rancher), so that no resolver gets a say in them. */
const DENIED_HOSTS = new Set([
  "metadata",
  "metadata.google.internal",
  "metadata.goog",
  "instance-data",
  "instance-data.ec2.internal",
  "metadata.azure.internal",
  "metadata.tencentyun.com",
  "rancher-metadata",
]);

/**
 * Blocks that no rule can open. Sources: IANA special-purpose registries (RFC 6890), and the metadata services of AWS
 * (169.254.169.254, and fd00:ec2::/32 for all its local services), Google (fd20:ce::254), Azure (168.63.129.16), Alibaba
 * (100.100.100.200), Oracle (192.0.0.192, fd00:c1::a9fe:a9fe) and Scaleway (fd00:42::42).
 */
const DENIED_BLOCKS: readonly { block: Cidr; why: string }[] = [
  ["0.0.0.0/8", "this network"],
  ["169.254.0.0/16", "link-local and cloud metadata"],
  ["168.63.129.16/32", "cloud metadata"],
  ["100.100.100.200/32", "cloud metadata"],
  ["192.0.0.192/32", "cloud metadata"],
  ["224.0.0.0/4", "multicast"],
  ["240.0.0.0/4", "reserved and broadcast"],
  ["::/128", "unspecified"],
  ["fe80::/10", "link-local"],
  ["fec0::/10", "site-local"],
  ["ff00::/8", "multicast"],
  ["fd00:ec2::/32", "cloud metadata"],
  ["fd00:c1::a9fe:a9fe/128", "cloud metadata"],
  ["fd00:42::42/128", "cloud metadata"],
  ["fd20:ce::254/128", "cloud metadata"],
].map(([text = "", why = ""]) => ({ block: mustParseCidr(text), why }));

const LOOPBACK: readonly Cidr[] = [mustParseCidr("127.0.0.0/8"), mustParseCidr("::1/128")];

function isHostPattern(text: string): boolean {
  const name = text.startsWith("*.") ? text.slice(2) : text;
  const labels = name.split(".");
  const isName = labels.every((label) => /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/.test(label));
  return isName && !/^(\d+|0x[0-9a-f]*)$/.test(labels.at(-1) ?? "");
}

function portBounds(text: string): [number, number] | null {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text);
  if (!match) return null;
  const low = Number(match[1]);
  const high = Number(match[2] ?? match[1]);
  return low >= 1 && low <= high && high <= 65_535 ? [low, high] : null;
}

function allowsPort(rule: ScopeRule, port: number): boolean {
  return rule.ports.some((text) => {
    const bounds = portBounds(text);
    return bounds ? bounds[0] <= port && port <= bounds[1] : text === "*";
  });
}

function namesHost(rule: ScopeRule, host: string): boolean {
  return rule.pattern.startsWith("*.") ? host.endsWith(rule.pattern.slice(1)) : rule.pattern === host;
}

function coversAddress(rule: ScopeRule, address: IpAddress): boolean {
  const block = tryParseCidr(rule.pattern);
  return block !== null && cidrContains(block, address);
}

function isLoopback(address: IpAddress): boolean {
  return LOOPBACK.some((block) => cidrContains(block, address));
}

/** `localhost` and the names below it are loopback whatever a resolver says (RFC 6761 §6.3). */
function isLoopbackName(name: string): boolean {
  return name === "localhost" || name.endsWith(".localhost");
}

/**
 * Loopback is where the platform itself lives, so a broad rule does not open it: only one that names loopback
 * (`localhost`, a loopback address or a block within loopback) and lists the port as such, not in a range.
 */
function opensLoopback(rule: ScopeRule, port: number): boolean {
  const block = tryParseCidr(rule.pattern);
  const namesLoopback = block
    ? LOOPBACK.some((loopback) => cidrCovers(loopback, block))
    : isLoopbackName(rule.pattern);
  return namesLoopback && rule.ports.includes(String(port));
}

/** Why an address is denied whatever the rules say, or null. */
export function deniedAddress(address: IpAddress): string | null {
  for (const { block, why } of DENIED_BLOCKS) if (cidrContains(block, address)) return why;
  // `::1` lies in the IPv4-compatible block but is loopback, which a rule can open.
  const inner = isLoopback(address) ? [] : embeddedIpv4(address);
  const embedsDenied = inner.some((carried) => isLoopback(carried) || deniedAddress(carried) !== null);
  return embedsDenied ? "embeds a denied IPv4 address" : null;
}

/** `..` as a segment once a server has decoded `%2e`, `%2f` and `%5c` (once or more often) and cut `;parameters`. */
const HIDDEN_PARENT = /(^|[/\\]|%(25)*(2f|5c))(\.|%(25)*2e){2}($|[/\\;]|%(25)*(2f|5c|3b))/i;

/** Below the directory of the base path: `/app/` and `/app/index.html` open `/app/…`, `/` and `/app` open everything. */
function isBelowBase(url: WebUrl, base: WebUrl): boolean {
  const directory = base.path.slice(0, base.path.lastIndexOf("/") + 1);
  return directory === "/" || (url.path.startsWith(directory) && !HIDDEN_PARENT.test(url.path));
}

/** First half of a scan's decision, before any name is resolved: host, path and port. */
export function decideUrl(url: WebUrl, policy: ScopePolicy): ScopeDecision {
  if (DENIED_HOSTS.has(url.host)) return deniedHost(url);
  if (url.host !== policy.base.host) return refuse("other_host", `${url.host} is not ${policy.base.host}`);
  if (!isBelowBase(url, policy.base))
    return refuse("outside_base_path", `${url.path} is not below ${policy.base.path}`);
  return decideEgress(url, policy);
}

function deniedHost({ host }: WebUrl): ScopeDecision {
  return refuse("denied_address", `${host} is a cloud metadata service`);
}

/** First half of a decision where any host that a rule covers will do: host and port. */
export function decideEgress(url: WebUrl, policy: EgressPolicy): ScopeDecision {
  if (DENIED_HOSTS.has(url.host)) return deniedHost(url);
  const literal = tryParseIp(url.host);
  const isNamed = policy.rules.some(
    (rule) =>
      allowsPort(rule, url.port) && (namesHost(rule, url.host) || (literal && coversAddress(rule, literal))),
  );
  const mayResolveIntoBlock =
    !literal && policy.rules.some((rule) => tryParseCidr(rule.pattern) && allowsPort(rule, url.port));
  if (isNamed || mayResolveIntoBlock) return ALLOWED;
  return refuse("no_scope_entry", `no scope entry covers ${url.host}:${url.port}`);
}

function decideAddress(text: string, url: WebUrl, policy: EgressPolicy): ScopeDecision {
  const address = tryParseIp(text);
  if (!address) return refuse("denied_address", `${text} is not an address`);
  const denied = deniedAddress(address);
  if (denied) return refuse("denied_address", `${text}: ${denied}`);
  if (policy.platform.some((endpoint) => isEndpoint(endpoint, address, url.port))) {
    return refuse("denied_address", `${text}:${url.port} belongs to the platform`);
  }
  const covering = policy.rules.filter(
    (rule) => allowsPort(rule, url.port) && (namesHost(rule, url.host) || coversAddress(rule, address)),
  );
  if (isLoopback(address) && !covering.some((rule) => opensLoopback(rule, url.port))) {
    return refuse(
      "denied_address",
      `${text} is loopback: a scope entry must name it and port ${url.port} explicitly`,
    );
  }
  return covering.length > 0
    ? ALLOWED
    : refuse("address_not_in_scope", `no scope entry covers ${text}:${url.port}`);
}

/** A service on one loopback address often listens on all of them, so any of them is the same endpoint. */
function isEndpoint(endpoint: PlatformEndpoint, address: IpAddress, port: number): boolean {
  const own = tryParseIp(endpoint.host);
  if (!own || endpoint.port !== port) return false;
  if (isLoopback(own) && isLoopback(address)) return true;
  return [address, ...embeddedIpv4(address)].some(
    ({ family, value }) => family === own.family && value === own.value,
  );
}

/** Second half: all addresses the host resolved to. One that is refused refuses the request, the others do not help. */
export function decideAddresses(
  addresses: readonly string[],
  url: WebUrl,
  policy: EgressPolicy,
): ScopeDecision {
  if (addresses.length === 0) return refuse("unresolvable", `${url.host} has no address`);
  const decisions = addresses.map((address) => decideAddress(address, url, policy));
  const refused = decisions.find((decision) => !decision.allowed);
  if (!refused) return ALLOWED;
  const isMixed = decisions.some((decision) => decision.allowed);
  return isMixed && !refused.allowed
    ? refuse("mixed_addresses", `${originOf(url)}: ${refused.detail}`)
    : refused;
}
