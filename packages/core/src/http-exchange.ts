import { z } from "zod";
import { FindingType } from "./plugin-manifest.ts";
import type { ScopeRefusal } from "./scope.ts";
import { storableText } from "./storable-text.ts";
import { StorageMode } from "./vocabulary.ts";
import { MAX_URL_LENGTH } from "./web-url.ts";

/** Header fields in wire order: lower-case name and value; a repeated field appears once for each value. */
export const HeaderList = z
  .array(
    z.tuple([z.string().max(256).overwrite(storableText), z.string().max(16_384).overwrite(storableText)]),
  )
  .max(500);
export type HeaderList = z.infer<typeof HeaderList>;

/** A body as a plugin sees it is never longer than this, bytes. */
export const MAX_PLUGIN_BODY_BYTES = 1024 * 1024;
/** Of anything but scripts and data: what of a page makes it longer is more of the same. */
const MAX_PLUGIN_PAGE_BYTES = 256 * 1024;
const SCRIPT_OR_DATA = /^\s*(?:text|application)\/(?:[\w.+-]*(?:javascript|ecmascript|json|yaml|xml))\b/i;
const XHTML = /^\s*application\/xhtml/i;

/**
 * How much of a body a plugin sees, bytes, by its content-type. An application bundled into one script is read whole
 * as a rule, and a description of an API is of no use without its end.
 */
export function pluginBodyBytes(contentType: string | null): number {
  const isLong = contentType !== null && SCRIPT_OR_DATA.test(contentType) && !XHTML.test(contentType);
  return isLong ? MAX_PLUGIN_BODY_BYTES : MAX_PLUGIN_PAGE_BYTES;
}

/**
 * Whose session a request carries: that of the scan's auth profile, that of its comparison auth profile, or nobody's.
 */
export const Identity = z.enum(["primary", "comparison", "anonymous"]);
export type Identity = z.infer<typeof Identity>;

/** What a plugin may ask the broker for. Scope, budget, auth and caps are the broker's business. */
export const HttpRequest = z.strictObject({
  method: z
    .string()
    .regex(/^[A-Za-z]{1,16}$/)
    .toUpperCase()
    .default("GET"),
  /** Absolute, or relative to the target's base URL. */
  url: z.string().min(1).max(MAX_URL_LENGTH),
  headers: HeaderList.default([]),
  body: z.union([z.string().max(1_048_576), z.instanceof(Uint8Array)]).optional(),
  /** Redirects to follow, each decided by scope and paid from the budget. 0 returns the redirect itself. */
  maxRedirects: z.int().min(0).max(10).default(5),
  /**
   * How long the request itself asks the target to wait, ms: so much of its answer's time says nothing of how the target
   * is. Heard of plugins with `http:intrusive` alone.
   */
  askedDelayMs: z.int().min(0).max(30_000).optional(),
  /** Whole exchange, ms. */
  timeoutMs: z.int().min(100).max(60_000).default(15_000),
  /** How much of the body is stored; absent: the scan's default. */
  storage: StorageMode.optional(),
  /** Finding types that it looks for, of those that the plugin reports. Absent: all of them. */
  lookingFor: z.array(FindingType).min(1).max(200).optional(),
  /**
   * Absent: `primary` with `auth:use`, else `anonymous`. `comparison` needs `auth:compare`, a scan that has such a profile,
   * and only reads: GET or HEAD without a body.
   */
  identity: Identity.optional(),
  /**
   * For what belongs together in one session, such as a page with a token and the form that uses it up: from `begin` to
   * the answer to `end`, or for 20 s, whatever else is asked for in the session waits. Nothing where there is no session.
   */
  turn: z.enum(["begin", "end"]).optional(),
});
export type HttpRequest = z.infer<typeof HttpRequest>;

export const FetchFailure = z.enum([
  "invalid_request",
  "out_of_scope",
  "capability_missing",
  "budget_exhausted",
  "auth_lost",
  "cancelled",
  "dns_error",
  "connect_error",
  "tls_error",
  "timed_out",
  "connection_reset",
  "invalid_response",
  "too_many_redirects",
]);
/** Why there is no response. A target's failure is a result, not an exception. */
export type FetchFailure = z.infer<typeof FetchFailure>;

/** One response. After redirects it is the last one; `via` lists the hops before it. */
export interface HttpResponse {
  ok: true;
  fetchId: string;
  /** Address that answered, after redirects. */
  url: string;
  status: number;
  headers: HeaderList;
  /** Decoded body, cut at `MAX_PLUGIN_BODY_BYTES`. */
  body: Uint8Array;
  /** True when the target sent more than `body` holds. */
  truncated: boolean;
  /** From sending the request to the end of the body, ms, queueing left out. */
  elapsedMs: number;
  via: { fetchId: string; url: string; status: number }[];
}

export interface HttpFailure {
  ok: false;
  reason: FetchFailure;
  /** Set when `reason` is `out_of_scope`. */
  refusal?: ScopeRefusal;
  detail: string;
  /** The hop that failed, when something was sent. */
  fetchId?: string;
}

export type HttpResult = HttpResponse | HttpFailure;
