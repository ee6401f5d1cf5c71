import { createHmac } from "node:crypto";
import type { ExpectedFinding } from "../expectation.ts";
import { documentOf, type SitePage } from "../site.ts";

const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
const SIGNATURE = "c2lnbmVkLWJ5LXRoZS1sYWIta2V5LW9mLW5vLXVzZQ";

/** Anybody can write one like this. */
const UNSIGNED = `${encoded({ alg: "none", typ: "JWT" })}.${encoded({ sub: "7", role: "staff" })}.`;
const SHORT_LIVED = `${encoded({ alg: "RS256" })}.${encoded({ sub: "7", iat: 1_790_000_000, exp: 1_790_000_900 })}.${SIGNATURE}`;

/** Signed with HS256, for a quarter of an hour. */
function signed(key: string): string {
  const text = `${encoded({ alg: "HS256" })}.${encoded({ sub: "7", iat: 1_790_000_000, exp: 1_790_000_900 })}`;
  return `${text}.${createHmac("sha256", key).update(text).digest("base64url")}`;
}

const ADDRESS_FORM = `<form method="post" action="/address"><input name="street"><input name="city">
<button>Save</button></form>`;

const JSON_TYPE = "application/json";

export const SESSION_PAGES: readonly SitePage[] = [
  {
    path: "/start",
    headers: {
      "set-cookie": "PHPSESSID=0a1b2c3d4e5f60718293a4b5; Path=/; HttpOnly",
      "cache-control": "public, max-age=600",
    },
    body: documentOf("Welcome", "<p>Welcome.</p>"),
  },
  { path: "/address", body: documentOf("Your address", ADDRESS_FORM) },
  {
    path: "/enter",
    body: documentOf(
      "Log in",
      '<form method="get" action="/enter"><input name="user"><input name="pw" type="password"><button>Go</button></form>',
    ),
  },
  {
    path: "/checkout",
    body: documentOf("Basket", '<a href="/pay;jsessionid=0A1B2C3D4E5F60718293A4B5C6D7E8F9">Pay</a>'),
  },
  {
    path: "/map",
    body: documentOf("Map", '<script src="https://cdn.camp-tiles.example/leaflet-1.9.4.js"></script>'),
  },
  {
    path: "/api/token",
    type: JSON_TYPE,
    body: JSON.stringify({ access_token: UNSIGNED, refresh_token: signed("changeme") }),
  },
  {
    path: "/openapi.json",
    type: JSON_TYPE,
    body: JSON.stringify({ openapi: "3.1.0", info: { title: "Camp", version: "1" }, paths: {} }),
  },
  {
    path: "/api-docs",
    body: documentOf(
      "Swagger UI",
      '<div id="swagger-ui"></div><script src="/swagger-ui-bundle.js"></script>',
    ),
  },
];

export const SESSION_FINDINGS: readonly ExpectedFinding[] = [
  { type: "cacheable-session-cookie", severity: "medium", where: "/start" },
  { type: "cookie-missing-secure", severity: "low", where: "/start" },
  { type: "cookie-missing-samesite", severity: "low", where: "/start" },
  { type: "missing-csrf-token", severity: "low", where: "/address" },
  { type: "password-in-url", severity: "medium", where: "/enter" },
  { type: "session-in-url", severity: "medium", where: "/checkout" },
  { type: "missing-sri", severity: "info", where: "/map" },
  { type: "jwt-unsigned", severity: "high", where: "/api/token" },
  { type: "jwt-no-expiry", severity: "low", where: "/api/token" },
  { type: "jwt-weak-key", severity: "high", where: "/api/token" },
  { type: "openapi-document", severity: "info", where: "/openapi.json" },
  { type: "api-documentation-page", severity: "info", where: "/api-docs" },
];

const TOKENS = `<p>A token has three parts. This one says <code>alg: none</code>:</p><pre>${UNSIGNED}</pre>
<h2 id="swagger-ui">Swagger UI</h2><p>Look at <code>/cart;jsessionid=0A1B2C3D4E5F60718293A4B5C6D7E8F9</code> and
<code>&lt;input type="password"&gt;</code> in a form with <code>method="get"</code>.</p>`;

export const SESSION_LOOKALIKES: readonly SitePage[] = [
  {
    path: "/start",
    headers: {
      "set-cookie": "__Host-session=0a1b2c3d4e5f60718293a4b5; Path=/; Secure; HttpOnly; SameSite=Lax",
      "cache-control": "private, max-age=600",
    },
    body: documentOf("Welcome", "<p>Welcome.</p>"),
  },
  { path: "/address", body: documentOf("Your address", ADDRESS_FORM) },
  {
    path: "/enter",
    body: documentOf(
      "Log in",
      '<form method="post" action="/enter"><input name="user"><input name="pw" type="password"><button>Go</button></form>',
    ),
  },
  {
    path: "/map",
    body: documentOf("Map", '<script src="https://maps.camp-tiles.example/api/js?key=1"></script>'),
  },
  {
    path: "/api/token",
    type: JSON_TYPE,
    body: JSON.stringify({ access_token: SHORT_LIVED, refresh_token: signed("0e5a1c7b93d84f26b1f0") }),
  },
  { path: "/docs/tokens", body: documentOf("Swagger UI", TOKENS) },
];
