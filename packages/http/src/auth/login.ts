import {
  type AuthProfile,
  type AuthRecipe,
  type HeaderList,
  hrefOf,
  originOf,
  parseWebUrl,
  type WebUrl,
} from "@picket/core";
import type { WireRequest, WireResponse } from "../exchange.ts";
import { followRedirect } from "../redirect.ts";
import { findLoginForm } from "./login-form.ts";
import { totpCode } from "./totp.ts";

/** What a login gives, cookies aside. */
export interface LoginResult {
  /** Sent with every request to the profile's origin. */
  headers: HeaderList;
  /** When the token ends by its own word, ms since 1970; null: it does not say. */
  expiresAt: number | null;
}

/** Sends one request of a login with the cookies so far, and keeps those that come back. */
export type SendLogin = (wire: WireRequest) => Promise<WireResponse>;

/** Why a login did not work, in words that hold no secret. */
export class LoginError extends Error {
  override readonly name = "LoginError";
}

type Recipe<Kind extends AuthRecipe["kind"]> = Extract<AuthRecipe, { kind: Kind }>;

interface Page {
  url: WebUrl;
  response: WireResponse;
}

/** Makes a session as the profile says. Throws LoginError, and what `send` throws. */
export async function login(profile: AuthProfile, send: SendLogin): Promise<LoginResult> {
  const { recipe, secrets } = profile;
  const { value = "", password = "" } = secrets;
  switch (recipe.kind) {
    case "header":
      return withHeader(recipe, value);
    case "cookie":
      return { headers: [["cookie", value]], expiresAt: null };
    case "basic": {
      const pair = Buffer.from(`${recipe.username}:${password}`, "utf8").toString("base64");
      return withHeader({ header: "authorization", scheme: "Basic" }, pair);
    }
    case "form":
      return formLogin(profile, recipe, send);
    case "json":
      return jsonLogin(profile, recipe, send);
    case "oauth2":
      return tokenLogin(recipe, secrets.clientSecret ?? "", send);
  }
}

function withHeader(
  { header, scheme }: { header: string; scheme: string },
  value: string,
  expiresAt: number | null = null,
): LoginResult {
  return { headers: [[header.toLowerCase(), scheme === "" ? value : `${scheme} ${value}`]], expiresAt };
}

const MAX_HOPS = 5;

/** Follows redirects on the same origin, as a browser does; what leads elsewhere is the end of it. */
async function visit(send: SendLogin, first: WireRequest): Promise<Page> {
  let wire = first;
  for (let hop = 0; ; hop += 1) {
    const response = await send(wire);
    const next = followRedirect(wire, response);
    if (!next || hop >= MAX_HOPS || originOf(next.url) !== originOf(wire.url))
      return { url: wire.url, response };
    wire = next;
  }
}

function textOf({ body }: WireResponse): string {
  return Buffer.from(body).toString("utf8");
}

const ACCEPT: [string, string] = ["accept", "*/*"];

function getOf(url: WebUrl): WireRequest {
  return { url, method: "GET", headers: [ACCEPT] };
}

function formOf(url: WebUrl, fields: Record<string, string>, headers: HeaderList = []): WireRequest {
  const type: [string, string] = ["content-type", "application/x-www-form-urlencoded"];
  const origin: [string, string] = ["origin", originOf(url)];
  const body = Buffer.from(new URLSearchParams(fields).toString(), "utf8");
  return { url, method: "POST", headers: [ACCEPT, type, origin, ...headers], body };
}

function jsonOf(url: WebUrl, value: object, headers: HeaderList = []): WireRequest {
  const type: [string, string] = ["content-type", "application/json"];
  return {
    url,
    method: "POST",
    headers: [ACCEPT, type, ...headers],
    body: Buffer.from(JSON.stringify(value), "utf8"),
  };
}

function refuseErrors({ response: { status } }: Page, step: string): void {
  if (status >= 400) throw new LoginError(`${step} was answered with ${status}`);
}

function codeOf({ secrets }: AuthProfile, totp: NonNullable<Recipe<"form">["totp"]>): Record<string, string> {
  return { [totp.field]: totpCode(secrets.totpSeed ?? "", new Date(), totp) };
}

function passwordFields(profile: AuthProfile, recipe: Recipe<"form" | "json">): Record<string, string> {
  const { usernameField, passwordField, username, extraFields, totp } = recipe;
  return {
    ...extraFields,
    [usernameField]: username,
    [passwordField]: profile.secrets.password ?? "",
    ...(totp && totp.url === undefined && codeOf(profile, totp)),
  };
}

