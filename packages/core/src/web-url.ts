import { AppError } from "./app-error.ts";

/** Longest URL that is requested or stored, in characters. */
export const MAX_URL_LENGTH = 4096;

const DEFAULT_PORTS: Record<string, number> = { "http:": 80, "https:": 443 };

/** A URL that passed the one parser (WHATWG) once. Only its pieces travel on, never the text it came from. */
export interface WebUrl {
  scheme: "http" | "https";
  /** Lower-case registered name without a trailing dot, dotted IPv4, or bracketless IPv6. */
  host: string;
  port: number;
  /** Percent-encoded path, starts with `/`. */
  path: string;
  /** `?…` or empty. */
  query: string;
}

/** `a..b` and `a..` are no names, and a second trailing dot would hide a name from a comparison. */
function hasEmptyLabel(host: string): boolean {
  return /^$|^\.|\.\.|\.$/.test(host);
}

/**
 * Null when the text is no http(s) URL, carries user info, names port 0, has an empty host label, or is longer than
 * `MAX_URL_LENGTH`.
 */
export function tryParseWebUrl(text: string, base?: string): WebUrl | null {
  const url = text.length > MAX_URL_LENGTH ? null : URL.parse(text, base);
  if (!url) return null;
  const defaultPort = DEFAULT_PORTS[url.protocol];
  if (defaultPort === undefined || url.username !== "" || url.password !== "") return null;
  const port = url.port === "" ? defaultPort : Number(url.port);
  const host = url.hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");
  if (port === 0 || hasEmptyLabel(host) || url.href.length > MAX_URL_LENGTH) return null;
  return {
    scheme: url.protocol === "https:" ? "https" : "http",
    host,
    port,
    path: url.pathname,
    query: url.search,
  };
}

/** As `tryParseWebUrl`, but throws INVALID_INPUT that names the rule. */
export function parseWebUrl(text: string, base?: string): WebUrl {
  const url = tryParseWebUrl(text, base);
  if (url) return url;
  throw new AppError("INVALID_INPUT", `not a URL that can be scanned: ${text.slice(0, 200)}`, {
    hint: "Give an http or https URL without user name and password, with a port other than 0.",
  });
}

/** `scheme://host[:port]`, the default port left out, IPv6 in brackets. */
export function originOf({ scheme, host, port }: WebUrl): string {
  const name = host.includes(":") ? `[${host}]` : host;
  return port === DEFAULT_PORTS[`${scheme}:`] ? `${scheme}://${name}` : `${scheme}://${name}:${port}`;
}

/** The URL as text, without a fragment. Equal URLs give equal text. */
export function hrefOf(url: WebUrl): string {
  return `${originOf(url)}${url.path}${url.query}`;
}

/** Sorted, distinct names of the query's parameters. */
export function parameterNames(url: WebUrl): string[] {
  return url.query === "" ? [] : [...new Set(new URLSearchParams(url.query).keys())].sort();
}

/** Identifiers by their looks: numbers, dates, UUIDs, ULIDs and long hex. */
const ID = [
  String.raw`\d+`,
  String.raw`\d{4}-\d\d-\d\d`,
  "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
  "[0-7][0-9a-hjkmnp-tv-z]{25}",
  "[0-9a-f]{16,}",
].join("|");
/** The last is what redaction leaves of a secret: whatever it was, it stood for one of many. */
const ID_SEGMENT = new RegExp(String.raw`^(?:${ID}|.*\[redacted:.*)$`, "i");
/** A document of a series, `/news/4711.html`; a server's own error pages are named by their status. */
const ID_DOCUMENT = new RegExp(String.raw`^(?![45]\d\d\.)(?:${ID})(\.(?:html?|json|xml))$`, "i");

/** Session ids that servers write into paths: `/cart;jsessionid=1A2B` (servlets), `/(S(1a2b))/cart.aspx` (ASP.NET). */
const PATH_SESSION = /;(?:jsessionid|phpsessid|sessionid|session_id|session|sid|cfid|cftoken)(?:=[^;/]*)?/gi;
const SESSION_SEGMENT = /\/(?:\((?:[SAFX]\([^()/]*\))+\))(?=\/)/gi;

/** Characters whose escapes mean the same in a path: unreserved ones (RFC 3986 §6.2.2) and those that delimit nothing in it. */
const MEANS_ITSELF = /[A-Za-z0-9._~!$&'()*:@[\]|-]/;

/** One spelling of percent-escapes: what means itself stands for itself, the rest is in upper case. */
function normalEscapes(path: string): string {
  return path.replace(/%[0-9a-f]{2}/gi, (code) => {
    const character = String.fromCharCode(Number.parseInt(code.slice(1), 16));
    return MEANS_ITSELF.test(character) ? character : code.toUpperCase();
  });
}

/** The path in the one spelling that all equivalent ones share, without session ids. */
export function canonicalPath(path: string): string {
  return normalEscapes(path).replace(PATH_SESSION, "").replace(SESSION_SEGMENT, "");
}

/** Matrix parameters (`/cars;colour=red`) count by their names, as those of a query do. */
function templateOf(segment: string): string {
  const [name = "", ...parameters] = segment.split(";");
  const names = parameters.map((parameter) => `;${parameter.split("=")[0]}`).join("");
  if (ID_SEGMENT.test(name)) return `{id}${names}`;
  return name.replace(ID_DOCUMENT, "{id}$1") + names;
}

/**
 * Template of a path: segments that are plainly identifiers become `{id}`. Equivalent paths give the same, whatever their
 * escapes, session ids and values of matrix parameters.
 */
export function routeOf(path: string): string {
  return canonicalPath(path).split("/").map(templateOf).join("/");
}
