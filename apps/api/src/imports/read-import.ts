import {
  AppError,
  type DescribedEndpoint,
  decideUrl,
  describedEndpoints,
  hrefOf,
  type ImportFormat,
  type ImportLeftOut,
  isApiDescription,
  parseJson,
  parseWebUrl,
  recordedEndpoints,
  type ScopePolicy,
  tryParseWebUrl,
} from "@picket/core";
import { endpointKeys, type NewEndpoint } from "@picket/db";
import { type RedactionPolicy, redactUrl, safeParameter } from "@picket/storage";
import { parse as parseYaml } from "yaml";

/** Different endpoints that one file may bring. */
const MAX_ENDPOINTS = 5_000;

const METHODS = new Set(["GET", "POST", "PUT", "PATCH", "DELETE"]);

/** What an import brings, and what it does not. */
export interface ReadImport {
  format: ImportFormat;
  endpoints: NewEndpoint[];
  leftOut: ImportLeftOut[];
}

/** Emails in examples are needed to send a form; whatever else is secret is left out. */
const REDACTION: RedactionPolicy = { emails: false, cards: true };

function parseText(text: string): unknown {
  const isJson = /^\s*[{[]/.test(text.slice(0, 1_000));
  try {
    return isJson ? parseJson(text.replace(/^\ufeff/, "")) : parseYaml(text, { maxAliasCount: 100 });
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split("\n")[0] ?? "") : "";
    throw new AppError("INVALID_INPUT", `the file is no valid ${isJson ? "JSON" : "YAML"}: ${reason}`, {
      hint: "Export it again; a recording that was cut off cannot be read.",
      cause: error,
    });
  }
}

interface NamedEndpoints {
  format: ImportFormat;
  endpoints: DescribedEndpoint[];
  /** Operations beyond those that are read. */
  left: number;
}

function namedEndpoints(text: string, baseUrl: string): NamedEndpoints {
  const document = parseText(text);
  if (isApiDescription(document)) return { format: "openapi", ...describedEndpoints(document, baseUrl) };
  const endpoints = recordedEndpoints(document);
  if (endpoints) return { format: "har", endpoints, left: 0 };
  throw new AppError(
    "INVALID_INPUT",
    "the file is neither a HAR 1.2 recording nor an OpenAPI 3 or Swagger 2 description",
    {
      hint: "A recording has log.entries with requests; a description has openapi or swagger, and paths.",
    },
  );
}

/** An endpoint as it is stored, or why it is not. */
function newEndpoint(
  { method, url: text, parameters }: DescribedEndpoint,
  scope: ScopePolicy,
): NewEndpoint | string {
  if (!METHODS.has(method)) return "method";
  const url = tryParseWebUrl(text);
  if (!url) return "not_a_web_url";
  const decision = decideUrl(url, scope);
  if (!decision.allowed) return decision.reason;
  const redacted = redactUrl(hrefOf(url), REDACTION);
  return {
    method,
    url: redacted,
    path: parseWebUrl(redacted).path,
    ...endpointKeys(
      method,
      url,
      parameters.map(({ name }) => name),
    ),
    parameters: parameters.map((one) => safeParameter(one, REDACTION)),
    source: "import",
    foundAt: null,
  };
}

/**
 * What a file brings to a target: the endpoints in its scope. Relative servers of a description start from the base URL.
 * Throws INVALID_INPUT when the file cannot be read, and when it brings nothing, with the reasons.
 */
export function readImport(text: string, baseUrl: string, scope: ScopePolicy): ReadImport {
  const { format, endpoints: named, left } = namedEndpoints(text, baseUrl);
  const endpoints = new Map<string, NewEndpoint>();
  const leftOut = new Map<string, ImportLeftOut>();
  const leave = (reason: string, url: string, count = 1) => {
    const known = leftOut.get(reason) ?? {
      reason,
      count: 0,
      example: url.split(/[?#]/)[0]?.slice(0, 500) ?? "",
    };
    leftOut.set(reason, { ...known, count: known.count + count });
  };
  for (const one of named) {
    const endpoint = newEndpoint(one, scope);
    if (typeof endpoint === "string") leave(endpoint, one.url);
    else if (endpoints.size < MAX_ENDPOINTS || endpoints.has(endpoint.endpointKey))
      endpoints.set(endpoint.endpointKey, endpoint);
    else leave("too_many", one.url);
  }
  if (left > 0) leave("too_many", baseUrl, left);
  if (endpoints.size === 0) throw nothingToImport(named.length, baseUrl, [...leftOut.values()]);
  return { format, endpoints: [...endpoints.values()], leftOut: [...leftOut.values()] };
}

function nothingToImport(count: number, baseUrl: string, leftOut: ImportLeftOut[]): AppError {
  const reasons = leftOut.map(
    ({ reason, count: times, example }) => `${reason} (${times}, such as ${example})`,
  );
  return new AppError(
    "INVALID_INPUT",
    count === 0
      ? "the file names no requests"
      : `none of its ${count} requests is on ${baseUrl}: ${reasons.join(", ")}`,
    {
      hint: "Record or describe the target itself: same scheme, host and port, below its base URL.",
      details: { leftOut },
    },
  );
}