/** Credentials go to the profile's own origin only, whatever a page's form says. */
function assertOwn(action: WebUrl, origin: string): WebUrl {
  if (originOf(action) === origin) return action;
  throw new LoginError(`the login form sends to ${originOf(action)}, not to ${origin}`);
}

async function formLogin(
  profile: AuthProfile,
  recipe: Recipe<"form">,
  send: SendLogin,
): Promise<LoginResult> {
  const at = (url: string) => parseWebUrl(url, profile.origin);
  const submit = async (
    page: Page,
    field: string,
    { fields, url }: { fields: Record<string, string>; url: string },
  ) => {
    const form = findLoginForm(textOf(page.response), page.url, field);
    const action = assertOwn(form ? parseWebUrl(form.action) : at(url), profile.origin);
    return visit(send, formOf(action, { ...form?.fields, ...fields }, [["referer", hrefOf(page.url)]]));
  };
  const first = await visit(send, getOf(at(recipe.loginUrl)));
  refuseErrors(first, "the login page");
  const fields = passwordFields(profile, recipe);
  const second = await submit(first, recipe.passwordField, { fields, url: recipe.loginUrl });
  refuseErrors(second, "the login");
  if (recipe.totp?.url !== undefined) {
    const { totp } = recipe;
    const code = { fields: codeOf(profile, totp), url: recipe.totp.url };
    refuseErrors(await submit(second, totp.field, code), "the one-time code");
  }
  return { headers: [], expiresAt: null };
}

/** The text at a dotted path. Throws LoginError when there is none. */
function tokenAt(page: Page, path: string): string {
  let value: unknown = tryJson(textOf(page.response));
  for (const key of path.split("."))
    value =
      typeof value === "object" && value !== null
        ? Object.getOwnPropertyDescriptor(value, key)?.value
        : undefined;
  if (typeof value === "string" && /^[\x21-\x7e]{1,8000}$/.test(value)) return value;
  throw new LoginError(`the answer to the login holds no token at ${path}`);
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Whatever else it is holds no token.
    return undefined;
  }
}

async function jsonLogin(
  profile: AuthProfile,
  recipe: Recipe<"json">,
  send: SendLogin,
): Promise<LoginResult> {
  const at = (url: string) => parseWebUrl(url, profile.origin);
  const { tokenPath, totp } = recipe;
  const tokenOf = (page: Page): LoginResult =>
    tokenPath === undefined ? { headers: [], expiresAt: null } : withHeader(recipe, tokenAt(page, tokenPath));
  const first = await visit(send, jsonOf(at(recipe.loginUrl), passwordFields(profile, recipe)));
  refuseErrors(first, "the login");
  if (totp?.url === undefined) return tokenOf(first);
  const { headers } = tokenOf(first);
  const second = await visit(send, jsonOf(at(totp.url), codeOf(profile, totp), headers));
  refuseErrors(second, "the one-time code");
  return tokenOf(second);
}

/** Client credentials grant (RFC 6749 §4.4). */
async function tokenLogin(
  recipe: Recipe<"oauth2">,
  clientSecret: string,
  send: SendLogin,
): Promise<LoginResult> {
  const { clientId, clientAuth, scope, extraFields } = recipe;
  const isBasic = clientAuth === "basic";
  const fields = {
    ...extraFields,
    grant_type: "client_credentials",
    ...(scope !== undefined && { scope }),
    ...(!isBasic && { client_id: clientId, client_secret: clientSecret }),
  };
  // RFC 6749 §2.3.1: both halves are form-encoded before they are joined.
  const encoded = [clientId, clientSecret]
    .map((part) => new URLSearchParams({ part }).toString().slice(5))
    .join(":");
  const basic: HeaderList = [["authorization", `Basic ${Buffer.from(encoded, "utf8").toString("base64")}`]];
  const url = parseWebUrl(recipe.tokenUrl);
  const page = { url, response: await send(formOf(url, fields, isBasic ? basic : [])) };
  refuseErrors(page, "the token request");
  const token = tokenAt(page, "access_token");
  return withHeader(recipe, token, expiryOf(page));
}

function expiryOf(page: Page): number | null {
  const answer = tryJson(textOf(page.response));
  const seconds =
    typeof answer === "object" && answer !== null && "expires_in" in answer ? Number(answer.expires_in) : NaN;
  return Number.isFinite(seconds) ? Date.now() + seconds * 1_000 : null;
}
